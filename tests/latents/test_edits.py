"""Frames edited: the descriptor moves by what is said, and as little else as can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.latents.descriptors import DESCRIPTORS
from ltsrender.latents.edits import EDITS, edited, moved_along

CENTRES_HZ = 50.0 * 2.0 ** (np.arange(64) / 8)
WITHIN = {"brightness": 0.01, "noisiness": 0.1}
"""Strengths are looked up in a table and refined twice; then they are this good, in the unit."""
FIELDS = st.sampled_from(["brightness", "noisiness"])


def frames_like(seed: int, tonal: float) -> np.ndarray:
    """Partials over noise, 0 all noise and 1 all partials."""
    rng = np.random.default_rng(seed)
    noise = rng.random((3, 64)) * 10.0 ** (-2.0 * tonal)
    noise[:, ::7] += tonal * rng.random((3, 10))
    return (0.1 * noise).astype(np.float32)


def rms(frames: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(frames.astype(np.float64)).mean(axis=-1))


@given(name=FIELDS, seed=st.integers(0, 99), tonal=st.floats(0.3, 1.0), share=st.floats(-1.0, 1.0))
def test_a_descriptor_moves_by_what_is_said(
    name: str, seed: int, tonal: float, share: float
) -> None:
    frames, describe = frames_like(seed, tonal), DESCRIPTORS[name]
    amount = share * {"brightness": 1.0, "noisiness": 4.0}[name]
    made = edited(name, frames, [amount], CENTRES_HZ)[0]
    moved = describe(made, CENTRES_HZ) - describe(frames, CENTRES_HZ)
    np.testing.assert_allclose(moved, amount, atol=WITHIN[name])


@given(name=FIELDS, seed=st.integers(0, 99), tonal=st.floats(0.0, 1.0))
def test_more_is_never_less_and_the_level_stays(name: str, seed: int, tonal: float) -> None:
    frames = frames_like(seed, tonal)
    amounts = np.linspace(-40.0, 40.0, 9).tolist()
    made = edited(name, frames, amounts, CENTRES_HZ)
    assert np.isfinite(made).all()
    assert made.min() >= 0.0
    np.testing.assert_allclose(rms(made), np.broadcast_to(rms(frames), (9, 3)), rtol=1e-4)
    found = np.stack([DESCRIPTORS[name](each, CENTRES_HZ) for each in made])
    assert (np.diff(found, axis=0) >= -WITHIN[name]).all()


@pytest.mark.parametrize("name", EDITS)
def test_nothing_said_is_nothing_done_and_silence_stays(name: str) -> None:
    frames = frames_like(1, 0.8)
    np.testing.assert_allclose(edited(name, frames, [0.0], CENTRES_HZ)[0], frames, atol=2e-4)
    silence = np.zeros((2, 64), np.float32)
    assert not edited(name, silence, [-3.0, 3.0], CENTRES_HZ).any()


def test_noise_cannot_become_more_than_noise() -> None:
    flat = np.full((1, 64), 0.1, np.float32)
    made = edited("noisiness", flat, [12.0], CENTRES_HZ)[0]
    assert DESCRIPTORS["noisiness"](made, CENTRES_HZ)[0] == pytest.approx(0.0, abs=0.1)


def test_loudness_is_a_gain() -> None:
    frames = frames_like(2, 0.5)
    made = edited("loudness", frames, [6.0], CENTRES_HZ)[0]
    np.testing.assert_allclose(made, frames * 10.0**0.3, rtol=1e-6)


OURS_HZ = np.concatenate([[50.0 / 2.0**0.5], 50.0 * 2.0 ** (np.arange(48) / 8), [22_050.0]])


@given(bands=st.integers(-8, 8), place=st.integers(9, 38))
def test_a_partial_moves_along_the_bands_and_the_ends_stay(bands: int, place: int) -> None:
    frames = np.zeros((1, 50), np.float32)
    frames[0, [0, place, 49]] = 0.2, 1.0, 0.1
    expected = np.zeros(50, np.float32)
    expected[[0, place + bands, 49]] = 0.2, 1.0, 0.1
    np.testing.assert_allclose(moved_along(frames, bands / 8, OURS_HZ)[0], expected, atol=1e-5)


@given(octaves=st.floats(-9.0, 9.0), seed=st.integers(0, 99))
def test_what_goes_off_the_scale_is_gone_and_comes_in_empty(octaves: float, seed: int) -> None:
    frames = np.random.default_rng(seed).random((2, 64)).astype(np.float32)
    made = moved_along(frames, octaves, CENTRES_HZ)
    assert made.shape == frames.shape
    n_empty = min(int(8 * abs(octaves)), 64)
    inside = made[:, :n_empty] if octaves > 0.0 else made[:, 64 - n_empty :]
    assert not inside.any()


def test_between_two_bands_a_partial_is_in_both() -> None:
    frames = np.zeros((1, 64), np.float32)
    frames[0, 20] = 1.0
    made = moved_along(frames, 0.5 / 8, CENTRES_HZ)[0]
    np.testing.assert_allclose(made[19:23], [0.0, 0.5, 0.5, 0.0], atol=1e-6)
