"""A lane: one target, moved by one curve, in beats or in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ltsrender.automation.curve import Breakpoint, Curve
from ltsrender.automation.tempo import TempoMap
from ltsrender.errors import Problem

if TYPE_CHECKING:
    from ltsrender.automation.tempo import Floats

_SAME_BEAT = 1e-9  # beats; less than a thousandth of a sample at any tempo and rate


@dataclass(frozen=True)
class Lane:
    """One target over the time of a session.

    Attributes
    ----------
    target
        What moves, such as ``mix`` or ``insert/verb/room_size``.
    curve
        The values, over beats or seconds from the session's start.
    time
        ``"beats"`` or ``"seconds"``.
    tempo_map
        Turns seconds into the curve's beats.
    file, place
        Where it was written, for messages; empty for lanes that nobody wrote.
    has_written_points
        Whether the composer wrote the curve's points; those of a MIDI controller were played.
    """

    target: str
    curve: Curve
    time: Literal["beats", "seconds"]
    tempo_map: TempoMap
    file: str = ""
    place: str = ""
    has_written_points: bool = True

    @property
    def origin(self) -> str:
        """Where it was written: ``swell.json: lanes[0]``."""
        return ": ".join(part for part in (self.file, self.place) if part)

    @property
    def minimum(self) -> float:
        """The lowest value."""
        return self.curve.minimum

    @property
    def maximum(self) -> float:
        """The highest value."""
        return self.curve.maximum

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds from the session's start: float64[time].

        Each value depends on its own time alone, so a render may ask for any part in any order.
        """
        if self.time == "seconds" or self.curve.is_level:
            return self.curve.at(seconds)
        return self.curve.at(self.tempo_map.beats_at(seconds), slack=_SAME_BEAT)

    def problems_outside(self, minimum: float, maximum: float, unit: str = "") -> list[Problem]:
        """Return a problem for every breakpoint whose value lies outside a range."""
        words = f"{self.target} takes {minimum:.12g}..{maximum:.12g} {unit}".rstrip()
        outside = [
            (index, point.value)
            for index, point in enumerate(self.curve.points)
            if not minimum <= point.value <= maximum
        ]
        if outside and not self.has_written_points:
            runs = f"runs from {self.minimum:.12g} to {self.maximum:.12g}; {words}"
            return [Problem(runs, self.file, self.place)]
        return [
            Problem(f"is {value:.12g}; {words}", self.file, f"{self.place}.points[{index}].value")
            for index, value in outside
        ]


def constant_lane(target: str, value: float) -> Lane:
    """Return a lane that never moves."""
    curve = Curve([Breakpoint(0.0, value, "hold")])
    return Lane(target, curve, "seconds", TempoMap([(0.0, 60.0)]))
