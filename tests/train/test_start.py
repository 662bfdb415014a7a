from __future__ import annotations

import torch

from ltsrender.models import FrameVAE, Sizes
from ltsrender.train.start import start_from_principal_components


def test_an_untrained_network_is_principal_component_analysis() -> None:
    rng = torch.manual_seed(0)
    shapes = torch.randn(500, 6, generator=rng) @ torch.randn(6, 30, generator=rng)
    shapes += 0.01 * torch.randn(500, 30, generator=rng)
    network = FrameVAE(Sizes(n_bands=30, n_latents=4, width=8, n_hidden=2))
    start_from_principal_components(network, shapes, torch.ones(500))
    with torch.no_grad():
        z, _ = network.encode_shape(shapes)
        decoded = network.decode_shape(z)
    apart = shapes - shapes.mean(0)
    left_over = torch.linalg.svdvals(apart)[3:].square().sum()
    torch.testing.assert_close((decoded - shapes).square().sum(), left_over, rtol=1e-3, atol=0.0)
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(3), rtol=1e-3, atol=0.0)


def test_weights_decide_which_frames_the_components_follow() -> None:
    shapes = torch.zeros(100, 8)
    shapes[:50, 0] = torch.linspace(-1, 1, 50)
    shapes[50:, 1] = torch.linspace(-2, 2, 50)
    network = FrameVAE(Sizes(n_bands=8, n_latents=2, width=8, n_hidden=1))
    weights = torch.ones(100)
    start_from_principal_components(network, shapes, weights)
    assert network.decoder_line.weight[:, 0].abs().argmax() == 1
    weights[50:] = 0.01
    start_from_principal_components(network, shapes, weights)
    assert network.decoder_line.weight[:, 0].abs().argmax() == 0


def test_more_latents_than_bands_and_a_single_frame_are_no_trouble() -> None:
    network = FrameVAE(Sizes(n_bands=4, n_latents=9, width=8, n_hidden=1))
    start_from_principal_components(network, torch.ones(1, 4), torch.ones(1))
    with torch.no_grad():
        z, _ = network.encode_shape(torch.ones(1, 4))
        torch.testing.assert_close(network.decode_shape(z), torch.ones(1, 4))
