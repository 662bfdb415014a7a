"""What an imported network is made of: its layers as a card lists them, each with its sizes.

The list is all there is to build the network from; nothing of the file it came from is run. Sizes
are held within limits here, so that a card cannot ask for more memory than a model can need.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ltsrender.models.card import MAX_WIDTH, CardPart

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_LAYERS = 64
MOST_VALUES = 2**17
"""Values that one frame may become inside a network."""
MAX_WEIGHT = 1e4
"""No training leads here; products of such weights still fit into float32."""

Activation = Literal[
    "linear", "relu", "leaky_relu", "elu", "selu", "sigmoid", "softplus", "swish", "tanh"
]
Size = Annotated[int, Field(ge=1, le=MAX_WIDTH, strict=True)]
Edge = Annotated[int, Field(ge=1, le=64, strict=True)]
Shape = tuple[int, ...]


class Dense(CardPart):
    """y = activation(W x + b)."""

    kind: Literal["dense"] = "dense"
    n_in: Size
    n_out: Size
    activation: Activation = "linear"

    def shape_after(self, shape: Shape) -> Shape | None:
        """Return the shape of what leaves, None when what comes does not fit."""
        return (self.n_out,) if shape == (self.n_in,) else None


class Scale(CardPart):
    """y = a x + b for each channel: batch normalisation after training."""

    kind: Literal["scale"] = "scale"
    n_channels: Size

    def shape_after(self, shape: Shape) -> Shape | None:
        """Return the shape of what leaves, None when what comes does not fit."""
        return shape if shape[-1] == self.n_channels else None


class Activate(CardPart):
    """y = activation(x); ``slope`` is that of a leaky relu below 0."""

    kind: Literal["activate"] = "activate"
    activation: Activation
    slope: Annotated[float, Field(ge=0.0, le=1.0)] = 0.2

    def shape_after(self, shape: Shape) -> Shape | None:
        """Return the shape of what leaves."""
        return shape


class Reshape(CardPart):
    """The same values, in row-major order, as an image or as a row."""

    kind: Literal["reshape"] = "reshape"
    shape: Annotated[tuple[Size, ...], Field(min_length=1, max_length=3)]

    def shape_after(self, shape: Shape) -> Shape | None:
        """Return the shape of what leaves, None when what comes does not fit."""
        return self.shape if math.prod(shape) == math.prod(self.shape) else None


class Convolution(CardPart):
    """A two-dimensional convolution whose edges are padded (``same``), or one the other way."""

    kind: Literal["convolution"] = "convolution"
    transposed: bool = False
    n_in: Size
    n_out: Size
    kernel: tuple[Edge, Edge]
    stride: tuple[Edge, Edge]
    activation: Activation = "linear"

    def shape_after(self, shape: Shape) -> Shape | None:
        """Return the shape of what leaves, None when what comes does not fit."""
        if len(shape) != 3 or shape[2] != self.n_in:
            return None
        if self.transposed:
            return (shape[0] * self.stride[0], shape[1] * self.stride[1], self.n_out)
        return (-(-shape[0] // self.stride[0]), -(-shape[1] // self.stride[1]), self.n_out)


Layer = Annotated[Dense | Scale | Activate | Reshape | Convolution, Field(discriminator="kind")]


def shape_after(layer: Layer, shape: Shape) -> Shape:
    """Return the shape of what leaves a layer.

    Raises
    ------
    ValueError
        When what comes does not fit, or the layer makes too much of it.
    """
    after = layer.shape_after(shape)
    if after is None:
        raise ValueError(f"({layer.kind}) cannot take a shape of {list(shape)}")
    if math.prod(after) > MOST_VALUES:
        raise ValueError(
            f"({layer.kind}) makes {math.prod(after):,} values of one frame; "
            f"at most {MOST_VALUES:,} are allowed"
        )
    return after


def shape_through(layers: Sequence[Layer], n_in: int) -> Shape:
    """Return the shape of what a row of ``n_in`` values becomes.

    Raises
    ------
    ValueError
        Naming the first layer that what comes before it does not fit, or that makes too much.

    Examples
    --------
    >>> shape_through([Reshape(shape=(2, 3, 1)), Reshape(shape=(6,))], 6)
    (6,)
    """
    shape: Shape = (n_in,)
    for index, layer in enumerate(layers):
        try:
            shape = shape_after(layer, shape)
        except ValueError as error:
            raise ValueError(f"layer {index} {error}") from error
    return shape
