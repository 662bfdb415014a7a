"""What decoded frames do when latents are moved: how far a macro can be believed.

A direction may tell a descriptor well and still do nothing to it: decoders are not straight. So
frames are moved and decoded, and what was done is held against what was said, on every sound, for
the mean of all hides that one does twice what it should and another nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.latents.descriptors import DESCRIPTORS, UNITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

    Values = NDArray[np.float64]
    Latents = NDArray[np.float32]

PROBES = 600
HALF_STEP = {"octaves": 0.5, "dB": 3.0}
"""How far frames are moved to measure slopes, up and down; and once more by twice as much."""


class Followed(NamedTuple):
    """What decoded frames did.

    Attributes
    ----------
    slope
        Units for one unit said, the mean of sounds.
    slopes
        The same of the sound that moved least, and of the one that moved most.
    followed
        1 - (done - said)^2 / said^2 over single frames, means of sounds: 1 is all that was said,
        0 as wrong as not moving.
    """

    slope: float
    slopes: tuple[float, float]
    followed: float


def probes(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which frames to move, about as many of every sound: int64[probe].

    Parameters
    ----------
    owner : int64[frame]
        The sound that each comes from, rising.
    """
    each = max(1, PROBES // (len(np.unique(owner)) or 1))
    chosen = [
        frames[:: -(-len(frames) // each)]
        for frames in np.split(np.arange(len(owner)), np.flatnonzero(np.diff(owner)) + 1)
    ]
    found = np.concatenate(chosen)
    return found[:: -(-len(found) // (2 * PROBES))]


def follow(
    name: str,
    model: TimbreModel,
    z: Latents,
    moved: Callable[[float], Values],
    owner: NDArray[np.int64],
) -> Followed:
    """Move latents, decode them and compare.

    Parameters
    ----------
    name
        The descriptor.
    model
        Whose frames.
    z : float32[frame, latent]
        Latents of real frames.
    moved
        From an amount to what latents move by, ``[frame, latent]`` or ``[latent]``.
    owner : int64[frame]
        The sound that each comes from.
    """

    def described(amount: float) -> Values:
        frames = model.decode((z + moved(amount)).astype(np.float32))
        return DESCRIPTORS[name](frames, model.centres_hz)

    step = HALF_STEP[UNITS[name]]
    amounts = np.array([-2.0 * step, -step, step, 2.0 * step])
    found = np.stack([described(amount) for amount in amounts])
    _, sound, counts = np.unique(owner, return_inverse=True, return_counts=True)
    slopes = np.bincount(sound, found[2] - found[1]) / counts / (2.0 * step)
    missed = (found - described(0.0)) / amounts[:, None] - 1.0
    wrong = np.bincount(sound, np.square(missed).mean(axis=0)) / counts
    return Followed(
        float(slopes.mean()),
        (float(slopes.min()), float(slopes.max())),
        1.0 - float(wrong.mean()),
    )
