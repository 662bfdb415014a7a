from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import torch

from ltsrender.errors import ModelError
from ltsrender.models import FrameVAE, Sizes
from ltsrender.train import loop
from ltsrender.train.start import start_from_principal_components

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.train import TrainOptions
    from ltsrender.train.losses import Losses

N_FRAMES = 64


@pytest.fixture
def shapes() -> torch.Tensor:
    rng = torch.manual_seed(0)
    bent = torch.tanh(torch.randn(N_FRAMES, 3, generator=rng) @ torch.randn(3, 20, generator=rng))
    return torch.log(bent.abs() + 1e-3)


@pytest.fixture
def network(shapes: torch.Tensor) -> FrameVAE:
    fresh = FrameVAE(Sizes(n_bands=20, n_latents=6, width=32, n_hidden=2))
    start_from_principal_components(fresh, shapes, torch.ones(N_FRAMES))
    return fresh


def fitted(network: FrameVAE, shapes: torch.Tensor, options: TrainOptions) -> list[float]:
    losses: list[float] = []
    loop.fit(
        network, shapes, torch.ones(N_FRAMES), options, lambda _, loss, __: losses.append(loss)
    )
    return losses


def broken_at(steps: Callable[[int], bool]) -> Callable[..., Losses]:
    """Return `losses_of` with a loss that is no number at some steps."""
    count = iter(range(10**9))
    true_losses_of = loop.losses_of

    def losses_of(*arguments: torch.Tensor) -> Losses:
        losses = true_losses_of(*arguments)
        if not steps(next(count)):
            return losses
        return losses._replace(convergence=losses.convergence * torch.nan)

    return losses_of


def test_training_makes_the_loss_smaller(
    network: FrameVAE, shapes: torch.Tensor, tiny: TrainOptions
) -> None:
    losses = fitted(network, shapes, dataclasses.replace(tiny, epochs=60, learning_rate=0.01))
    assert len(losses) == 60 * N_FRAMES // tiny.batch_frames
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_time_ends_training_too(
    network: FrameVAE, shapes: torch.Tensor, tiny: TrainOptions
) -> None:
    options = dataclasses.replace(tiny, minutes=0.005, epochs=10_000_000)
    assert fitted(network, shapes, options)


def test_a_loss_that_is_no_number_is_survived(
    network: FrameVAE, shapes: torch.Tensor, tiny: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "losses_of", broken_at(lambda step: step in {3, 11}))
    losses = fitted(network, shapes, dataclasses.replace(tiny, epochs=10))
    assert len(losses) == 10 * N_FRAMES // tiny.batch_frames - 2
    assert all(weight.isfinite().all() for weight in network.parameters())


def test_a_loss_that_never_is_a_number_ends_with_words(
    network: FrameVAE, shapes: torch.Tensor, tiny: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "losses_of", broken_at(lambda _: True))
    with pytest.raises(ModelError, match="training does not settle"):
        fitted(network, shapes, dataclasses.replace(tiny, epochs=10))


def test_time_left_is_told(network: FrameVAE, shapes: torch.Tensor, tiny: TrainOptions) -> None:
    told: list[tuple[float, float | None]] = []
    loop.fit(
        network,
        shapes,
        torch.ones(N_FRAMES),
        tiny,
        lambda fraction, _, left_s: told.append((fraction, left_s)),
    )
    assert [fraction for fraction, _ in told] == pytest.approx([n / 8 for n in range(1, 9)])
    assert told[-1][1] == 0.0
