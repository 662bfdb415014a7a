"""Values step by step: written ones in a sequence, and a walk by chance."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.chance import steps_in
from ltsrender.automation.pace import Pace, here_and_next, whole_and_part
from ltsrender.automation.shapes import smoothstep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.automation.movement import Floats

_SHORTEST_GLIDE = 1e-9  # of a step
_BLOCK = 512  # steps of a walk that are drawn together


@dataclass(frozen=True)
class Steps:
    """A step sequence.

    Attributes
    ----------
    values
        One for each step.
    pace
        Steps per second, or beats per step.
    glide
        The part at the end of each step in which it goes to the next value, along a line.
    loop
        Whether it begins again; else the last value stays.
    """

    values: tuple[float, ...]
    pace: Pace
    glide: float = 0.0
    loop: bool = True

    @property
    def minimum(self) -> float:
        """The lowest step."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """The highest step."""
        return max(self.values)

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; before the beginning, the first."""
        step, part = whole_and_part(self.pace.cycles_at(seconds))
        here, after = here_and_next(self._value, step)
        if self.glide < _SHORTEST_GLIDE:
            return here
        way = np.clip((part - (1.0 - self.glide)) / self.glide, 0.0, 1.0)
        return here + (after - here) * np.where(step < 0, 0.0, way)

    def _value(self, step: NDArray[np.int64]) -> Floats:
        n = len(self.values)
        place = np.maximum(step, 0) % n if self.loop else np.clip(step, 0, n - 1)
        return np.asarray(self._array[place])

    @cached_property
    def _array(self) -> Floats:
        return np.array(self.values, dtype=np.float64)


@dataclass(frozen=True)
class RandomWalk:
    """A walk by chance between two bounds, at which it turns round.

    Its steps come from a normal distribution. They are summed without bounds, and the sum is folded
    into the bounds as a strip of paper is: at each bound it goes back the way it would have gone.

    Attributes
    ----------
    lowest, highest
        The bounds.
    start
        Where it begins.
    step
        Standard deviation of a step.
    pace
        Steps per second, or beats per step.
    shape
        The way from step to step: ``"hold"``, ``"linear"`` or ``"smooth"``.
    seed
        Of its chance.
    """

    lowest: float
    highest: float
    start: float
    step: float
    pace: Pace
    shape: str = "smooth"
    seed: int = 0
    _sums: list[float] = field(default_factory=lambda: [0.0], compare=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    @property
    def minimum(self) -> float:
        """The lower bound."""
        return self.lowest

    @property
    def maximum(self) -> float:
        """The upper bound."""
        return self.highest

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; before the beginning, its start."""
        step, part = whole_and_part(self.pace.cycles_at(seconds))
        here, after = here_and_next(self._at_steps, step)
        if self.shape == "hold":
            return here
        way = smoothstep(part) if self.shape == "smooth" else part
        return here + (after - here) * way

    def _at_steps(self, step: NDArray[np.int64]) -> Floats:
        block, place = np.divmod(np.maximum(step, 0), _BLOCK)
        free = np.empty(step.shape)
        for each in np.unique(block).tolist():
            here = block == each
            free[here] = self._sum_before(each) + self._within(each)[place[here]]
        span = self.highest - self.lowest
        away = (self.start - self.lowest + self.step * free) % (2.0 * span)
        folded: Floats = self.lowest + np.minimum(away, 2.0 * span - away)
        return folded

    def _within(self, block: int) -> Floats:
        """Return the sums of a block's steps before each of its steps."""
        steps = steps_in(self.seed, block, _BLOCK)
        return np.concatenate([[0.0], np.cumsum(steps)[:-1]])

    def _sum_before(self, block: int) -> float:
        with self._lock:
            while len(self._sums) <= block:
                last = len(self._sums) - 1
                whole = np.cumsum(steps_in(self.seed, last, _BLOCK))[-1]
                self._sums.append(self._sums[last] + float(whole))
            return self._sums[block]
