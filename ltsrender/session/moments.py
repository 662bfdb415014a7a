"""Moments in a piece, as composers write them.

===========================  =========================================================
written                      means
===========================  =========================================================
``12.5``                     in the unit that its lane says
``"16 beats"``               beats (quarter notes) from the start
``"12.5 s"``, ``"90 ms"``    seconds
``"2:05.5"``                 minutes and seconds
``"96000 samples"``          samples, at the session's sample rate
``"9|1|000"``, ``"9|3"``     bar 9, its beat 1, no ticks; ``bars|beats|ticks``
``"marker:B"``               where the marker is
``"marker:B + 2 beats"``     later than it; also with ``-``, s, ms, samples, bars
===========================  =========================================================

Where they are in seconds is for the tempo map, the meter and the markers to say.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Unit = Literal["beats", "seconds", "samples", "bars"]

_NUMBER = r"(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})"
_LENGTH = re.compile(rf"({_NUMBER})\s*([a-z]{{1,10}})")
_MINUTES = re.compile(r"(\d{1,4}):([0-5]?\d(?:\.\d{0,15})?)")
_BARS = re.compile(rf"(\d{{1,9}})\|(\d{{1,4}})(?:\|({_NUMBER}))?")
_MARKER = re.compile(rf"marker:\s*(.+?)(?:\s+([+-])\s*({_NUMBER}\s*[a-z]{{1,10}}))?")
_UNITS: MappingProxyType[str, tuple[Unit, float]] = MappingProxyType(
    {
        "beat": ("beats", 1.0),
        "beats": ("beats", 1.0),
        "s": ("seconds", 1.0),
        "sec": ("seconds", 1.0),
        "second": ("seconds", 1.0),
        "seconds": ("seconds", 1.0),
        "ms": ("seconds", 0.001),
        "sample": ("samples", 1.0),
        "samples": ("samples", 1.0),
        "bar": ("bars", 1.0),
        "bars": ("bars", 1.0),
    }
)
_TAKES = (
    'takes a number, or a text such as "12.5 s", "16 beats", "2:05", "9|1|000" or '
    '"marker:B + 2 beats"'
)


@dataclass(frozen=True)
class Moment:
    """A place in time, unresolved.

    Attributes
    ----------
    number, unit
        How far from the start, or from the marker; may lie before a marker.
    marker
        The marker it is relative to; empty for the start.
    bar, beat, ticks
        Of ``bars|beats|ticks``, instead of a number; ``bar`` is 0 where it is not written so.
    """

    number: float = 0.0
    unit: Unit = "beats"
    marker: str = ""
    bar: int = 0
    beat: int = 1
    ticks: float = 0.0


def read_moment(text: str) -> Moment:
    """Return what a text such as ``marker:B + 2 beats`` means.

    Raises
    ------
    ValueError
        With words that complete "is <text>; ...".

    Examples
    --------
    >>> read_moment("1:30")
    Moment(number=90.0, unit='seconds', marker='', bar=0, beat=1, ticks=0.0)
    >>> read_moment("marker:The end - 0.5 s").number
    -0.5
    """
    words = text.strip()
    if words.startswith("marker:"):
        found = _MARKER.fullmatch(words)
        if found is None:
            raise ValueError('takes the name of a marker after "marker:"')
        marker, sign, length = found.groups()
        number, unit = _length(length) if length else (0.0, "beats")
        return Moment(-number if sign == "-" else number, unit, marker)
    bars = _BARS.fullmatch(words)
    if bars:
        bar, beat, ticks = int(bars[1]), int(bars[2]), float(bars[3] or 0.0)
        if bar < 1 or beat < 1:
            raise ValueError("bars and their beats count from 1: the start is 1|1|000")
        return Moment(bar=bar, beat=beat, ticks=ticks)
    minutes = _MINUTES.fullmatch(words)
    if minutes:
        return Moment(60.0 * int(minutes[1]) + float(minutes[2]), "seconds")
    number, unit = _length(words)
    if unit == "bars":
        raise ValueError('takes bars as "9|1|000", or as a distance from a marker')
    return Moment(number, unit)


def _length(words: str) -> tuple[float, Unit]:
    found = _LENGTH.fullmatch(words)
    if found is None:
        raise ValueError(_TAKES)
    if found[2] not in _UNITS:
        raise ValueError(f"has the unit {found[2]!r}; units are beats, s, ms, samples, bars")
    unit, factor = _UNITS[found[2]]
    number = float(found[1]) * factor
    if not math.isfinite(number):
        raise ValueError(_TAKES)
    return number, unit
