"""The Nuttall window: the shape of every band, and the Gaussian that it stands for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Nuttall, "Some windows with very good sidelobe behavior" (1981): the minimum four-term window
# with a continuous first derivative.
_TERMS = (0.355768, 0.487396, 0.144232, 0.012604)


def nuttall(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the window's height at ``position``, in half-supports from its centre.

    Parameters
    ----------
    position
        Any shape; the window is 1 at 0 and exactly 0 from -1 and 1 outwards.

    Examples
    --------
    >>> nuttall(np.array([-1.0, 0.0, 0.5, 1.5])).round(4).tolist()
    [0.0, 1.0, 0.2115, 0.0]
    """
    height = sum(a * np.cos(n * np.pi * position) for n, a in enumerate(_TERMS))
    return np.where(np.abs(position) < 1.0, np.maximum(height, 0.0), 0.0)


def nuttall_power() -> float:
    """Return the integral of the window's square over its support, from -1 to 1.

    >>> round(nuttall_power(), 4)
    0.5117
    """
    return 2 * _TERMS[0] ** 2 + sum(a**2 for a in _TERMS[1:])


def crossfade(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a smooth rise from 0 at -1 to 1 at 1, such that rise(u)^2 + rise(-u)^2 = 1.

    The angle of the rise is the running integral of the window, so the edge is as smooth as the
    window itself.

    Examples
    --------
    >>> (crossfade(np.array([-1.0, 0.0, 1.0])) ** 2).round(6).tolist()
    [0.0, 0.5, 1.0]
    """
    inside = np.clip(position, -1.0, 1.0)
    integral = _TERMS[0] * inside + sum(
        a * np.sin(n * np.pi * inside) / (n * np.pi) for n, a in enumerate(_TERMS) if n
    )
    return np.sin(np.pi / 4 * (1.0 + integral / _TERMS[0]))


def gaussian_sigma() -> float:
    """Return the standard deviation, in half-supports, of the Gaussian nearest to the window.

    Nearest means: it is 3 dB down at the same place. Phase-gradient integration takes the window
    for this Gaussian.

    Examples
    --------
    >>> round(gaussian_sigma(), 4)
    0.2912
    """
    grid = np.linspace(0.0, 1.0, 20_001)
    three_db_down = grid[np.argmax(nuttall(grid) < 10 ** (-3 / 20))]
    return float(three_db_down) / math.sqrt(2 * math.log(10 ** (3 / 20)))
