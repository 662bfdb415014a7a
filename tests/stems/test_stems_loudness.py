"""Loudness against pyloudnorm, and against sounds whose loudness is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyloudnorm  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.stems.loudness import Loudness, LoudnessMeter

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 48_000
SAME_LU = 1e-6
"""The same filters and gates, added up in another order."""
PYLOUDNORM_LU = 0.05
"""pyloudnorm's filters are made by a formula, 0.04 LU from the standard's table at 1 kHz."""


def measured(audio: NDArray[np.float32], rate_hz: int = RATE_HZ, block: int = 5_000) -> Loudness:
    meter = LoudnessMeter(rate_hz, len(audio))
    for start in range(0, audio.shape[1], block):
        meter.add(audio[:, start : start + block])
    return meter.result()


def sine(level_db: float, length_s: float, hz: float = 1_000.0) -> NDArray[np.float32]:
    seconds = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * seconds)
    return np.stack([wave, wave]).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_integrated_loudness_is_pyloudnorms(rate_hz: int, n_channels: int) -> None:
    rng = np.random.default_rng(3)
    swell = np.interp(np.arange(6 * rate_hz), [0, 3 * rate_hz, 6 * rate_hz], [0.001, 0.4, 0.0])
    audio = (swell * rng.normal(0, 0.3, (n_channels, 6 * rate_hz))).astype(np.float32)
    wanted = pyloudnorm.Meter(rate_hz).integrated_loudness(audio.T.astype(np.float64))
    assert measured(audio, rate_hz).integrated_lufs == pytest.approx(wanted, abs=SAME_LU)


@pytest.mark.parametrize(
    ("levels_db", "lengths_s", "wanted"),
    [
        ([-23.0], [20.0], -23.0),
        ([-33.0], [20.0], -33.0),
        ([-36.0, -23.0, -36.0], [10.0, 60.0, 10.0], -23.0),
        ([-72.0, -36.0, -23.0, -36.0, -72.0], [10.0, 10.0, 60.0, 10.0, 10.0], -23.0),
        ([-26.0, -20.0, -26.0], [20.0, 20.1, 20.0], -23.0),
    ],
)
def test_ebu_tech_3341_cases_1_to_5(
    levels_db: list[float], lengths_s: list[float], wanted: float
) -> None:
    parts = [sine(level, length) for level, length in zip(levels_db, lengths_s, strict=True)]
    found = measured(np.concatenate(parts, axis=1), block=65_536).integrated_lufs
    assert found == pytest.approx(wanted, abs=0.1)


def test_short_term_and_momentary_are_the_loudest() -> None:
    audio = np.concatenate([sine(-40, 4), sine(-20, 3), sine(-40, 4), sine(-10, 0.4)], axis=1)
    found = measured(audio)
    assert found.momentary_lufs == pytest.approx(-10.0, abs=PYLOUDNORM_LU + 0.05)
    assert found.short_term_lufs == pytest.approx(-10.0 + 10 * np.log10(0.4 / 3), abs=0.1)


def test_true_peak_finds_what_lies_between_samples() -> None:
    samples = np.arange(RATE_HZ)
    between = (0.5 * np.sin(np.pi / 2 * samples + np.pi / 4)).astype(np.float32)[np.newaxis]
    found = measured(between)
    assert found.peak_db == pytest.approx(-9.03, abs=0.01)
    # The sine begins at once, which adds a little ringing to its first wave.
    assert found.true_peak_db is not None
    assert -6.02 - 0.1 < found.true_peak_db < -6.02 + 1.5


def test_silence_and_moments_have_no_loudness() -> None:
    silent = measured(np.zeros((2, RATE_HZ), np.float32))
    assert silent == Loudness(None, None, None, None, -200.0)
    assert measured(sine(-20, 0.3)).integrated_lufs is None


@given(cuts=st.lists(st.integers(1, 40_000), min_size=1, max_size=6))
@settings(max_examples=20)
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    audio = np.random.default_rng(1).normal(0, 0.1, (2, 60_000)).astype(np.float32)
    whole, meter, start = measured(audio, block=60_000), LoudnessMeter(RATE_HZ, 2), 0
    for cut in [*cuts, 60_000]:
        meter.add(audio[:, start : start + cut])
        start += cut
    pieces = meter.result()
    for name in ("integrated_lufs", "momentary_lufs", "true_peak_db", "peak_db"):
        assert getattr(pieces, name) == pytest.approx(getattr(whole, name), abs=SAME_LU)
