"""Batch normalisation while a network trains, and what is left of it afterwards.

While training, with the mean m and variance v of each channel over the batch,

    y = gamma (x - m) / sqrt(v + epsilon) + beta

and M, V follow m, v slowly, 1 % of the way at every step; after training M and V stand in their
place, so that all of it is one factor and one offset per channel:

    y = a x + b,    a = gamma / sqrt(V + epsilon),    b = beta - a M

torch has the same, but V follows the unbiased variance there, and its epsilon is another; this is
Keras' (momentum 0.99, epsilon 1e-3), which the original used. Source: Ioffe and Szegedy 2015,
"Batch normalization", algorithms 1 and 2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ltsrender.models.layers import Scale
from ltsrender.models.original import ScaleModule

FOLLOWED = 0.01
EPSILON = 1e-3


class Normalise(nn.Module):
    """Batch normalisation of channels, which stand last.

    Parameters
    ----------
    n_channels
        How many.

    Attributes
    ----------
    mean, variance : float32[channel]
        M and V.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(n_channels))
        self.beta = nn.Parameter(torch.zeros(n_channels))
        self.register_buffer("mean", torch.zeros(n_channels))
        self.register_buffer("variance", torch.ones(n_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return ``float32[frame, channel]``; while training, what is remembered follows."""
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = x.mean(0), x.var(0, correction=0)
            with torch.no_grad():
                self.mean.lerp_(mean, FOLLOWED)
                self.variance.lerp_(variance, FOLLOWED)
        return (x - mean) * torch.rsqrt(variance + EPSILON) * self.gamma + self.beta

    def folded(self) -> ScaleModule:
        """Return the factor and the offset that this is after training."""
        scale = ScaleModule(Scale(n_channels=len(self.mean)))
        with torch.no_grad():
            factor = self.gamma.double() / (self.variance.double() + EPSILON).sqrt()
            scale.weight.copy_(factor)
            scale.bias.copy_(self.beta.double() - factor * self.mean.double())
        return scale
