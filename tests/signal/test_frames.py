"""Frames: one magnitude for each band at every hop."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ltsrender.signal import (
    ArrayReader,
    TransformSpec,
    analyse_block,
    block_frames,
    kernel_for,
    magnitude_frames,
    spread,
)
from ltsrender.signal.frames import _rms_per_hop

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)


def _noise(n_channels: int, n_samples: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_channels, n_samples)).astype(np.float32)


def test_frames_begin_within_the_sound_and_there_is_at_least_one() -> None:
    for n_samples, n_frames in ((0, 1), (1, 1), (256, 1), (257, 2), (40_000, 157)):
        frames = magnitude_frames(_noise(1, n_samples), SPEC)
        assert frames.shape == (1, n_frames, SPEC.n_bands)
        assert frames.dtype == np.float32


def test_whole_sound_is_its_blocks() -> None:
    noise = _noise(2, 40_000)
    whole = magnitude_frames(noise, SPEC)
    kernel = kernel_for(SPEC)
    for block in range(3):
        part = block_frames(ArrayReader(noise), block, kernel).numpy()
        n_frames = min(SPEC.frames_per_block, whole.shape[1] - block * SPEC.frames_per_block)
        first = block * SPEC.frames_per_block
        np.testing.assert_array_equal(whole[:, first : first + n_frames], part[:, :n_frames])


def test_a_steady_tone_has_the_same_frame_everywhere() -> None:
    time_s = np.arange(60_000) / SPEC.sample_rate_hz
    tone = (0.5 * np.sin(2 * np.pi * 9_000 * time_s)).astype(np.float32)[None]
    frames = magnitude_frames(tone, SPEC)[0, 100:130]
    assert (frames.std(axis=0) / frames.max()).max() < 1e-5
    assert abs(SPEC.centre_hz[frames[0].argmax()] / 9_000 - 1) < 0.02


def test_rms_keeps_the_power_of_noise_in_fine_bands() -> None:
    kernel = kernel_for(SPEC)
    reader = ArrayReader(_noise(1, 60_000))
    group = kernel.groups[-1]
    power = analyse_block(reader, 1, kernel)[-1].abs().square().mean()
    reduced = block_frames(reader, 1, kernel)[:, :, group.first_band :].square().mean()
    assert float(reduced / power) == pytest.approx(1.0, abs=0.02)


def test_spread_draws_straight_lines() -> None:
    kernel = kernel_for(SPEC)
    rise = torch.arange(SPEC.frames_per_block + 1, dtype=torch.float32)
    frames = rise[None, :, None].expand(1, -1, SPEC.n_bands)
    for group, magnitudes in zip(kernel.groups, spread(frames, kernel), strict=True):
        columns = torch.arange(magnitudes.shape[-1]) * group.hop_samples / SPEC.hop_samples
        np.testing.assert_allclose(magnitudes[0, 0].numpy(), columns.numpy(), rtol=1e-6)


@pytest.mark.parametrize("ratio", [1, 2, 8])
def test_rms_is_taken_by_the_trapezoid_rule_around_each_frame(ratio: int) -> None:
    half = ratio // 2
    power = np.random.default_rng(7).random((1, 2, 2 * half + 5 * ratio), dtype=np.float32)
    weights = np.full(2 * half + 1, 1 / ratio)
    if ratio > 1:
        weights[[0, -1]] /= 2
    found = _rms_per_hop(torch.from_numpy(power), ratio).numpy()
    for frame in range(5):
        around = power[:, :, frame * ratio : frame * ratio + 2 * half + 1]
        np.testing.assert_allclose(found[:, :, frame], np.sqrt(around @ weights), rtol=1e-5)
