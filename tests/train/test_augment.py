from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.train.augment import shifted

FLOOR = 1e-3


def log_shapes(n_frames: int, n_bands: int, seed: int = 0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    shape = torch.rand(n_frames, n_bands, generator=rng) ** 3
    shape /= shape.square().mean(1, keepdim=True).sqrt()
    return torch.log(shape + FLOOR)


@given(seed=st.integers(0, 999), most=st.integers(1, 40), n_bands=st.integers(4, 60))
def test_shapes_stay_shapes(seed: int, most: int, n_bands: int) -> None:
    moved = shifted(log_shapes(9, n_bands, seed), most, FLOOR, torch.Generator().manual_seed(seed))
    shape = torch.exp(moved) - FLOOR
    assert bool(shape.isfinite().all())
    assert float(shape.min()) > -1e-4
    torch.testing.assert_close(shape.square().mean(1).sqrt(), torch.ones(9), rtol=1e-3, atol=0.0)


def test_half_of_the_frames_move_by_whole_bands_and_no_further() -> None:
    peak = torch.full((400, 61), math.log(FLOOR))
    peak[:, 30] = math.log(math.sqrt(61.0) + FLOOR)
    moved = shifted(peak, 5, FLOOR, torch.Generator().manual_seed(0)).argmax(1) - 30
    assert int(moved.min()) == -5
    assert int(moved.max()) == 5
    assert 0.45 < float((moved == 0).float().mean()) < 0.65
    assert float(moved.float().mean()) == pytest.approx(0.0, abs=0.5)


def test_what_comes_in_is_empty_and_the_ends_stay() -> None:
    flat = torch.full((64, 20), math.log(1.0 + FLOOR))
    flat[:, 0], flat[:, -1] = math.log(0.5 + FLOOR), math.log(0.25 + FLOOR)
    moved = torch.exp(shifted(flat, 3, FLOOR, torch.Generator().manual_seed(1))) - FLOOR
    is_moved = (moved[:, 1] < 0.01) | (moved[:, -2] < 0.01)
    assert bool(is_moved.any())
    torch.testing.assert_close(moved[:, 0] / moved[:, -1], torch.full((64,), 2.0))
    assert bool((moved[:, 4:-4] > 0.9).all())


def test_a_frame_that_would_leave_the_scale_stays() -> None:
    edge = torch.full((100, 12), math.log(FLOOR))
    edge[:, 10] = math.log(math.sqrt(12.0) + FLOOR)
    moved = shifted(edge, 4, FLOOR, torch.Generator().manual_seed(0))
    assert int(moved.argmax(1).max()) == 10
    assert bool(((torch.exp(moved) - FLOOR).square().mean(1).sqrt() > 0.99).all())
