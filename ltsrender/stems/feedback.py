"""The loop of noise shaping, compiled: every error depends on the errors before it."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True)
def rounded(
    exact: Floats,
    noise: Floats,
    is_silence: NDArray[np.bool_],
    coefficients: Floats,
    errors: Floats,
) -> Floats:
    """Return whole numbers, float64[channel, sample], and leave the last errors in ``errors``.

    Parameters
    ----------
    exact, noise, is_silence
        See `ltsrender.stems.shaping.Shaper.round`.
    coefficients
        float64[tap].
    errors
        float64[channel, tap]: the last errors, the newest first; changed.
    """
    n_channels, n_samples = exact.shape
    whole = np.zeros((n_channels, n_samples))
    n_taps = len(coefficients)
    for channel in range(n_channels):
        past = errors[channel]
        for n in range(n_samples):
            if is_silence[channel, n]:
                past[:] = 0.0
                continue
            wanted = exact[channel, n]
            for tap in range(n_taps):
                wanted -= coefficients[tap] * past[tap]
            value = np.floor(wanted + noise[channel, n] + 0.5)
            for tap in range(n_taps - 1, 0, -1):
                past[tap] = past[tap - 1]
            past[0] = value - wanted
            whole[channel, n] = value
    return whole
