"""What a path knows of its model's latent space, and what the composer chose about its way.

A path may exist without either: then the space has no level, no mean and no known ground, and the
path is the straight one between its sounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from ltsrender.models import Card, TimbreModel

Weighing = Literal["normalised", "free"]
Interpolation = Literal["linear", "spherical", "constant_speed"]
Guarding = Literal["off", "warn", "soft", "clamp"]

IN_USE = 0.1
"""A latent that deviates by less than this share of what the liveliest one does tells nothing."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Where the frames that a model has seen lie: what `ltsrender.latents.ground` measures from.

    Attributes
    ----------
    mean : float32[latent]
        Their mean.
    per_unit : float32[latent]
        1 / deviation of every latent that is in use, 0 of the others and of the level.
    edge
        The distance that 99.9 % of them stay within.
    """

    mean: NDArray[np.float32]
    per_unit: NDArray[np.float32]
    edge: float


@dataclass(frozen=True, eq=False)
class Space:
    """A model's latent space.

    Attributes
    ----------
    has_level
        Whether latent 0 is the level.
    mean : float32[latent] or None
        Where the frames of the model's sounds lie in the mean, where that is known.
    ground
        How far they reach, where that is known.
    decode
        From latents ``float32[frame, latent]`` to magnitudes ``float32[frame, bin]``.
    """

    has_level: bool = False
    mean: NDArray[np.float32] | None = None
    ground: Ground | None = None
    decode: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None

    @property
    def shape(self) -> slice:
        """The latents that are not the level."""
        return slice(1 if self.has_level else 0, None)

    def centre(self, n_latents: int) -> NDArray[np.float32]:
        """Return what `scale` and circles go round: the mean, or 0 where it is unknown.

        The level's is 0: it has no part in either.
        """
        if self.mean is None:
            return np.zeros(n_latents, np.float32)
        centre = self.mean.copy()
        centre[: self.shape.start] = 0.0
        return centre


@dataclass(frozen=True)
class Steering:
    """What the composer chose about a track's way, beside its lanes.

    Attributes
    ----------
    weights
        ``"normalised"``: weights are divided by their sum; ``"free"``: they are gains.
    interpolation
        The way between sounds.
    guard
        What happens beyond known ground.
    replaced
        Which latent every ``replace/<name>`` lane is.
    """

    weights: Weighing = "normalised"
    interpolation: Interpolation = "linear"
    guard: Guarding = "off"
    replaced: Mapping[str, int] = field(default_factory=dict)


def space_of(model: TimbreModel) -> Space:
    """Return what a path needs to know of a model."""
    return Space(model.has_level, mean_of(model.card), ground_of(model.card), model.decode)


def mean_of(card: Card) -> NDArray[np.float32] | None:
    """Return where a model's sounds lie in the mean, ``float32[latent]``, if its card tells."""
    known = card.ground if card.ground is not None else getattr(card, "latents", None)
    return None if known is None else np.asarray(known.mean, np.float32)


def ground_of(card: Card) -> Ground | None:
    """Return how far a model's sounds reach, if its card tells."""
    known = card.ground
    if known is None:
        return None
    per_unit = weights_of(np.asarray(known.deviation), has_level=hasattr(card, "latents"))
    return Ground(
        np.asarray(known.mean, np.float32), per_unit.astype(np.float32), known.distances.p999
    )


def weights_of(deviation: NDArray[np.float64], *, has_level: bool) -> NDArray[np.float64]:
    """Return 1 / deviation of latents in use, 0 of the others and the level: float64[latent]."""
    shape = deviation.copy()
    shape[: int(has_level)] = 0.0
    in_use = shape > IN_USE * shape.max(initial=0.0)
    return np.where(in_use, 1.0 / np.maximum(shape, 1e-9), 0.0)
