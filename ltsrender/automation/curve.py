"""A curve through breakpoints.

From a breakpoint with value ``a`` to the next with value ``b``, with ``t`` running from 0 to 1, the
value is ``a + (b - a) w(t)`` with

=============  =====================================================================
shape          w(t)
=============  =====================================================================
hold           0, then a jump to ``b``
linear         ``t``
smooth         ``3 t^2 - 2 t^3``, level at both ends (smoothstep)
exponential    see below
bezier         the y of a cubic Bezier curve from (0, 0) to (1, 1) with two handles, where its
               x is t; handles lie within 0..1, so that x never runs backwards and y never
               leaves 0..1 (as CSS ``cubic-bezier``)
spline         a cubic through the neighbours too, as smooth as it can be without ever
               turning between two breakpoints (Fritsch and Carlson 1980, with the slopes of
               Fritsch and Butland 1984)
=============  =====================================================================

**Exponential** means equal ratios in equal times, ``a (b / a)^t``, when both values have the same
sign; where one is 0 (smaller than 1e-12) or the signs differ there is no such path, and the way is
linear. Decibels are ratios already: in dB it is a straight line. With a **curvature** c, -20..20,
the way bends instead: ``w(t) = (1 - exp(c t)) / (1 - exp(c))``, which for c > 0 leaves late and for
c < 0 arrives early; 0 is straight. In Hz it bends the way in octaves, elsewhere that of the values.

smoothstep rather than a cosine: it needs only multiplication, which is the same on every machine.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ltsrender.automation.shapes import bent, cubic_bezier, hermite, monotone_slopes, smoothstep

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

SHAPES = ("hold", "linear", "smooth", "exponential", "bezier", "spline")
HOLD, LINEAR, SMOOTH, EXPONENTIAL, BEZIER, SPLINE = range(len(SHAPES))

_SMALLEST = 1e-12  # magnitude of a value that a ratio can start from
_LARGEST = 1e12
_FEW = 128  # positions per breakpoint from which on breakpoints are taken one by one
_TOGETHER = 2**15  # positions evaluated together: what they need fits into the cache


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A value at a position, and the shape of the way to the next breakpoint.

    Attributes
    ----------
    at, value
        Where, and what.
    shape
        One of `SHAPES`.
    curvature
        Of ``exponential``, -20..20; None for equal ratios.
    handles
        Of ``bezier``: x1, y1, x2, y2 in parts of the way, each 0..1.
    """

    at: float
    value: float
    shape: str = "linear"
    curvature: float | None = None
    handles: tuple[float, float, float, float] | None = None


