"""The numbers by which models are compared; definitions of error as in `ltsrender.train.measure`.

All levels are in dB of magnitude and end 80 dB below the loudest value of all that is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from ltsrender.models.vae import separate
from ltsrender.train.measure import LSD_FLOOR_DB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.train.material import Material

REGIONS_HZ = {
    "all": (0.0, np.inf),
    "to 250 Hz": (0.0, 250.0),
    "250 to 1000 Hz": (250.0, 1_000.0),
    "1 to 4 kHz": (1_000.0, 4_000.0),
    "from 4 kHz": (4_000.0, np.inf),
}
"""Broad regions of frequency: ground, body, presence, air."""

ACTIVE_VARIANCE = 0.01
"""A latent whose mean varies less than this over frames tells nothing (Burda, Grosse and
Salakhutdinov 2016, "Importance weighted autoencoders", section 5.2)."""

STEPS = 16
SHAPE_FLOOR = 10.0 ** (-60.0 / 20.0)
MOST_REAL_FRAMES = 6_000
_DB_PER_NEPER = 20.0 / np.log(10.0)


class Measurable(Protocol):
    """What there must be of a model to measure it: a `TimbreModel`, or a baseline of it."""

    @property
    def n_latents(self) -> int:
        """Latents of a frame, the level included where there is one."""

    @property
    def has_level(self) -> bool:
        """Whether latent 0 is the level."""

    def encode(
        self, frames: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and log variance, ``float32[frame, latent]`` each."""

    def decode(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return linear magnitudes, ``float32[frame, bin]``."""


def floor_of(sounds: Sequence[Material]) -> float:
    """Return the magnitude where levels end: 80 dB below the loudest of all sounds."""
    loudest = max(float(sound.frames.max()) for sound in sounds)
    return float(max(1e-12, loudest * 10.0 ** (-LSD_FLOOR_DB / 20.0)))


def levels_db(frames: NDArray[np.float32], floor: float) -> NDArray[np.float64]:
    """Return magnitudes ``float32[frame, bin]`` as levels, ``float64[frame, bin]``."""
    return np.asarray(20.0 * np.log10(np.maximum(frames.astype(np.float64), floor)))


def errors(
    true: NDArray[np.float32], decoded: NDArray[np.float32], floor: float
) -> dict[str, float | None]:
    """Return ``sc_db`` and ``lsd_db`` of frames ``float32[frame, bin]``; lower is better.

    Spectral convergence has no value where there is nothing to converge to.
    """
    energy = float(np.square(true, dtype=np.float64).sum())
    error = float(np.square(decoded - true, dtype=np.float64).sum())
    apart = levels_db(decoded, floor) - levels_db(true, floor)
    convergence = 10.0 * np.log10(max(error, 1e-30) / energy) if energy > 0.0 else None
    return {
        "sc_db": None if convergence is None else round(float(convergence), 3),
        "lsd_db": round(float(np.sqrt(np.square(apart).mean(axis=1)).mean()), 3),
    }


def roughness_db(frames: NDArray[np.float32], audible: NDArray[np.bool_], floor: float) -> float:
    """Return the rms second difference of levels over time, where three frames in a row sound."""
    bends = np.diff(levels_db(frames, floor), n=2, axis=0)
    sounding = audible[2:] & audible[1:-1] & audible[:-2]
    return float(np.sqrt(np.square(bends[sounding]).mean())) if sounding.any() else 0.0


def latent_usage(
    mean: NDArray[np.float32], log_var: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which latents are active, and the mean KL of each from the prior in nats.

    Parameters
    ----------
    mean, log_var : float32[frame, latent]
    """
    active = mean.var(axis=0, dtype=np.float64) > ACTIVE_VARIANCE
    m, v = mean.astype(np.float64), log_var.astype(np.float64)
    return active, (0.5 * (np.square(m) + np.exp(v) - v - 1.0)).mean(axis=0)


def drawn_pairs(
    lengths: Sequence[int], n_pairs: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return pairs of frames of different sounds, ``int64[pair, 2]``, counted over all sounds.

    Every pair of sounds is as likely as any other; a single sound is paired with itself.
    """
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    pairs = []
    for _ in range(n_pairs):
        chosen = rng.choice(len(lengths), size=2, replace=len(lengths) < 2)
        pairs.append([starts[s] + rng.integers(lengths[s]) for s in chosen])
    return np.asarray(pairs, dtype=np.int64)


def between(
    model: Measurable,
    frames: NDArray[np.float32],
    pairs: NDArray[np.int64],
    floor: float,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return how a model goes from frame to frame along straight lines.

    Parameters
    ----------
    frames : float32[frame, bin]
        Audible frames of all sounds.
    pairs : int64[pair, 2]
        Beginnings and ends.
    floor
        Where levels end, a magnitude.

    Returns
    -------
    dict
        ``path_ratio``, length of the decoded way over the distance of its ends (1 is straight);
        ``bend_db``, rms second difference of levels over 1/16 of the way; ``midpoint_db``, median
        distance of the midpoint's shape from the nearest real one; ``ends_db``, the same of the
        decoded ends, which is what the model's own error does to it.
    """
    mean = model.encode(frames)[0]
    share = np.linspace(0.0, 1.0, STEPS + 1, dtype=np.float32)[None, :, None]
    lines = mean[pairs[:, :1]] * (1.0 - share) + mean[pairs[:, 1:]] * share
    decoded = model.decode(lines.reshape(-1, model.n_latents))
    levels = levels_db(decoded, floor).reshape(len(pairs), STEPS + 1, -1)
    steps = np.sqrt(np.square(np.diff(levels, axis=1)).mean(-1)).sum(1)
    ends = np.sqrt(np.square(levels[:, -1] - levels[:, 0]).mean(-1))
    apart = ends > 0.1  # two frames that are the same make no way
    bends = np.sqrt(np.square(np.diff(levels, n=2, axis=1)).mean())
    few = rng.permutation(len(frames))[:MOST_REAL_FRAMES]
    points = decoded.reshape(len(pairs), STEPS + 1, -1)
    middle = nearest_db(points[:, STEPS // 2], frames[few])
    tips = nearest_db(points[:, 0], frames[few])
    return {
        "path_ratio": round(float((steps[apart] / ends[apart]).mean()), 3) if apart.any() else 1.0,
        "bend_db": round(float(bends), 3),
        "midpoint_db": round(float(np.median(middle)), 3),
        "ends_db": round(float(np.median(tips)), 3),
    }


def nearest_db(frames: NDArray[np.float32], real: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far each frame's shape is from the nearest real shape: rms over bins, in dB."""
    here, there = _shapes(frames), _shapes(real)
    squares = np.square(here).sum(1)[:, None] + np.square(there).sum(1)[None] - 2.0 * here @ there.T
    nearest = np.sqrt(np.maximum(squares.min(axis=1), 0.0) / frames.shape[1])
    return np.asarray(nearest * _DB_PER_NEPER)


def _shapes(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    shapes = separate(torch.from_numpy(np.ascontiguousarray(frames)), SHAPE_FLOOR)[1]
    return shapes.numpy().astype(np.float64)
