"""What the table of effects is made of: effects, their parameters, and short words to write them.

pedalboard's setters accept almost anything, NaN and minus five hertz included, and answer with
infinite samples. So the ranges are ours: every value in them was heard to be finite and stable on
noise, on an impulse and on silence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ltsrender.effects.note_length import NoteLength, note_length
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = float | str | bool | NoteLength

_TIMES = ("s", "ms", "Hz")  # the units that a note length can be turned into


@dataclass(frozen=True)
class Parameter:
    """One knob of an effect.

    Attributes
    ----------
    name
        What presets and automation targets call it; ends in its unit where it has one.
    kind
        ``"number"``, ``"choice"`` (one of `choices`) or ``"switch"`` (true or false).
    unit
        ``"Hz"``, ``"dB"``, ``"s"``, ``"ms"``, ``"bits"``, or empty for a plain ratio.
    minimum, maximum
        The range of a number, both ends allowed.
    default
        The value when a preset says nothing.
    taper
        How a knob should travel: ``"linear"``, or ``"log"`` for frequencies and times.
    automatable
        False where moving the value would click whatever the control rate, or make no sense.
    choices
        The words a choice may be.
    native
        pedalboard's attribute; empty for our own effects.
    glide
        The furthest a number moves in 64 samples, in octaves where the taper is ``"log"``, else in
        its unit. A biquad keeps its memory when its coefficients jump: a low shelf that leaps from
        20 Hz to 15 kHz answers with a bang of +43 dB. A quarter octave at a time it does not.
    """

    name: str
    kind: Literal["number", "choice", "switch"]
    unit: str
    minimum: float
    maximum: float
    default: Value
    taper: Literal["linear", "log"]
    automatable: bool
    choices: tuple[str, ...]
    native: str
    glide: float = math.inf

    @property
    def takes_note_lengths(self) -> bool:
        """Whether it may be written as a note length such as ``"1/8d"``."""
        return self.kind == "number" and self.unit in _TIMES

    def objection(self, value: object) -> str:
        """Return what is wrong with a value, as words after the parameter's name; else empty."""
        found = found_words(value)
        if self.kind == "choice":
            words = ", ".join(self.choices)
            return "" if value in self.choices else f"is {found}; it is one of {words}"
        if self.kind == "switch":
            return "" if isinstance(value, bool) else f"is {found}; it is true or false"
        return self._number_objection(value, found)

    def _number_objection(self, value: object, found: str) -> str:
        unit = f" {self.unit}" if self.unit else ""
        allowed = f"it takes {self.minimum:g}..{self.maximum:g}{unit}"
        if isinstance(value, str) and self.takes_note_lengths:
            # Whether a length is in the range depends on the tempo: `in_time` says it.
            also = f'{allowed}, or a note length such as "1/4", "1/8d" or "1/8t"'
            return "" if note_length(value) else f"is {found}, not a number; {also}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"is {found}, not a number; {allowed}"
        if not self.minimum <= value <= self.maximum:  # NaN is in no range
            return f"is {found}; {allowed}"
        return ""

    def read(self, value: float | str | bool) -> Value:
        """Return a value to which there is no objection as inserts keep it."""
        if self.kind != "number":
            return value
        length = note_length(value) if isinstance(value, str) else None
        return float(value) if length is None else length

    def clipped(self, value: float) -> float:
        """Return a number brought into the range; the default when it is not finite."""
        if not math.isfinite(value):
            return float(self.default)
        return min(max(value, self.minimum), self.maximum)

    def glided(self, last: float, value: float) -> float:
        """Return ``value``, or the nearest to it that 64 samples after ``last`` may bring."""
        if self.taper == "log":
            furthest = math.exp2(self.glide)
            return min(max(value, last / furthest), last * furthest)
        return min(max(value, last - self.glide), last + self.glide)


@dataclass(frozen=True)
class EffectInfo:
    """One effect.

    Attributes
    ----------
    id
        What presets call it, in snake_case.
    sentence
        What it does, for a composer.
    pedalboard_class
        The class that does the work; empty for our own effects.
    parameters
        By name, in the order in which an editor should show them.
    runs
        ``"blocks"``, or ``"whole"`` where it hears the whole sound before the first sample comes
        out: such an effect keeps the sound in memory, 8 bytes for every sample of every channel.
    note
        What one has to know to use it; may be empty.
    """

    id: str
    sentence: str
    pedalboard_class: str
    parameters: Mapping[str, Parameter]
    runs: Literal["blocks", "whole"] = "blocks"
    note: str = ""


def number(
    name: str,
    span: tuple[float, float],
    default: float,
    native: str = "",
    *,
    taper: Literal["linear", "log"] = "linear",
    automatable: bool = True,
    glide: float = math.inf,
) -> Parameter:
    """Return a number; its unit is the end of its name."""
    ends = {"_hz": "Hz", "_db": "dB", "_ms": "ms", "_s": "s", "_bits": "bits"}
    unit = next((word for end, word in ends.items() if name.endswith(end)), "")
    return Parameter(
        name, "number", unit, *span, default, taper, automatable, (), native or name, glide
    )


def choice(name: str, choices: tuple[str, ...], native: str = "") -> Parameter:
    """Return one of several words, the first when nothing is said."""
    last = float(len(choices) - 1)
    return Parameter(
        name, "choice", "", 0.0, last, choices[0], "linear", False, choices, native or name
    )


def switch(name: str, default: bool, native: str = "") -> Parameter:
    """Return true or false."""
    return Parameter(name, "switch", "", 0.0, 1.0, default, "linear", False, (), native or name)


def frequency(
    name: str, default_hz: float, native: str, span: tuple[float, float] = (10.0, 20_000.0)
) -> Parameter:
    """Return a frequency."""
    return number(name, span, default_hz, native, taper="log")


def time_ms(
    name: str, default_ms: float, longest_ms: float, *, automatable: bool = True
) -> Parameter:
    """Return a time from a tenth of a millisecond on."""
    return number(name, (0.1, longest_ms), default_ms, taper="log", automatable=automatable)


def unity(name: str, default: float, native: str = "") -> Parameter:
    """Return a number from 0 to 1."""
    return number(name, (0.0, 1.0), default, native)


def effect(
    id_: str,
    native: str,
    sentence: str,
    *parameters: Parameter,
    runs: Literal["blocks", "whole"] = "blocks",
    note: str = "",
) -> EffectInfo:
    """Return an effect."""
    table = MappingProxyType({parameter.name: parameter for parameter in parameters})
    return EffectInfo(id_, sentence, native, table, runs, note)
