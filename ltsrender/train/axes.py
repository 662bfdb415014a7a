"""What a model can do with descriptors: found from sounds, held against what it decodes.

**Every frame its own way.** Brightness, noisiness, pitch and loudness are said in the spectrum:
frames are edited, and where the encoder puts them is the way (`ltsrender.latents.edits`,
`.moves`). The card holds only that they go that way, and how well decoded frames followed.

**One way for all** is for what a model does not follow when edited. With z the latents of a frame
and d its descriptor, d^ = b (z - m) + c is fitted by ridge regression (Hoerl and Kennard 1970).
The direction that latents move along is not b itself, which says what tells d apart, but how z
moves with d^ in real frames,

    a = S b / (b' S b)        S the covariance of z (Haufe et al. 2014, eq. 6)

so that the way stays where sounds are. It is then divided by the slope that decoded frames show.
What else was tried, and the figures, is in the documentation: docs/reference/benchmark-models.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.latents.descriptors import DESCRIPTORS, UNITS
from ltsrender.latents.moves import moves_of
from ltsrender.models import DescriptorAxis, load_model
from ltsrender.models.card import LEAST_SLOPE
from ltsrender.models.container import rewrite_card
from ltsrender.render.run import one_torch_thread
from ltsrender.train.dataset import find_sounds
from ltsrender.train.followed import HALF_STEP, follow, probes
from ltsrender.train.glide import REACHES, follow_glide
from ltsrender.train.ground import seen_ground
from ltsrender.train.material import read_material

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models import Card, TimbreModel
    from ltsrender.train.collected import Frames
    from ltsrender.train.followed import Followed

    Values = NDArray[np.float64]

RIDGES = (1e-3, 1e-2, 1e-1)
"""Of latents with deviation 1; the one that tells unseen sounds best is taken."""
FOLDS = 5
MOST_FRAMES = 20_000
LEAST_SPREAD = 1e-6
"""Units that a fitted descriptor must move by: noise whose pitch is always the lowest band has no
direction of pitch, and rounding errors divided by themselves are no number of a card."""


class _Moments(NamedTuple):
    """Means of latents and values, covariance of latents, and that of latents with values."""

    middle: Values
    mean: float
    square: Values
    cross: Values

    def slope(self, ridge: float) -> Values:
        """Return how values rise with latents, ``[latent]``."""
        held = self.square + ridge * np.eye(len(self.middle))
        return np.asarray(np.linalg.solve(held, self.cross))


class _Sounds(NamedTuple):
    """Sounding frames, their latents and the sound that each comes from."""

    frames: NDArray[np.float32]
    z: NDArray[np.float32]
    owner: NDArray[np.int64]


def describe_model(
    path: Path,
    folder: Path,
    told: Callable[[float, str], None] = lambda _fraction, _note: None,
) -> Card:
    """Find how a model moves descriptors, and what it has seen; write it into its card.

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
        ground = seen_ground(model, frames)
    card = model.card.model_copy(update={"descriptors": axes, "ground": ground})
    rewrite_card(Path(path), card)
    return card


