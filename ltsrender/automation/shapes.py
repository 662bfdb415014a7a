"""The ways between two breakpoints that need more than a line of arithmetic.

Everything here works on each position for itself, so a value never depends on which others are
asked for with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SAME = 4e-16  # steps of a root that are smaller are rounding
_MOST_STEPS = 80
_STRAIGHT = 1e-9  # curvatures below it bend by less than rounding


def smoothstep(t: Floats) -> Floats:
    """Return ``3 t^2 - 2 t^3``, level at 0 and at 1."""
    way: Floats = t * t
    way *= 3.0 - 2.0 * t
    return way


def bent(t: Floats, curvature: Floats) -> Floats:
    """Return ``(1 - exp(c t)) / (1 - exp(c))``: 0 to 1, late for c > 0, early for c < 0."""
    c = np.where(np.abs(curvature) < _STRAIGHT, 1.0, curvature)
    way: Floats = np.expm1(c * t) / np.expm1(c)
    return np.where(np.abs(curvature) < _STRAIGHT, t, way)


def cubic_bezier(t: Floats, handles: Floats) -> Floats:
    """Return the y of Bezier curves from (0, 0) to (1, 1) where their x is t.

    Parameters
    ----------
    t
        float64[n], 0..1.
    handles
        float64[n, 4] or float64[1, 4]: x1, y1, x2, y2, each 0..1.

    Returns
    -------
    float64[n]
        Found by Newton's method, held in by bisection: x never runs backwards.
    """
    x1, y1, x2, y2 = np.broadcast_to(handles, (t.size, 4)).T
    low, high = np.zeros_like(t), np.ones_like(t)
    s = t.copy()
    running = np.flatnonzero((t > 0.0) & (t < 1.0))
    for _ in range(_MOST_STEPS):
        if not running.size:
            break
        here, p1, p2 = s[running], x1[running], x2[running]
        error = _bezier(here, p1, p2) - t[running]
        low[running] = np.where(error <= 0.0, here, low[running])
        high[running] = np.where(error >= 0.0, here, high[running])
        steep = _bezier_slope(here, p1, p2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = here - error / steep
        middle = 0.5 * (low[running] + high[running])
        # Near a level stretch Newton's steps shrink by a third at a time; halving is faster.
        fast = (newton > low[running]) & (newton < high[running]) & (steep > 1e-3)
        after = np.where(fast, newton, middle)
        s[running] = after
        running = running[(np.abs(after - here) > _SAME) & (error != 0.0)]
    return _bezier(s, y1, y2)


def _bezier(s: Floats, p1: Floats, p2: Floats) -> Floats:
    r = 1.0 - s
    return 3.0 * p1 * s * r * r + 3.0 * p2 * s * s * r + s * s * s


def _bezier_slope(s: Floats, p1: Floats, p2: Floats) -> Floats:
    r = 1.0 - s
    return 3.0 * p1 * r * r + 6.0 * (p2 - p1) * s * r + 3.0 * (1.0 - p2) * s * s


def hermite(a: Floats, b: Floats, t: Floats, leaving: Floats, arriving: Floats) -> Floats:
    """Return a cubic from a to b with given slopes at both ends, times the width of the way."""
    r = 1.0 - t
    return a + (b - a) * smoothstep(t) + leaving * t * r * r - arriving * t * t * r


def monotone_slopes(at: Floats, value: Floats, chosen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return slopes with which cubics through neighbours never turn between two breakpoints.

    Inside a run of chosen pieces the slope at a breakpoint is the weighted harmonic mean of the
    slopes of the straight lines beside it, and 0 where they point different ways (Fritsch and
    Butland 1984, eq. 5). At the ends of a run it is the one-sided three-point slope, held within
    what stays monotone (Moler 2004, section 3.6).

    Parameters
    ----------
    at, value
        float64[point], in order.
    chosen
        bool[piece]: which pieces are cubics. Others, and jumps, end a run.

    Returns
    -------
    leaving, arriving
        float64[piece]: slopes at both ends of every piece, times its width.
    """
    width, rise = np.diff(at), np.diff(value)
    runs = chosen & (width > 0.0)
    with np.errstate(all="ignore"):
        slope = rise / width
        inside = runs[:-1] & runs[1:]
        d0, d1, h0, h1 = slope[:-1], slope[1:], width[:-1], width[1:]
        w0, w1 = 2.0 * h1 + h0, h1 + 2.0 * h0
        mean = np.where(d0 * d1 > 0.0, (w0 + w1) / (w0 / d0 + w1 / d1), 0.0)
        leaving, arriving = slope.copy(), slope.copy()
        leaving[1:] = np.where(inside, mean, slope[1:])
        arriving[:-1] = np.where(inside, mean, slope[:-1])
        begins = np.flatnonzero(inside & ~np.append(False, inside[:-1]))
        ends = np.flatnonzero(inside & ~np.append(inside[1:], False))
        leaving[begins] = _end_slope(d0[begins], d1[begins], h0[begins], h1[begins])
        arriving[ends + 1] = _end_slope(d1[ends], d0[ends], h1[ends], h0[ends])
        leaving, arriving = leaving * width, arriving * width
    # Slopes that no number holds are left level: still monotone.
    return tuple(np.where(np.isfinite(each), each, 0.0) for each in (leaving, arriving))  # type: ignore[return-value]


def _end_slope(near: Floats, far: Floats, near_width: Floats, far_width: Floats) -> Floats:
    slope = ((2.0 * near_width + far_width) * near - near_width * far) / (near_width + far_width)
    turned = np.sign(slope) != np.sign(near)
    steep = (np.sign(near) != np.sign(far)) & (np.abs(slope) > 3.0 * np.abs(near))
    held: Floats = np.where(turned, 0.0, np.where(steep, 3.0 * near, slope))
    return held
