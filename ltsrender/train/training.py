"""Everything that changes while a network is fitted, in one place, so that it can be put away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ltsrender.train.average import Average
from ltsrender.train.guard import Guard
from ltsrender.train.schedule import Schedule
from ltsrender.train.watch import Watch

if TYPE_CHECKING:
    from ltsrender.models import FrameVAE
    from ltsrender.train.options import TrainOptions


@dataclass(eq=False)
class Training:
    """A fit in progress.

    Attributes
    ----------
    network
        The weights that walk.
    optimizer
        AdamW with its moments.
    guard
        The way back.
    average
        The weights that are kept.
    watch
        How it does on held-out recordings.
    schedule
        Steps and seconds.
    smooth
        The smoothed parts of the loss.
    history
        Step, seconds and losses from time to time, for reports.
    """

    network: FrameVAE
    optimizer: torch.optim.AdamW
    guard: Guard
    average: Average
    watch: Watch
    schedule: Schedule
    smooth: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)

    @classmethod
    def begin(
        cls, network: FrameVAE, options: TrainOptions, steps_per_epoch: int, held_out: Tensor | None
    ) -> Training:
        """Return a fit that has not made a step."""
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.0, betas=(0.9, 0.99), fused=True)
        guard = Guard(network, optimizer)
        guard.keep()
        return cls(
            network,
            optimizer,
            guard,
            Average(network, options.ema_decay),
            Watch(held_out, options.patience),
            Schedule(options, steps_per_epoch),
        )

    def finish(self) -> None:
        """Give the network the weights that are kept: the best ones watched, or the average."""
        best = self.watch.best_weights or self.average.network.state_dict()
        self.network.load_state_dict(best)

    def tensors(self) -> dict[str, Tensor]:
        """Return all numbers in tensors, by name; `restore` takes them back."""
        parts = {
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "safe": self.guard.safe,
            "best": self.watch.best_weights,
        }
        found = {
            f"{part}.{name}": tensor for part, of in parts.items() for name, tensor in of.items()
        }
        for name, weight in self.network.named_parameters():
            for key, value in self.optimizer.state.get(weight, {}).items():
                found[f"optimizer.{key}.{name}"] = value
        return found

    def facts(self) -> dict[str, Any]:
        """Return everything else, as JSON can hold it exactly."""
        return {
            "step": self.schedule.step,
            "elapsed_s": self.schedule.elapsed_s,
            "fraction": self.schedule.fraction,
            "caution": self.guard.caution,
            "retreats": self.guard.retreats,
            "best": None if self.watch.best == float("inf") else self.watch.best,
            "waited": self.watch.waited,
            "smooth": self.smooth,
            "history": self.history,
        }

    def restore(self, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
        """Go on from what `tensors` and `facts` gave.

        Raises
        ------
        KeyError, TypeError, ValueError, RuntimeError
            When something is missing or has another shape.
        """
        device = self.network.centre.device
        self.network.load_state_dict(_part(tensors, "network"))
        self.average.network.load_state_dict(_part(tensors, "average"))
        self.guard.safe = {k: v.to(device).clone() for k, v in _part(tensors, "safe").items()}
        self.watch.best_weights = {
            k: v.to(device).clone() for k, v in _part(tensors, "best").items()
        }
        self._restore_optimizer(_part(tensors, "optimizer"))
        self.guard.caution, self.guard.retreats = float(facts["caution"]), int(facts["retreats"])
        self.watch.best = float("inf") if facts["best"] is None else float(facts["best"])
        self.watch.waited = int(facts["waited"])
        self.smooth, self.history = dict(facts["smooth"]), list(facts["history"])
        self.schedule.go_on(int(facts["step"]), float(facts["elapsed_s"]))

    def _restore_optimizer(self, state: dict[str, Tensor]) -> None:
        """Put Adam's moments and its step back where they lay, on the weights' device."""
        for name, weight in self.network.named_parameters():
            own: dict[str, Tensor] = {}
            for key in ("step", "exp_avg", "exp_avg_sq"):
                value = state.get(f"{key}.{name}")
                if value is not None:
                    own[key] = value.to(weight.device).clone()
            if own:
                self.optimizer.state[weight] = own


def _part(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a part's, without it."""
    head = f"{part}."
    return {k.removeprefix(head): v for k, v in tensors.items() if k.startswith(head)}
