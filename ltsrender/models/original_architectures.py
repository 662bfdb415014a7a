"""The three networks of the original, as lists of layers; each function is one of its scripts.

All three read one frame of linear magnitudes, n_bins values (384 by default), and give n_latents
means and as many log-variances, one dense layer each; what is listed here is the way to those two
layers, and the way from the latents back to a frame.

    timbre-vae    frame > u relu > | mean, log-variance
                  latents > u relu > frame relu                                 u = 2048

    timbre-vae2   frame > u relu > (u/2 > u/4 > ...) each normalised, relu > | mean, log-variance
                  latents > narrowest relu > (... > u/2 > u) normalised, relu > frame relu

    timbre-cvae   frame as an image > convolution > 2048 > 1024 > 512 relu > | mean, log-variance
                  latents > 512 > 1024 > 2048 > image relu > convolution, the other way > frame

Three things in them look like mistakes and are kept, for they are what was trained: the first dense
layer of the timbre-cvae's decoder has no activation, its last layer has none either, so that it
decodes negative magnitudes (`ltsrender.models.original.OriginalVAE.decode`), and it always has one
convolution, whatever its config says. Its image has half an octave in each column and no meaning in
its rows beyond that: neighbours along a column are neighbours in pitch, neighbours along a row are
half an octave apart.

Source: the original's ``functional/*/train.py`` (Tatar, Bisig and Pasquier 2020, arXiv:2006.00408),
repository ktatar/latent-timbre-synthesis at 936d976. Batch normalisation is the layer ``Scale``: a
factor and an offset, as it is after training.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

from ltsrender.models.layers import Activate, Convolution, Dense, Reshape, Scale, shape_through

if TYPE_CHECKING:
    from ltsrender.models.layers import Layer

UNITS = 2_048
"""Of the widest layer, in every config that the original ships."""
N_OCTAVES = 8


class Stacks(NamedTuple):
    """What stands on both sides of the latents.

    Attributes
    ----------
    encoder
        From a frame to what mean and log-variance are drawn from.
    decoder
        From the latents to a frame.
    """

    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]


def timbre_vae(n_bins: int, n_latents: int, n_units: int = UNITS) -> Stacks:
    """Return the layers of a timbre-vae: one hidden layer on each side.

    Its config has ``batch_norm = True``, and its script ignores it.

    >>> [layer.n_out for layer in timbre_vae(384, 256).decoder]
    [2048, 384]
    """
    return Stacks(
        (Dense(n_in=n_bins, n_out=n_units, activation="relu"),),
        (
            Dense(n_in=n_latents, n_out=n_units, activation="relu"),
            Dense(n_in=n_units, n_out=n_bins, activation="relu"),
        ),
    )


def timbre_vae2(
    n_bins: int,
    n_latents: int,
    n_units: int = UNITS,
    n_halvings: int = 3,
    *,
    normalised: bool = True,
) -> Stacks:
    """Return the layers of a timbre-vae2: narrower and narrower, and the same way back.

    Parameters
    ----------
    n_units
        Of the widest layer.
    n_halvings
        Hidden layers after it, each half as wide as the one before.
    normalised
        Whether those are batch-normalised.

    >>> [layer.n_out for layer in timbre_vae2(384, 8).encoder if layer.kind == "dense"]
    [2048, 1024, 512, 256]
    """
    widths = [n_units >> step for step in range(n_halvings + 1)]
    narrowing = _hidden(widths, normalised=normalised)
    widening = _hidden(widths[::-1], normalised=normalised)
    return Stacks(
        (Dense(n_in=n_bins, n_out=widths[0], activation="relu"), *narrowing),
        (
            Dense(n_in=n_latents, n_out=widths[-1], activation="relu"),
            *widening,
            Dense(n_in=widths[0], n_out=n_bins, activation="relu"),
        ),
    )


def timbre_cvae(
    n_bins: int,
    n_latents: int,
    n_units: int = UNITS,
    *,
    n_dense: int = 3,
    n_filters: int = 32,
    edge: int = 3,
) -> Stacks:
    """Return the layers of a timbre-cvae: one convolution, and dense layers behind it.

    Parameters
    ----------
    n_units
        Of the widest dense layer.
    n_dense
        Dense layers, each half as wide as the one before; at least one.
    n_filters
        Images that the convolution makes.
    edge
        Of its kernel.

    Raises
    ------
    ValueError
        When a frame has not eight whole octaves of a multiple of four bins.

    >>> [layer.kind for layer in timbre_cvae(384, 256).encoder]
    ['reshape', 'convolution', 'reshape', 'dense', 'dense', 'dense']
    """
    n_columns = 2 * N_OCTAVES
    if n_bins % (2 * n_columns):
        raise ValueError(f"n_bins is {n_bins}; a timbre-cvae takes a multiple of {2 * n_columns}")
    image = (n_bins // n_columns, n_columns, 1)
    sizes = {"kernel": (edge, edge), "stride": (2, 2)}
    narrowing: list[Layer] = [
        Reshape(shape=image),
        Convolution(n_in=1, n_out=n_filters, activation="relu", **sizes),
    ]
    halved = shape_through(narrowing, n_bins)
    n_halved = math.prod(halved)
    widths = [n_units >> step for step in range(n_dense)]
    return Stacks(
        (*narrowing, Reshape(shape=(n_halved,)), *_dense([n_halved, *widths])),
        (
            Dense(n_in=n_latents, n_out=widths[-1]),
            *_dense([*widths[::-1], n_halved]),
            Reshape(shape=halved),
            Convolution(transposed=True, n_in=n_filters, n_out=1, **sizes),
            Reshape(shape=(n_bins,)),
        ),
    )


def _dense(widths: list[int]) -> list[Layer]:
    """Return relu layers from each width to the next."""
    return [
        Dense(n_in=before, n_out=after, activation="relu")
        for before, after in itertools.pairwise(widths)
    ]


def _hidden(widths: list[int], *, normalised: bool) -> list[Layer]:
    """Return layers from each width to the next: dense, normalised if wanted, relu."""
    layers: list[Layer] = []
    for before, after in itertools.pairwise(widths):
        layers.append(Dense(n_in=before, n_out=after))
        if normalised:
            layers.append(Scale(n_channels=after))
        layers.append(Activate(activation="relu"))
    return layers