class Curve:
    """A value at every position: through the breakpoints, level before and after them.

    Two breakpoints at one position are a jump: before it the first value is approached, at the
    position and after it the second value holds.

    Parameters
    ----------
    points
        At least one, in order of position; at most two at the same position.
    unit
        ``"dB"``, ``"Hz"`` or another: what an exponential way means.

    Raises
    ------
    ValueError
        When there is no point, a number is not finite or beyond ±1e12, the order is wrong, a shape
        is unknown, or a handle or curvature is out of range.

    Examples
    --------
    >>> curve = Curve([Breakpoint(0, 1.0, "exponential"), Breakpoint(2, 4.0)])
    >>> curve.at(np.array([-1.0, 0.0, 1.0, 2.0, 9.0])).tolist()
    [1.0, 1.0, 2.0, 4.0, 4.0]
    """

    def __init__(self, points: Sequence[Breakpoint], *, unit: str = "") -> None:
        n = len(points)
        unknown = {point.shape for point in points} - set(SHAPES)
        if unknown:
            raise ValueError(f"unknown shape {sorted(unknown)}; shapes are {', '.join(SHAPES)}")
        codes = np.fromiter((SHAPES.index(point.shape) for point in points), np.int8, n)
        self._set(
            np.fromiter((point.at for point in points), np.float64, n),
            np.fromiter((point.value for point in points), np.float64, n),
            codes,
            unit,
        )
        if BEZIER in codes:
            self._handles = _handles_of(points)
        if EXPONENTIAL in codes:
            self._set_curvatures(points)

    @classmethod
    def of(cls, at: Floats, value: Floats, shape: str = "linear", *, unit: str = "") -> Self:
        """Return the curve of many points that share a shape, without a `Breakpoint` for each.

        Parameters
        ----------
        at, value
            float64[point].
        shape, unit
            As for `Breakpoint` and for the class; any shape but ``bezier``, which needs handles.

        Raises
        ------
        ValueError
            As the class does.
        """
        if shape not in SHAPES or shape == "bezier":
            raise ValueError(f"a curve of arrays cannot be of shape {shape!r}")
        curve = cls([Breakpoint(0.0, 0.0)])
        codes = np.full(len(at), SHAPES.index(shape), np.int8)
        curve._set(np.array(at, np.float64), np.array(value, np.float64), codes, unit)
        return curve

    def _set(self, at: Floats, value: Floats, codes: NDArray[np.int8], unit: str) -> None:
        _check(at, value)
        self._at, self._value, self.unit = at, value, unit
        self.minimum, self.maximum = float(value.min()), float(value.max())
        self._written = codes
        if unit == "dB":  # equal ratios of amplitude
            codes = np.where(codes == EXPONENTIAL, LINEAR, codes)
        self._code = codes[:-1]
        self._present = tuple(np.unique(self._code).tolist())
        self._handles, self._none = np.zeros((0, 4)), np.zeros(0)
        self._curvature = np.zeros(0)
        self._bends = np.zeros(0, bool)

    def _set_curvatures(self, points: Sequence[Breakpoint]) -> None:
        given = [None if point.shape != "exponential" else point.curvature for point in points]
        if all(curvature is None for curvature in given):
            return
        curvature = np.array([0.0 if c is None else c for c in given])
        if not np.all(np.abs(curvature) <= MOST_CURVATURE):
            raise ValueError(f"a curvature lies within ±{MOST_CURVATURE:g}")
        self._curvature = curvature
        self._bends = np.array([c is not None for c in given])
        self._code = np.where(self._bends[:-1], np.int8(EXPONENTIAL), self._code)
        self._present = tuple(np.unique(self._code).tolist())

    @property
    def points(self) -> tuple[Breakpoint, ...]:
        """The breakpoints, as they were given."""
        n = self._at.size
        shapes = [SHAPES[code] for code in self._written.tolist()]
        bends = self._bends.any()
        given = [float(c) if b else None for c, b in zip(self._curvature, self._bends, strict=True)]
        curvatures = given if bends else [None] * n
        handles = [(float(a), float(b), float(c), float(d)) for a, b, c, d in self._handles]
        return tuple(
            Breakpoint(
                float(self._at[i]),
                float(self._value[i]),
                shapes[i],
                curvatures[i],
                handles[i] if shapes[i] == "bezier" else None,
            )
            for i in range(n)
        )

    @property
    def shapes(self) -> tuple[str, ...]:
        """The shapes of the ways between breakpoints, each once, in the order they come in."""
        codes, first = np.unique(self._written[:-1], return_index=True)
        return tuple(SHAPES[code] for code in codes[np.argsort(first)].tolist())

    @property
    def positions(self) -> Floats:
        """Where the breakpoints are: float64[point]."""
        return self._at

    @property
    def values(self) -> Floats:
        """The values of the breakpoints: float64[point]."""
        return self._value

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
        if flat.size <= _TOGETHER:
            return self._each(flat, slack).reshape(x.shape)
        pieces = range(0, flat.size, _TOGETHER)
        found = [self._each(flat[start : start + _TOGETHER], slack) for start in pieces]
        return np.concatenate(found).reshape(x.shape)

    def _each(self, x: Floats, slack: float) -> Floats:
        rises = x.size >= _FEW and bool((x[1:] >= x[:-1]).all())
        if rises and self._is_plain and _compiled_is_near():
            return self._compiled(x, slack)
        ends = np.array([x.min(), x.max()]) + slack
        first, last = (np.searchsorted(self._at, ends, side="right") - 1).tolist()
        if first == last:
            return self._within_one(first, x)
        if rises and (last - first) * _FEW < x.size:
            return self._piece_by_piece(first, last, x, slack)
        piece = np.searchsorted(self._at, x + slack, side="right") - 1
        values = self._value[np.maximum(piece, 0)]
        between = (piece >= 0) & (piece < self._code.size)
        codes = self._code[np.where(between, piece, 0)]
        for code in self._present:
            chosen = np.flatnonzero(between & (codes == code))
            if chosen.size and code != HOLD:
                values[chosen] = self._shaped(code, piece[chosen], x[chosen])
        return values

    @property
    def _is_plain(self) -> bool:
        return not {EXPONENTIAL, BEZIER} & set(self._present)

    def _compiled(self, x: Floats, slack: float) -> Floats:
        """Return the values at rising positions, in one pass; the same to the last bit."""
        from ltsrender.automation.kernel import values_at  # noqa: PLC0415 - numba takes its time

        leaving, arriving = self._slopes if SPLINE in self._present else (self._none, self._none)
        found: Floats = values_at(self._at, self._value, self._code, leaving, arriving, x, slack)
        return found

    def _piece_by_piece(self, first: int, last: int, x: Floats, slack: float) -> Floats:
        """Return the values at many rising positions between few breakpoints."""
        ends = np.searchsorted(x + slack, self._at[first + 1 : last + 1], side="left").tolist()
        values = np.empty_like(x)
        for piece, start, stop in zip(
            range(first, last + 1), [0, *ends], [*ends, x.size], strict=True
        ):
            if start < stop:
                values[start:stop] = self._within_one(piece, x[start:stop])
        return values

    def _within_one(self, piece: int, x: Floats) -> Floats:
        """Return the values at positions that all lie between the same two neighbours."""
        if piece < 0 or piece >= self._code.size:
            return np.full(x.shape, self._value[min(max(piece, 0), self._value.size - 1)])
        code = int(self._code[piece])
        if code == HOLD:
            return np.full(x.shape, self._value[piece])
        return self._shaped(code, piece, x)

    def _shaped(self, code: int, piece: Whole | int, x: Floats) -> Floats:
        """Return the values of positions within pieces of one shape; one piece may be for all."""
        a = self._value[piece]
        b, start, end = self._value[piece + 1], self._at[piece], self._at[piece + 1]
        # Slack may have put a position on a breakpoint that it has not quite reached.
        t = np.maximum((x - start) / (end - start), 0.0)
        values = self._way(code, piece, a, b, t)
        # Rounding must not carry a value past its breakpoint.
        low, high = np.minimum(a, b), np.maximum(a, b)
        held: Floats = np.minimum(np.maximum(values, low, out=values), high, out=values)
        return held

    def _way(self, code: int, piece: Whole | int, a: Floats, b: Floats, t: Floats) -> Floats:
        if code == SMOOTH:
            return a + (b - a) * smoothstep(t)
        if code == EXPONENTIAL:
            return self._exponential(piece, a, b, t)
        if code == BEZIER:
            return a + (b - a) * cubic_bezier(t, self._handles[piece])
        if code == SPLINE:
            return hermite(a, b, t, self._slopes[0][piece], self._slopes[1][piece])
        return a + (b - a) * t

    def _exponential(self, piece: Whole | int, a: Floats, b: Floats, t: Floats) -> Floats:
        log_ratio = self._log_ratios[piece]
        if self._bends.any():
            bends = self._bends[piece]
            t = np.where(bends, bent(t, self._curvature[piece]), t)
            if self.unit != "Hz":
                log_ratio = np.where(bends, 0.0, log_ratio)
        straight = a + (b - a) * t
        by_ratio = a * np.exp(t * log_ratio)
        return np.where(log_ratio == 0.0, straight, by_ratio)

    @cached_property
    def _log_ratios(self) -> Floats:
        """Logarithms of the ratios of neighbours, 0 where there is no such way: float64[piece]."""
        a, b = self._value[:-1], self._value[1:]
        apart = (np.sign(a) * np.sign(b) <= 0.0) | (np.minimum(abs(a), abs(b)) < _SMALLEST)
        return np.log(np.where(apart, 1.0, b) / np.where(apart, 1.0, a))

    @cached_property
    def _slopes(self) -> tuple[Floats, Floats]:
        """Slopes at both ends of every piece, times its width: float64[piece] each."""
        return monotone_slopes(self._at, self._value, self._code == SPLINE)


