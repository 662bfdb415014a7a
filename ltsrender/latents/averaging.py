"""Smoothing: a path averaged over a while, as much before a moment as after it.

Frame j stands for the stretch j - 1/2 .. j + 1/2, and F is the integral of the path over these
stretches. A window of W frames round frame i gives

    (F(i + W/2) - F(i - W/2)) / W ,

a box that may end within a frame, so that a lane may move it without steps. Up to one frame it
changes nothing. What lies before the path's first frame is no part of it.

The shape is averaged over the frames that sound: silence has a loudness, but no timbre. Where the
model has a level, that is averaged over all of them, so that a path fades into silence; where it
has none, loudness and shape are one, and silence counts as what it is encoded as.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def averaged(
    z: NDArray[np.float32],
    counts: NDArray[np.bool_] | None,
    windows: NDArray[np.float64],
    before: int,
    first: int,
) -> NDArray[np.float32]:
    """Return frames averaged over windows round them.

    Parameters
    ----------
    z : float32[channel, frame, latent]
        The path from frame ``first - before`` on, as far as half the widest window reaches.
    counts : bool[channel, frame] or None
        Which frames have a part in it; None for all.
    windows : float64[n]
        How many frames wide each window is; what is 1 or less leaves its frame alone.
    before
        How many frames of ``z`` lie before the first that is wanted.
    first
        The number of that frame; frames below 0 have no part in anything.

    Returns
    -------
    float32[channel, n, latent]
        A frame round which none counts stays as it is.
    """
    n = len(windows)
    own = z[:, before : before + n]
    weight = np.ones(z.shape[:2]) if counts is None else counts.astype(np.float64)
    weight[:, : max(before - first, 0)] = 0.0
    half = 0.5 * np.maximum(windows, 1.0)
    middle = before + np.arange(n) + 0.5
    edges = middle - half, middle + half
    total = _between(z * weight[..., None], *edges)
    mass = _between(weight[..., None], *edges)
    found = (windows > 1.0)[:, None] & (mass > 1e-6)
    return np.where(found, total / np.where(found, mass, 1.0), own).astype(np.float32)


def _between(
    values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return integrals of values ``[channel, frame, ...]``, frame j from j to j + 1."""
    whole = np.cumsum(values, axis=1, dtype=np.float64)
    whole = np.pad(whole, ((0, 0), (1, 0), (0, 0)))

    def until(places: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.clip(places, 0.0, values.shape[1])
        frame = np.minimum(inside.astype(np.int64), values.shape[1] - 1)
        share = (inside - frame)[:, None]
        return np.asarray(whole[:, frame] + share * values[:, frame])

    return until(high) - until(low)
