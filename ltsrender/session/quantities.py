"""Values with their unit, as composers write them: ``-3 dB``, ``440 Hz``, ``A4``, ``30 %``.

===========  ============================================  =============================
unit meant   may be written as                             so that
===========  ============================================  =============================
dB           ``-3 dB``                                     -3
Hz           ``440 Hz``, ``1.2 kHz``, ``A4``, ``C#3 +20``  a note in cents above or below
s            ``2 s``, ``250 ms``                           0.25
ms           ``250 ms``, ``2 s``                           2000
octaves      ``1 octave``, ``7 semitones``, ``50 cents``   7/12, 1/24
none         ``30 %``                                      0.3
===========  ============================================  =============================

A plain number is in the target's own unit. Notes are those of equal temperament, A4 = 440 Hz, and
C4 is the middle C (MIDI 60).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

_NUMBER = re.compile(r"([+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,3})?)\s*(\S*)")
_NOTE = re.compile(
    r"([A-Ga-g])([#b♯♭]?)(-?\d{1,2})(?:\s+([+-]\d{1,4}(?:\.\d{1,6})?)(?:\s*cents?)?)?"
)
_STEPS = MappingProxyType({"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11})
_SIGNS = MappingProxyType({"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1})
_A4 = 69

_FACTORS = MappingProxyType(
    {
        "dB": {"dB": 1.0},
        "Hz": {"Hz": 1.0, "kHz": 1000.0},
        "s": {"s": 1.0, "ms": 0.001},
        "ms": {"ms": 1.0, "s": 1000.0},
        "octaves": {"octaves": 1.0, "semitones": 1.0 / 12.0, "cents": 1.0 / 1200.0},
        "": {"%": 0.01},
    }
)
_SPELLINGS = MappingProxyType(
    {
        "db": "dB",
        "hz": "Hz",
        "khz": "kHz",
        "s": "s",
        "sec": "s",
        "second": "s",
        "seconds": "s",
        "ms": "ms",
        "octave": "octaves",
        "octaves": "octaves",
        "oct": "octaves",
        "semitone": "semitones",
        "semitones": "semitones",
        "st": "semitones",
        "cent": "cents",
        "cents": "cents",
        "%": "%",
    }
)
KNOWN = "dB, Hz, kHz, s, ms, octaves, semitones, cents, %"


@dataclass(frozen=True)
class Quantity:
    """A number with a unit: ``"dB"``, ``"Hz"``, ``"kHz"``, ``"s"``, ``"ms"``, ...

    Notes are in Hz.
    """

    number: float
    unit: str

    def in_unit(self, unit: str | None) -> float | None:
        """Return the number in a target's unit; None where there is no way to it.

        Where nobody knows the target's unit (None), that is dB, Hz, s, octaves or a part of 1.
        """
        if unit is None:
            unit = next(each for each, ways in _FACTORS.items() if self.unit in ways)
        factor = _FACTORS.get(unit, {}).get(self.unit)
        return None if factor is None else self.number * factor


def read_quantity(text: str) -> Quantity:
    """Return what a text such as ``-3 dB`` or ``A4`` means.

    Raises
    ------
    ValueError
        With words that complete "is <text>; ...".

    Examples
    --------
    >>> read_quantity("1.2 kHz").in_unit("Hz")
    1200.0
    >>> read_quantity("A3").in_unit("Hz")
    220.0
    """
    words = text.strip()
    note = _NOTE.fullmatch(words)
    if note:
        letter, sign, octave, cents = note.groups()
        key = 12 * (int(octave) + 1) + _STEPS[letter.upper()] + _SIGNS[sign]
        semitones = key - _A4 + float(cents or 0.0) / 100.0
        return Quantity(440.0 * 2.0 ** (semitones / 12.0), "Hz")
    found = _NUMBER.fullmatch(words)
    if found is None:
        raise ValueError('takes a number, or a text such as "-3 dB", "1.2 kHz", "30 %", "A4"')
    number, unit = found.groups()
    if not unit:
        raise ValueError('takes a number without quotes, or with its unit, as in "-3 dB"')
    if unit.lower() not in _SPELLINGS:
        raise ValueError(f"has the unit {unit[:20]!r}; units are {KNOWN}")
    return Quantity(float(number), _SPELLINGS[unit.lower()])


def units_of(unit: str) -> str:
    """Return in words what a target with a unit may be written in."""
    words = list(_FACTORS.get(unit, {unit: 1.0}))
    words = words if unit else ["plain numbers", *words]
    notes = ["notes such as A4"] if unit == "Hz" else []
    return ", ".join([*words, *notes])
