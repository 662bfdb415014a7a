from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.models import FrameVAE, ModelCard
from ltsrender.models.vae import (
    LOUDNESS_EXPONENT,
    separate,
    shape_of,
    shape_of_rms_one,
)

FLOOR = 1e-3


def rms(frames: torch.Tensor) -> torch.Tensor:
    return frames.square().mean(-1).sqrt()


def test_level_and_shape_together_are_the_frame() -> None:
    frames = torch.rand(20, 40, generator=torch.manual_seed(0)) ** 4
    level, log_shape = separate(frames, FLOOR)
    rebuilt = level[:, None].pow(1 / LOUDNESS_EXPONENT) * shape_of(log_shape, FLOOR)
    torch.testing.assert_close(rebuilt, frames, rtol=2e-3, atol=1e-4)


def test_a_gain_changes_the_level_only() -> None:
    frames = torch.rand(20, 40, generator=torch.manual_seed(0))
    level, shape = separate(frames, FLOOR)
    louder_level, louder_shape = separate(10.0 * frames, FLOOR)
    torch.testing.assert_close(louder_level, level * 10.0**LOUDNESS_EXPONENT)
    torch.testing.assert_close(louder_shape, shape, rtol=1e-5, atol=1e-5)


def test_what_is_below_the_steps_of_a_24_bit_file_is_silence() -> None:
    level, log_shape = separate(torch.tensor([[0.0, 0.0], [1e-9, 1e-9], [1e-7, 1e-7]]), FLOOR)
    assert level[0] == 0.0
    assert level[1] == 0.0
    assert level[2] > 0.0
    assert log_shape.isfinite().all()


def test_enormous_and_tiny_frames_neither_overflow_nor_vanish() -> None:
    level, log_shape = separate(torch.tensor([[1e30, 1e20], [1e-6, 0.0]]), FLOOR)
    assert level.isfinite().all()
    assert (level > 0.0).all()
    assert log_shape.isfinite().all()


@pytest.mark.parametrize("value", [-1e30, -1e3, 0.0, 1e3, 1e30])
def test_any_shape_has_rms_one(value: float) -> None:
    log_shape = torch.full((3, 40), value)
    log_shape[1, ::2] = -value
    log_shape[2] += torch.randn(40, generator=torch.manual_seed(0))
    torch.testing.assert_close(rms(shape_of_rms_one(log_shape, FLOOR)), torch.ones(3))


def test_bands_under_the_floor_are_exactly_empty() -> None:
    shape = shape_of(torch.tensor([[0.5, math.log(FLOOR), -50.0]]), FLOOR)
    assert shape[0, 0] > 0.0
    assert shape[0, 1] < 1e-6
    assert shape[0, 2] == 0.0


def test_silence_encodes_to_the_middle(card: ModelCard) -> None:
    mean, log_var = FrameVAE(card.sizes).encode(torch.zeros(1, card.n_bands))
    assert torch.equal(mean, torch.zeros(1, card.n_latents))
    assert log_var[0, 0] == -100.0


def test_no_shape_has_a_band_above_the_law() -> None:
    shape = shape_of(torch.tensor([[1e30, 0.0, -1e30, 1.0]]), FLOOR)
    torch.testing.assert_close(shape, torch.tensor([[2.0, 1.0 - FLOOR, 0.0, 2.0]]))


def silent_network(card: ModelCard, centre: float) -> FrameVAE:
    """Return one that decodes the same shape whatever it hears."""
    network = FrameVAE(card.sizes)
    with torch.no_grad():
        for weight in network.parameters():
            weight.zero_()
        network.centre.fill_(centre)
    return network


@given(seed=st.integers(0, 999), power=st.floats(1.0, 4.0), level_db=st.floats(-60.0, 20.0))
def test_decoded_frames_are_as_loud_as_the_encoded(
    card: ModelCard, seed: int, power: float, level_db: float
) -> None:
    """Loudness is the sum of magnitude ** 0.6 over bands (Stevens 1955)."""
    network = silent_network(card, 0.0)
    frame = torch.rand(1, card.n_bands, generator=torch.manual_seed(seed)) ** power
    frame *= 10.0 ** (level_db / 20.0)
    with torch.no_grad():
        decoded = network.decode(network.encode(frame)[0], 1e3)
    loudness = [shape.pow(LOUDNESS_EXPONENT).sum().item() for shape in (frame, decoded)]
    assert loudness[1] == pytest.approx(loudness[0], rel=0.02)  # the floor is taken off
    assert rms(decoded).item() <= rms(frame).item() * 1.01  # a flat shape has the least power


def test_a_partial_that_is_missed_raises_no_other_band(card: ModelCard) -> None:
    network = silent_network(card, 0.0)
    frame = torch.ones(1, card.n_bands)
    frame[0, 3] = 30.0
    with torch.no_grad():
        decoded = network.decode(network.encode(frame)[0], 1e3)
    raised_db = 20.0 * torch.log10(decoded[0, 0]).item()
    by_rms_db = 20.0 * torch.log10(rms(frame)).item()
    assert by_rms_db > 12.0
    assert raised_db < 4.0


@pytest.mark.parametrize("centre", [-1e3, math.log(2e-3)])
def test_a_frame_of_which_nothing_is_found_keeps_some_level(card: ModelCard, centre: float) -> None:
    level = silent_network(card, centre).encode(0.5 * torch.ones(1, card.n_bands))[0][0, 0]
    assert 0.125**0.6 < float(level.detach()) * 1.001 < 2.1**0.6
