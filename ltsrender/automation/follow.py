"""The loop of a lag: each value needs the one before, so it is compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True)
def follow(values: Floats, here: float, up: float, down: float) -> Floats:
    """Return what goes a part of the way to each value: ``up`` above it, ``down`` below.

    Parameters
    ----------
    values
        float64[n].
    here
        The first result.
    up, down
        Parts of the way, 0..1.
    """
    found = np.empty(values.size)
    found[0] = here
    for index in range(1, values.size):
        value = values[index]
        here += (value - here) * (up if value > here else down)
        found[index] = here
    return found
