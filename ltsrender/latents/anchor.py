"""Anchors: sounds encoded into latent space, to steer by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.moves import Moves, moves_of
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.latents.placement import PlacedSound
    from ltsrender.models import TimbreModel


SAME_LATENT = 1e-5
"""Latents that differ by less, relative to 1 or to themselves, are the same up to rounding."""


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
    silence : float32[2, latent]
        Mean and log-variance where nothing sounds.
    loudest_rms
        The rms over bands of the sound's loudest frame.
    moves
        What macros move its frames by, by their names: `ltsrender.latents.moves`.
    """

    placed: PlacedSound
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]
    silence: NDArray[np.float32]
    loudest_rms: float
    moves: Mapping[str, Moves] = field(default_factory=dict)
    is_point: bool = False
    """Whether it is a point in latent space without a sound: then ``placed`` is silence."""


def encode_anchor(
    placed: PlacedSound,
    model: TimbreModel,
    *,
    n_samples: int,
    device: str = "cpu",
    macros: Mapping[str, Sequence[float]] | None = None,
) -> Anchor:
    """Encode a sound, each channel by itself, block by block.

    Parameters
    ----------
    placed
        The sound; it is read from its own start on, wherever it stands on the track.
    model
        The timbre model; it knows how its frames are made.
    n_samples
        How long the track needs the sound, from the sound's start on: no more is encoded.
    device
        Where the transform runs.
    macros
        The amounts by which frames are edited for macros that go frame by frame, rising, by their
        names: `ltsrender.latents.moves`.
    """
    spectra = model.spectra
    own_time = _FromItsStart(placed)
    needed = min(placed.encoded_samples(), n_samples)
    n_frames = frames_covering(needed, spectra.spec.hop_samples) + 1
    means, log_vars = [], []
    macros = macros or {}
    moves: dict[str, list[NDArray[np.float16]]] = {name: [] for name in macros}
    loudest_rms = 0.0
    for block in range(frames_covering(n_frames, spectra.frames_per_block)):
        frames = spectra.block(own_time, block, device)
        loudest_rms = max(loudest_rms, float(rms_of(spectra.onto_bands(frames)).max()))
        rows = frames.reshape(-1, frames.shape[-1])
        mean, log_var = model.encode(rows)
        means.append(mean.reshape(*frames.shape[:2], -1))
        log_vars.append(log_var.reshape(*frames.shape[:2], -1))
        for name, found in moves.items():
            moved = moves_of(name, macros[name], rows, mean, model)
            found.append(moved.reshape(len(moved), *frames.shape[:2], mean.shape[1]))
    return Anchor(
        placed,
        np.concatenate(means, axis=1)[:, :n_frames],
        np.concatenate(log_vars, axis=1)[:, :n_frames],
        np.stack(model.silence()),
        loudest_rms,
        {
            name: Moves(tuple(macros[name]), np.concatenate(found, axis=2)[:, :, :n_frames])
            for name, found in moves.items()
        },
    )


def between_frames(
    values: NDArray[np.float32] | NDArray[np.float16],
    positions: NDArray[np.float64],
    silence: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Interpolate encoded frames linearly at fractional positions.

    Where the position is NaN the sound is silent, and its latents are those of silence: all 0, the
    level among them, if the model has one.

    Parameters
    ----------
    values : float32[channel, frame, latent] or float16
    positions : float64[frame]
    silence : float32[latent]

    Returns
    -------
    float32[channel, frame, latent]
    """
    silent = np.isnan(positions)
    place = np.where(silent, 0.0, positions)
    lower = np.minimum(place.astype(np.int64), values.shape[1] - 1)
    upper = np.minimum(lower + 1, values.shape[1] - 1)
    share = (place - lower).astype(np.float32)[:, None]
    below = values[:, lower].astype(np.float32)
    between = below + share * (values[:, upper] - below)
    return np.where(silent[:, None], silence, between)


def is_silence(z: NDArray[np.float32], silence: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return where points ``[..., latent]`` are those of silence, up to rounding: bool[...]."""
    same = np.abs(z - silence) <= SAME_LATENT * (1.0 + np.abs(silence))
    return np.asarray(same.all(axis=-1))


def rms_of(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rms of frames ``float32[..., band]`` over their bands."""
    rms: NDArray[np.float32] = np.sqrt(np.mean(np.square(frames), axis=-1))
    return rms


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
