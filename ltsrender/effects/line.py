"""The lines between values at control times, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CONTROL = 64
_NEAR = 2.0  # the ratio of neighbours up to which a line may be straight in decibels


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
def _is_fade(before: float, left: float, right: float, after: float) -> bool:
    """Return whether four gains in a row lie on a line in decibels rather than in amplitude."""
    low, high = min(left, right), max(left, right)
    if low <= 0.0 or high > _NEAR * low:
        return False
    in_amplitude = abs(before + right - 2.0 * left) + abs(left + after - 2.0 * right)
    in_decibels = abs(before * right / left - left) + abs(left * after / right - right)
    return in_decibels < in_amplitude


@njit(cache=True, nogil=True)
def draw_lines(gains: NDArray[np.float64], start: int, out: NDArray[np.float64]) -> None:
    """Write the gains of every sample.

    Parameters
    ----------
    gains
        float64[row, control], at every 64th sample; one more before the first and one more after
        the last that are reached.
    start
        The sample with which ``out`` begins, counted from the second of ``gains``.
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
            before, left = gains[row, control], gains[row, control + 1]
            right, after = gains[row, control + 2], gains[row, control + 3]
            if _is_fade(before, left, right, after):
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
