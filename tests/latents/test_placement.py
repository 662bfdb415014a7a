"""Placed sounds: what sounds when, and which encoded frame belongs to it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.latents import place_sound

RATE = 1_000
HOP = 4


def ramp(n_samples: int, n_channels: int = 1) -> np.ndarray:
    return np.tile(np.arange(1, n_samples + 1, dtype=np.float32), (n_channels, 1))


def test_before_its_start_a_sound_is_silent() -> None:
    placed = place_sound(ramp(10), "loop", sample_rate_hz=RATE, start_sample=5, crossfade_s=0)
    np.testing.assert_array_equal(placed.read(-3, 7)[0], [0] * 8 + [1, 2])


def test_once_is_followed_by_silence() -> None:
    placed = place_sound(ramp(4), "once", sample_rate_hz=RATE)
    np.testing.assert_array_equal(placed.read(0, 7)[0], [1, 2, 3, 4, 0, 0, 0])
    positions = placed.frame_positions(np.array([0, 3, 4]), HOP)
    np.testing.assert_array_equal(positions, [0.0, 0.75, np.nan])


def test_a_loop_without_crossfade_repeats_to_the_sample() -> None:
    placed = place_sound(ramp(3), "loop", sample_rate_hz=RATE, crossfade_s=0)
    np.testing.assert_array_equal(placed.read(0, 8)[0], [1, 2, 3, 1, 2, 3, 1, 2])


def test_ping_pong_plays_neither_turning_point_twice() -> None:
    placed = place_sound(ramp(4), "ping_pong", sample_rate_hz=RATE)
    np.testing.assert_array_equal(placed.read(0, 10)[0], [1, 2, 3, 4, 3, 2, 1, 2, 3, 4])


def test_a_held_sound_goes_on_while_its_latent_stands_still() -> None:
    sound = ramp(1_000)
    placed = place_sound(sound, "hold", sample_rate_hz=RATE)
    after = placed.read(1_000, 1_003)[0]
    np.testing.assert_array_equal(after, sound[0, [998, 997, 996]])
    positions = placed.frame_positions(np.array([500, 999, 1_000, 50_000]), HOP)
    np.testing.assert_array_equal(positions, [125.0, 249.75, 249.75, 249.75])


def test_a_crossfaded_loop_has_no_step() -> None:
    turns = np.sin(2 * np.pi * 7.3 * np.arange(1_000) / RATE).astype(np.float32)[None]
    bare = place_sound(turns, "loop", sample_rate_hz=RATE, crossfade_s=0).read(0, 3_000)[0]
    faded = place_sound(turns, "loop", sample_rate_hz=RATE, crossfade_s=0.1).read(0, 3_000)[0]
    natural = np.abs(np.diff(turns[0])).max()
    assert np.abs(np.diff(bare)).max() > 5 * natural
    assert np.abs(np.diff(faded)).max() < 1.6 * natural


@given(
    n_samples=st.integers(1, 40),
    mode=st.sampled_from(["loop", "ping_pong", "hold", "once"]),
    cuts=st.lists(st.integers(0, 200), max_size=5),
    start=st.integers(0, 30),
)
def test_reading_in_pieces_equals_reading_at_once(
    n_samples: int, mode: str, cuts: list[int], start: int
) -> None:
    placed = place_sound(
        ramp(n_samples, 2), mode, sample_rate_hz=RATE, start_sample=start, crossfade_s=0.004
    )
    whole = placed.read(0, 200)
    edges = [0, *sorted(cuts), 200]
    pieces = [placed.read(a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)


@pytest.mark.parametrize("mode", ["loop", "ping_pong", "hold", "once"])
def test_every_position_is_an_encoded_frame(mode: str) -> None:
    placed = place_sound(ramp(37), mode, sample_rate_hz=RATE, crossfade_s=0.005)
    positions = placed.frame_positions(np.arange(5_000), HOP)
    known = positions[~np.isnan(positions)]
    assert known.min() >= 0
    assert known.max() <= placed.encoded_samples() / HOP


@pytest.mark.parametrize("mode", ["loop", "ping_pong"])
def test_the_encoded_second_cycle_is_the_sound_of_every_later_one(mode: str) -> None:
    placed = place_sound(ramp(37), mode, sample_rate_hz=RATE, crossfade_s=0.005)
    moments = np.arange(1_000)
    positions = np.rint(placed.frame_positions(moments, 1)).astype(int)
    heard = placed.read(0, 1_000)[0]
    own_time = placed.read(0, placed.encoded_samples() + 1)[0]
    np.testing.assert_array_equal(heard, own_time[positions])
