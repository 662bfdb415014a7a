"""Chance: seeded noise that leads a path astray by so many of its own standard deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE_BLOCK_FRAMES = 512
"""Noise is drawn in blocks of this many frames on the absolute grid, so that it never depends on
how the caller cuts the path."""
PRIOR_LOG_VAR = 0.0
"""Mixed log-variances stop here: an extrapolated one would otherwise grow without bound."""


def led_astray(
    mean: NDArray[np.float32],
    log_var: NDArray[np.float32],
    amount: NDArray[np.float32],
    seed: int,
    first: int,
) -> NDArray[np.float32]:
    """Return a path, ``float32[channel, frame, latent]``, as chance leads it astray.

    Parameters
    ----------
    mean, log_var : float32[channel, frame, latent]
        The path, and how uncertain its model is of it.
    amount : float32[frame]
        Standard deviations.
    seed
        Of the noise; both channels are led the same way.
    first
        The number of the first frame.
    """
    deviation = np.exp(0.5 * np.minimum(log_var, PRIOR_LOG_VAR))
    _, n_frames, n_latents = mean.shape
    return mean + amount[:, None] * deviation * _drawn(seed, n_latents, first, first + n_frames)


def _drawn(seed: int, n_latents: int, first: int, last: int) -> NDArray[np.float32]:
    """Return frames ``first..last - 1`` of unit Gaussian noise: float32[frame, latent]."""
    blocks = range(first // NOISE_BLOCK_FRAMES, (last - 1) // NOISE_BLOCK_FRAMES + 1)
    drawn = np.concatenate(
        [
            np.random.Generator(np.random.Philox(key=seed, counter=block << 64))
            .standard_normal((NOISE_BLOCK_FRAMES, n_latents))
            .astype(np.float32)
            for block in blocks
        ]
    )
    offset = blocks.start * NOISE_BLOCK_FRAMES
    return drawn[first - offset : last - offset]
