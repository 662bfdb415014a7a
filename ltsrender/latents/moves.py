"""Where latents go when their frame is edited: a macro's own way for every frame of a sound.

Frames are edited by a few amounts (`ltsrender.latents.edits`) and encoded, all those between the
lowest and the highest value of the macro's lane. Between these places, the frame itself among
them, the way is straight:

    z(u) = z + sum_j h_j(u) (E(x_j) - z)        h_j the hats of linear interpolation, h_j(u_j) = 1

so that a lane may move while the sound plays, and its sound is encoded only once. What is held
still at one value is encoded at that value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.edits import edited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

_HALVES_OF_SEMITONES = tuple(step / 24.0 for step in range(1, 97))
STEPS = {
    "brightness": (0.5, 1.0, 2.0),
    "noisiness": (3.0, 6.0, 12.0, 24.0),
    "pitch": _HALVES_OF_SEMITONES,
    "loudness": (6.0, 12.0, 24.0),
}
"""How far apart the places are, up and down, in the macro's unit. A straight way between two
pitches is a crossfade, so they are half a semitone apart: two bands of 48 to the octave."""


@dataclass(frozen=True, eq=False)
class Moves:
    """What a macro moves the frames of a sound by.

    Attributes
    ----------
    amounts
        Values of the macro, rising, 0 not among them.
    latents : float16[amount, channel, frame, latent]
        The move of every frame. Half as wide as latents are, for a long sound has many; rounding
        is 1/2000 of the way.
    """

    amounts: tuple[float, ...]
    latents: NDArray[np.float16]


def amounts_between(name: str, lowest: float, highest: float) -> tuple[float, ...]:
    """Return the amounts that frames are edited by for a lane, rising, 0 not among them.

    Parameters
    ----------
    name
        One of `STEPS`.
    lowest, highest
        What the lane's values lie between.
    """
    steps = STEPS[name]
    within = [step for step in (*steps, *(-step for step in steps)) if lowest < step < highest]
    return tuple(sorted({lowest, *within, highest} - {0.0}))


def moves_of(
    name: str,
    amounts: Sequence[float],
    frames: NDArray[np.float32],
    mean: NDArray[np.float32],
    model: TimbreModel,
) -> NDArray[np.float16]:
    """Return what frames' latents move by for amounts of a macro.

    Parameters
    ----------
    name
        One of `ltsrender.latents.edits.EDITS`.
    amounts
        Values of the macro.
    frames : float32[frame, bin]
        In the model's own scale.
    mean : float32[frame, latent]
        Where they are encoded.
    model
        The timbre model.

    Returns
    -------
    float16[amount, frame, latent]
        The level of a model that has one never moves, and silence does not either.
    """
    moves = np.zeros((len(amounts), *mean.shape), np.float16)
    for move, made in zip(moves, edited(name, frames, amounts, model.centres_hz), strict=True):
        move[:] = model.encode(made)[0] - mean
    if model.has_level:
        moves[..., 0] = 0.0
    return moves


def shares(amounts: Sequence[float], values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return how much of the move of every amount a macro's values ask for.

    Parameters
    ----------
    amounts
        Rising, 0 not among them.
    values : float64[frame]
        Of the lane; what lies beyond the amounts (and 0) counts as the last of them.

    Returns
    -------
    float32[amount, frame]
        Nothing at 0; at most two in a frame, and neither above 1.
    """
    if not amounts:
        return np.zeros((0, len(values)), np.float32)
    places = np.array(sorted({*amounts, 0.0}))
    held = np.clip(values, places[0], places[-1])
    upper = np.clip(np.searchsorted(places, held), 1, len(places) - 1)
    share = (held - places[upper - 1]) / (places[upper] - places[upper - 1])
    frame = np.arange(len(values))
    found = np.zeros((len(places), len(values)), np.float32)
    found[upper - 1, frame], found[upper, frame] = 1.0 - share, share
    return np.delete(found, np.flatnonzero(places == 0.0), axis=0)
