"""Whether a plugin is as late as it says: a short noise goes in and is looked for after.

What a filter or a reverb returns is no copy of the noise, and nothing can be said. But where the
output is a copy, it must be late by the latency declared, to the sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects.plugin_host import Hosted

BURST_SAMPLES = 4_096
SEARCHED_SAMPLES = 8_192
"""How much later than declared a copy is still looked for."""

_LIKENESS = 0.9


def probe(hosted: Hosted, n_channels: int, block_samples: int) -> int | None:
    """Return by how many samples a plugin's output is later than its input; None if no copy."""
    rng = np.random.default_rng(20_261_125)
    burst = rng.uniform(-0.25, 0.25, (n_channels, BURST_SAMPLES)).astype(np.float32)
    n_wanted = BURST_SAMPLES + hosted.latency_samples + SEARCHED_SAMPLES
    n_samples = -(-n_wanted // block_samples) * block_samples
    audio = np.zeros((n_channels, n_samples), np.float32)
    audio[:, :BURST_SAMPLES] = burst
    made = [
        hosted.block(np.ascontiguousarray(audio[:, start : start + block_samples]))
        for start in range(0, n_samples, block_samples)
    ]
    return lag_of(burst, np.concatenate(made, axis=1))


def lag_of(burst: NDArray[np.float32], made: NDArray[np.float32]) -> int | None:
    """Return where in ``made`` float32[channel, sample] a copy of ``burst`` begins, or None.

    A copy is a place where the normalised correlation, over all channels, is at least 0.9; its
    polarity and loudness do not matter.
    """
    if not np.isfinite(made).all():
        return None
    x, y = burst.astype(np.float64), made.astype(np.float64)
    n_lags = y.shape[1] - x.shape[1] + 1
    n_fft = 1 << (y.shape[1] + x.shape[1]).bit_length()
    spectrum = np.fft.rfft(y, n_fft) * np.conj(np.fft.rfft(x, n_fft))
    match = np.abs(np.fft.irfft(spectrum, n_fft).sum(axis=0)[:n_lags])
    sums = np.concatenate([[0.0], np.cumsum(np.square(y).sum(axis=0))])
    power = sums[x.shape[1] :][:n_lags] - sums[:n_lags]
    scale = np.sqrt(np.maximum(power, 1e-12) * np.square(x).sum())
    best = int(np.argmax(match / scale))
    return best if match[best] >= _LIKENESS * scale[best] else None
