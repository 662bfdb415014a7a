"""Bands that the model does not know: the sources' own magnitudes, and no seam at their edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.audio import Detail, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.detail import shares_beyond
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = TransformSpec(slice_samples=2**16, padding_samples=2**14)
N_SAMPLES = SPEC.block_samples + 1_000
EDGE_HZ = 8_250.0
COVERED = (SPEC.centre_hz > 30.0) & (SPEC.centre_hz < EDGE_HZ)
EQUAL_DB = -55.0
"""What slices as short as these bring back of white noise is -60 dB."""
SEAM_DB = 1.0
"""Between two neighbouring bands a third of an octave wide, for noise; measured 0.4."""


def noise(seed: int, level: float = 0.1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, (1, N_SAMPLES)).astype(np.float32)


def frames_of(sound: np.ndarray) -> np.ndarray:
    """What a model that is perfect, but only below the edge, makes of a sound."""
    padded = np.pad(sound, ((0, 0), (0, 3 * SPEC.block_samples)))
    return magnitude_frames(padded, SPEC) * COVERED


def loudness_mean(frames: list[np.ndarray], weights: tuple[float, float]) -> np.ndarray:
    return sum(w * f**0.6 for w, f in zip(weights, frames, strict=True)) ** (1 / 0.6)


def constant(*values: float) -> Callable[[int, int], np.ndarray]:
    columns = np.array(values, np.float32)[:, None]
    return lambda first, last: np.repeat(columns, last - first, axis=1)


def morph(sounds: list[np.ndarray], weights: tuple[float, float], amount: float) -> np.ndarray:
    readers = [ArrayReader(sound) for sound in sounds]
    own = [frames_of(sound) for sound in sounds]
    weigh = constant(*weights)
    detail = Detail(
        readers,
        [lambda first, last, f=f: f[:, first:last] for f in own],
        weigh,
        lambda first, last: np.full(last - first, amount, np.float32),
        covered=COVERED,
    )
    inside = tuple(np.clip(weights, 0, None))
    pieces = resynthesize(
        [loudness_mean(own, inside).astype(np.float32)],
        SPEC,
        PhaseSettings("source"),
        guide=make_guide(readers, weigh, SPEC, 1),
        detail=detail,
        n_samples=N_SAMPLES,
    )
    return np.concatenate(list(pieces), axis=1)


def level_db(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Power of white noise's middle per hertz."""
    spectrum = np.abs(np.fft.rfft(sound[0, 4_000:-4_000])) ** 2
    at_hz = np.fft.rfftfreq(sound.shape[1] - 8_000, 1 / SPEC.sample_rate_hz)
    return float(10 * np.log10(spectrum[(at_hz > low_hz) & (at_hz < high_hz)].mean() + 1e-12))


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0)])
def test_on_a_sound_the_render_is_that_sound_above_the_edge_too(
    weights: tuple[float, float],
) -> None:
    sounds = [noise(1), noise(2)]
    true = sounds[0] if weights[0] else sounds[1]
    made = morph(sounds, weights, 1.0)
    inner = slice(0, -500)
    error = np.linalg.norm(made[:, inner] - true[:, inner]) / np.linalg.norm(true[:, inner])
    assert 20 * np.log10(error) < EQUAL_DB


@pytest.mark.parametrize("weights", [(0.75, 0.25), (0.5, 0.5), (0.1, 0.9), (1.3, -0.3)])
@pytest.mark.parametrize("level", [0.1, 0.01])
def test_between_sounds_there_is_no_step_at_the_edge(
    weights: tuple[float, float], level: float
) -> None:
    made = morph([noise(1), noise(2, level)], weights, 1.0)
    below = level_db(made, EDGE_HZ * 2 ** (-1 / 3) * 0.97, EDGE_HZ * 0.97)
    above = level_db(made, EDGE_HZ * 1.03, EDGE_HZ * 1.03 * 2 ** (1 / 3))
    expected = 0.0
    if weights[0] > 1:  # below the edge the path goes on beyond the sound
        expected = 20 * np.log10(1.3 ** (1 / 0.6))
    assert below - above == pytest.approx(expected, abs=SEAM_DB)


def test_without_detail_there_is_nothing_above_the_edge() -> None:
    made = morph([noise(1), noise(2)], (0.5, 0.5), 0.0)
    assert level_db(made, 9_500, 20_000) < level_db(made, 4_000, 8_000) - 40


def test_half_the_detail_is_half_the_magnitude_above_the_edge() -> None:
    whole, half = (morph([noise(1), noise(2)], (0.5, 0.5), amount) for amount in (1.0, 0.5))
    fall = level_db(whole, 9_500, 20_000) - level_db(half, 9_500, 20_000)
    assert fall == pytest.approx(6.02, abs=0.1)


def test_shares_stay_within_the_sounds_and_add_up() -> None:
    weights = np.random.default_rng(0).uniform(-2, 4, (3, 500)).astype(np.float32)
    weights[0] = 1 - weights[1] - weights[2]  # as a path gives them
    shares = shares_beyond(weights)
    assert shares.min() >= 0.0
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=1e-5)
