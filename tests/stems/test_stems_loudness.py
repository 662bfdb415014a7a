"""Loudness against pyloudnorm, and against sounds whose loudness is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyloudnorm  # type: ignore[import-untyped]
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.stems.loudness import Loudness, LoudnessMeter

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 48_000
SAME_LU = 1e-6
"""The same filters and gates, added up in another order."""
PYLOUDNORM_LU = 0.05
"""pyloudnorm's filters are made by a formula, 0.04 LU from the standard's table at 1 kHz."""


def measured(audio: NDArray[Any], rate_hz: int = RATE_HZ, block: int = 5_000) -> Loudness:
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


def quarter_rate(level: float, fraction: float, turn: float) -> NDArray[np.float64]:
    """A sine at a fraction of the rate, two seconds, faded in and out so that it has no edge."""
    n = np.arange(2 * RATE_HZ)
    fade = np.minimum(1.0, np.minimum(n, n[::-1]) / 2_000)
    return (level * fade * np.sin(2 * np.pi * fraction * n + np.radians(turn)))[np.newaxis]


def true_peak(audio: NDArray[np.float64]) -> float:
    found = measured(audio).true_peak_db
    assert found is not None
    return found


def test_true_peak_finds_what_lies_between_samples() -> None:
    """At a quarter of the rate and 45 degrees every sample lies 3.01 dB below the top."""
    between = quarter_rate(0.5, 0.25, 45)
    assert measured(between).peak_db == pytest.approx(-9.031, abs=0.001)
    assert true_peak(between) == pytest.approx(-6.021, abs=0.001)


@pytest.mark.parametrize(
    ("level", "fraction", "turn", "wanted"),
    [
        (0.5, 1 / 4, 0, -6.0),
        (0.5, 1 / 4, 45, -6.0),
        (0.5, 1 / 6, 60, -6.0),
        (0.5, 1 / 8, 67.5, -6.0),
        (1.41, 1 / 4, 45, 3.0),
    ],
)
def test_ebu_tech_3341_cases_15_to_19(
    level: float, fraction: float, turn: float, wanted: float
) -> None:
    assert wanted - 0.4 < true_peak(quarter_rate(level, fraction, turn)) < wanted + 0.2


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.4, 0.45])
def test_four_times_the_rate_misses_no_more_than_the_standard_says(fraction: float) -> None:
    """At the worst phase, half a step of the finer grid beside the top (BS.1770-4, annex 2)."""
    missed = 20 * np.log10(np.cos(np.pi * fraction / 4))
    for turn in np.linspace(0, 180, 25):
        found = true_peak(quarter_rate(0.5, fraction, turn))
        assert 20 * np.log10(0.5) + missed - 0.005 < found < 20 * np.log10(0.5) + 0.005


def test_ebu_tech_3341_case_6_weighs_five_channels() -> None:
    levels = (-28.0, -28.0, -24.0, -30.0, -30.0)
    audio = np.concatenate([sine(level, 20.0)[:1] for level in levels])
    assert measured(audio, block=65_536).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_ebu_tech_3341_cases_9_and_12_are_as_loud_all_along() -> None:
    """As long as the window, so that it holds the same wherever it stands."""
    for lengths_s, name in (((1.34, 1.66), "short_term_lufs"), ((0.18, 0.22), "momentary_lufs")):
        turn = np.concatenate([sine(-20, lengths_s[0]), sine(-30, lengths_s[1])], axis=1)
        found = getattr(measured(np.tile(turn, 5)), name)
        assert found == pytest.approx(-23.0, abs=0.1)


def test_recordings_are_as_loud_as_pyloudnorm_says(shared_audio: Path) -> None:
    n_compared = 0
    for path in sorted(shared_audio.glob("*.flac")):
        audio, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
        found = measured(audio.T, rate_hz).integrated_lufs
        if len(audio) < 0.4 * rate_hz:
            assert found is None
            continue
        wanted = pyloudnorm.Meter(rate_hz).integrated_loudness(audio)
        assert found == pytest.approx(wanted, abs=SAME_LU), path.name
        n_compared += 1
    assert n_compared >= 15


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
