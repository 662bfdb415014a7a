"""The weights that are kept: a moving average of those that training walks through.

Single steps jitter with the frames they happened to see; their mean lies nearer the middle of the
valley (Polyak and Juditsky 1992). It costs one pass over the weights a step.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from ltsrender.models import FrameVAE


class Average:
    """An exponential moving average of a network's weights.

    Parameters
    ----------
    network
        Where it starts.
    decay
        How much of it stays at a step, 0..1; 0 follows the network exactly.

    Attributes
    ----------
    network : FrameVAE
        A network with the averaged weights.
    """

    def __init__(self, network: FrameVAE, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(requires_grad=False)
        self.decay = decay

    def follow(self, network: FrameVAE, step: int) -> None:
        """Take one step towards the network.

        Early on the average is shorter, a ninth of the steps so far: what training has left far
        behind must not be in it.
        """
        keep = min(self.decay, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            for mean, weight in zip(self.network.parameters(), network.parameters(), strict=True):
                mean.lerp_(weight, 1.0 - keep)
