"""Detail carry: all of a sound where the path rests on it, nothing between, and no ghosts."""

from __future__ import annotations

import numpy as np
import pytest

from ltsrender.audio import Detail, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.detail import nearness
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames

SPEC = TransformSpec(slice_samples=2**16, padding_samples=2**14)
N_SAMPLES = 2 * SPEC.block_samples + 1_000
EQUAL_DB = -55.0
"""What slices as short as these bring back of white noise is -60 dB; the detail adds no error."""


def noise(seed: int, n_channels: int = 1) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(0, 0.1, (n_channels, N_SAMPLES))
    fade = np.minimum(1.0, np.arange(N_SAMPLES)[::-1] / 2_000)
    return (drawn * fade).astype(np.float32)


def blurred(frames: np.ndarray) -> np.ndarray:
    """What a poor model makes of frames: every band the mean of 15, some of them lost."""
    wide = np.pad(frames, ((0, 0), (0, 0), (7, 7)), mode="edge")
    mean = np.lib.stride_tricks.sliding_window_view(wide, 15, axis=2).mean(axis=3)
    mean[:, :, ::50] = 0.0
    return mean.astype(np.float32)


def morph(
    sounds: list[np.ndarray], mix: float, amount: float, method: str = "source"
) -> np.ndarray:
    """Render a constant mix of two sounds through the poor model."""
    more = 3 * SPEC.frames_per_block
    readers = [ArrayReader(sound) for sound in sounds]
    pad = ((0, 0), (0, more * SPEC.hop_samples))
    own = [blurred(magnitude_frames(np.pad(sound, pad), SPEC)) for sound in sounds]
    weights = np.array([mix, 1 - mix], np.float32)

    def weigh(first: int, last: int) -> np.ndarray:
        return np.repeat(weights[:, None], last - first, axis=1)

    frames = np.maximum(mix * own[0] + (1 - mix) * own[1], 0)
    n_channels = frames.shape[0]
    detail = Detail(
        readers,
        [lambda first, last, f=f: f[:, first:last] for f in own],
        weigh,
        lambda first, last: np.full(last - first, amount, np.float32),
    )
    pieces = resynthesize(
        [frames],
        SPEC,
        PhaseSettings(method),
        guide=make_guide(readers, weigh, SPEC, n_channels),
        detail=detail,
        n_samples=N_SAMPLES,
    )
    return np.concatenate(list(pieces), axis=1)


def difference_db(true: np.ndarray, made: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(true - made) / np.linalg.norm(true)))


@pytest.mark.parametrize("mix", [1.0, 0.0])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_on_a_sound_the_render_is_that_sound(mix: float, n_channels: int) -> None:
    sounds = [noise(1, n_channels), noise(2, n_channels)]
    true = sounds[0] if mix else sounds[1]
    assert difference_db(true, morph(sounds, mix, 1.0)) < EQUAL_DB
    assert difference_db(true, morph(sounds, mix, 0.0)) > -15


def test_half_the_detail_is_half_way_in_decibels() -> None:
    sounds = [noise(1), noise(2)]
    errors = [difference_db(sounds[0], morph(sounds, 1.0, amount)) for amount in (0, 0.5, 1)]
    assert errors[0] > errors[1] > errors[2]


def test_in_the_middle_detail_changes_nothing() -> None:
    sounds = [noise(1), noise(2)]
    plain = morph(sounds, 0.5, 0.0)
    np.testing.assert_array_equal(plain, morph(sounds, 0.5, 1.0))


@pytest.mark.parametrize("mix", [0.9, 1.1])
def test_near_a_sound_its_detail_brings_the_render_nearer(mix: float) -> None:
    sounds = [noise(1), noise(2) * 0]
    plain = difference_db(sounds[0], morph(sounds, mix, 0.0))
    assert difference_db(sounds[0], morph(sounds, mix, 1.0)) < plain - 3


def test_silence_stays_silent() -> None:
    sounds = [noise(1) * 0, noise(2) * 0]
    assert not morph(sounds, 1.0, 1.0).any()


def test_built_phases_carry_detail_too() -> None:
    sounds = [noise(1), noise(2)]
    true = magnitude_frames(sounds[0], SPEC)[0, 10:-10]

    def error_db(amount: float) -> float:
        made = magnitude_frames(morph(sounds, 1.0, amount, "pghi"), SPEC)[0, 10:-10]
        return difference_db(true, made)

    assert error_db(1.0) < error_db(0.0) - 0.5


def test_the_law_is_one_at_the_sound_and_nothing_between() -> None:
    weights = np.linspace(-1, 2, 301, dtype=np.float32)
    near = nearness(weights)
    assert near.max() == near[200] == 1.0
    assert not near[weights <= 0.5].any()
    assert not near[weights >= 1.5].any()
