"""Decoding a latent path, block by block, so that memory does not grow with the piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents import rms_of
from ltsrender.models.card import HEADROOM_DB
from ltsrender.units import gain_from_db

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        Linear magnitudes, 0 or more, on the bands of the model's transform; those of a model that
        has no level are held 12 dB above the loudest frame of the path's sounds.
    """
    for first in range(0, path.n_frames, block_frames):
        z = path.block(first, min(first + block_frames, path.n_frames))
        yield _decoded(z, model, path.loudest_rms)


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
    return _decoded(path.anchor_block(anchor, first, last), model, path.loudest_rms)


def _decoded(z: NDArray[np.float32], model: TimbreModel, loudest_rms: float) -> NDArray[np.float32]:
    n_channels, n_frames, n_latents = z.shape
    frames = model.decode(z.reshape(-1, n_latents)).reshape(n_channels, n_frames, -1)
    bands = model.spectra.onto_bands(frames)
    return bands if model.has_level else held_below(bands, loudest_rms)


def held_below(frames: NDArray[np.float32], loudest_rms: float) -> NDArray[np.float32]:
    """Return frames none of which is more than 12 dB louder than the loudest frame of the sounds.

    A model without a level of its own knows no ceiling, and beyond its sounds a line through latent
    space may lead anywhere.

    Parameters
    ----------
    frames
        ``float32[channel, frame, band]``.
    loudest_rms
        The rms over bands of the loudest frame.
    """
    ceiling = np.float32(loudest_rms * gain_from_db(HEADROOM_DB))
    loudest = np.maximum(rms_of(frames), max(ceiling, np.float32(1e-30)))
    return frames * (ceiling / loudest)[..., None].astype(np.float32)
