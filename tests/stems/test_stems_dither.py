from __future__ import annotations

import numpy as np
import pytest

from ltsrender.stems.dither import HOLD_SAMPLES, Quantiser, key_for, triangular_noise

KEY = key_for(1, "glass")
N_SAMPLES = 400_000


def test_the_noise_is_triangular_and_white() -> None:
    left, right = triangular_noise(KEY, 0, N_SAMPLES, 2)
    standard_error = np.sqrt(1 / 6 / N_SAMPLES)
    for noise in (left, right):
        assert -1.0 < noise.min() < -0.99
        assert 0.99 < noise.max() < 1.0
        assert abs(noise.mean()) < 5 * standard_error
        assert noise.var() == pytest.approx(1 / 6, rel=0.01)
        # A triangle holds 3/4 of its area within half its width.
        assert np.mean(np.abs(noise) < 0.5) == pytest.approx(0.75, abs=0.005)
        assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.01


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4, 5, 1_000, 123_457])
def test_the_noise_depends_on_the_sample_s_number_only(start: int) -> None:
    whole = triangular_noise(KEY, 0, 130_000, 2)
    part = triangular_noise(KEY, start, 77, 2)
    np.testing.assert_array_equal(part, whole[:, start : start + 77])


def test_the_noise_stays_what_it_was() -> None:
    """Old manifests render the same bytes: this stream must never change."""
    noise = triangular_noise(key_for(7, "mix"), 5, 3, 1)[0]
    np.testing.assert_array_equal(
        noise, [-0.1643391833640635, -0.4836471239104867, 0.4046894293278456]
    )


def test_another_stem_or_seed_has_other_noise() -> None:
    keys = [key_for(1, "a"), key_for(1, "b"), key_for(2, "a")]
    noises = [triangular_noise(key, 0, 20_000, 1)[0] for key in keys]
    correlation = np.corrcoef(noises) - np.eye(3)
    assert np.abs(correlation).max() < 0.03


@pytest.mark.parametrize("n_bits", [16, 24])
@pytest.mark.parametrize("level", [0.0, 0.25, 0.5, 0.75, 1.3, -2.5])
def test_the_mean_error_is_nothing_whatever_the_level(n_bits: int, level: float) -> None:
    """Without dither, a constant of 0.3 steps would come out as 0; with it, 0.3 on average."""
    step = 2.0 ** (1 - n_bits)
    audio = np.full((1, N_SAMPLES), level * step, np.float32)
    audio[0, 0] = step  # so that a level of 0 is not digital silence for the first 64 samples
    made = Quantiser(n_bits, 1, KEY).quantise(audio)
    stop = HOLD_SAMPLES if level == 0.0 else N_SAMPLES
    error = made[0, :stop] / 2.0**31 / step - audio[0, :stop] / step
    assert abs(error.mean()) < (0.3 if level == 0.0 else 0.02)


def test_the_error_does_not_follow_the_sound() -> None:
    """A sine of one step: its error has the same power everywhere, and no harmonics."""
    step = 2.0**-15
    sine = step * np.sin(2 * np.pi * 0.01 * np.arange(N_SAMPLES))
    made = Quantiser(16, 1, KEY).quantise(sine[np.newaxis].astype(np.float32))[0] / 2.0**31
    error = (made - sine) / step
    assert abs(error.mean()) < 0.02
    assert abs(np.corrcoef(error, sine)[0, 1]) < 0.01
    assert abs(np.corrcoef(error**2, sine**2)[0, 1]) < 0.01
    assert error.var() == pytest.approx(1 / 4, rel=0.02)  # 1/12 of rounding and 1/6 of dither
    spectrum = np.abs(np.fft.rfft(error * np.hanning(N_SAMPLES)))
    for harmonic in range(1, 10):
        assert spectrum[round(0.01 * harmonic * N_SAMPLES)] < 6 * np.median(spectrum)


def test_rounding_is_to_the_nearest_step() -> None:
    rng = np.random.default_rng(2)
    audio = rng.uniform(-0.9, 0.9, (2, 5_000)).astype(np.float32)
    made = Quantiser(16, 2, KEY).quantise(audio)
    wanted = np.floor(audio * 2.0**15 + triangular_noise(KEY, 0, 5_000, 2) + 0.5)
    np.testing.assert_array_equal(made >> 16, wanted)
    assert not (made & 0xFFFF).any()


def test_full_scale_and_beyond_are_clipped_not_wrapped() -> None:
    audio = np.array([[1.0, 5.0, -1.0, -5.0]], np.float32)
    made = Quantiser(16, 1, KEY).quantise(audio)[0] >> 16
    np.testing.assert_allclose(made, [32_767, 32_767, -32_768, -32_768], atol=1)
    assert (made[[1, 3]] == [32_767, -32_768]).all()


def test_silence_stays_silent_and_starts_64_samples_after_the_sound() -> None:
    audio = np.zeros((2, 3_000), np.float32)
    audio[0, 1_000:1_500] = 0.1
    made = Quantiser(24, 2, KEY).quantise(audio)
    assert not made[1].any()
    assert not made[0, :1_000].any()
    assert made[0, 1_500 : 1_500 + HOLD_SAMPLES - 1].any()
    assert not made[0, 1_500 + HOLD_SAMPLES - 1 :].any()
