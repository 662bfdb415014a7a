"""The networks of the original, rebuilt layer by layer from a card.

The original (K. Tatar, D. Bisig and P. Pasquier, "Latent Timbre Synthesis", 2020) encodes a frame
of linear constant-Q magnitudes as it is, level and all, and decodes the mean of its latents. What
Keras calls ``same`` padding, row-major images with the channel last, and kernels of transposed
convolutions are kept, so that the numbers are the original's up to the order of their sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from ltsrender.models.layers import Activate, Convolution, Dense, Reshape, Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ltsrender.models.layers import Layer
    from ltsrender.models.original_card import OriginalCard

LATENT_LIMIT = 1e6
"""Beyond it lie no frames, only float32 overflow further inside."""
MAGNITUDE_LIMIT = 1e4
"""A full-scale sinusoid has at most sqrt(filter length) / 2 in librosa's magnitudes: 153 at C1."""

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x,
    "relu": functional.relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
    "swish": functional.silu,
    "tanh": torch.tanh,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),  # the default of tf.nn.leaky_relu
}


class DenseModule(nn.Module):
    """A dense layer and its activation."""

    def __init__(self, layer: Dense) -> None:
        super().__init__()
        self.line = nn.Linear(layer.n_in, layer.n_out)
        self.activation = _ACTIVATIONS[layer.activation]

    def forward(self, x: Tensor) -> Tensor:
        """Return ``float32[frame, n_out]``."""
        return self.activation(self.line(x))


class ScaleModule(nn.Module):
    """A factor and an offset for each channel, which stands last."""

    def __init__(self, layer: Scale) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(layer.n_channels))
        self.bias = nn.Parameter(torch.zeros(layer.n_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        return x * self.weight + self.bias


class ActivateModule(nn.Module):
    """An activation alone."""

    def __init__(self, layer: Activate) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        if self.layer.activation == "leaky_relu":
            return functional.leaky_relu(x, self.layer.slope)
        return _ACTIVATIONS[self.layer.activation](x)


class ReshapeModule(nn.Module):
    """The same values in another shape."""

    def __init__(self, layer: Reshape) -> None:
        super().__init__()
        self.shape = layer.shape

    def forward(self, x: Tensor) -> Tensor:
        """Return ``float32[frame, *shape]``."""
        return x.reshape(-1, *self.shape)


class ConvolutionModule(nn.Module):
    """A convolution with Keras' ``same`` padding; images are [frame, row, column, channel]."""

    def __init__(self, layer: Convolution) -> None:
        super().__init__()
        self.layer = layer
        # As torch keeps them: [out, in, ...], and [in, out, ...] for the transposed one.
        channels = (layer.n_in, layer.n_out) if layer.transposed else (layer.n_out, layer.n_in)
        self.weight = nn.Parameter(torch.zeros(*channels, *layer.kernel))
        self.bias = nn.Parameter(torch.zeros(layer.n_out))
        self.activation = _ACTIVATIONS[layer.activation]

    def forward(self, x: Tensor) -> Tensor:
        """Return ``float32[frame, row, column, n_out]``."""
        image = x.permute(0, 3, 1, 2)
        made = self._transposed(image) if self.layer.transposed else self._straight(image)
        return self.activation(made.permute(0, 2, 3, 1))

    def _straight(self, image: Tensor) -> Tensor:
        """Pad so that the output has ceil(size / stride) places, one more after than before."""
        padding: list[int] = []
        for size, k, s in zip(
            image.shape[:1:-1], self.layer.kernel[::-1], self.layer.stride[::-1], strict=True
        ):
            total = max((-(-size // s) - 1) * s + k - size, 0)
            padding += [total // 2, total - total // 2]
        padded = functional.pad(image, padding)
        return functional.conv2d(padded, self.weight, self.bias, self.layer.stride)

    def _transposed(self, image: Tensor) -> Tensor:
        """Cut size * stride places out of the full output, the odd one after."""
        full = functional.conv_transpose2d(image, self.weight, None, self.layer.stride)
        cut = full
        for axis, (k, s) in enumerate(zip(self.layer.kernel, self.layer.stride, strict=True), 2):
            missing = max(s - k, 0)
            if missing:  # a kernel smaller than its stride leaves places that only have the bias
                sides = [0, missing] if axis == 3 else [0, 0, 0, missing]
                cut = functional.pad(cut, sides)
            cut = cut.narrow(axis, max(k - s, 0) // 2, image.shape[axis] * s)
        return cut + self.bias[:, None, None]


_MODULE_OF: dict[type, Callable[..., nn.Module]] = {
    Dense: DenseModule,
    Scale: ScaleModule,
    Activate: ActivateModule,
    Reshape: ReshapeModule,
    Convolution: ConvolutionModule,
}


class OriginalVAE(nn.Module):
    """Encoder and decoder of an imported model.

    Parameters
    ----------
    card
        Its layers.
    """

    def __init__(self, card: OriginalCard) -> None:
        super().__init__()
        self.encoder = _stacked(card.encoder)
        self.mean = nn.Linear(card.n_hidden, card.n_latents)
        self.log_var = nn.Linear(card.n_hidden, card.n_latents)
        self.decoder = _stacked(card.decoder)

    def encode(self, magnitudes: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance, ``float32[frame, latent]`` each, always finite."""
        hidden = self.encoder(magnitudes)
        return _held(self.mean(hidden)), _held(self.log_var(hidden))

    def decode(self, z: Tensor) -> Tensor:
        """Return magnitudes ``float32[frame, bin]``, finite and at least 0.

        Decoders without a relu at their end (every timbre-cvae, and a timbre-vae2 whose
        ``output_activation`` is linear) make negative magnitudes, as low as -2.9 in the runs that
        were compared. The original handed them on to its phase search, where they turn a phase
        by half a circle. A magnitude cannot be negative, so they become 0 here, on purpose and
        in this one place; ``self.decoder`` alone gives what the original's decoder gives.
        """
        made: Tensor = self.decoder(z.clamp(-LATENT_LIMIT, LATENT_LIMIT))
        return torch.nan_to_num(made, 0.0, MAGNITUDE_LIMIT, 0.0).clamp(0.0, MAGNITUDE_LIMIT)


def _stacked(layers: Sequence[Layer]) -> nn.Sequential:
    return nn.Sequential(*(_MODULE_OF[type(layer)](layer) for layer in layers))


def _held(latents: Tensor) -> Tensor:
    return torch.nan_to_num(latents, 0.0, LATENT_LIMIT, -LATENT_LIMIT).clamp(
        -LATENT_LIMIT, LATENT_LIMIT
    )
