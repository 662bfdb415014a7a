"""How the original trains its networks, in torch: nothing added, nothing mended.

With x a frame of linear magnitudes, m and v its means and log-variances, z = m + exp(v / 2) e for
e ~ N(0, 1), and x' the decoded frame, the loss of a batch is

    mean over frames and bins of (x' - x)^2  -  beta * mean over frames and latents of
                                                (1 + v - m^2 - exp(v))

There is no half before the second mean, which is thus twice the KL divergence per latent. Adam at a
constant 1e-4 goes through all frames of all recordings in a new order every epoch, silence and all,
every frame as often as any other, nothing held out. The weights that are kept are those after the
epoch of the lowest mean loss (``save_best_only``), and training ends when no epoch has been better
for ``patience`` of them.

What Keras does without being asked is done here too: weights begin uniform within
sqrt(6 / (n_in + n_out)) (Glorot and Bengio 2010) and offsets at 0, Adam's epsilon is 1e-7, the last
batch of an epoch is whatever is left. The original knows no bound but epochs; bounded by minutes,
training ends inside an epoch, and that one counts by the batches it had.

Source: the original's ``functional/*/train.py`` and the configs beside them, at 936d976; the
``.h5`` files of its runs say the same of the loss and of Adam.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from ltsrender.errors import ModelError, Problem
from ltsrender.models.original import ConvolutionModule, OriginalVAE, ScaleModule
from ltsrender.models.original_architectures import timbre_cvae, timbre_vae, timbre_vae2
from ltsrender.train.normalise import Normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.models import OriginalCard
    from ltsrender.models.original_architectures import Stacks

    Told = Callable[[float, float, float | None], None]

ADAM_EPSILON = 1e-7
LEAST_GAIN = 1e-9
"""``early_delta``: an epoch that is better by less is no better."""


@dataclass(frozen=True)
class Recipe:
    """What one of the original's configs says.

    Attributes
    ----------
    stacks
        Makes the layers from n_bins and n_latents.
    config
        The file of the original's that says all this.
    n_latents
        ``latent_dim``.
    batch_frames
        ``batch_size``.
    patience
        ``early_patience_epoch``.
    kl_beta, learning_rate
        As there.
    """

    stacks: Callable[[int, int], Stacks]
    config: str
    n_latents: int
    batch_frames: int
    patience: int
    kl_beta: float = 5e-4
    learning_rate: float = 1e-4


RECIPES = {
    "timbre-vae": Recipe(timbre_vae, "timbre-vae/default.ini", 256, 64, 50),
    # Its default.ini has ``num_layers = 2[]``, with which nothing ever trained.
    "timbre-vae2": Recipe(timbre_vae2, "timbre-vae2/default-cedar3.ini", 8, 64, 100),
    # Its default.ini lacks Adam's settings and the activations, and fails (seen on TF 2.15).
    "timbre-cvae": Recipe(timbre_cvae, "timbre-cvae/default-cedar.ini", 256, 256, 100),
}
"""By the name of the architecture. Each config is the first of its script's that can be run."""


@dataclass(frozen=True)
class Budget:
    """When to stop: after so many seconds or so many epochs, whatever comes first."""

    seconds: float = math.inf
    epochs: float = math.inf


class Fitted(NamedTuple):
    """What training came to.

    Attributes
    ----------
    network
        With the weights that are kept, batch normalisation folded; on the CPU.
    loss
        The mean loss of the epoch that they come from.
    n_epochs
        Epochs that were begun.
    frames_per_s
        Frames that went through it in a second.
    """

    network: OriginalVAE
    loss: float
    n_epochs: int
    frames_per_s: float


