from __future__ import annotations

import pytest
import torch

from ltsrender.models import FrameVAE, Sizes
from ltsrender.models.vae import separate, shape_of
from ltsrender.train.losses import losses_of
from ltsrender.train.start import start_from_principal_components


@pytest.fixture
def shapes() -> torch.Tensor:
    frames = torch.rand(200, 12, generator=torch.manual_seed(0)) ** 4
    return separate(frames, FrameVAE(Sizes(n_bands=12, n_latents=3, width=8, n_hidden=1)).floor)[1]


def test_a_perfect_network_has_no_loss_but_divergence(shapes: torch.Tensor) -> None:
    network = FrameVAE(Sizes(n_bands=12, n_latents=13, width=8, n_hidden=1))
    start_from_principal_components(network, shapes, torch.ones(len(shapes)))
    losses = losses_of(network, shapes, torch.zeros(len(shapes), 12))
    assert losses.log_spectral.item() < 1e-6
    assert losses.convergence.item() < 2e-3
    assert losses.divergence.item() > 1.0


def test_the_parts_are_what_they_say(shapes: torch.Tensor) -> None:
    network = FrameVAE(Sizes(n_bands=12, n_latents=3, width=8, n_hidden=1))
    start_from_principal_components(network, shapes, torch.ones(len(shapes)))
    losses = losses_of(network, shapes, torch.zeros(len(shapes), 2))
    with torch.no_grad():
        decoded = network.decode_shape(network.encode_shape(shapes)[0])
    true, heard = torch.exp(shapes) - network.floor, shape_of(decoded, network.floor)
    convergence = ((heard - true).norm(dim=1) / true.norm(dim=1)).mean()
    torch.testing.assert_close(losses.convergence, convergence, rtol=1e-2, atol=1e-3)
    assert losses.total(0.0) == losses.log_spectral + losses.convergence
