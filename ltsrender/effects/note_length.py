"""Times as notes: ``"1/8d"`` is a dotted eighth, however long that is at the session's tempo.

What a composer writes becomes a `NoteLength`; `in_time` replaces it by a number once the tempo is
known. Where the tempo changes, a lane follows it. The length of a note at a moment is that of the
note which ends there, so an echo sounds its beats behind the sound to the sample, in the middle of
an accelerando too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation import Lane
from ltsrender.errors import EffectError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.automation import TempoMap
    from ltsrender.effects.insert import ChainPart
    from ltsrender.effects.knobs import Parameter, Value

_WRITTEN = re.compile(r"([1-9][0-9]{0,2})/(1|2|4|8|16|32|64|128)([dt]?)")
_FACTORS = {"": 1.0, "d": 3.0 / 2.0, "t": 2.0 / 3.0}
_BEATS = 4.0  # quarter notes in a whole note


@dataclass(frozen=True)
class NoteLength:
    """A length in beats (quarter notes), and how it was written."""

    beats: float
    text: str = field(default="", compare=False)

    def __float__(self) -> float:
        """Refuse: it is a number only at a tempo."""
        raise TypeError(f"{self.text or self.beats} has no length before `in_time` knows the tempo")


def note_length(text: str) -> NoteLength | None:
    """Return the length that a text means, or None when it means none.

    A fraction of a whole note whose denominator is 1, 2, 4 ... 128; then ``d`` for dotted or ``t``
    for a triplet.

    >>> [note_length(text).beats for text in ("1/4", "1/8d", "1/4t", "3/16")]
    [1.0, 0.75, 0.6666666666666666, 0.75]
    >>> note_length("1/5") is None
    True
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    beats = _BEATS * int(found[1]) / int(found[2]) * _FACTORS[found[3]]
    return NoteLength(beats, text)


@dataclass(frozen=True)
class InTime:
    """A note's length in a parameter's unit, at every moment of a session.

    Attributes
    ----------
    beats
        How long the note is.
    unit
        ``"s"``, ``"ms"``, or ``"Hz"`` for so many notes per second.
    tempo
        The session's.
    """

    beats: float
    unit: str
    tempo: TempoMap

    @property
    def minimum(self) -> float:
        """The value at the slowest or fastest tempo, whichever is smaller."""
        return min(self._ends())

    @property
    def maximum(self) -> float:
        """The value at the slowest or fastest tempo, whichever is larger."""
        return max(self._ends())

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the length of the note that ends at each time, float64 of the same shape."""
        begins = self.tempo.seconds_at(self.tempo.beats_at(seconds) - self.beats)
        return self._in_unit(seconds - begins)

    def at_tempo(self, bpm: float) -> float:
        """Return the length where the tempo stands still."""
        return float(self._in_unit(np.array(self.beats * 60.0 / bpm)))

    def _ends(self) -> tuple[float, float]:
        tempos = [change.bpm for change in self.tempo.changes]
        return self.at_tempo(min(tempos)), self.at_tempo(max(tempos))

    def _in_unit(self, length_s: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.unit == "Hz":
            return 1.0 / length_s
        return length_s * (1_000.0 if self.unit == "ms" else 1.0)


def in_time(
    parts: Sequence[ChainPart], tempo: TempoMap, *, file: str = "", place: str = "chain"
) -> tuple[tuple[ChainPart, ...], dict[str, Lane]]:
    """Return a chain in which every note length is a number, and lanes that follow the tempo.

    Parameters
    ----------
    parts
        As `ltsrender.effects.read_chain` returned them.
    tempo
        The session's.
    file, place
        Where the chain stands, for messages.

    Returns
    -------
    parts, lanes
        The chain with the lengths at the session's first tempo; by target, a lane for every
        parameter that was written as a note length, may move, and does because the tempo does. A
        lane that the composer drew for the same target goes before it. Later values outside the
        parameter's range are held at its ends.

    Raises
    ------
    EffectError
        With every length that is outside its parameter's range at the session's first tempo.
    """
    # What a chain is made of needs to know what a parameter is, and so this module.
    from ltsrender.effects.insert import inserts_of, with_values  # noqa: PLC0415

    problems: list[Problem] = []
    lanes: dict[str, Lane] = {}
    values: dict[str, Value] = {}
    for insert in inserts_of(parts):
        for name, value in insert.parameters.items():
            if not isinstance(value, NoteLength):
                continue
            parameter = insert.info.parameters[name]
            movement = InTime(value.beats, parameter.unit, tempo)
            target = insert.target(name)
            values[target], words = _at_the_start(value, parameter, movement)
            if words:
                problems.append(Problem(f'insert "{insert.id}": {name} {words}', file, place))
            elif parameter.automatable and len({change.bpm for change in tempo.changes}) > 1:
                lane = Lane(target, movement, has_written_points=False)
                lanes[target] = replace(lane, lowest=parameter.minimum, highest=parameter.maximum)
    if problems:
        raise EffectError(problems)
    return with_values(parts, values), lanes


def _at_the_start(length: NoteLength, parameter: Parameter, movement: InTime) -> tuple[float, str]:
    """Return a length at the session's first tempo, and what is wrong with it."""
    bpm = movement.tempo.changes[0].bpm
    value = movement.at_tempo(bpm)
    if parameter.minimum <= value <= parameter.maximum:
        return value, ""
    unit = parameter.unit
    also = "" if unit == "s" else f" ({length.beats * 60.0 / bpm:.4g} s)"
    found = f'is "{length.text or length.beats}", which is {value:.4g} {unit}{also} at {bpm:g} bpm'
    return value, f"{found}; it takes {parameter.minimum:g}..{parameter.maximum:g} {unit}"
