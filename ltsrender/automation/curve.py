"""A curve through breakpoints.

From a breakpoint with value ``a`` to the next with value ``b``, with ``t`` running from 0 to 1:

=============  =====================================================================
shape          value
=============  =====================================================================
hold           ``a``, then a jump to ``b``
linear         ``a + (b - a) t``
smooth         ``a + (b - a) (3 t^2 - 2 t^3)``, level at both ends (smoothstep)
exponential    ``a (b / a)^t``: equal ratios in equal times, when both values have the
               same sign; where one is 0 (smaller than 1e-12) or the signs differ there
               is no such path, and the way is linear
=============  =====================================================================

smoothstep rather than a cosine: it needs only multiplication, which is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

SHAPES = ("hold", "linear", "smooth", "exponential")

_HOLD, _LINEAR, _SMOOTH, _EXPONENTIAL = range(len(SHAPES))
_SMALLEST = 1e-12  # magnitude of a value that a ratio can start from
_LARGEST = 1e12


@dataclass(frozen=True)
class Breakpoint:
    """A value at a position, and the shape of the way to the next breakpoint."""

    at: float
    value: float
    shape: str = "linear"


class Curve:
    """A value at every position: through the breakpoints, level before and after them.

    Two breakpoints at one position are a jump: before it the first value is approached, at the
    position and after it the second value holds.

    Parameters
    ----------
    points
        At least one, in order of position; at most two at the same position.

    Raises
    ------
    ValueError
        When there is no point, a number is not finite or beyond ±1e12, the order is wrong, or a
        shape is unknown.

    Examples
    --------
    >>> curve = Curve([Breakpoint(0, 1.0, "exponential"), Breakpoint(2, 4.0)])
    >>> curve.at(np.array([-1.0, 0.0, 1.0, 2.0, 9.0])).tolist()
    [1.0, 1.0, 2.0, 4.0, 4.0]
    """

    def __init__(self, points: Sequence[Breakpoint]) -> None:
        self.points = tuple(points)
        self._at = np.array([point.at for point in self.points], dtype=np.float64)
        self._value = np.array([point.value for point in self.points], dtype=np.float64)
        _check(self.points, self._at, self._value)
        shapes = np.array([SHAPES.index(point.shape) for point in self.points], dtype=np.int8)
        start, stop = self._value, np.append(self._value[1:], self._value[-1])
        ratios = (start * stop > 0.0) & (np.minimum(abs(start), abs(stop)) >= _SMALLEST)
        self._shape = np.where((shapes == _EXPONENTIAL) & ~ratios, _LINEAR, shapes)

    @property
    def minimum(self) -> float:
        """The lowest value."""
        return float(self._value.min())

    @property
    def maximum(self) -> float:
        """The highest value."""
        return float(self._value.max())

    def at(self, positions: Floats, *, slack: float = 0.0) -> Floats:
        """Return the values at positions, each for itself: float64, the positions' shape.

        Parameters
        ----------
        positions
            Where; any order, any shape.
        slack
            A position this little before a breakpoint counts as being on it, so that rounding in
            a tempo map cannot make a jump late.
        """
        x = np.asarray(positions, dtype=np.float64)
        piece = np.searchsorted(self._at, x + slack, side="right") - 1
        last = len(self.points) - 1
        inside = np.clip(piece, 0, max(last - 1, 0))
        after = np.minimum(inside + 1, last)
        start, stop = self._at[inside], self._at[after]
        way, length = np.clip(x, start, stop) - start, stop - start
        t = np.divide(way, length, out=np.zeros_like(x), where=length > 0.0)
        values = self._between(inside, after, t)
        values = np.where(piece >= last, self._value[last], values)
        return np.where(piece < 0, self._value[0], values)

    def _between(self, start: NDArray[np.intp], stop: NDArray[np.intp], t: Floats) -> Floats:
        """Return the values at ``t`` of the way between breakpoints ``start`` and ``stop``."""
        a, b, shape = self._value[start], self._value[stop], self._shape[start]
        way = np.where(shape == _SMOOTH, t * t * (3.0 - 2.0 * t), t)
        way = np.where(shape == _HOLD, 0.0, way)
        values = a + (b - a) * way
        curved = shape == _EXPONENTIAL
        if np.any(curved):
            from_a, to_b = a[curved], b[curved]
            values[curved] = from_a * np.exp(t[curved] * np.log(to_b / from_a))
        return np.clip(values, np.minimum(a, b), np.maximum(a, b))


def _check(points: Sequence[Breakpoint], at: Floats, value: Floats) -> None:
    if not points:
        raise ValueError("a curve needs at least one breakpoint")
    if not np.all(np.isfinite(at)) or not np.all(np.abs(value) <= _LARGEST):
        raise ValueError("a breakpoint needs a finite position and a value within ±1e12")
    if np.any(np.diff(at) < 0.0):
        raise ValueError("breakpoints must be in order of position")
    if len(points) > 2 and np.any(at[2:] == at[:-2]):
        raise ValueError("at most two breakpoints may share a position")
    unknown = {point.shape for point in points} - set(SHAPES)
    if unknown:
        raise ValueError(f"unknown shape {sorted(unknown)}; shapes are {', '.join(SHAPES)}")
