"""Curves of the plain shapes at many rising positions, in one compiled pass.

The same arithmetic as in `ltsrender.automation.curve` and `ltsrender.automation.shapes`, operation
by operation, so that a value is the same to the last bit whichever of both computed it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ltsrender.automation.curve import HOLD, SMOOTH, SPLINE

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


@njit(cache=True)
def values_at(
    at: Floats,
    value: Floats,
    code: Codes,
    leaving: Floats,
    arriving: Floats,
    x: Floats,
    slack: float,
) -> Floats:
    """Return the values of a curve at rising positions.

    Parameters
    ----------
    at, value
        float64[point].
    code
        int8[piece]: the shape of each piece: hold, linear, smooth or spline.
    leaving, arriving
        float64[piece]: slopes at both ends of splines, times their width.
    x
        float64[n], rising, at least one.
    slack
        As for `ltsrender.automation.Curve.at`.
    """
    found = np.empty(x.size)
    piece = np.searchsorted(at, x[0] + slack, side="right") - 1
    n_pieces = code.size
    for index in range(x.size):
        position = x[index]
        while piece + 1 < at.size and at[piece + 1] <= position + slack:
            piece += 1
        if piece < 0:
            found[index] = value[0]
            continue
        if piece >= n_pieces or code[piece] == HOLD:
            found[index] = value[piece]
            continue
        a, b = value[piece], value[piece + 1]
        t = max((position - at[piece]) / (at[piece + 1] - at[piece]), 0.0)
        if code[piece] == SMOOTH:
            way = t * t
            way *= 3.0 - 2.0 * t
            here = a + (b - a) * way
        elif code[piece] == SPLINE:
            r = 1.0 - t
            way = t * t
            way *= 3.0 - 2.0 * t
            here = a + (b - a) * way + leaving[piece] * t * r * r - arriving[piece] * t * t * r
        else:
            here = a + (b - a) * t
        found[index] = min(max(here, min(a, b)), max(a, b))
    return found
