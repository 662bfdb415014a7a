"""What a model has seen, in its latent space: a card tells it to `pca/`, scale and guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.ground import distances
from ltsrender.latents.space import Ground, weights_of
from ltsrender.models import Distances, KnownGround
from ltsrender.models.card import MOST_AXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel
    from ltsrender.train.collected import Frames

MOST_FRAMES = 40_000
_LEAST_DEVIATION = 1e-6


def seen_ground(model: TimbreModel, frames: Frames) -> KnownGround:
    """Return where frames lie in a model's latent space, and how far from their mean.

    Parameters
    ----------
    frames : float32[frame, bin]
        Sounding frames of the sounds that it was trained on, in the model's own scale.
    """
    step = max(1, -(-len(frames) // MOST_FRAMES))
    z = model.encode(frames[::step])[0].astype(np.float64)
    return ground_of_latents(z, has_level=model.has_level)


def ground_of_latents(z: NDArray[np.float64], *, has_level: bool) -> KnownGround:
    """Return the ground of points ``float64[frame, latent]``; latent 0 may be the level."""
    mean, deviation = z.mean(axis=0), z.std(axis=0)
    shape = z - mean
    shape[:, : int(has_level)] = 0.0
    spread, axes = np.linalg.eigh(shape.T @ shape / len(z))
    order = np.argsort(spread)[::-1][:MOST_AXES]
    deviations = np.sqrt(np.maximum(spread[order], 0.0))
    n_kept = int((deviations > _LEAST_DEVIATION).sum())
    # An axis has no direction of its own: its largest number points upwards.
    turned = [axis * np.sign(axis[np.abs(axis).argmax()]) for axis in axes.T[order[:n_kept]]]
    per_unit = weights_of(deviation, has_level=has_level).astype(np.float32)
    far = distances(z, Ground(mean.astype(np.float32), per_unit, 0.0))
    half, p99, p999, largest = np.percentile(far, (50.0, 99.0, 99.9, 100.0))
    return KnownGround(
        mean=_short(mean),
        deviation=_short(deviation),
        axes=tuple(_short(axis) for axis in turned),
        axis_deviations=_short(deviations[:n_kept]),
        distances=Distances(
            half=_digits(half), p99=_digits(p99), p999=_digits(p999), largest=_digits(largest)
        ),
    )


def _short(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(_digits(value) for value in values)


def _digits(value: float) -> float:
    return float(f"{value:.6g}")