def descriptor_axes(
    model: TimbreModel, frames: Frames, owner: NDArray[np.integer]
) -> tuple[DescriptorAxis, ...]:
    """Return how a model moves every descriptor, well or not.

    One with a level needs nothing for loudness: its first latent is loudness.

    Parameters
    ----------
    frames : float32[frame, bin]
        Sounding frames.
    owner : int[frame]
        The sound that each comes from.
    """
    step = max(1, -(-len(frames) // MOST_FRAMES))
    chosen = frames[::step]
    sounds = _Sounds(chosen, model.encode(chosen)[0], owner[::step].astype(np.int64))
    names = [name for name in DESCRIPTORS if not (model.has_level and name == "loudness")]
    return tuple(_axis(name, model, sounds) for name in names)


def _axis(name: str, model: TimbreModel, sounds: _Sounds) -> DescriptorAxis:
    values = DESCRIPTORS[name](sounds.frames, model.centres_hz)
    r2, way = _fitted(values, model, sounds)
    facts = {
        "name": name,
        "unit": UNITS[name],
        "r2": round(max(r2, -100.0), 3),
        "minimum": round(float(values.min()), 3),
        "maximum": round(float(values.max()), 3),
    }
    chosen = probes(sounds.owner)
    few = _Sounds(sounds.frames[chosen], sounds.z[chosen], sounds.owner[chosen])
    if name == "pitch":
        return _glide(model, few, facts)
    edited = _edited(name, model, few, facts)
    if not edited.fault:
        return edited
    straight = _straight(name, model, few, facts, way)
    return edited if straight.fault else straight


def _glide(model: TimbreModel, few: _Sounds, facts: dict[str, object]) -> DescriptorAxis:
    done, reach = follow_glide(model, few.frames, few.z, few.owner)
    octaves = reach or REACHES[0]
    down, up = moves_of("pitch", (-octaves, octaves), few.frames, few.z, model).astype(np.float64)
    direction = _mean_of_sounds((up - down) / (2.0 * octaves), few.owner)
    told = facts | {"way": "edited", "reach": float(f"{reach:.6g}")}
    return _told(told, direction, done.slope, done)


def _edited(
    name: str, model: TimbreModel, few: _Sounds, facts: dict[str, object]
) -> DescriptorAxis:
    step = HALF_STEP[UNITS[name]]
    amounts = (-2.0 * step, -step, step, 2.0 * step)
    moves = moves_of(name, amounts, few.frames, few.z, model).astype(np.float64)

    def moved(amount: float) -> Values:
        return np.asarray(moves[amounts.index(amount)] if amount else 0.0 * moves[0])

    done = follow(name, model, few.z, moved, few.owner)
    direction = _mean_of_sounds((moved(step) - moved(-step)) / (2.0 * step), few.owner)
    return _told(facts | {"way": "edited"}, direction, done.slope, done)


def _mean_of_sounds(ways: Values, owner: NDArray[np.int64]) -> Values:
    """Return what latents move by for one unit, the mean of sounds: float64[latent]."""
    _, sound, counts = np.unique(owner, return_inverse=True, return_counts=True)
    return np.asarray((1.0 / (counts[sound] * len(counts))) @ ways)


def _straight(
    name: str, model: TimbreModel, few: _Sounds, facts: dict[str, object], way: Values
) -> DescriptorAxis:
    slope = follow(name, model, few.z, lambda amount: amount * way, few.owner).slope
    used = way / slope if slope >= LEAST_SLOPE else way
    done = follow(name, model, few.z, lambda amount: amount * used, few.owner)
    return _told(facts, used, slope, done)


def _told(
    facts: dict[str, object], direction: Values, slope: float, done: Followed
) -> DescriptorAxis:
    least, most = done.slopes
    return DescriptorAxis.model_validate(
        facts
        | {
            "direction": tuple(float(f"{value:.6g}") for value in direction),
            "slope": round(slope, 3),
            "slopes": (round(least, 3), round(most, 3)),
            "followed": round(max(done.followed, -100.0), 3),
        }
    )


def _fitted(values: Values, model: TimbreModel, sounds: _Sounds) -> tuple[float, Values]:
    """Return how well a straight line tells a descriptor, and where it goes, ``[latent]``."""
    free = sounds.z.astype(np.float64)
    if model.has_level:
        free[:, 0] = 0.0  # what is said of a shape never moves the level
    deviation = np.maximum(free.std(axis=0), 1e-6)
    normal = (free - free.mean(axis=0)) / deviation
    weights = 1.0 / np.sqrt(np.bincount(sounds.owner)[sounds.owner])
    scores = _unseen_r2(normal, values, weights, sounds.owner)
    best = int(np.argmax(scores))
    slope = _moments(normal, values, weights).slope(RIDGES[best])
    return scores[best], _with_the_frames(normal, slope, weights) * deviation


def _moments(normal: Values, values: Values, weights: Values) -> _Moments:
    shares = weights / weights.sum()
    middle, mean = shares @ normal, float(shares @ values)
    apart = normal - middle
    weighed = (apart * shares[:, None]).T
    return _Moments(middle, mean, weighed @ apart, weighed @ (values - mean))


def _unseen_r2(
    normal: Values, values: Values, weights: Values, owner: NDArray[np.int64]
) -> list[float]:
    """Return R^2 of frames by fits to other sounds, or other fifths where there are few sounds.

    One for each of `RIDGES`.
    """
    fold = (
        owner % FOLDS if owner.max(initial=0) >= 2 else np.arange(len(owner)) * FOLDS // len(owner)
    )
    guessed = np.zeros((len(RIDGES), len(values)))
    for index in np.unique(fold):
        here = fold == index
        known = _moments(normal[~here], values[~here], weights[~here])
        apart = normal[here] - known.middle
        for row, ridge in enumerate(RIDGES):
            guessed[row, here] = known.mean + apart @ known.slope(ridge)
    mean = float(weights @ values / weights.sum())
    spread = float(weights @ np.square(values - mean))
    missed = np.square(values - guessed) @ weights
    return [1.0 - float(miss) / spread if spread > 1e-9 else 0.0 for miss in missed]


def _with_the_frames(normal: Values, slope: Values, weights: Values) -> Values:
    """Return how latents move in real frames where the fitted value moves by one unit."""
    apart = normal - weights @ normal / weights.sum()
    fitted = apart @ slope
    spread = float(weights @ np.square(fitted))
    if spread < LEAST_SPREAD**2 * weights.sum():
        return 0.0 * slope
    return np.asarray((weights * fitted) @ apart / spread)