MOST_CURVATURE = 20.0


def _compiled_is_near() -> bool:
    """Return whether numba is there already, as in every render; else it would take half a second.

    Which of both ways computes a value makes no difference to it.
    """
    return "numba" in sys.modules


def _handles_of(points: Sequence[Breakpoint]) -> Floats:
    straight = (1 / 3, 1 / 3, 2 / 3, 2 / 3)
    handles = np.array([point.handles or straight for point in points], dtype=np.float64)
    if handles.shape != (len(points), 4) or not np.all((handles >= 0.0) & (handles <= 1.0)):
        raise ValueError("handles are x1, y1, x2, y2, each within 0..1")
    return handles


def _check(at: Floats, value: Floats) -> None:
    if not at.size:
        raise ValueError("a curve needs at least one breakpoint")
    if at.shape != value.shape or at.ndim != 1:
        raise ValueError("a curve needs as many values as positions")
    if not np.all(np.isfinite(at)) or not np.all(np.abs(value) <= _LARGEST):
        raise ValueError("a breakpoint needs a finite position and a value within ±1e12")
    if np.any(np.diff(at) < 0.0):
        raise ValueError("breakpoints must be in order of position")
    if at.size > 2 and np.any(at[2:] == at[:-2]):
        raise ValueError("at most two breakpoints may share a position")
