"""Decoding a latent path, block by block, so that memory does not grow with the piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from ltsrender.latents import LatentPath
    from ltsrender.models import TimbreModel


def decode_frames(
    path: LatentPath, model: TimbreModel, *, block_frames: int = 512
) -> Iterator[NDArray[np.float32]]:
    """Yield the frames of a path, in order.

    Parameters
    ----------
    path
        The way through latent space, z[channel, frame, latent].
    model
        The timbre model that decodes it.
    block_frames
        Frames per block; the frames do not depend on it.

    Yields
    ------
    float32[channel, frame, band]
        Linear magnitudes, 0 or more, on the bands of the model's transform.
    """
    for first in range(0, path.n_frames, block_frames):
        yield _decoded(path.block(first, min(first + block_frames, path.n_frames)), model)


def decode_anchor(
    path: LatentPath, model: TimbreModel, anchor: int, first: int, last: int
) -> NDArray[np.float32]:
    """Return what the model makes of one anchor alone, float32[channel, frame, band].

    Parameters
    ----------
    path
        The way through latent space.
    model
        The timbre model.
    anchor
        Which of the path's anchors.
    first, last
        Frames ``first..last - 1`` of the path's grid.
    """
    return _decoded(path.anchor_block(anchor, first, last), model)


def _decoded(z: NDArray[np.float32], model: TimbreModel) -> NDArray[np.float32]:
    n_channels, n_frames, n_latents = z.shape
    return model.decode(z.reshape(-1, n_latents)).reshape(n_channels, n_frames, -1)
