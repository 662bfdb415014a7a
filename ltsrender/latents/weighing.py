"""What every sound weighs at every frame, as its lanes say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.session.targets import SMALLEST_TOTAL_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from ltsrender.latents.sampled import Sampled

    Floats = NDArray[np.float64]


def of_a_mix(mix: Floats) -> NDArray[np.float32]:
    """Return the weights of two sounds: 1 is all first sound, 0 all second."""
    return np.stack([mix, 1.0 - mix]).astype(np.float32)


def written(
    lanes: Mapping[str, Sampled], names: Sequence[str], family: str, first: int, last: int
) -> Floats:
    """Return the weights as lanes have them, whatever their sum: float64[anchor, frame].

    Parameters
    ----------
    lanes
        By target.
    names
        Of the sounds.
    family
        ``"weight"`` or ``"level_weight"``.
    first, last
        Frames ``first..last - 1``.
    """
    unsteered = 0.0 if any(name.startswith(f"{family}/") for name in lanes) else 1.0
    return np.stack(
        [
            lanes[f"{family}/{name}"].at_frames(first, last)
            if f"{family}/{name}" in lanes
            else np.full(last - first, unsteered)
            for name in names
        ]
    )


def normalised(raw: Floats, at_the_end: Callable[[], Floats]) -> NDArray[np.float32]:
    """Return weights that sum to 1 in every frame: float32[anchor, frame].

    Parameters
    ----------
    raw : float64[anchor, frame]
        As written.
    at_the_end
        Returns those of the last frame, ``float64[anchor, 1]``: lanes may end in nothing where the
        track ends, and its last frames ring on beyond.
    """
    nothing = raw.sum(axis=0) < SMALLEST_TOTAL_WEIGHT
    if nothing.any():
        raw[:, nothing] = at_the_end()
    shares: NDArray[np.float32] = (raw / raw.sum(axis=0)).astype(np.float32)
    return shares


def shares_of_gains(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what free weights are to the sounds' own phases, detail and attacks.

    Gains that add up to more than 1 share what there is; those that add up to less leave the rest
    to nobody, for the path is no longer at a sound.

    >>> shares_of_gains(np.array([[1.0, 2.0, 0.5], [0.0, 2.0, -1.0]], np.float32)).tolist()
    [[1.0, 0.5, 0.5], [0.0, 0.5, -1.0]]
    """
    total = np.maximum(weights, 0.0).sum(axis=0)
    return np.asarray(weights / np.maximum(total, np.float32(1.0)))
