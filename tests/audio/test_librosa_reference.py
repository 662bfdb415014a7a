"""librosa's Griffin-Lim through our hook is librosa's Griffin-Lim."""

from __future__ import annotations

import librosa
import numpy as np

from ltsrender.audio import PhaseSettings, resynthesize
from ltsrender.audio.librosa_reference import librosa_spec
from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.signal import TransformSpec, magnitude_frames

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**16, padding_samples=2**14)
AS_GOOD_DB = 3.0
"""Two runs of librosa from other chance differ by as much."""


def test_it_is_as_good_as_librosa_alone() -> None:
    time_s = np.arange(2 * SPEC.sample_rate_hz) / SPEC.sample_rate_hz
    sound = sum(np.sin(2 * np.pi * f * time_s) / f * 200 for f in (330.0, 991.0, 2_900.0))
    sound = (0.3 * sound * (1 + 0.5 * np.sin(2 * np.pi * 3 * time_s))).astype(np.float32)
    pieces = resynthesize(
        [magnitude_frames(sound[None], SPEC)],
        SPEC,
        PhaseSettings("librosa", iterations=8),
        n_samples=sound.size,
    )
    ours = np.concatenate(list(pieces), axis=1)[0]
    own = librosa_spec(SPEC)
    settings = {
        "sr": own.sample_rate_hz,
        "hop_length": own.hop_samples,
        "fmin": own.f_min_hz,
        "bins_per_octave": own.bins_per_octave,
    }
    magnitudes = np.abs(librosa.cqt(sound, n_bins=own.n_bins, **settings))
    theirs = librosa.griffinlim_cqt(
        magnitudes, n_iter=8, random_state=1, length=sound.size, **settings
    )
    found = [
        spectral_convergence_db(sound, made, SPEC.sample_rate_hz, band_hz=(300.0, 6_000.0))
        for made in (ours, theirs)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0] < -8
    assert abs(found[0] - found[1]) < AS_GOOD_DB


def test_only_octaves_that_librosa_can_invert_are_asked_for() -> None:
    own = librosa_spec(TransformSpec())
    assert (own.n_bins, own.hop_samples) == (9 * 48, 256)
    assert own.f_min_hz * 2 ** (own.n_octaves - 1) <= own.sample_rate_hz / 4
