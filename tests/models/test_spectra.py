"""From librosa's bins to our bands: one gain for tones and for noise."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal import ArrayReader, magnitude_frames
from ltsrender.signal.librosa_cqt import LibrosaSpec

TONE_DB = 0.01
"""At a band's centre; measured 0.002."""
NOISE_DB = 0.05
"""Power of 30 s of noise in each octave; measured 0.001."""


def db(ratio: np.ndarray | float) -> float:
    return float(20 * np.log10(ratio))


@pytest.fixture(scope="module")
def spectra() -> LibrosaSpectra:
    return LibrosaSpectra(LibrosaSpec())


def both(audio: np.ndarray, spectra: LibrosaSpectra) -> tuple[np.ndarray, np.ndarray]:
    """The same frames by way of librosa's bins and by our own analysis: [frame, band] each."""
    own = magnitude_frames(audio, spectra.spec)[0]
    n_blocks = -(-len(own) // spectra.frames_per_block)
    reader = ArrayReader(audio)
    bins = np.concatenate([spectra.block(reader, b, "cpu")[0] for b in range(n_blocks)])
    return spectra.onto_bands(bins)[: len(own)], own


@pytest.mark.parametrize("k", [8, 100, 250, 383])
def test_a_tone_has_the_same_level(spectra: LibrosaSpectra, k: int) -> None:
    time_s = np.arange(4 * 44_100) / 44_100
    tone = 0.3 * np.sin(2 * np.pi * spectra.own.centre_hz[k] * time_s)
    mapped, own = both(tone.astype(np.float32)[None], spectra)
    assert abs(db(mapped[650:750, k + 1].mean() / own[650:750, k + 1].mean())) < TONE_DB


def test_noise_has_the_same_power(spectra: LibrosaSpectra) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 12 * 44_100)).astype(np.float32)
    mapped, own = both(noise, spectra)
    power = np.square([mapped[400:-400, 1:385], own[400:-400, 1:385]]).mean(axis=1)
    octaves = power.reshape(2, 8, 48).mean(axis=2)
    assert np.abs(10 * np.log10(octaves[0] / octaves[1])).max() < NOISE_DB


def test_bands_without_a_bin_are_empty(spectra: LibrosaSpectra) -> None:
    covered = spectra.covered
    assert covered.sum() == 384
    assert not covered[0]
    assert covered[1]
    bands = spectra.onto_bands(np.ones((2, 5, 384), np.float32))
    assert bands.shape == (2, 5, spectra.spec.n_bands)
    np.testing.assert_array_equal(bands.any(axis=(0, 1)), covered)


def test_bins_above_our_last_band_are_left_out() -> None:
    full = LibrosaSpectra(LibrosaSpec(f_min_hz=43.03, bins_per_octave=48, n_bins=432))
    assert full.spec.n_bands - 2 < 432
    assert full.onto_bands(np.ones((1, 432), np.float32)).shape == (1, full.spec.n_bands)
    assert full.covered.sum() == full.spec.n_bands - 2
