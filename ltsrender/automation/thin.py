"""Fewer breakpoints for the same movement, to a stated error.

From a breakpoint that stays, every following point allows the slopes that pass within the error of
it; together they leave a cone of slopes, and it narrows from point to point. As long as the line to
the next point lies inside the cone, that line passes near enough to everything before it. Where it
leaves the cone, the point before stays, and a new cone begins there (the slope-cone method of
Williams 1978 and of Sklansky and Gonzalez 1980, with the error measured in value alone).

Each point is looked at once, however many there are, so that hours pass through in little memory.
The bound holds for the points that were given: who thins twice, with the same error, allows it
twice.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_ONE_BY_ONE = 32  # points after which a stretch is long enough for arrays
_TOGETHER = 2**14  # points looked at together at most


def thinned(at: Floats, value: Floats, max_error: float) -> Indices:
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
    thinning = Thinning(max_error)
    return np.concatenate([thinning.take(at, value), thinning.end()])


class Thinning:
    """Thins a stream of points, portion by portion; the portions make no difference.

    Parameters
    ----------
    max_error
        As for `thinned`.
    """

    def __init__(self, max_error: float) -> None:
        if not 0.0 <= max_error < math.inf:
            raise ValueError(f"an error of {max_error}; 0 or more is needed")
        self._error = float(max_error)
        self._n = 0  # points so far
        self._start = (0.0, 0.0)  # the last point that stays
        self._kept = -1  # and its index
        self._last_at = -math.inf
        self._last_value = 0.0
        self._cone = (-math.inf, math.inf)

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
        kept: list[int] = []
        # A point where the one before it stands begins anew; so does the very first.
        anew = np.flatnonzero(steps == 0.0).tolist()
        ends = [*anew, at.size]
        if self._n == 0 and at.size and ends[0] != 0:
            anew.insert(0, 0)
            ends = [*anew, at.size]
        first = 0
        for index, end in enumerate(ends):
            if end > first:
                kept += self._run(at[first:end], value[first:end])
            if index < len(anew):
                kept += self._begin(float(at[end]), float(value[end]))
                first = end + 1
        return np.array(kept, np.int64)

    def end(self) -> Indices:
        """Return the index of the last point, unless it was returned already."""
        last = self._n - 1
        fresh = last > self._kept
        self._kept = last
        return np.array([last] if fresh else [], np.int64)

    def _begin(self, at: float, value: float) -> list[int]:
        """Keep the point before, and the one that begins anew."""
        before = self._n - 1
        kept = [before, self._n] if before > self._kept else [self._n]
        self._start, self._kept = (at, value), self._n
        self._last_at, self._last_value = at, value
        self._cone = (-math.inf, math.inf)
        self._n += 1
        return kept

    def _run(self, at: Floats, value: Floats) -> list[int]:
        """Go on through points that each lie after the one before."""
        kept: list[int] = []
        done = 0
        while done < at.size:
            stop = min(done + _TOGETHER, at.size)
            kept += self._portion(at[done:stop], value[done:stop])
            done = stop
        return kept

    def _portion(self, at: Floats, value: Floats) -> list[int]:
        times, values = at.tolist(), value.tolist()
        error, base = self._error, self._n
        (t0, v0), (lowest, highest) = self._start, self._cone
        t1, v1 = self._last_at, self._last_value
        kept: list[int] = []
        index, alone = 0, 0
        while index < len(times):
            if alone == _ONE_BY_ONE:
                rest = slice(index, None)
                n, lowest, highest = _within(
                    at[rest], value[rest], (t0, v0), error, (lowest, highest)
                )
                if n:
                    index += n
                    t1, v1 = times[index - 1], values[index - 1]
                    continue
            ahead, rise = times[index] - t0, values[index] - v0
            if not lowest <= rise / ahead <= highest:
                kept.append(base + index - 1)
                t0, v0 = t1, v1
                lowest, highest = -math.inf, math.inf
                ahead, rise = times[index] - t0, values[index] - v0
                alone = 0
            lowest = max(lowest, (rise - error) / ahead)
            highest = min(highest, (rise + error) / ahead)
            t1, v1 = times[index], values[index]
            index += 1
            alone += 1
        self._start, self._cone = (t0, v0), (lowest, highest)
        self._last_at, self._last_value = t1, v1
        self._n += len(times)
        if kept:
            self._kept = kept[-1]
        return kept


def _within(
    at: Floats,
    value: Floats,
    start: tuple[float, float],
    error: float,
    cone: tuple[float, float],
) -> tuple[int, float, float]:
    """Return how many points in a row the lines from the start reach, and the cone they leave.

    The same arithmetic as one by one, so that it makes no difference which of both is used.
    """
    lowest, highest = cone
    first, together = 0, 2 * _ONE_BY_ONE
    while first < at.size:
        here = slice(first, first + together)
        ahead, rise = at[here] - start[0], value[here] - start[1]
        low = np.maximum.accumulate(np.append(lowest, (rise - error) / ahead))
        high = np.minimum.accumulate(np.append(highest, (rise + error) / ahead))
        slope = rise / ahead
        outside = (slope < low[:-1]) | (slope > high[:-1])
        if outside.any():
            n = int(outside.argmax())
            return first + n, float(low[n]), float(high[n])
        lowest, highest = float(low[-1]), float(high[-1])
        first, together = first + ahead.size, 2 * together
    return at.size, lowest, highest
