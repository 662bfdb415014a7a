"""What training makes small: errors of quiet partials, errors of loud ones, untidy latents."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from ltsrender.models.vae import shape_of

if TYPE_CHECKING:
    from ltsrender.models import FrameVAE

_LEAST_SQUARE = 1e-8  # keeps the gradient of the root finite where a frame is met exactly


class Losses(NamedTuple):
    """The parts of the loss, each a scalar."""

    log_spectral: Tensor
    convergence: Tensor
    divergence: Tensor

    def total(self, kl_weight: float) -> Tensor:
        """Return what is minimised."""
        return self.log_spectral + self.convergence + kl_weight * self.divergence


def losses_of(network: FrameVAE, log_shapes: Tensor, noise: Tensor) -> Losses:
    """Pass shapes through the network and measure what comes out.

    With s the log-compressed shape, m the linear shape (of rms 1 where it is true) and q(z) the
    encoder's normal distribution, the parts are

        log_spectral   mean (s^ - s)^2                     decoded values below the floor are at it
        convergence    ||m^ - m|| / ||m|| per frame        = rms (m^ - m), loud partials decide
        divergence     KL(q(z) || N(0, 1))                 Kingma and Welling 2014, appendix B

    Parameters
    ----------
    log_shapes : float32[frame, band]
        log(shape + floor).
    noise : float32[frame, latent - 1]
        Standard normal.
    """
    floor = network.floor
    mean, log_var = network.encode_shape(log_shapes)
    decoded = network.decode_shape(mean + torch.exp(0.5 * log_var) * noise)
    log_errors = decoded.clamp_min(math.log(floor)) - log_shapes
    errors = shape_of(decoded, floor) - (torch.exp(log_shapes) - floor)
    divergences = 0.5 * (mean.square() + log_var.exp() - log_var - 1.0).sum(1)
    return Losses(
        log_spectral=log_errors.square().mean(),
        convergence=(errors.square().mean(1) + _LEAST_SQUARE).sqrt().mean(),
        divergence=divergences.mean(),
    )
