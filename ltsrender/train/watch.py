"""How training does on recordings it never sees, and when that tells it to stop."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ltsrender.train.losses import losses_of

if TYPE_CHECKING:
    from ltsrender.models import FrameVAE

_PIECE_FRAMES = 1_024


@dataclass
class Watch:
    """Looks at a network from time to time.

    Attributes
    ----------
    log_shapes : float32[frame, band], or None
        Frames of recordings that are held out, the same at every look; None: there are none.
    patience
        Looks without a better one after which training is over; 0: it never is.
    best
        The lowest loss so far.
    waited
        Looks since then.
    best_weights
        The weights it had then; empty without patience.
    """

    log_shapes: Tensor | None
    patience: int
    best: float = math.inf
    waited: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    def look(self, network: FrameVAE) -> float | None:
        """Return the loss on the held-out frames, without chance and divergence."""
        if self.log_shapes is None:
            return None
        loss = loss_on(network, self.log_shapes)
        if loss < self.best:
            self.best, self.waited = loss, 0
            if self.patience:
                self.best_weights = copy.deepcopy(network.state_dict())
        else:
            self.waited += 1
        return loss

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        return 0 < self.patience <= self.waited


def loss_on(network: FrameVAE, log_shapes: Tensor) -> float:
    """Return how far frames come back from themselves: log-spectral error and convergence.

    Parameters
    ----------
    log_shapes : float32[frame, band]
    """
    total = 0.0
    with torch.no_grad():
        for piece in torch.split(log_shapes, _PIECE_FRAMES):
            silence = torch.zeros(len(piece), network.sizes.n_latents - 1, device=piece.device)
            losses = losses_of(network, piece, silence)
            total += float(losses.log_spectral + losses.convergence) * len(piece)
    return total / len(log_shapes)
