"""The loop: batches, steps, a schedule that ends with the budget, and a guard against NaN."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ltsrender.errors import ModelError, Problem
from ltsrender.train.losses import Losses, losses_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.models import FrameVAE
    from ltsrender.train.options import TrainOptions

WARM_UP_STEPS = 50
KL_WARM_UP = 0.2  # part of the training over which the KL term grows to its weight
LONGEST_GRADIENT = 1.0
_SAFE_EVERY_STEPS = 100
_MOST_RETREATS = 5
_SMOOTHING = 0.98


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


class Schedule:
    """How far training is, by whichever of time and epochs ends first."""

    def __init__(self, options: TrainOptions, steps_per_epoch: int) -> None:
        self.budget_s = options.budget_s
        self.most_steps = math.inf if options.epochs is None else options.epochs * steps_per_epoch
        self.started_s = time.monotonic()
        self.step = 0

    @property
    def fraction(self) -> float:
        """Part of the training that is done, 0..1."""
        return min(1.0, max(self.elapsed_s / self.budget_s, self.step / self.most_steps))

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_s

    @property
    def time_left_s(self) -> float | None:
        """Seconds until the end, as far as one can tell."""
        fraction = self.fraction
        return self.elapsed_s * (1.0 / fraction - 1.0) if fraction > 0.0 else None


def fit(
    network: FrameVAE,
    log_shapes: Tensor,
    frame_weights: Tensor,
    options: TrainOptions,
    told: Callable[[float, float, float | None], None],
) -> dict[str, float]:
    """Train the network in place.

    AdamW (Loshchilov and Hutter 2019) with a cosine decay to 0 at the end of the budget. Batches
    are drawn with replacement, each frame as often as its weight says.

    Parameters
    ----------
    log_shapes : float32[frame, band]
        On the network's device.
    frame_weights : float32[frame]
    told
        Called after every step with the fraction done, the loss and the time left.

    Returns
    -------
    dict
        The smoothed parts of the loss at the end.
    """
    rng = torch.Generator().manual_seed(options.seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.0, betas=(0.9, 0.99))
    guard = Guard(network, optimizer)
    guard.keep()
    n_batch = min(options.batch_frames, len(log_shapes))
    schedule = Schedule(options, steps_per_epoch=-(-len(log_shapes) // n_batch))
    smooth: dict[str, float] = {}
    while (fraction := schedule.fraction) < 1.0:
        rate = options.learning_rate * guard.caution * _rate_at(schedule.step, fraction)
        kl_weight = options.kl_weight * min(1.0, fraction / KL_WARM_UP)
        batch = _drawn(log_shapes, frame_weights, n_batch, rng)
        noise = torch.randn(n_batch, network.sizes.n_latents - 1, generator=rng)
        losses = losses_of(network, batch, noise.to(batch.device))
        schedule.step += 1
        if not _stepped(guard, losses.total(kl_weight), rate):
            continue
        if schedule.step % _SAFE_EVERY_STEPS == 0:
            guard.keep()
        smooth = _smoothed(smooth, losses)
        told(schedule.fraction, losses.total(kl_weight).item(), schedule.time_left_s)
    return smooth


def _rate_at(step: int, fraction: float) -> float:
    return min(1.0, (step + 1) / WARM_UP_STEPS) * 0.5 * (1.0 + math.cos(math.pi * fraction))


def _drawn(log_shapes: Tensor, frame_weights: Tensor, n_batch: int, rng: torch.Generator) -> Tensor:
    chosen = torch.multinomial(frame_weights, n_batch, replacement=True, generator=rng)
    return log_shapes[chosen.to(log_shapes.device)]


def _stepped(guard: Guard, loss: Tensor, rate: float) -> bool:
    """Take one step down, or go back when the loss or its gradient is not finite."""
    guard.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    length = torch.nn.utils.clip_grad_norm_(guard.network.parameters(), LONGEST_GRADIENT)
    if not bool(torch.isfinite(length + loss)):
        guard.retreat()
        return False
    for group in guard.optimizer.param_groups:
        group["lr"] = rate
    guard.optimizer.step()
    return True


def _smoothed(smooth: dict[str, float], losses: Losses) -> dict[str, float]:
    now = {name: float(value.detach()) for name, value in losses._asdict().items()}
    if not smooth:
        return now
    return {name: _SMOOTHING * smooth[name] + (1.0 - _SMOOTHING) * now[name] for name in now}
