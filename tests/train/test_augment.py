from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.train.augment import COLOUR_DB, augmented, coloured, mixed, shifted

FLOOR = 1e-3


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_shapes(n_frames: int, n_bands: int, seed: int = 0) -> torch.Tensor:
    shape = torch.rand(n_frames, n_bands, generator=chance(seed)) ** 3
    return shape / shape.square().mean(1, keepdim=True).sqrt()


def rms(shapes: torch.Tensor) -> torch.Tensor:
    return shapes.square().mean(1).sqrt()


@given(
    seed=st.integers(0, 999),
    most=st.integers(0, 40),
    n_bands=st.integers(4, 60),
    n_changed=st.integers(1, 9),
)
def test_shapes_stay_shapes(seed: int, most: int, n_bands: int, n_changed: int) -> None:
    true = torch.log(some_shapes(9, n_bands, seed) + FLOOR)
    changed = augmented(true, n_changed, most, FLOOR, chance(seed))
    shape = torch.exp(changed) - FLOOR
    assert changed.shape == true.shape
    assert bool(shape.isfinite().all())
    assert float(shape.min()) > -1e-4
    torch.testing.assert_close(rms(shape), torch.ones(9), rtol=2e-3, atol=0.0)
    assert torch.equal(changed[n_changed:], true[n_changed:])


def test_the_same_chance_changes_the_same() -> None:
    true = torch.log(some_shapes(20, 30) + FLOOR)
    first, again, other = (augmented(true, 10, 5, FLOOR, chance(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_powers_of_mixed_sounds_add() -> None:
    shapes, others = torch.ones(4_000, 40), 2.0 * torch.ones(4_000, 40)
    sums = mixed(shapes, others, chance()).square().mean(1)
    alone = sums < 1.0 + 1e-6
    assert float(alone.float().mean()) == pytest.approx(0.3, abs=0.03)
    # 1 plus 4 times the mean of power gains from 0.01 to 100, all levels in dB as likely
    expected = 1.0 + 4.0 * (100.0 - 0.01) / math.log(1e4)
    assert float(sums[~alone].mean()) == pytest.approx(expected, rel=0.1)


def test_frames_move_by_whole_bands_and_no_further() -> None:
    peak = torch.zeros(2_000, 61)
    peak[:, 30] = 1.0
    places = shifted(peak, 5, chance()).argmax(1) - 30
    assert torch.equal(places.unique(), torch.arange(-5, 6))


def test_what_comes_in_is_empty_and_the_ends_stay() -> None:
    flat = torch.ones(64, 20)
    flat[:, 0], flat[:, -1] = 0.5, 0.25
    moved = shifted(flat, 3, chance(1))
    assert bool((moved[:, 1] == 0.0).any())
    assert bool((moved[:, -2] == 0.0).any())
    assert bool((moved[:, 0] == 0.5).all())
    assert bool((moved[:, -1] == 0.25).all())
    assert bool((moved[:, 4:-4] == 1.0).all())


def test_a_frame_that_would_leave_the_scale_stays() -> None:
    edge = torch.full((100, 12), math.log(FLOOR))
    edge[:, 10] = math.log(math.sqrt(12.0) + FLOOR)
    silent = torch.cat([edge, torch.full((100, 12), math.log(FLOOR))])  # nothing to be mixed with
    changed = augmented(silent, 100, 4, FLOOR, chance())[:100]
    assert int(changed.argmax(1).max()) == 10
    assert bool((rms(torch.exp(changed) - FLOOR) > 0.99).all())


def test_colours_are_smooth_and_of_the_size_that_they_say() -> None:
    gains_db = 20.0 * torch.log10(coloured(torch.ones(2_000, 71), chance()))
    assert float(gains_db[:, ::10].std()) == pytest.approx(COLOUR_DB, rel=0.05)
    assert float(gains_db.diff(dim=1).diff(dim=1)[:, :8].abs().max()) < 1e-3  # straight between
