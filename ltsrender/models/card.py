"""The model card: every fact about a timbre model that is not a weight.

It travels in the header of the model file, so a composer, a session check or a stranger can read
what a model is, what it was trained on and under which licence, without opening a single weight.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LOUDNESS_EXPONENT = 0.6
"""Loudness follows pressure to this power (Stevens 1955): the level is rms ** 0.6."""

MAX_BANDS = 8_192
MAX_LATENTS = 1_024
MAX_WIDTH = 16_384
MAX_HIDDEN = 16

HEADROOM_DB = 12.0
"""How far above the loudest training frame a decoded frame may be; above the loudest frame of a
render's sounds, where the training frames are unknown."""

MOST_LETTERS = 2_000
MOST_NAME_LETTERS = 100

LEVEL = "level"
"""The name of the first latent of every model of ours: loudness, apart from the shape."""

Words = Annotated[str, Field(max_length=MOST_LETTERS)]
Count = Annotated[int, Field(ge=1, strict=True)]
Latent = Annotated[float, Field(ge=-1e9, le=1e9)]  # no frame lies there; float32 still holds it


class CardPart(BaseModel):
    """What all parts of a card share: no unknown keys, no NaN, no changes after checking."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sizes(CardPart):
    """The sizes of a frame VAE.

    Attributes
    ----------
    n_bands
        Bands in a frame.
    n_latents
        Latents of a frame, the level (latent 0) included.
    width
        Units of every hidden layer.
    n_hidden
        Hidden layers of the encoder, and of the decoder.
    floor_db
        Where a frame's shape ends: bands this far below the frame's rms count as empty.
    """

    n_bands: Annotated[int, Field(ge=2, le=MAX_BANDS, strict=True)]
    n_latents: Annotated[int, Field(ge=2, le=MAX_LATENTS, strict=True)]
    width: Annotated[int, Field(ge=1, le=MAX_WIDTH, strict=True)]
    n_hidden: Annotated[int, Field(ge=1, le=MAX_HIDDEN, strict=True)]
    floor_db: Annotated[float, Field(ge=-160.0, le=-20.0)] = -60.0


class TrainingSound(CardPart):
    """One recording that a model was trained on."""

    name: Words
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    length_s: Annotated[float, Field(gt=0.0)]


class LatentStatistics(CardPart):
    """Where the frames of the training sounds lie in latent space, one value per latent."""

    mean: tuple[Latent, ...]
    deviation: tuple[Annotated[Latent, Field(ge=0.0)], ...]
    minimum: tuple[Latent, ...]
    maximum: tuple[Latent, ...]


class Distances(CardPart):
    """How far from their mean the frames of the training sounds lie: a share of them each.

    Attributes
    ----------
    half, p99, p999, largest
        What a half, 99 %, 99.9 % and all of the frames stay within.
    """

    half: Annotated[Latent, Field(ge=0.0)]
    p99: Annotated[Latent, Field(ge=0.0)]
    p999: Annotated[Latent, Field(ge=0.0)]
    largest: Annotated[Latent, Field(ge=0.0)]


MOST_AXES = 16


class KnownGround(CardPart):
    """What a model has seen: where frames lie in its latent space, and how far from their mean.

    Attributes
    ----------
    mean, deviation
        Of every latent.
    axes
        Principal axes, the longest first: one number per latent, of length 1 together, and none of
        them moves the level.
    axis_deviations
        How far frames deviate along each.
    distances
        The distances of the frames: the rms of (z - mean) / deviation over the latents that are in
        use, the level left out (`ltsrender.latents.ground`).
    """

    mean: Annotated[tuple[Latent, ...], Field(max_length=MAX_LATENTS)]
    deviation: Annotated[
        tuple[Annotated[Latent, Field(ge=0.0)], ...], Field(max_length=MAX_LATENTS)
    ]
    axes: Annotated[
        tuple[Annotated[tuple[Latent, ...], Field(max_length=MAX_LATENTS)], ...],
        Field(max_length=MOST_AXES),
    ]
    axis_deviations: tuple[Annotated[Latent, Field(ge=0.0)], ...]
    distances: Distances

    @model_validator(mode="after")
    def _fits(self) -> Self:
        sizes = {len(self.mean), len(self.deviation), *map(len, self.axes)}
        if len(sizes) != 1 or len(self.axes) != len(self.axis_deviations):
            raise ValueError("the numbers of known ground do not fit together")
        return self


LEAST_R2 = 0.3
LEAST_SLOPE = 0.2
LEAST_FOLLOWED = 0.3
LEAST_GLIDE = 0.8
"""What is left of a pitch that is followed by less is another timbre: `ltsrender.train.glide`."""


class DescriptorAxis(CardPart):
    """How sounds become brighter, noisier, higher or louder in latent space.

    Attributes
    ----------
    name
        As in ``macro/<name>``.
    unit
        Of the descriptor.
    way
        ``"edited"``: every frame its own way, where the encoder takes the frame when its spectrum
        is edited (`ltsrender.latents.moves`). ``"straight"``, and so all files that do not say:
        along the direction.
    direction
        What latents move by for one unit of it; on edited ways, on average over the sounds.
    r2
        How much of the descriptor's variance a straight line through latent space tells of sounds
        that it was not fitted to (of other stretches of them, where there are fewer than three):
        1 all of it, 0 or less nothing. On edited ways nothing depends on it.
    slope
        Units by which decoded frames moved for one unit, the mean of sounds. A straight direction
        is already divided by it where it is worth using.
    slopes
        What the sound that moved least and the one that moved most did for one unit of the macro;
        none in older files.
    followed
        How much of what was said single decoded frames did: 1 - (done - said)^2 / said^2, means
        of sounds. 1 is all of it; 0 is as wrong as not moving. None in older files. On an edited
        way of pitch it is said of whole spectra (`ltsrender.train.glide`).
    reach
        How far it may be moved, up and down, where there is such a limit.
    minimum, maximum
        Of the descriptor, in the frames that were described.
    """

    name: Literal["brightness", "noisiness", "pitch", "loudness"]
    unit: Annotated[str, Field(max_length=MOST_NAME_LETTERS)]
    way: Literal["straight", "edited"] = "straight"
    direction: Annotated[tuple[Latent, ...], Field(max_length=MAX_LATENTS)]
    r2: Annotated[float, Field(ge=-1e6, le=1.0)]
    slope: Latent
    slopes: tuple[Latent, Latent] | None = None
    followed: Annotated[float, Field(ge=-1e6, le=1.0)] | None = None
    reach: Annotated[float, Field(ge=0.0, le=1e6)] | None = None
    minimum: Latent
    maximum: Latent

    @property
    def fault(self) -> str:
        """Why it is not worth following, or an empty string."""
        if self.reach == 0.0:
            return (
                f"decoded frames glide by {self.followed or 0.0:.2f} of what it says "
                f"({LEAST_GLIDE:g} is the least); a model glides as far as training moved "
                "frames, by --augment and --shift-bands"
            )
        if self.way == "straight" and self.r2 < LEAST_R2:
            return f"its fit has R^2 = {self.r2:.2f}; {LEAST_R2:g} is the least"
        if self.slope < LEAST_SLOPE:
            return (
                f"decoded frames follow it by {self.slope:.2f} of what it says; "
                f"{LEAST_SLOPE:g} is the least"
            )
        if self.followed is not None and self.followed < LEAST_FOLLOWED:
            return (
                f"single frames stray from what it says (they follow it by {self.followed:.2f}, "
                f"exactly is 1; {LEAST_FOLLOWED:g} is the least)"
            )
        return ""

    @property
    def worth(self) -> str:
        """What can be expected of it, in words; why nothing can, where it has a fault."""
        if self.fault:
            return f"not to be used: {self.fault}"
        if self.slopes is None:
            return f"R^2 {self.r2:.2f}"
        least, most = self.slopes
        said = f"decoded sounds do {least:.2f} to {most:.2f} of what it says"
        return said if self.reach is None else f"{said}, as far as {self.reach:.3g} {self.unit}"


class Card(CardPart):
    """The facts that every timbre model has, whatever its architecture.

    Attributes
    ----------
    architecture
        Which network reads the weights.
    transform
        The transform that the model's spectra sound through, as ``TransformSpec.to_dict`` gives it.
    latent_names
        One name per latent.
    training_sounds
        What the model was trained on, where that is known.
    held_out_sounds
        Recordings of the same collection that it was not trained on, but measured on.
    losses
        The parts of the loss at the end of training.
    metrics
        How well the training frames come back, in dB; with ``validation_`` before its name, how
        well those of the held-out sounds do.
    versions
        Versions of the programs that made it.
    descriptors
        What was found of descriptors, where the model was described; none in older files.
    ground
        What the model has seen, in latent space; none in older files.
    licence
        The licence of the weights, in the trainer's words; empty when none was given.
    """

    format: Literal["ltsrender model"] = "ltsrender model"
    format_version: Literal[1] = 1
    name: Words
    architecture: str
    transform: dict[str, Any]
    latent_names: tuple[Annotated[str, Field(min_length=1, max_length=MOST_NAME_LETTERS)], ...]
    training_sounds: tuple[TrainingSound, ...] = ()
    held_out_sounds: tuple[TrainingSound, ...] = ()
    losses: dict[str, float] = {}
    metrics: dict[str, float] = {}
    versions: dict[str, str] = {}
    descriptors: tuple[DescriptorAxis, ...] = ()
    ground: KnownGround | None = None
    licence: Words = ""
    seed: int = 0
    created_with: Words = ""

    @property
    @abstractmethod
    def n_bands(self) -> int:
        """Values in one of the model's own frames."""

    @property
    def n_latents(self) -> int:
        """Latents of a frame."""
        return len(self.latent_names)

    @model_validator(mode="after")
    def _axes_fit(self) -> Self:
        names = [axis.name for axis in self.descriptors]
        if len(set(names)) != len(names):
            raise ValueError("descriptors are not all different")
        n = len(self.latent_names)
        wrong = [axis.name for axis in self.descriptors if len(axis.direction) != n]
        if wrong:
            raise ValueError(f"descriptors {', '.join(wrong)} have no {n} numbers as the latents")
        if self.ground is not None and len(self.ground.mean) != n:
            raise ValueError(f"ground has {len(self.ground.mean)} latents, not {n}")
        return self


