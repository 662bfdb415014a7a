"""A stereo image that phases found for both channels together keep."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.audio import PhaseSettings, make_guide, resynthesize
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)
SAME_PLACE_DEGREES = 10.0
"""Between the channels of a partial: nobody hears a source move by so little."""


def _wide(phase_degrees: float, right_gain: float = 0.5) -> np.ndarray:
    """Return a partial whose right channel is later by a part of its period."""
    time_s = np.arange(30_000) / SPEC.sample_rate_hz
    angles = (0.0, np.radians(phase_degrees))
    channels = [np.sin(2 * np.pi * 1_000 * time_s - angle) for angle in angles]
    return (0.3 * np.stack([channels[0], right_gain * channels[1]])).astype(np.float32)


def _resounded(sound: np.ndarray, method: str) -> np.ndarray:
    def weights(first: int, last: int) -> np.ndarray:
        return np.ones((1, last - first), np.float32)

    pieces = resynthesize(
        [magnitude_frames(sound, SPEC)],
        SPEC,
        PhaseSettings(method, iterations=2),
        guide=make_guide([ArrayReader(sound)], weights, SPEC, 2),
        n_samples=sound.shape[1],
    )
    return np.concatenate(list(pieces), axis=1)


def _between_channels(sound: np.ndarray) -> float:
    """Return how far the right channel's partial is behind the left one's, in degrees."""
    part = sound[:, 8_000:22_000].astype(np.float64)
    turns = 1_000 / SPEC.sample_rate_hz * np.arange(part.shape[1])
    left, right = part @ np.exp(-2j * np.pi * turns)
    return float(np.degrees(np.angle(left * np.conj(right))))


@pytest.mark.parametrize("method", ["hybrid", "source", "pghi", "vocoder", "griffinlim"])
@pytest.mark.parametrize("phase_degrees", [-120.0, 0.0, 60.0])
def test_channels_stay_as_far_apart_as_they_were(method: str, phase_degrees: float) -> None:
    sound = _wide(phase_degrees)
    assert _between_channels(sound) == pytest.approx(phase_degrees, abs=0.1)
    made = _resounded(sound, method)
    assert _between_channels(made) == pytest.approx(phase_degrees, abs=SAME_PLACE_DEGREES)


@pytest.mark.parametrize("method", ["hybrid", "pghi", "vocoder", "griffinlim"])
def test_mono_in_both_channels_stays_mono(method: str) -> None:
    sound = _wide(0.0, right_gain=1.0)
    made = _resounded(sound, method)
    assert made.any()
    np.testing.assert_array_equal(made[0], made[1])
