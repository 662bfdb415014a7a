"""Fewer breakpoints for the same movement, to a stated error.

From a breakpoint that stays, every following point allows the slopes that pass within the error of
it; together they leave a cone of slopes, and it narrows from point to point. As long as the line to
a point lies inside the cone, that line passes near enough to everything before it (the slope-cone
method of Williams 1978 and of Sklansky and Gonzalez 1980, with the error measured in value alone).
Where a line leaves the cone a later one may lie inside it again, so the cone is followed until
nothing is left of it; then the last point whose line lay inside stays, and a new cone begins there.

How far is looked ahead has a bound, so that each point is met a few times at most, and hours pass
through in little memory. The error holds for the points that were given: who thins twice, with the
same error, allows it twice.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

LOOK_AHEAD = 2**14
"""Points in a row that may lie outside the cone, at most."""
_ONE_BY_ONE = 32  # points after which a stretch is long enough for arrays
_TOGETHER = 2**14  # points looked at together at most
_EVERYTHING = (-math.inf, math.inf)


def thinned(
    at: Floats, value: Floats, max_error: float, *, look_ahead: int = LOOK_AHEAD
) -> Indices:
    """Return which points stay, so that straight lines between them pass near all others.

    Parameters
    ----------
    at
        float64[n], never falling. Points at one position are jumps: they stay.
    value
        float64[n], finite.
    max_error
        How far, in the unit of the values, a line may pass from a point that is left out; 0 or
        more.
    look_ahead
        How many points in a row may lie outside the cone; 0 begins a new one at the first.

    Returns
    -------
    int64[kept]
        Indices in order, the first and the last point among them.

    Raises
    ------
    ValueError
        When the arrays differ in length, a number is not finite, positions fall, or the error is
        negative.

    Examples
    --------
    >>> import numpy as np
    >>> thinned(np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.0, 1.1, 2.0, 0.0]), 0.2).tolist()
    [0, 2, 3]
    """
    thinning = Thinning(max_error, look_ahead=look_ahead)
    return np.concatenate([thinning.take(at, value), thinning.end()])


class Thinning:
    """Thins a stream of points, portion by portion; the portions make no difference.

    Parameters
    ----------
    max_error, look_ahead
        As for `thinned`.
    """

    def __init__(self, max_error: float, *, look_ahead: int = LOOK_AHEAD) -> None:
        if not 0.0 <= max_error < math.inf:
            raise ValueError(f"an error of {max_error}; 0 or more is needed")
        self._error, self._look_ahead = float(max_error), look_ahead
        self._n = 0  # points so far
        self._last_at = -math.inf
        self._start = (-1, 0.0, 0.0)  # the last point that stays: index, position, value
        self._good = self._start  # the last whose line from there lies inside the cone
        self._cone = _EVERYTHING
        self._waiting = np.zeros((2, 0))  # what came after it: position and value, by point

    def take(self, at: Floats, value: Floats) -> Indices:
        """Return the indices, counted from the first portion on, that are known to stay by now."""
        at, value = np.asarray(at, np.float64), np.asarray(value, np.float64)
        if at.shape != value.shape or at.ndim != 1:
            raise ValueError("thinning needs as many values as positions")
        if not (np.all(np.isfinite(at)) and np.all(np.isfinite(value))):
            raise ValueError("thinning needs finite positions and values")
        steps = np.diff(at, prepend=self._last_at)
        if np.any(steps < 0.0):
            raise ValueError("thinning needs positions in order")
        # A point where the one before it stands begins anew; so does the very first.
        anew = np.flatnonzero((steps == 0.0) | (steps == math.inf)).tolist()
        kept: list[int] = []
        for first, stop in zip([0, *anew], [*anew, at.size], strict=True):
            here = first
            if stop > first and first in anew:
                kept += self._finish()
                kept.append(self._n)
                self._begin(self._n, float(at[first]), float(value[first]))
                self._n += 1
                here += 1
            for start in range(here, stop, _TOGETHER):
                end = min(start + _TOGETHER, stop)
                kept += self._portion(np.stack([at[start:end], value[start:end]]))
        if at.size:
            self._last_at = float(at[-1])
        return np.array(kept, np.int64)

    def end(self) -> Indices:
        """Return what stays of the points that are left, the last among them."""
        return np.array(self._finish(), np.int64)

    def _begin(self, index: int, at: float, value: float) -> None:
        self._start = self._good = (index, at, value)
        self._cone = _EVERYTHING

    def _finish(self) -> list[int]:
        """Go on until the last point stays."""
        kept: list[int] = []
        while self._waiting.shape[1]:
            kept.append(self._good[0])
            self._begin(*self._good)
            points, self._waiting = self._waiting, np.zeros((2, 0))
            self._n -= points.shape[1]
            kept += self._portion(points)
        if self._good[0] > self._start[0]:
            kept.append(self._good[0])
            self._begin(*self._good)
        return kept

    def _portion(self, fresh: Floats) -> list[int]:
        """Go on through points that each lie after the one before: float64[2, point]."""
        waiting = self._waiting.shape[1]
        points = np.concatenate([self._waiting, fresh], axis=1) if waiting else fresh
        base = self._n - waiting  # index of the first of them
        (s, t0, v0), (lowest, highest) = self._start, self._cone
        g, error = self._good[0], self._error
        times, values = points[0].tolist(), points[1].tolist()
        kept: list[int] = []
        here, alone, n = waiting, waiting, len(times)
        while here < n:
            if alone >= _ONE_BY_ONE:
                found = self._many(points[:, here:], base + here, (s, t0, v0), g, (lowest, highest))
                here, g, lowest, highest, fails = here + found[0], *found[1:]
            else:
                ahead, rise = times[here] - t0, values[here] - v0
                if lowest <= rise / ahead <= highest:
                    g = base + here
                lowest = max(lowest, (rise - error) / ahead)
                highest = min(highest, (rise + error) / ahead)
                fails = lowest > highest or base + here - g > self._patience(g - s)
                here, alone = here + 1, alone + 1
            if fails:
                kept.append(g)
                here = g - base + 1
                s, t0, v0 = self._at(g, base, times, values)
                lowest, highest = _EVERYTHING
                alone = 0
        self._start, self._cone = (s, t0, v0), (lowest, highest)
        self._good = self._at(g, base, times, values)
        self._waiting = points[:, g - base + 1 :]
        self._n += fresh.shape[1]
        return kept

    def _at(
        self, index: int, base: int, times: list[float], values: list[float]
    ) -> tuple[int, float, float]:
        """Return a point: one of these, or the last good one of those before."""
        if index < base:
            return self._good
        return index, times[index - base], values[index - base]

    def _patience(self, reached: int) -> int:
        """Return how many points may lie outside the cone after it reached so far."""
        return min(4 * reached + 16, self._look_ahead)

    def _many(
        self,
        points: Floats,
        first: int,
        start: tuple[int, float, float],
        good: int,
        cone: tuple[float, float],
    ) -> tuple[int, int, float, float, bool]:
        """Go on through many points at once, up to where the cone fails.

        The same arithmetic as one by one, so that it makes no difference which of both is used.

        Returns
        -------
        tuple
            How many points were met, the last good one, both slopes of the cone, whether it failed.
        """
        s, t0, v0 = start
        lowest, highest = cone
        met, together = 0, 2 * _ONE_BY_ONE
        while met < points.shape[1]:
            ahead = points[0, met : met + together] - t0
            rise = points[1, met : met + together] - v0
            low = np.maximum.accumulate(np.append(lowest, (rise - self._error) / ahead))
            high = np.minimum.accumulate(np.append(highest, (rise + self._error) / ahead))
            slope = rise / ahead
            index = first + met + np.arange(ahead.size)
            inside = (slope >= low[:-1]) & (slope <= high[:-1])
            last = np.maximum.accumulate(np.where(inside, index, good))
            patience = np.minimum(4 * (last - s) + 16, self._look_ahead)
            failing = (low[1:] > high[1:]) | (index - last > patience)
            if failing.any():
                n = int(failing.argmax())
                return met + n + 1, int(last[n]), 0.0, 0.0, True
            good, lowest, highest = int(last[-1]), float(low[-1]), float(high[-1])
            met, together = met + ahead.size, 2 * together
        return met, good, lowest, highest, False
