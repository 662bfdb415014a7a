"""A way back: the last good weights, for when a loss is not finite."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ltsrender.errors import ModelError, Problem

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ltsrender.models import FrameVAE

_MOST_RETREATS = 5


@dataclass
class Guard:
    """Remembers the last good weights, and goes back to them when a loss is not finite."""

    network: FrameVAE
    optimizer: torch.optim.Optimizer
    caution: float = 1.0
    retreats: int = 0
    safe: dict[str, Tensor] = field(default_factory=dict)

    def keep(self) -> None:
        """Remember the present weights."""
        self.safe = copy.deepcopy(self.network.state_dict())

    def retreat(self) -> None:
        """Go back to the last good weights, and on with half the learning rate.

        Raises
        ------
        ModelError
            When that has happened too often.
        """
        self.retreats += 1
        if self.retreats > _MOST_RETREATS:
            raise ModelError(
                Problem(
                    "training does not settle: the loss keeps leaving the numbers; try a "
                    "smaller learning rate"
                )
            )
        self.network.load_state_dict(self.safe)
        self.optimizer.state.clear()
        self.caution *= 0.5