def fit_by_recipe(
    card: OriginalCard,
    recipe: Recipe,
    frames: Tensor,
    budget: Budget,
    seed: int,
    told: Told = lambda _fraction, _loss, _left: None,
) -> Fitted:
    """Train a network of the original by its recipe.

    Parameters
    ----------
    card
        Its layers.
    recipe
        How.
    frames : float32[frame, bin]
        Linear magnitudes on librosa's scale, on the device where it is to be trained. On another
        scale the KL term has another weight beside the errors.
    budget
        When to stop.
    seed
        Where all chance starts. With a budget of epochs, on the CPU and with as many threads, the
        same seed comes to the same weights.
    told
        Called after every step with the fraction done, the loss and the time left.

    Raises
    ------
    ModelError
        When no epoch had a finite loss.
    """
    rng = torch.Generator().manual_seed(seed)
    network = fresh_network(card, rng).to(frames.device)
    # Fused is the same arithmetic at 1.3 times the speed: a baseline must not be held back.
    optimizer = torch.optim.Adam(
        network.parameters(), recipe.learning_rate, eps=ADAM_EPSILON, fused=True
    )
    clock = _Clock(budget, -(-len(frames) // recipe.batch_frames))
    kept, best, stale, n_seen = network.state_dict(), math.inf, 0, 0
    while not clock.is_over and stale < recipe.patience:
        losses: list[float] = []
        counts: list[int] = []
        order = torch.randperm(len(frames), generator=rng).to(frames.device)
        for chosen in torch.split(order, recipe.batch_frames):
            loss = loss_of(network, frames[chosen], recipe.kl_beta, rng)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.item())
            counts.append(len(chosen))
            clock.step += 1
            told(clock.fraction, losses[-1], clock.time_left_s)
            if clock.is_over or not math.isfinite(losses[-1]):
                break
        n_seen += sum(counts)
        mean = math.fsum(a * n for a, n in zip(losses, counts, strict=True)) / sum(counts)
        if not math.isfinite(mean):
            break  # Keras would go on with numbers that are none until its patience ends
        stale = 0 if mean < best - LEAST_GAIN else stale + 1
        if not stale:
            kept, best = copy.deepcopy(network.state_dict()), mean
    if not math.isfinite(best):
        raise ModelError(Problem("training does not settle: the loss left the numbers at once"))
    network.load_state_dict(kept)
    frames_per_s = n_seen / max(clock.elapsed_s, 1e-9)
    return Fitted(folded(network).cpu().eval(), best, clock.n_epochs, frames_per_s)


def fresh_network(card: OriginalCard, rng: torch.Generator) -> OriginalVAE:
    """Return a network as Keras begins it, with batch normalisation in place of every ``Scale``."""
    with torch.device("meta"):
        network = OriginalVAE(card)
    network.to_empty(device="cpu")
    for part in (network.encoder, network.decoder):
        for index, module in enumerate(part):
            if isinstance(module, ScaleModule):
                part[index] = Normalise(len(module.weight))
    for module in network.modules():
        if isinstance(module, nn.Linear | ConvolutionModule):
            nn.init.xavier_uniform_(module.weight, generator=rng)
            nn.init.zeros_(module.bias)
    return network


def loss_of(network: OriginalVAE, frames: Tensor, kl_beta: float, rng: torch.Generator) -> Tensor:
    """Return the loss of a batch ``float32[frame, bin]``; noise is drawn from ``rng``."""
    hidden = network.encoder(frames)
    mean, log_var = network.mean(hidden), network.log_var(hidden)
    noise = torch.randn(mean.shape, generator=rng).to(mean.device)
    decoded = network.decoder(mean + torch.exp(0.5 * log_var) * noise)
    prior = (1.0 + log_var - mean.square() - log_var.exp()).mean()
    loss: Tensor = (decoded - frames).square().mean() - kl_beta * prior
    return loss


def folded(network: OriginalVAE) -> OriginalVAE:
    """Replace batch normalisation by its factor and offset, in place, as a card lists it."""
    for part in (network.encoder, network.decoder):
        for index, module in enumerate(part):
            if isinstance(module, Normalise):
                part[index] = module.folded()
    return network


class _Clock:
    """Steps, seconds, and how much of both is left."""

    def __init__(self, budget: Budget, steps_per_epoch: int) -> None:
        self.budget = budget
        self.steps_per_epoch = steps_per_epoch
        self.step = 0
        self.begun = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.begun

    @property
    def n_epochs(self) -> int:
        return -(-self.step // self.steps_per_epoch)

    @property
    def fraction(self) -> float:
        of_steps = self.step / self.steps_per_epoch / self.budget.epochs
        return min(1.0, max(of_steps, self.elapsed_s / self.budget.seconds))

    @property
    def is_over(self) -> bool:
        return self.fraction >= 1.0

    @property
    def time_left_s(self) -> float | None:
        fraction = self.fraction
        return self.elapsed_s * (1.0 - fraction) / fraction if fraction > 0.0 else None
