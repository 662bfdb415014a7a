"""Waves: low-frequency oscillators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.chance import numbers_at
from ltsrender.automation.pace import Pace, here_and_next, whole_and_part
from ltsrender.automation.shapes import smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.automation.movement import Floats, Movement


@dataclass(frozen=True)
class Lfo:
    """A wave around a centre: ``centre + depth wave(cycles + phase)``, the wave within -1..1.

    Attributes
    ----------
    shape
        ``"sine"``, ``"triangle"``, ``"saw"``, ``"square"``, ``"sample_and_hold"`` or ``"random"``.
    pace
        How fast it goes.
    phase
        Cycles that are added.
    depth, centre
        In the unit of the target.
    pulse_width
        The part of the cycle in which a square is 1.
    seed
        Of the waves by chance.
    """

    shape: str
    pace: Pace
    phase: Movement
    depth: Movement
    centre: Movement
    pulse_width: float = 0.5
    seed: int = 0

    @property
    def minimum(self) -> float:
        """The lowest centre less the largest depth."""
        return self.centre.minimum - self._largest_depth

    @property
    def maximum(self) -> float:
        """The highest centre and the largest depth."""
        return self.centre.maximum + self._largest_depth

    @property
    def _largest_depth(self) -> float:
        return max(abs(self.depth.minimum), abs(self.depth.maximum))

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds."""
        cycle, part = whole_and_part(self.pace.cycles_at(seconds) + self.phase.at(seconds))
        return self.centre.at(seconds) + self.depth.at(seconds) * self._wave(cycle, part)

    def _wave(self, cycle: NDArray[np.int64], part: Floats) -> Floats:
        if self.shape == "sine":
            return np.sin(2.0 * np.pi * part)
        if self.shape == "triangle":
            return 1.0 - 4.0 * np.abs((part + 0.25) % 1.0 - 0.5)
        if self.shape == "saw":
            return 2.0 * part - 1.0
        if self.shape == "square":
            return np.where(part < self.pulse_width, 1.0, -1.0)
        here, after = here_and_next(partial(numbers_at, self.seed), cycle)
        if self.shape == "sample_and_hold":
            return here
        return here + (after - here) * smoothstep(part)
