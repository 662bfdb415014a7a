"""The start of training: the best linear model there is.

Encoder and decoder begin as the whitened principal components of the training shapes, with their
residual networks silent, so training starts at PCA and can only add to it. Where training changes
frames, the components are those of changed frames too: with half of them changed, the start alone
gave frames of ten recordings that no model had heard back at 4.1 dB instead of 4.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from ltsrender.models import FrameVAE
    from ltsrender.train.shapes import LogShapes

_LEAST_DEVIATION = 1e-3  # a component that the sounds do not have must not be blown up
_FIRST_LOG_VAR = -5.0
_PIECE_FRAMES = 8_192


def start_from_principal_components(
    network: FrameVAE, log_shapes: Tensor | LogShapes, frame_weights: Tensor
) -> None:
    """Set a fresh network to the weighted, whitened PCA of the shapes.

    Parameters
    ----------
    network
        Changed in place.
    log_shapes : float32[frame, band]
        What `ltsrender.models.vae.separate` gives.
    frame_weights : float32[frame]
        How much each frame counts, mean 1.
    """
    centre, covariance = _moments(log_shapes, frame_weights)
    variances, directions = torch.linalg.eigh(covariance)
    n_shape = network.sizes.n_latents - 1
    directions = _turned(directions.flip(1)[:, :n_shape])
    deviations = variances.flip(0)[:n_shape].clamp_min(_LEAST_DEVIATION**2).sqrt()
    n_known = directions.shape[1]  # a model may have more latents than its frames have bands
    with torch.no_grad():
        network.centre.copy_(centre.float())
        for line in (network.encoder_line, network.decoder_line):
            nn.init.zeros_(line.weight)
        network.encoder_line.weight[:n_known] = (directions / deviations).T.float()
        network.decoder_line.weight[:, :n_known] = (directions * deviations).float()
        for last in (network.encoder_mean, network.encoder_log_var, network.decoder_shape):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        nn.init.constant_(network.encoder_log_var.bias, _FIRST_LOG_VAR)


def _moments(log_shapes: Tensor | LogShapes, frame_weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean float64[band] and covariance float64[band, band], a piece at a time."""
    total = frame_weights.double().sum()
    n_bands = log_shapes[:1].shape[1]
    centre = torch.zeros(n_bands, dtype=torch.float64)
    covariance = torch.zeros(n_bands, n_bands, dtype=torch.float64)
    pieces = [
        slice(first, first + _PIECE_FRAMES) for first in range(0, len(log_shapes), _PIECE_FRAMES)
    ]
    for piece in pieces:
        weights = frame_weights[piece].double()[:, None]
        centre += (log_shapes[piece].double() * weights).sum(0) / total
    for piece in pieces:
        weights = frame_weights[piece].double()[:, None]
        apart = (log_shapes[piece].double() - centre) * weights.sqrt()
        covariance += apart.T @ apart / total
    return centre, covariance


def _turned(directions: Tensor) -> Tensor:
    """Make the largest entry of every component positive: eigenvectors have no sign of their own.

    Parameters
    ----------
    directions : float64[band, component]
    """
    largest = directions.abs().argmax(0, keepdim=True)
    return directions * directions.gather(0, largest).sign()
