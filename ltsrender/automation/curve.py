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

import math
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

SHAPES = ("hold", "linear", "smooth", "exponential")

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
        value = np.array([point.value for point in self.points], dtype=np.float64)
        _check(self.points, self._at, value)
        self.minimum, self.maximum = float(value.min()), float(value.max())

    @property
    def is_level(self) -> bool:
        """Whether it never moves."""
        return self.minimum == self.maximum

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
        if self.is_level or x.size == 0:
            return np.full(x.shape, self.minimum)
        flat = x.ravel()
        if np.all(flat[1:] >= flat[:-1]):
            return self._in_order(flat, slack).reshape(x.shape)
        order = np.argsort(flat, kind="stable")
        values = np.empty_like(flat)
        values[order] = self._in_order(flat[order], slack)
        return values.reshape(x.shape)

    def _in_order(self, x: Floats, slack: float) -> Floats:
        """Return the values at positions that never step back, piece by piece."""
        reached = x + slack
        first, last = np.searchsorted(self._at, reached[[0, -1]], side="right") - 1
        starts = np.searchsorted(reached, self._at[first + 1 : last + 1], side="left")
        values = np.empty_like(x)
        for piece, (start, stop) in enumerate(pairwise([0, *starts.tolist(), x.size]), int(first)):
            if start < stop:
                values[start:stop] = self._after(piece, x[start:stop])
        return values

    def _after(self, piece: int, x: Floats) -> Floats | float:
        """Return the values at positions between breakpoint ``piece`` and the next."""
        here = self.points[max(piece, 0)]
        if piece < 0 or piece == len(self.points) - 1 or here.shape == "hold":
            return here.value
        there = self.points[piece + 1]
        t = (np.clip(x, here.at, there.at) - here.at) / (there.at - here.at)
        low, high = sorted((here.value, there.value))
        # Rounding must not carry a value past its breakpoint.
        values: Floats = np.clip(_WAYS[here.shape](here.value, there.value, t), low, high)
        return values


def _linear(a: float, b: float, t: Floats) -> Floats:
    return a + (b - a) * t


def _smooth(a: float, b: float, t: Floats) -> Floats:
    return a + (b - a) * (t * t * (3.0 - 2.0 * t))


def _exponential(a: float, b: float, t: Floats) -> Floats:
    if a * b <= 0.0 or min(abs(a), abs(b)) < _SMALLEST:
        return _linear(a, b, t)
    return a * np.exp(t * math.log(b / a))


_WAYS = MappingProxyType({"linear": _linear, "smooth": _smooth, "exponential": _exponential})


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
