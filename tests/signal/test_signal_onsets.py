"""Onsets: found where something begins, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.signal.onsets import LEAST_GAP_S, find_onsets

RATE = 44_100
NEAR_SAMPLES = 44
"""A millisecond: the gate of the vocoder is as wide."""


def test_strokes_are_found_where_they_begin() -> None:
    rng = np.random.default_rng(0)
    sound = 1e-3 * rng.standard_normal((1, RATE)).astype(np.float32)
    true = np.array([5_000, 12_345, 30_000])
    for at in true:
        decay = np.exp(-np.arange(RATE - at) / 2_000)
        sound[0, at:] += (decay * rng.standard_normal(RATE - at)).astype(np.float32)
    found = find_onsets(sound, RATE)
    assert found.size == true.size
    assert np.abs(found - true).max() <= NEAR_SAMPLES


def test_a_stroke_on_one_side_is_an_onset_of_both() -> None:
    sound = np.zeros((2, RATE), dtype=np.float32)
    sound[1, 20_000:] = 0.5
    assert find_onsets(sound, RATE).tolist() == pytest.approx([20_000], abs=NEAR_SAMPLES)


def test_of_two_near_strokes_the_stronger_counts() -> None:
    sound = np.full((1, RATE), 1e-4, dtype=np.float32)
    sound[0, 20_000:20_400] = 0.01
    sound[0, 20_000 + round(0.8 * LEAST_GAP_S * RATE) :] = 0.5
    (found,) = find_onsets(sound, RATE)
    assert found > 20_500


@pytest.mark.parametrize("frequency_hz", [41.0, 110.0, 997.0])
def test_periods_are_not_onsets(frequency_hz: float) -> None:
    saw = 2 * (np.arange(2 * RATE) * frequency_hz / RATE % 1) - 1
    after_silence = np.pad(saw[None].astype(np.float32), ((0, 0), (RATE, 0)))
    assert find_onsets(after_silence, RATE).tolist() == pytest.approx([RATE], abs=NEAR_SAMPLES)


def test_neither_noise_nor_silence_begins() -> None:
    noise = np.random.default_rng(1).standard_normal((1, 5 * RATE)).astype(np.float32)
    assert find_onsets(noise, RATE).size == 0
    assert find_onsets(np.zeros((2, RATE), dtype=np.float32), RATE).size == 0
