"""Phases integrated from slopes: what two channels share."""

from __future__ import annotations

import numpy as np

from ltsrender.audio import PhaseSettings, resynthesize
from ltsrender.signal import TransformSpec, magnitude_frames


def test_what_both_channels_share_stays_in_the_middle() -> None:
    rng = np.random.default_rng(4)
    spec = TransformSpec(slice_samples=2**16, padding_samples=2**14)
    common, beside = rng.normal(0, 0.1, (2, 40_000))
    sound = np.stack([common + 0.03 * beside, common - 0.03 * beside]).astype(np.float32)
    frames = magnitude_frames(np.pad(sound, ((0, 0), (0, 1_024))), spec)
    pieces = resynthesize([frames], spec, PhaseSettings("pghi", 0), n_samples=40_000)
    left, right = np.concatenate(list(pieces), axis=1)
    width_db = 20 * np.log10(np.std(left - right) / np.std(left + right))
    true_db = 20 * np.log10(0.03)
    assert width_db < true_db + 6.0
