"""The latent path: weights, extrapolation, silence, and noise that is only drawn when asked for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import Constant
from ltsrender.latents import Anchor, FrameGrid, LatentPath, place_sound, trace_path

HOP = 4
RATE = 1_000


@dataclass(frozen=True)
class Ramp:
    per_second: float

    def at(self, seconds: np.ndarray) -> np.ndarray:
        return self.per_second * seconds


def anchor(
    value: float,
    mode: str = "hold",
    n_channels: int = 1,
    log_var: float = 0.0,
    silence: float = 0.0,
) -> Anchor:
    placed = place_sound(np.ones((n_channels, 400), np.float32), mode, sample_rate_hz=RATE)
    shape = (n_channels, placed.encoded_samples() // HOP + 2, 3)
    mean, spread = np.full(shape, value, np.float32), np.full(shape, log_var, np.float32)
    return Anchor(placed, mean, spread, np.full((2, 3), silence, np.float32), loudest_rms=value)


def path_of(anchors: list[Anchor], lanes: dict, seed: int = 0, n_frames: int = 1_400) -> LatentPath:
    names = [f"s{i}" for i in range(len(anchors))]
    return trace_path(anchors, names, lanes, FrameGrid(n_frames, HOP, RATE), seed=seed)


@pytest.mark.parametrize(("mix", "expected"), [(1, 10), (0, 20), (0.5, 15), (1.3, 7), (-0.3, 23)])
def test_mix_weighs_the_first_sound_and_goes_on_beyond(mix: float, expected: float) -> None:
    path = path_of([anchor(10), anchor(20)], {"mix": Constant(mix)})
    np.testing.assert_allclose(path.block(0, 5), expected, rtol=1e-6)


def test_mix_equals_the_originals_formula_frame_by_frame() -> None:
    path = path_of([anchor(10), anchor(20)], {"mix": Ramp(0.4)})
    alfa = 0.4 * np.arange(100) * HOP / RATE
    np.testing.assert_allclose(path.block(0, 100)[0, :, 0], alfa * 10 + (1 - alfa) * 20, rtol=1e-6)


def test_weights_are_normalised_and_unnamed_sounds_are_out() -> None:
    lanes = {"weight/s0": Constant(1), "weight/s2": Constant(3)}
    path = path_of([anchor(0), anchor(100), anchor(8)], lanes)
    np.testing.assert_allclose(path.block(0, 2), 6.0)


def test_without_lanes_all_sounds_weigh_the_same() -> None:
    np.testing.assert_allclose(path_of([anchor(0), anchor(6)], {}).block(3, 4), 3.0)


def test_a_sound_that_has_ended_is_silence_in_every_latent() -> None:
    path = path_of([anchor(10, "once")], {})
    frames = path.block(0, 200)[0, :, 0]
    assert frames[99] == 10
    np.testing.assert_array_equal(frames[100:], 0)


def test_one_stereo_sound_makes_the_path_stereo() -> None:
    path = path_of([anchor(10), anchor(20, n_channels=2)], {"mix": Constant(0.5)})
    assert path.block(0, 7).shape == (2, 7, 3)


def test_chance_has_no_part_by_default_and_a_seeded_one_when_asked() -> None:
    quiet = path_of([anchor(1)], {}).block(0, 600)
    np.testing.assert_array_equal(quiet, 1)
    lanes = {"noise": Constant(1)}
    noisy = path_of([anchor(1)], lanes, seed=3).block(0, 600)
    np.testing.assert_array_equal(noisy, path_of([anchor(1)], lanes, seed=3).block(0, 600))
    assert not np.array_equal(noisy, path_of([anchor(1)], lanes, seed=4).block(0, 600))
    assert abs(float((noisy - 1).std()) - 1) < 0.05


def test_noise_is_the_models_own_deviation_times_the_lane() -> None:
    narrow = path_of([anchor(1, log_var=-2.0)], {"noise": Constant(2)}).block(0, 1_000)
    assert abs(float(narrow.std()) - 2 * np.exp(-1)) < 0.05


def test_both_channels_share_their_noise() -> None:
    frames = path_of([anchor(1, n_channels=2)], {"noise": Constant(1)}).block(0, 50)
    np.testing.assert_array_equal(frames[0], frames[1])


@given(cuts=st.lists(st.integers(0, 1_400), max_size=6))
def test_a_path_does_not_depend_on_how_it_is_cut(cuts: list[int]) -> None:
    anchors = [anchor(10, "loop"), anchor(20, "once", 2)]
    path = path_of(anchors, {"mix": Ramp(0.2), "noise": Constant(0.5)}, seed=9)
    edges = [0, *sorted(set(cuts) - {0, 1_400}), 1_400]
    pieces = [path.block(a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), path.block(0, 1_400))


def test_a_path_needs_anchors_and_a_mix_needs_two() -> None:
    with pytest.raises(ValueError, match="at least one anchor"):
        path_of([], {})
    with pytest.raises(ValueError, match="two anchors, there are 1"):
        path_of([anchor(1)], {"mix": Constant(0)})


AXIS = np.array([0.0, 2.0, -1.0], np.float32)


def macro_path(lanes: dict, silence: float = 0.0, **options: float) -> LatentPath:
    sounds = [anchor(10, silence=silence, **options), anchor(20, silence=silence)]
    grid = FrameGrid(200, HOP, RATE)
    axes = {"macro/brightness": AXIS}
    return trace_path(sounds, ["s0", "s1"], {"mix": Constant(1.0), **lanes}, grid, axes=axes)


def test_a_macro_adds_its_direction_and_leaves_the_anchors() -> None:
    path = macro_path({"macro/brightness": Constant(0.5)})
    np.testing.assert_allclose(path.block(0, 5), 10 + 0.5 * AXIS[None, None].repeat(5, 1))
    np.testing.assert_allclose(path.anchor_block(0, 0, 5), 10.0)


def test_a_macro_at_nothing_is_no_macro() -> None:
    plain, moved = macro_path({}), macro_path({"macro/brightness": Constant(0.0)})
    np.testing.assert_array_equal(plain.block(0, 100), moved.block(0, 100))


def test_loudness_without_a_direction_multiplies_the_level_exactly() -> None:
    block = macro_path({"macro/loudness": Constant(6.0)}).block(0, 5)
    rms = block[..., 0].astype(float) ** (1 / 0.6)
    np.testing.assert_allclose(20 * np.log10(rms / 10 ** (1 / 0.6)), 6.0, atol=1e-4)
    np.testing.assert_array_equal(block[..., 1:], 10.0)


def test_silence_stays_silent_whatever_the_macro() -> None:
    path = macro_path({"macro/brightness": Constant(2.0)}, silence=3.0, mode="once")
    last = path.block(150, 200)
    np.testing.assert_array_equal(last, 3.0)


def test_a_latent_is_added_to_beside_other_macros() -> None:
    grid, axes = FrameGrid(20, HOP, RATE), {"latent/edge": np.eye(3, dtype=np.float32)[2]}
    lanes = {"latent/edge": Constant(3.0), "macro/loudness": Constant(0.0)}
    path = trace_path([anchor(10)], ["s"], lanes, grid, axes=axes)
    np.testing.assert_allclose(path.block(0, 2)[0, 0], [10.0, 10.0, 13.0])


def test_a_macro_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="macro/pitch has no direction"):
        macro_path({"macro/pitch": Constant(1.0)})
