"""The loop: batches, steps, and a schedule that ends with the budget."""

from __future__ import annotations

import math
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ltsrender.train.augment import augmented
from ltsrender.train.losses import Losses, losses_of
from ltsrender.train.shapes import LogShapes
from ltsrender.train.training import Training

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.models import FrameVAE
    from ltsrender.train.guard import Guard
    from ltsrender.train.options import TrainOptions

WARM_UP_STEPS = 50
KL_WARM_UP = 0.2  # part of the training over which the KL term grows to its weight
LONGEST_GRADIENT = 1.0
SAFE_EVERY_STEPS = 100
LOOK_EVERY_STEPS = 100
_SMOOTHING = 0.98


def fit(
    network: FrameVAE,
    log_shapes: Tensor | LogShapes,
    frame_weights: Tensor,
    options: TrainOptions,
    told: Callable[[float, float, float | None], None],
    *,
    held_out: Tensor | None = None,
    begun: Callable[[Training], None] = lambda _: None,
    after_step: Callable[[Training], None] = lambda _: None,
) -> Training:
    """Train the network in place.

    AdamW (Loshchilov and Hutter 2019) with a cosine decay to 0 at the end of the budget. Batches
    are drawn with replacement, each frame as often as its weight says. What chance decides at a
    step follows from the seed and the number of the step alone, so a run that was stopped goes on
    as if nothing had happened.

    Parameters
    ----------
    log_shapes : float32[frame, band]
        On the network's device, or made for it batch by batch.
    frame_weights : float32[frame]
    told
        Called after every step with the fraction done, the loss and the time left.
    held_out : float32[frame, band]
        Frames of recordings that are not trained on, on the network's device.
    begun
        Called before the first step; may restore an earlier run.
    after_step
        Called after every step; may read anything and change nothing.

    Returns
    -------
    Training
        The finished fit; the network has the weights that are kept.
    """
    n_batch = min(options.batch_frames, len(log_shapes))
    training = Training.begin(network, options, -(-len(log_shapes) // n_batch), held_out)
    begun(training)
    schedule, chances = training.schedule, frame_weights.double().cumsum(0)
    if isinstance(log_shapes, LogShapes):
        log_shapes.expect(
            (drawn(chances, n_batch, rng_of(options.seed, step)) for step in count(schedule.step)),
            n_batch,
        )
    while (fraction := schedule.fraction) < 1.0 and not training.watch.is_over:
        rng = rng_of(options.seed, schedule.step)
        rate = options.learning_rate * training.guard.caution * _rate_at(schedule.step, fraction)
        kl_weight = options.kl_weight * min(1.0, fraction / KL_WARM_UP)
        batch = batch_of(log_shapes, chances, n_batch, options, network.floor, rng)
        noise = torch.randn(n_batch, network.sizes.n_latents - 1, generator=rng)
        losses = losses_of(network, batch, noise.to(batch.device))
        schedule.step += 1
        if not _stepped(training.guard, losses.total(kl_weight), rate):
            continue
        training.average.follow(network, schedule.step)
        if schedule.step % SAFE_EVERY_STEPS == 0:
            training.guard.keep()
        training.smooth = _smoothed(training.smooth, losses)
        if schedule.step % LOOK_EVERY_STEPS == 0:
            look(training)
        after_step(training)
        told(schedule.fraction, losses.total(kl_weight).item(), schedule.time_left_s)
    if schedule.step % LOOK_EVERY_STEPS:
        look(training)
    training.finish()
    return training


def batch_of(
    log_shapes: Tensor | LogShapes,
    chances: Tensor,
    n_frames: int,
    options: TrainOptions,
    floor: float,
    rng: torch.Generator,
) -> Tensor:
    """Return frames to learn from, float32[frame, band]: drawn by chance, a part of them changed.

    Parameters
    ----------
    log_shapes, chances, rng
        As `drawn` takes them.
    n_frames
        How many.
    options
        How many of them are changed, and how.
    floor
        The soft floor of shapes, linear.
    """
    batch = log_shapes[drawn(chances, n_frames, rng).to(log_shapes.device)]
    n_changed = round((options.augment or 0.0) * n_frames)
    return augmented(batch, n_changed, options.shift_bands, floor, rng) if n_changed else batch


def rng_of(seed: int, step: int) -> torch.Generator:
    """Return the chance of one step, which depends on nothing else."""
    (mixed,) = np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(mixed >> np.uint64(1)))


def drawn(chances: Tensor, n_batch: int, rng: torch.Generator) -> Tensor:
    """Return which frames a batch holds, int64[batch], drawn with replacement.

    Parameters
    ----------
    chances : float64[frame]
        The running sum of how often each frame should be seen.
    """
    points = torch.rand(n_batch, dtype=torch.float64, generator=rng) * chances[-1]
    return torch.searchsorted(chances, points, right=True).clamp_max(len(chances) - 1)


def look(training: Training) -> None:
    """Write down where training stands, on its own frames and on those held out."""
    schedule = training.schedule
    facts = {"step": float(schedule.step), "elapsed_s": schedule.elapsed_s, **training.smooth}
    validation = training.watch.look(training.average.network)
    if validation is not None:
        facts["validation"] = validation
    training.history.append(facts)


def _rate_at(step: int, fraction: float) -> float:
    return min(1.0, (step + 1) / WARM_UP_STEPS) * 0.5 * (1.0 + math.cos(math.pi * fraction))


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
