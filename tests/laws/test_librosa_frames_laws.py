"""What must hold for librosa's frames of every sound, at every setting that is allowed."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal import ArrayReader
from ltsrender.signal.librosa_cqt import LibrosaSpec, bands_for

ROUNDING = 1e-5
"""Of the largest magnitude, in float32 sums."""
LEFT_OUT = 3e-4
"""Of the largest magnitude: what lies beyond 16 side lobes (-82 dB), and rings out of the slice."""


@st.composite
def specs(draw: st.DrawFn) -> LibrosaSpec:
    rate = draw(st.sampled_from([8_000, 22_050, 44_100, 48_000]))
    bins_per_octave = draw(st.integers(4, 36))
    f_min_hz = draw(st.floats(100.0, rate / 9))
    n_octaves = int(np.log2(rate / 4 / f_min_hz)) + 1
    n_bins = draw(st.integers(2, max(2, n_octaves * bins_per_octave)))
    hop = draw(st.sampled_from([32, 128, 512, 4_096]))
    return LibrosaSpec(rate, hop, f_min_hz, bins_per_octave, n_bins)


def noise(n_samples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, (1, n_samples)).astype(np.float32)


@given(specs())
@settings(max_examples=40)
def test_every_setting_has_bands_to_sound_through(spec: LibrosaSpec) -> None:
    bands = bands_for(spec)
    assert bands.hop_samples == spec.hop_samples
    spectra = LibrosaSpectra(spec)
    assert LibrosaSpec.from_dict(spec.to_dict()) == spec
    assert spectra.gains.size == min(spec.n_bins, bands.n_bands - 2)
    assert (spectra.gains > 0).all()
    assert np.isfinite(spectra.gains).all()


@given(specs(), st.integers(1, 60), st.integers(0, 2**32))
@settings(max_examples=20)
def test_a_sound_later_by_some_hops_has_the_same_frames_later(
    spec: LibrosaSpec, shift: int, seed: int
) -> None:
    assume(shift < spec.frames_per_block)
    spectra = LibrosaSpectra(spec)
    audio = noise(20_000, seed)
    now, later = ArrayReader(audio), ArrayReader(audio, shift * spec.hop_samples)
    first, second = (spectra.block(later, block, "cpu")[0] for block in (0, 1))
    moved = np.concatenate([first[shift:], second[:shift]])
    frames = spectra.block(now, 0, "cpu")[0]
    np.testing.assert_allclose(moved, frames, rtol=0, atol=LEFT_OUT * frames.max())


@given(specs(), st.floats(1e-3, 1e3), st.integers(0, 2**32))
@settings(max_examples=20)
def test_louder_by_a_factor_is_louder_by_that_factor(
    spec: LibrosaSpec, gain: float, seed: int
) -> None:
    spectra = LibrosaSpectra(spec)
    audio = noise(10_000, seed)
    frames = spectra.block(ArrayReader(audio), 0, "cpu")
    louder = spectra.block(ArrayReader(audio * np.float32(gain)), 0, "cpu")
    np.testing.assert_allclose(louder, gain * frames, rtol=0, atol=ROUNDING * gain * frames.max())
