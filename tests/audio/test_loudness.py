"""Loudness against the answers that the standard itself gives."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.audio.loudness import SILENT_LUFS, loudness_difference_db, loudness_lufs


def _sine(frequency_hz: float, amplitude: float, length_s: float, rate_hz: int) -> np.ndarray:
    time_s = np.arange(round(length_s * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000, 96_000])
def test_a_full_sine_has_what_the_standard_says(rate_hz: int) -> None:
    assert loudness_lufs(_sine(997, 1.0, 2.0, rate_hz), rate_hz) == pytest.approx(-3.01, abs=0.02)


def test_lows_count_less_and_highs_more() -> None:
    low, middle, high = (loudness_lufs(_sine(f, 0.1, 1.0, 48_000), 48_000) for f in (30, 997, 8e3))
    assert low < middle - 6
    assert high == pytest.approx(middle + 3.3, abs=0.3)  # the shelf: 4 dB at the top, 0.7 at 1 kHz


def test_silence_between_sounds_does_not_count() -> None:
    sound = _sine(997, 0.1, 2.0, 48_000)
    with_pause = np.concatenate([sound, np.zeros(480_000, np.float32), sound])
    assert loudness_difference_db(sound, with_pause, 48_000) == pytest.approx(0.0, abs=0.5)


def test_half_as_high_is_six_decibels_quieter_and_silence_is_silent() -> None:
    sound = _sine(440, 0.2, 0.1, 44_100)  # shorter than a block
    assert loudness_difference_db(sound, sound / 2, 44_100) == pytest.approx(-6.02, abs=0.01)
    assert loudness_lufs(np.zeros(10, np.float32), 44_100) == SILENT_LUFS
