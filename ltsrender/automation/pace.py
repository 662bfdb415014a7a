"""How fast a modulator goes: cycles per second, or beats per cycle, steady or moving."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from ltsrender.automation.movement import Constant
from ltsrender.automation.recurrence import Recurrence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.automation.movement import Floats, Movement
    from ltsrender.automation.tempo import TempoMap

SHORTEST_BEATS = 0.001
SAME_CYCLE = 1e-9  # cycles: rounding in a tempo map must not make a step late


@dataclass(frozen=True)
class Pace:
    """Turns time into cycles since a modulator's beginning.

    Attributes
    ----------
    how
        ``"rate_hz"`` or ``"every_beats"``.
    amount
        Cycles per second, or beats per cycle.
    tempo
        The session's.
    start_beats
        Where the modulator begins; before, cycles are negative.
    """

    how: Literal["rate_hz", "every_beats"]
    amount: Movement
    tempo: TempoMap
    start_beats: float = 0.0

    def cycles_at(self, seconds: Floats) -> Floats:
        """Return the cycles since the beginning: exact where the pace is steady."""
        if not isinstance(self.amount, Constant):
            return self._counted.at(seconds) - float(self._counted.at(np.array([self._start_s]))[0])
        if self.how == "rate_hz":
            return (seconds - self._start_s) * self.amount.value
        return (self.tempo.beats_at(seconds) - self.start_beats) / self.amount.value

    @cached_property
    def _start_s(self) -> float:
        return self.tempo.seconds_at(self.start_beats)

    @cached_property
    def _counted(self) -> Recurrence:
        return Recurrence(self._count)

    def _count(self, times: Floats, first: float | None) -> Floats:
        """Return the cycles at times, each step by the mean of its ends (trapezoids)."""
        amounts = self.amount.at(times)
        if self.how == "rate_hz":
            rates, steps = amounts, np.diff(times)
        else:
            rates = 1.0 / np.maximum(amounts, SHORTEST_BEATS)
            steps = np.diff(self.tempo.beats_at(times))
        cycles = np.cumsum(0.5 * (rates[1:] + rates[:-1]) * steps)
        return np.concatenate([[0.0], cycles]) + (first or 0.0)


def here_and_next(
    value_of: Callable[[NDArray[np.int64]], Floats], step: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return the values of steps and of those after them, each step asked for once.

    Parameters
    ----------
    value_of
        Gives float64[n] for int64[n] steps.
    step
        Any shape and order; many moments usually share a step.
    """
    if not step.size:
        return np.zeros(step.shape), np.zeros(step.shape)
    first, last = int(step.min()), int(step.max())
    if last - first > step.size:
        return value_of(step), value_of(step + 1)
    values = value_of(np.arange(first, last + 2))
    return values[step - first], values[step - first + 1]


def whole_and_part(cycles: Floats) -> tuple[np.ndarray, Floats]:
    """Return the number of each cycle, int64, and how far it has gone, 0..1."""
    whole = np.floor(cycles + SAME_CYCLE)
    return whole.astype(np.int64), np.minimum(np.maximum(cycles - whole, 0.0), 1.0)
