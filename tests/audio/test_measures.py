"""Measures of sounds whose difference is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.audio.measures import (
    LEAST_DB,
    WINDOWS_SAMPLES,
    envelope_error_db,
    log_spectral_distance_db,
    onsets,
    peak_difference_db,
    pre_echo_db,
    rms_difference_db,
    spectral_convergence_db,
)

RATE_HZ = 44_100
STEP = 64
SPECTRAL = (spectral_convergence_db, log_spectral_distance_db)
ALL = (*SPECTRAL, envelope_error_db, pre_echo_db)


def noise(n_samples: int = 20_000, seed: int = 1) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n_samples)).astype(np.float32)


def square(levels: list[tuple[int, float]]) -> np.ndarray:
    """Return a sound of steps, each with the same rms: (number of steps, level in dB) by turns."""
    gains = np.concatenate([np.full(n * STEP, 10 ** (db / 20)) for n, db in levels])
    return (gains * np.where(np.arange(gains.size) % 8 < 4, 1, -1)).astype(np.float32)


def test_a_sound_is_no_distance_from_itself() -> None:
    sound = square([(100, -40), (100, -6)])
    assert spectral_convergence_db(sound, sound, RATE_HZ) == LEAST_DB
    for measure in ALL[1:]:
        assert measure(sound, sound, RATE_HZ) == 0
    assert peak_difference_db(sound, sound) == rms_difference_db(sound, sound) == 0


@pytest.mark.parametrize("window_samples", WINDOWS_SAMPLES)
def test_a_gain_of_half_is_6_db_everywhere(window_samples: int) -> None:
    sound = noise()
    found = spectral_convergence_db(sound, sound / 2, RATE_HZ, window_samples=window_samples)
    assert found == pytest.approx(20 * math.log10(0.5), abs=1e-6)
    # What the floor swallows in a window's skirts is less than this.
    lsd = log_spectral_distance_db(sound, sound / 2, RATE_HZ, window_samples=window_samples)
    assert lsd == pytest.approx(6.0206, abs=0.15)
    assert envelope_error_db(sound, sound / 2, RATE_HZ) == pytest.approx(6.0206, abs=0.05)
    assert peak_difference_db(sound, sound / 2) == pytest.approx(-6.0206, abs=1e-4)
    assert rms_difference_db(sound, sound / 2) == pytest.approx(-6.0206, abs=1e-4)


def test_silence_instead_of_a_sound_is_all_of_the_error() -> None:
    sound = noise()
    nothing = np.zeros_like(sound)
    assert spectral_convergence_db(sound, nothing, RATE_HZ) == 0
    lsd = log_spectral_distance_db(sound, nothing, RATE_HZ)
    assert lsd is not None
    assert 50 < lsd <= 80
    assert rms_difference_db(sound, nothing) < -150


@pytest.mark.parametrize("measure", ALL)
def test_against_silence_nothing_can_be_measured(measure: object) -> None:
    assert callable(measure)
    assert measure(np.zeros(9_000, np.float32), noise(9_000), RATE_HZ) is None


def test_a_delay_changes_the_phase_of_a_tone_but_not_its_spectrum() -> None:
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 500 * time_s).astype(np.float32)
    late = np.roll(tone, 17)
    assert np.linalg.norm(tone - late) > np.linalg.norm(tone)
    found = spectral_convergence_db(tone, late, RATE_HZ)
    assert found is not None
    assert found < -25  # its two ends are heard


def test_windows_are_hann_and_a_quarter_apart() -> None:
    sounds = noise(3_000), noise(3_000, seed=2)
    frequencies_hz = np.fft.rfftfreq(512, 1 / RATE_HZ)
    inside = (frequencies_hz >= 40) & (frequencies_hz <= 8_000)
    spectra = []
    for sound in sounds:
        padded = np.pad(sound, 512)
        windows = [padded[at : at + 512] for at in range(128, 3_512, 128)]
        spectra.append(np.abs(np.fft.rfft(np.array(windows) * np.hanning(513)[:-1]))[:, inside])
    error, whole = np.linalg.norm(spectra[1] - spectra[0]), np.linalg.norm(spectra[0])
    found = spectral_convergence_db(*sounds, RATE_HZ, window_samples=512)
    assert found == pytest.approx(20 * np.log10(error / whole), abs=1e-6)


def test_only_the_band_counts() -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    low, high = (np.sin(2 * np.pi * f * time_s).astype(np.float32) for f in (1_000, 15_000))
    fade = np.hanning(RATE_HZ).astype(np.float32)
    found = [
        spectral_convergence_db(low * fade, (low + high) * fade, RATE_HZ, band_hz=band)
        for band in ((40, 8_000), (20, 20_000))
    ]
    assert found[0] is not None
    assert found[0] < -60
    assert found[1] == pytest.approx(0, abs=0.1)
    with pytest.raises(ValueError, match="no bin of 512 samples is in it"):
        spectral_convergence_db(low, low, RATE_HZ, window_samples=512, band_hz=(100, 110))


def test_an_onset_is_found_where_it_is() -> None:
    sound = square([(100, -40), (200, -6), (100, -40), (60, -10)])
    assert onsets(sound, RATE_HZ).tolist() == [100 * STEP, 400 * STEP]
    assert not onsets(square([(100, -20), (100, -9)]), RATE_HZ).size  # 11 dB are no onset
    assert not onsets(square([(4, -40), (100, -6)]), RATE_HZ).size  # nothing is before it
    assert not onsets(np.zeros(0, np.float32), RATE_HZ).size


@pytest.mark.parametrize("louder_db", [-6.0, 3.0, 10.0])
def test_a_pre_echo_of_known_level_is_measured(louder_db: float) -> None:
    reference = square([(100, -30), (100, 0)])
    sound = square([(88, -30), (12, -30 + louder_db), (100, 0)])
    # The floor at -60 dB lifts both levels a little.
    true, made = (10 ** (db / 20) + 1e-3 for db in (-30, -30 + louder_db))
    expected = 20 * math.log10(made / true)
    assert pre_echo_db(reference, sound, RATE_HZ) == pytest.approx(expected, abs=1e-3)


def test_what_comes_in_the_last_4_ms_or_earlier_than_15_is_no_pre_echo() -> None:
    reference = square([(100, -30), (100, 0)])
    late = square([(97, -30), (3, -20), (100, 0)])
    early = square([(80, -30), (10, -20), (10, -30), (100, 0)])
    assert pre_echo_db(reference, late, RATE_HZ) == pytest.approx(0, abs=1e-6)
    assert pre_echo_db(reference, early, RATE_HZ) == pytest.approx(0, abs=1e-6)


def test_without_an_onset_there_is_no_pre_echo() -> None:
    assert pre_echo_db(square([(100, -6)]), square([(100, -9)]), RATE_HZ) is None


@pytest.mark.parametrize("measure", ALL)
def test_different_lengths_are_refused(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(ValueError, match=r"\(9000,\) and \(8999,\); both must be \[sample\]"):
        measure(noise(9_000), noise(8_999), RATE_HZ)


def test_a_long_sound_is_measured_in_pieces_without_a_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sounds = noise(50_000), noise(50_000, seed=2)
    whole = [measure(*sounds, RATE_HZ) for measure in SPECTRAL]
    monkeypatch.setattr("ltsrender.audio.measures._PIECE_SAMPLES", 3 * 2_048)
    assert [measure(*sounds, RATE_HZ) for measure in SPECTRAL] == pytest.approx(whole)


sounds = st.builds(noise, st.integers(1, 12_000), st.integers(0, 99))


@settings(max_examples=20)
@given(sound=sounds, gain=st.floats(0.001, 1_000), seed=st.integers(100, 199))
def test_measures_do_not_hear_a_gain_on_both(sound: np.ndarray, gain: float, seed: int) -> None:
    other = noise(sound.size, seed)
    scale = np.float32(gain)
    for measure in SPECTRAL:
        here = measure(sound, other, RATE_HZ)
        assert measure(scale * sound, scale * other, RATE_HZ) == pytest.approx(here, abs=1e-3)
    here = envelope_error_db(sound, other, RATE_HZ)
    there = envelope_error_db(scale * sound, scale * other, RATE_HZ)
    assert there == pytest.approx(here, abs=1e-3)


@settings(max_examples=20)
@given(sound=sounds, seed=st.integers(100, 199))
def test_levels_are_as_far_there_as_back(sound: np.ndarray, seed: int) -> None:
    other = noise(sound.size, seed)
    for measure in (peak_difference_db, rms_difference_db):
        assert measure(sound, other) == pytest.approx(-measure(other, sound))


@settings(max_examples=20)
@given(sound=sounds, share=st.floats(0, 1), seed=st.integers(100, 199))
def test_more_of_another_sound_is_never_nearer(sound: np.ndarray, share: float, seed: int) -> None:
    error = np.float32(1e-3) * noise(sound.size, seed)
    little, much = (
        spectral_convergence_db(sound, sound + np.float32(s) * error, RATE_HZ)
        for s in (share / 4, 1.0)
    )
    assert little is not None
    assert much is not None
    assert little < much
