"""Anchors: sounds encoded into latent space, to steer by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.signal import block_frames, kernel_for
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.latents.placement import PlacedSound
    from ltsrender.models import TimbreModel


@dataclass(frozen=True, eq=False)
class Anchor:
    """A placed sound and where its frames lie in a model's latent space.

    Attributes
    ----------
    placed
        The sound on the time line of its track.
    mean, log_var : float32[channel, frame, latent]
        Mean and log-variance of the encoder's normal distribution for every frame from the
        sound's own start on, one hop apart.
    """

    placed: PlacedSound
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]


def encode_anchor(
    placed: PlacedSound, model: TimbreModel, *, n_samples: int, device: str = "cpu"
) -> Anchor:
    """Encode a sound, each channel by itself, block by block.

    Parameters
    ----------
    placed
        The sound; it is read from its own start on, wherever it stands on the track.
    model
        The timbre model; its transform makes the frames.
    n_samples
        How long the track needs the sound, from the sound's start on: no more is encoded.
    device
        Where the transform runs.
    """
    spec = model.spec
    kernel = kernel_for(spec, device)
    own_time = _FromItsStart(placed)
    needed = min(placed.encoded_samples(), n_samples)
    n_frames = frames_covering(needed, spec.hop_samples) + 1
    means, log_vars = [], []
    for block in range(frames_covering(n_frames, spec.frames_per_block)):
        frames = block_frames(own_time, block, kernel).cpu().numpy()
        mean, log_var = model.encode(frames.reshape(-1, frames.shape[-1]))
        means.append(mean.reshape(*frames.shape[:2], -1))
        log_vars.append(log_var.reshape(*frames.shape[:2], -1))
    return Anchor(
        placed,
        np.concatenate(means, axis=1)[:, :n_frames],
        np.concatenate(log_vars, axis=1)[:, :n_frames],
    )


@dataclass(frozen=True, eq=False)
class _FromItsStart:
    """A placed sound read in its own time: sample 0 is where it begins."""

    placed: PlacedSound

    @property
    def n_channels(self) -> int:
        return self.placed.n_channels

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        shift = self.placed.start_sample
        return self.placed.read(start + shift, stop + shift)
