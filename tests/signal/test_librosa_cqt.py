"""Frames as librosa makes them, compared with librosa."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from ltsrender.signal import ArrayReader
from ltsrender.signal.librosa_cqt import (
    C1_HZ,
    LibrosaSpec,
    bands_for,
    librosa_block_frames,
    librosa_kernel_for,
)

NOT_THINNED = 3e-4
"""Relative difference away from the ends; measured 1e-4 with librosa's filters as they are."""
AS_USED = 1e-2
"""Relative difference over all frames from librosa's defaults, which thin the filters and cut off
what the resampler makes beyond the ends; measured 0.004 to 0.0055."""

SPECS = {
    "the original": LibrosaSpec(),
    "a short hop": LibrosaSpec(hop_samples=64, bins_per_octave=24, n_bins=168),
    "full band": LibrosaSpec(f_min_hz=43.03, hop_samples=512, bins_per_octave=12, n_bins=108),
    "no whole octave": LibrosaSpec(sample_rate_hz=22_050, f_min_hz=110.0, n_bins=100),
    "early halving": LibrosaSpec(hop_samples=1_024, f_min_hz=60.0, bins_per_octave=24, n_bins=72),
}


def noise(n_samples: int, n_channels: int = 1, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.1, (n_channels, n_samples)).astype(np.float32)


def frames_of(audio: np.ndarray, spec: LibrosaSpec, start: int = 0) -> np.ndarray:
    kernel = librosa_kernel_for(spec)
    reader = ArrayReader(audio, start)
    n_frames = 1 + audio.shape[1] // spec.hop_samples
    n_blocks = -(-n_frames // spec.frames_per_block)
    blocks = [librosa_block_frames(reader, block, kernel).numpy() for block in range(n_blocks)]
    return np.concatenate(blocks, axis=1)[:, :n_frames]


def of_librosa(audio: np.ndarray, spec: LibrosaSpec, **options: object) -> np.ndarray:
    return np.abs(
        librosa.cqt(
            audio[0],
            sr=spec.sample_rate_hz,
            hop_length=spec.hop_samples,
            fmin=spec.f_min_hz,
            n_bins=spec.n_bins,
            bins_per_octave=spec.bins_per_octave,
            **options,
        )
    ).T


def difference(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("name", SPECS)
def test_frames_are_those_of_librosa(name: str) -> None:
    spec = SPECS[name]
    audio = noise(4 * spec.sample_rate_hz)
    found, wanted = frames_of(audio, spec)[0], of_librosa(audio, spec)
    assert found.shape == wanted.shape
    kept = np.ones(spec.n_bins, bool)
    if name == "full band":  # what librosa's resampler takes away is still there in ours
        kept = np.arange(spec.n_bins) % 12 < 9
        assert (found[:, ~kept] ** 2).sum() > 1.1 * (wanted[:, ~kept] ** 2).sum()
    assert difference(found[:, kept], wanted[:, kept]) < AS_USED


@pytest.mark.parametrize("name", ["the original", "a short hop", "no whole octave"])
def test_with_whole_filters_librosa_agrees_to_four_digits(name: str) -> None:
    spec = SPECS[name]
    audio = noise(4 * spec.sample_rate_hz, seed=1)
    wanted = of_librosa(audio.astype(np.float64), spec, sparsity=0, res_type="soxr_vhq")
    inner = slice(int(1.2 * spec.sample_rate_hz / spec.hop_samples), -1)
    inner = slice(inner.start, -inner.start)
    assert difference(frames_of(audio, spec)[0, inner], wanted[inner]) < NOT_THINNED


def test_the_magnitude_of_a_tone_is_its_amplitude_times_half_the_root_of_the_filter() -> None:
    spec = LibrosaSpec()
    time_s = np.arange(4 * 44_100) / 44_100
    for k in (60, 200, 383):
        tone = (0.5 * np.sin(2 * np.pi * spec.centre_hz[k] * time_s)).astype(np.float32)[None]
        middle = frames_of(tone, spec)[0, 680:700, k]
        assert middle == pytest.approx(0.5 * np.sqrt(spec.filter_samples[k]) / 2, rel=1e-3)


def test_frames_do_not_depend_on_where_blocks_are_cut() -> None:
    spec = SPECS["a short hop"]
    audio = noise(3 * 44_100)
    shift = 777
    kernel = librosa_kernel_for(spec)
    later = ArrayReader(audio, shift * spec.hop_samples)
    n = spec.frames_per_block
    moved = np.concatenate(
        [librosa_block_frames(later, block, kernel).numpy() for block in range(4)], axis=1
    )[0, shift : shift + n]
    np.testing.assert_allclose(frames_of(audio, spec)[0, :n], moved, atol=5e-6)


def test_equal_channels_stay_equal_and_silence_stays_silent() -> None:
    spec = SPECS["full band"]
    audio = noise(30_000)
    both = frames_of(np.concatenate([audio, audio, 0 * audio]), spec)
    np.testing.assert_array_equal(both[0], both[1])
    np.testing.assert_array_equal(both[0], frames_of(audio, spec)[0])
    assert not both[2].any()


REFUSED = {
    "a rate of text": ({"sample_rate_hz": "44100"}, "sample_rate_hz is '44100'.* whole number"),
    "no hop": ({"hop_samples": 0}, "hop_samples is 0; it must be within 32"),
    "a crooked hop": ({"hop_samples": 441}, "hop_samples is 441; it must be a power of two"),
    "no frequency": ({"f_min_hz": float("nan")}, "f_min_hz is nan"),
    "a truth": ({"f_min_hz": True}, "f_min_hz is True; it must be a number"),
    "a single bin": ({"n_bins": 1}, "n_bins is 1"),
    "too fine": ({"bins_per_octave": 1_000}, "bins_per_octave is 1000"),
    "filters of minutes": ({"f_min_hz": 1.0, "bins_per_octave": 192}, "filter would last 277 s"),
    "the blow-up": ({"n_bins": 433}, "blows up by 72 dB.*at most 432 bins"),
    "the blow-up at 48 kHz": ({"sample_rate_hz": 48_000, "n_bins": 451}, "at most 432 bins"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_by_name(case: str) -> None:
    changes, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        LibrosaSpec(**changes)


def test_the_largest_safe_settings_are_allowed() -> None:
    assert LibrosaSpec(n_bins=432).n_octaves == 9
    assert LibrosaSpec(f_min_hz=21.53, n_bins=470).n_octaves == 10


def test_a_spec_comes_back_from_its_words() -> None:
    spec = SPECS["no whole octave"]
    assert LibrosaSpec.from_dict(spec.to_dict()) == spec
    with pytest.raises(ValueError, match="exactly the parameters"):
        LibrosaSpec.from_dict({"n_bins": 3})


@pytest.mark.parametrize("name", SPECS)
def test_bands_stand_where_the_bins_are(name: str) -> None:
    spec = SPECS[name]
    bands = bands_for(spec)
    n = min(spec.n_bins, bands.n_bands - 2)
    np.testing.assert_allclose(bands.centre_hz[1 : 1 + n], spec.centre_hz[:n], rtol=1e-12)
    assert spec.f_min_hz == C1_HZ or name != "the original"