class ModelCard(Card):
    """The facts about one model of ours, a frame VAE.

    Attributes
    ----------
    sizes
        The sizes of the network.
    latents
        Where the training frames lie; its ``maximum[0]`` is the loudest level that was learnt. The
        first latent is called ``level``.
    """

    architecture: Literal["frame-vae"] = "frame-vae"
    sizes: Sizes
    latents: LatentStatistics

    @property
    def n_bands(self) -> int:
        """Bands in a frame."""
        return self.sizes.n_bands

    @property
    def n_latents(self) -> int:
        """Latents of a frame, the level included."""
        return self.sizes.n_latents

    @model_validator(mode="after")
    def _agree_with_itself(self) -> Self:
        names, statistics = self.latent_names, self.latents
        lengths = {
            "latent_names": len(names),
            "latents.mean": len(statistics.mean),
            "latents.deviation": len(statistics.deviation),
            "latents.minimum": len(statistics.minimum),
            "latents.maximum": len(statistics.maximum),
        }
        wrong = [
            f"{place} has {length} entries"
            for place, length in lengths.items()
            if length != self.n_latents
        ]
        if len(set(names)) != len(names):
            wrong.append("latent_names are not all different")
        if not wrong and statistics.maximum[0] <= 0.0:
            wrong.append(f"latents.maximum[0] (the loudest level) is {statistics.maximum[0]}")
        if wrong:
            raise ValueError(f"{'; '.join(wrong)}; sizes.n_latents is {self.n_latents}")
        return self


def default_latent_names(n_latents: int) -> tuple[str, ...]:
    """Return the names latents have before anybody names them: ``level``, ``z1``, ``z2`` ...

    >>> default_latent_names(3)
    ('level', 'z1', 'z2')
    """
    return (LEVEL, *(f"z{index}" for index in range(1, n_latents)))
