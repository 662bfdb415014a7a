"""Values that depend on what came before, and can still be asked for in any order.

A lag, an integrated rate, the envelope of a sound: each needs its own past. They are computed on an
absolute grid of milliseconds, in stretches of four seconds from the session's start on; only the
value at the end of each stretch is kept, so a piece may be long, and a value never depends on who
asked for what before. Between two milliseconds lies a straight line.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]

GRID_HZ = 1000
STRETCH = 4000  # steps of the grid
_KEPT = 32  # stretches whose values are remembered


class Recurrence:
    """A function of time whose next value follows from the one before.

    Parameters
    ----------
    advance
        ``advance(times, value)`` returns the values at ``times``, float64[n] seconds on the grid;
        the first of them is ``value``, or the function's first value where that is None.
    """

    def __init__(self, advance: Callable[[Floats, float | None], Floats]) -> None:
        self._advance = advance
        self._first: list[float | None] = [None]
        self._kept: OrderedDict[int, Floats] = OrderedDict()
        self._lock = threading.Lock()  # tracks beside each other may follow the same sound

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; before the start, the first value."""
        places = np.maximum(np.asarray(seconds, dtype=np.float64), 0.0) * GRID_HZ
        lower = places.astype(np.int64)
        share = places - lower
        if not places.size:
            return np.zeros(places.shape)
        first, last = int(lower.min()) // STRETCH, int(lower.max()) // STRETCH
        if last - first < _KEPT:
            every = [self._values(each) for each in range(first, last + 1)]
            values = np.concatenate([*(each[:-1] for each in every), every[-1][-1:]])
            step = lower - first * STRETCH
            below, above = values[step], values[step + 1]
            between: Floats = below + (above - below) * share
            return between
        # Far apart, as nobody asks who renders: one after the other.
        return np.array([self.at(np.array([each]))[0] for each in np.ravel(seconds)]).reshape(
            places.shape
        )

    def _values(self, stretch: int) -> Floats:
        with self._lock:
            while len(self._first) <= stretch:
                self._compute(len(self._first) - 1)
            if stretch not in self._kept:
                self._compute(stretch)
            self._kept.move_to_end(stretch)
            return self._kept[stretch]

    def _compute(self, stretch: int) -> None:
        steps = np.arange(stretch * STRETCH, (stretch + 1) * STRETCH + 1)
        values = self._advance(steps / GRID_HZ, self._first[stretch])
        if stretch + 1 == len(self._first):
            self._first.append(float(values[-1]))
        self._kept[stretch] = values
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def followed(values: Floats, first: float | None, rise_s: float, fall_s: float) -> Floats:
    """Return what follows values late: it covers 63 % of a step in the given times.

    Parameters
    ----------
    values
        float64[n], a grid step apart.
    first
        The first result; None for the first value.
    rise_s, fall_s
        How late it is on the way up and down, in seconds; 0 is at once.
    """
    from ltsrender.automation.follow import follow  # noqa: PLC0415 - numba takes its time

    up, down = (1.0 if s <= 0.0 else -np.expm1(-1.0 / (s * GRID_HZ)) for s in (rise_s, fall_s))
    return np.asarray(follow(values, float(values[0]) if first is None else first, up, down))
