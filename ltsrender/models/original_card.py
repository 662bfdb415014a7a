"""The card of a model of the original Latent Timbre Synthesis, whoever trained it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ltsrender.models.card import MAX_LATENTS, Card, Words
from ltsrender.models.layers import MOST_LAYERS, Layer, shape_through

Layers = Annotated[tuple[Layer, ...], Field(max_length=MOST_LAYERS)]
MAX_BINS = 3_072


class OriginalCard(Card):
    """The facts about one model of the original.

    Where its training frames lie in latent space is unknown, for a run does not tell; how loud it
    may become is decided by the sounds of a render instead.

    Attributes
    ----------
    frames
        The frames that the model knows, as ``LibrosaSpec.to_dict`` gives them; each bin k sounds
        through band k + 1 of ``transform``.
    encoder
        From a frame to what mean and log-variance are drawn from, each by one dense layer.
    decoder
        From the latents back to a frame.
    run
        The original's ``config.ini``, ``section.key`` by value, as it was found; of a model that
        was trained here, what that would have said.
    """

    architecture: Literal["original-vae"] = "original-vae"
    frames: dict[str, Any]
    encoder: Layers
    decoder: Layers
    run: Annotated[dict[Words, Words], Field(max_length=500)] = Field(default_factory=dict)

    @property
    def n_bands(self) -> int:
        """Bins in a frame."""
        return int(self.frames["n_bins"])

    @property
    def n_hidden(self) -> int:
        """How many values mean and log-variance are drawn from."""
        return shape_through(self.encoder, self.n_bands)[0]

    @model_validator(mode="after")
    def _agree_with_itself(self) -> Self:
        n_bins, n_latents = self.frames.get("n_bins"), len(self.latent_names)
        if type(n_bins) is not int or not 2 <= n_bins <= MAX_BINS:
            raise ValueError(f"frames.n_bins is {n_bins!r}; a whole number within 2..{MAX_BINS}")
        if not 1 <= n_latents <= MAX_LATENTS:
            raise ValueError(f"latent_names has {n_latents} entries; 1..{MAX_LATENTS} are allowed")
        if len(set(self.latent_names)) != n_latents:
            raise ValueError("latent_names are not all different")
        hidden = shape_through(self.encoder, n_bins)
        if len(hidden) != 1:
            raise ValueError(f"the encoder ends in the shape {list(hidden)}; a row is needed")
        decoded = shape_through(self.decoder, n_latents)
        if decoded != (n_bins,):
            raise ValueError(f"the decoder ends in the shape {list(decoded)}, not [{n_bins}]")
        return self


def original_latent_names(n_latents: int) -> tuple[str, ...]:
    """Return the names of an imported model's latents: it has no level among them.

    >>> original_latent_names(2)
    ('z1', 'z2')
    """
    return tuple(f"z{index}" for index in range(1, n_latents + 1))
