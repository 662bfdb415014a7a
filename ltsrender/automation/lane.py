"""A lane: one target, moved by one movement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.movement import Constant, Drawn, Movement
from ltsrender.errors import Problem

if TYPE_CHECKING:
    from ltsrender.automation.curve import Curve
    from ltsrender.automation.movement import Floats


@dataclass(frozen=True)
class Lane:
    """One target over the time of a session.

    Attributes
    ----------
    target
        What moves, such as ``mix`` or ``insert/verb/room_size``.
    movement
        What its values come from: a drawn curve, a modulator, a combination of them.
    file, place
        Where it was written, for messages; empty for lanes that nobody wrote.
    has_written_points
        Whether the composer wrote a curve's points; those of a MIDI controller were played.
    lowest, highest
        What the target takes: a modulator that goes further is held there.
    """

    target: str
    movement: Movement
    file: str = ""
    place: str = ""
    has_written_points: bool = True
    lowest: float = -np.inf
    highest: float = np.inf

    @property
    def origin(self) -> str:
        """Where it was written: ``swell.json: lanes[0]``."""
        return ": ".join(part for part in (self.file, self.place) if part)

    @property
    def curve(self) -> Curve | None:
        """Its breakpoints, if it was drawn."""
        return self.movement.curve if isinstance(self.movement, Drawn) else None

    @property
    def minimum(self) -> float:
        """A value that it never goes below; the lowest of a drawn curve."""
        return min(max(self.movement.minimum, self.lowest), self.highest)

    @property
    def maximum(self) -> float:
        """A value that it never goes above; the highest of a drawn curve."""
        return max(min(self.movement.maximum, self.highest), self.lowest)

    @property
    def overshoots(self) -> bool:
        """Whether it may want to go further than its target goes."""
        return self.movement.minimum < self.lowest or self.movement.maximum > self.highest

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds from the session's start: float64[time].

        Each value depends on its own time alone, so a render may ask for any part in any order.
        """
        values = self.movement.at(seconds)
        return np.clip(values, self.lowest, self.highest) if self.overshoots else values

    def problems_outside(self, minimum: float, maximum: float, unit: str = "") -> list[Problem]:
        """Return a problem for every breakpoint whose value lies outside a range."""
        curve = self.curve
        if curve is None:
            return []  # held within the range
        words = f"{self.target} takes {minimum:.12g}..{maximum:.12g} {unit}".rstrip()
        outside = np.flatnonzero((curve.values < minimum) | (curve.values > maximum))
        if outside.size and not self.has_written_points:
            runs = f"runs from {self.minimum:.12g} to {self.maximum:.12g}; {words}"
            return [Problem(runs, self.file, self.place)]
        return [
            Problem(
                f"is {curve.values[index]:.12g}; {words}",
                self.file,
                f"{self.place}.points[{index}].value",
            )
            for index in outside.tolist()
        ]


def constant_lane(target: str, value: float) -> Lane:
    """Return a lane that never moves."""
    return Lane(target, Constant(value))
