"""Loops: no swelling, no hole, no click where the end meets the beginning."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.latents.loop import MOST_EARLIER_S, closed_loop

RATE = 44_100
OVERLAP = 2_205
LEVEL_DB = 0.7
"""How far the level of a tone may leave itself at the seam; equal power makes it 3 dB."""


def tone(frequency_hz: float, n_samples: int) -> np.ndarray:
    phase = 2 * np.pi * frequency_hz * np.arange(n_samples) / RATE
    return np.stack([np.sin(phase), np.sin(phase + 1)]).astype(np.float32)


def levels_db(intro: np.ndarray, cycle: np.ndarray) -> np.ndarray:
    """The level around the seam, relative to the tone's, over windows of 441 samples."""
    power = np.square(np.concatenate([intro, cycle], axis=1)).mean(axis=0)
    mean = np.convolve(power, np.ones(441) / 441, mode="valid")
    return 10 * np.log10(mean[intro.shape[1] - 2_000 : intro.shape[1] + 5_000] / 0.5)


def test_a_tone_that_fits_keeps_its_level() -> None:
    intro, cycle = closed_loop(tone(200.0, RATE), OVERLAP, RATE)
    assert intro.shape[1] == RATE - OVERLAP
    assert np.abs(levels_db(intro, cycle)).max() < LEVEL_DB


@pytest.mark.parametrize("n_samples", [RATE + 110, RATE + 57, 30_011])
def test_a_tone_that_does_not_fit_closes_where_it_does(n_samples: int) -> None:
    intro, cycle = closed_loop(tone(200.0, n_samples), OVERLAP, RATE)
    assert 0 <= n_samples - OVERLAP - intro.shape[1] <= MOST_EARLIER_S * RATE + 1
    assert np.abs(levels_db(intro, cycle)).max() < LEVEL_DB


def test_noise_keeps_its_length_and_its_level() -> None:
    noise = np.random.default_rng(2).standard_normal((1, RATE)).astype(np.float32)
    intro, cycle = closed_loop(noise, OVERLAP, RATE)
    assert intro.shape[1] == cycle.shape[1] == RATE - OVERLAP
    power = np.square(cycle[0, :OVERLAP]).mean() / np.square(cycle[0, OVERLAP:]).mean()
    assert abs(10 * np.log10(power)) < LEVEL_DB


def test_the_cycle_goes_on_where_the_intro_ends_and_where_it_ends_itself() -> None:
    sound = np.cumsum(np.random.default_rng(3).standard_normal((1, RATE)), axis=1)
    intro, cycle = closed_loop(sound.astype(np.float32), OVERLAP, RATE)
    steps = np.abs(np.diff(np.concatenate([intro, cycle, cycle], axis=1)[0]))
    natural = np.abs(np.diff(sound[0])).max()
    for seam in (intro.shape[1] - 1, intro.shape[1] + cycle.shape[1] - 1):
        assert steps[seam] < 1.5 * natural


def test_silence_can_be_looped() -> None:
    intro, cycle = closed_loop(np.zeros((1, 1_000), dtype=np.float32), 100, RATE)
    assert not intro.any()
    assert not cycle.any()
