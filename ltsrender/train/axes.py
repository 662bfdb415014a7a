"""Directions in latent space for descriptors: a ridge regression, checked on what it has not seen.

With z the latents of a frame and d its descriptor, d^ = b (z - m) + c is fitted by ridge
regression (Hoerl and Kennard 1970). The direction that latents move along is not b itself, which
says what tells d apart, but how z moves with d^ in real frames,

    a = S b / (b' S b)        S the covariance of z (Haufe et al. 2014, eq. 6)

so that the way stays where sounds are. It is then divided by the slope that decoded frames show.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.models import DescriptorAxis, load_model
from ltsrender.models.card import LEAST_SLOPE
from ltsrender.models.container import rewrite_card
from ltsrender.render.run import one_torch_thread
from ltsrender.train.dataset import find_sounds
from ltsrender.train.descriptors import DESCRIPTORS, UNITS
from ltsrender.train.material import bin_centres_hz, read_material

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models import Card, TimbreModel
    from ltsrender.train.collected import Frames

    Values = NDArray[np.float64]

RIDGES = (1e-3, 1e-2, 1e-1)
"""Of latents with deviation 1; the one that tells unseen sounds best is taken."""
FOLDS = 5
MOST_FRAMES = 20_000
PROBES = 400
LEAST_SPREAD = 1e-6
"""Units that a fitted descriptor must move by: noise whose pitch is always the lowest band has no
direction of pitch, and rounding errors divided by themselves are no number of a card."""
HALF_STEP = {"octaves": 0.5, "dB": 3.0}


class _Fit(NamedTuple):
    slope: Values
    offset: float


def describe_model(
    path: Path,
    folder: Path,
    told: Callable[[float, str], None] = lambda _fraction, _note: None,
) -> Card:
    """Find the directions of descriptors in a model and write them into its card.

    Parameters
    ----------
    path
        The model file. It changes whole or not at all; its weights stay the same bytes.
    folder
        Sounds to find them in: best those that the model was trained on.
    told
        Called with the fraction read and what there is to tell.

    Raises
    ------
    ModelError
        When there is no model or no sound.
    RenderError
        When the file cannot be written.
    """
    with one_torch_thread():
        model = load_model(Path(path))
        sounds = read_material(find_sounds(folder), model, told)
        frames = np.concatenate([sound.frames[sound.audible] for sound in sounds])
        owner = np.repeat(np.arange(len(sounds)), [int(s.audible.sum()) for s in sounds])
        axes = descriptor_axes(model, frames, owner)
    card = model.card.model_copy(update={"descriptors": axes})
    rewrite_card(Path(path), card)
    return card


def descriptor_axes(
    model: TimbreModel, frames: Frames, owner: NDArray[np.integer]
) -> tuple[DescriptorAxis, ...]:
    """Return the direction of every descriptor, good or not.

    A model with a level needs none for loudness: its first latent is loudness.

    Parameters
    ----------
    frames : float32[frame, bin]
        Sounding frames.
    owner : int[frame]
        The sound that each comes from.
    """
    step = max(1, -(-len(frames) // MOST_FRAMES))
    chosen, owner = frames[::step], owner[::step]
    z = model.encode(chosen)[0]
    centres = bin_centres_hz(model)
    names = [name for name in DESCRIPTORS if not (model.has_level and name == "loudness")]
    return tuple(_axis(name, model, chosen, z, owner, centres) for name in names)


def _axis(
    name: str,
    model: TimbreModel,
    frames: NDArray[np.float32],
    z: NDArray[np.float32],
    owner: NDArray[np.integer],
    centres_hz: Values,
) -> DescriptorAxis:
    values = DESCRIPTORS[name](frames, centres_hz)
    free = z.astype(np.float64)
    if model.has_level:
        free[:, 0] = 0.0  # what is said of a shape never moves the level
    deviation = np.maximum(free.std(axis=0), 1e-6)
    normal = (free - free.mean(axis=0)) / deviation
    counts = np.bincount(owner)
    weights = 1.0 / np.sqrt(counts[owner])
    scores = [_unseen_r2(normal, values, weights, owner, ridge) for ridge in RIDGES]
    best = int(np.argmax(scores))
    slope = _ridge(normal, values, weights, RIDGES[best]).slope
    way = _with_the_frames(normal, slope, weights) * deviation
    moved = _moved_by(name, model, z, way, centres_hz)
    if moved >= LEAST_SLOPE:
        way /= moved
    return DescriptorAxis.model_validate(
        {
            "name": name,
            "unit": UNITS[name],
            "direction": tuple(float(f"{value:.6g}") for value in way),
            "r2": round(max(scores[best], -100.0), 3),
            "slope": round(moved, 3),
            "minimum": round(float(values.min()), 3),
            "maximum": round(float(values.max()), 3),
        }
    )


def _ridge(normal: Values, values: Values, weights: Values, ridge: float) -> _Fit:
    total = weights.sum()
    middle = weights @ normal / total
    mean = float(weights @ values / total)
    apart = normal - middle
    square = (apart * weights[:, None]).T @ apart / total + ridge * np.eye(normal.shape[1])
    slope = np.linalg.solve(square, (apart * weights[:, None]).T @ (values - mean) / total)
    return _Fit(slope, mean - float(middle @ slope))


def _unseen_r2(
    normal: Values, values: Values, weights: Values, owner: NDArray[np.integer], ridge: float
) -> float:
    """Return R^2 of frames by fits to other sounds, or other fifths where there are few sounds."""
    fold = (
        owner % FOLDS if owner.max(initial=0) >= 2 else np.arange(len(owner)) * FOLDS // len(owner)
    )
    guessed = np.zeros(len(values))
    for index in np.unique(fold):
        here = fold == index
        fit = _ridge(normal[~here], values[~here], weights[~here], ridge)
        guessed[here] = normal[here] @ fit.slope + fit.offset
    mean = float(weights @ values / weights.sum())
    spread = float(weights @ np.square(values - mean))
    return 1.0 - float(weights @ np.square(values - guessed)) / spread if spread > 1e-9 else 0.0


def _with_the_frames(normal: Values, slope: Values, weights: Values) -> Values:
    """Return how latents move in real frames where the fitted value moves by one unit."""
    apart = normal - weights @ normal / weights.sum()
    fitted = apart @ slope
    spread = float(weights @ np.square(fitted))
    if spread < LEAST_SPREAD**2 * weights.sum():
        return 0.0 * slope
    return np.asarray((weights * fitted) @ apart / spread)


def _moved_by(
    name: str, model: TimbreModel, z: NDArray[np.float32], way: Values, centres_hz: Values
) -> float:
    """Return by how many units decoded frames move when latents move by one."""
    few = z[:: max(1, len(z) // PROBES)]
    step = HALF_STEP[UNITS[name]]
    up, down = (
        DESCRIPTORS[name](model.decode((few + sign * step * way).astype(np.float32)), centres_hz)
        for sign in (1.0, -1.0)
    )
    return float((up - down).mean() / (2.0 * step))
