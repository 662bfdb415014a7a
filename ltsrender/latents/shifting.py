"""What moves a path from where its sounds are mixed: scale, macros, latents, axes, replacements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.anchor import between_frames, is_silence
from ltsrender.latents.moves import shares
from ltsrender.models.card import LOUDNESS_EXPONENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.latents.path import LatentPath

MOVING = ("macro/", "latent/", "pca/")


def shifted(
    path: LatentPath, mean: NDArray[np.float32], weights: NDArray[np.float32], first: int, last: int
) -> NDArray[np.float32]:
    """Return ``mean``, float32[channel, frame, latent], as scale, macros, latents and axes move it.

    Silence stays what it is.
    """
    moving = {name: lane for name, lane in path.lanes.items() if name.startswith(MOVING)}
    replaced = path.steering.replaced
    if not moving and not replaced and "scale" not in path.movements:
        return mean
    moved = mean.copy()
    if "scale" in path.movements:
        amount = path.lanes["scale"].at_frames(first, last).astype(np.float32)[:, None]
        shape, centre = path.space.shape, path.space.centre(mean.shape[-1])
        scaled = centre + amount * (mean - centre)
        moved[..., shape] = np.where(amount == 1.0, mean, scaled)[..., shape]
    for target, lane in moving.items():
        values = lane.at_frames(first, last)
        amount = values.astype(np.float32)
        name = target.removeprefix("macro/")
        if target in path.axes:
            moved += amount[:, None] * path.axes[target]
        elif name in path.anchors[0].moves:
            moved += _moved_by(path, name, values, weights, first, last)
        else:
            moved[..., 0] *= 10.0 ** (LOUDNESS_EXPONENT * amount / 20.0)
    for target, index in replaced.items():
        moved[..., index] = path.lanes[target].at_frames(first, last).astype(np.float32)
    silent = is_silence(mean, path.anchors[0].silence[0])
    return np.where(silent[..., None], mean, moved)


def _moved_by(
    path: LatentPath,
    name: str,
    amounts: NDArray[np.float64],
    weights: NDArray[np.float32],
    first: int,
    last: int,
) -> NDArray[np.float32]:
    """Return what a macro moves the path by: float32[channel, frame, latent]."""
    samples = path.grid.samples(first, last)
    n_latents = path.anchors[0].mean.shape[2]
    moved = np.zeros((path.n_channels, last - first, n_latents), dtype=np.float32)
    still = np.zeros(n_latents, dtype=np.float32)
    for weight, anchor in zip(weights, path.anchors, strict=True):
        positions = anchor.placed.frame_positions(samples, path.grid.hop_samples)
        moves = anchor.moves[name]
        steps = shares(moves.amounts, amounts)
        for share, move in zip(steps, moves.latents, strict=True):
            if share.any():
                moved += (weight * share)[:, None] * between_frames(move, positions, still)
    return moved
