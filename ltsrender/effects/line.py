"""The lines between values at control times, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CONTROL = 64
_NEAR = 2.0  # the ratio of neighbours up to which a line is straight in decibels


@njit(cache=True, nogil=True)
def between(row: NDArray[np.float64], sample: int) -> float:
    """Return a value at a sample, from values at every 64th."""
    control = sample // _CONTROL
    here: float = row[control]
    share = (sample - control * _CONTROL) / _CONTROL
    if share > 0.0:
        here += (row[control + 1] - here) * share
    return here


@njit(cache=True, nogil=True)
def draw_lines(gains: NDArray[np.float64], start: int, out: NDArray[np.float64]) -> None:
    """Write the gains of every sample.

    Parameters
    ----------
    gains
        float64[row, control], at every 64th sample.
    start
        The sample with which ``out`` begins, counted from the first control time.
    out
        float64[row, sample], written.
    """
    n_rows, n_samples = out.shape
    for row in range(n_rows):
        done = 0
        while done < n_samples:
            control = (start + done) // _CONTROL
            first = control * _CONTROL - start
            stop = min(n_samples, first + _CONTROL)
            left, right = gains[row, control], gains[row, control + 1]
            low, high = min(left, right), max(left, right)
            if low > 0.0 and high <= _NEAR * low:
                # Multiplied from the control time on, wherever the piece begins: the same bits.
                ratio = np.exp(np.log(right / left) / _CONTROL)
                gain = left
                for n in range(first, stop):
                    if n >= done:
                        out[row, n] = gain
                    gain *= ratio
            else:
                step = (right - left) / _CONTROL
                for n in range(done, stop):
                    out[row, n] = left + step * (n - first)
            done = stop
