"""Laws of the transform, for any sound and for any spec."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.signal import (
    ArrayReader,
    OverlapAdd,
    TransformSpec,
    analyse_block,
    analyse_slice,
    kernel_for,
    magnitude_frames,
    synthesise_slice,
)

# float32 arithmetic in one slice.
SLICE_DB = 120.0
# What the windows lose by ringing past the padding; 108 dB is measured on recordings.
STREAM_DB = 90.0
# The same loss, seen in frames when the block grid falls elsewhere on the sound.
FRAMES_DB = 80.0

SMALL = TransformSpec(
    bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13
)

specs = st.builds(
    TransformSpec,
    sample_rate_hz=st.sampled_from([22_050, 44_100, 48_000, 96_000]),
    bins_per_octave=st.sampled_from([12, 24, 36, 48]),
    f_min_hz=st.floats(200.0, 400.0),
    support=st.floats(4.0, 10.0),
    hop_samples=st.sampled_from([64, 128, 256, 512]),
    slice_samples=st.sampled_from([2**15, 3 * 2**14]),
    padding_samples=st.sampled_from([2**12, 2**13]),
)
seeds = st.integers(0, 2**32 - 1)


def _noise(n_channels: int, n_samples: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_channels, n_samples)).astype(np.float32)


def _snr_db(wanted: np.ndarray, found: np.ndarray) -> float:
    power = np.square(wanted, dtype=np.float64).sum()
    error = np.square(wanted.astype(np.float64) - found).sum()
    return float(10 * np.log10(power / max(error, 1e-30)))


@settings(max_examples=12)
@given(spec=specs, seed=seeds)
def test_a_slice_comes_back(spec: TransformSpec, seed: int) -> None:
    kernel = kernel_for(spec)
    noise = _noise(1, spec.slice_samples, seed)
    back = synthesise_slice(analyse_slice(torch.from_numpy(noise), kernel), kernel)
    assert _snr_db(noise, back.numpy()) > SLICE_DB


@settings(max_examples=12)
@given(spec=specs, seed=seeds)
def test_energy_is_kept(spec: TransformSpec, seed: int) -> None:
    kernel = kernel_for(spec)
    noise = torch.from_numpy(_noise(1, spec.slice_samples, seed) + 0.5)
    coefficients = analyse_slice(noise, kernel)
    energy = sum(
        group.hop_samples * float(c.abs().double().square().sum())
        for group, c in zip(kernel.groups, coefficients, strict=True)
    )
    assert energy == pytest.approx(2 * float(noise.double().square().sum()), rel=1e-5)


def _streamed(sound: np.ndarray, spec: TransformSpec) -> np.ndarray:
    kernel = kernel_for(spec)
    reader = ArrayReader(sound)
    overlap = OverlapAdd(kernel, sound.shape[0])
    n_blocks = -(-(sound.shape[1] + spec.padding_samples) // spec.block_samples)
    pieces = [overlap.push(analyse_block(reader, b, kernel)) for b in range(-1, n_blocks)]
    skipped = spec.block_samples + spec.padding_samples
    return torch.cat([*pieces, overlap.flush()], 1)[:, skipped:][:, : sound.shape[1]].numpy()


@settings(max_examples=5)
@given(n_samples=st.integers(1, 60_000), seed=seeds)
def test_a_stream_comes_back_from_its_first_sample(n_samples: int, seed: int) -> None:
    noise = _noise(1, n_samples, seed)
    assert _snr_db(noise, _streamed(noise, SMALL)) > STREAM_DB


def test_the_default_transform_comes_back_and_so_does_its_infrasound() -> None:
    spec = TransformSpec()
    noise = _noise(1, 2 * spec.block_samples, 5)
    noise += 0.3 * np.cos(2 * np.pi * 3.0 * np.arange(noise.shape[1]) / 44_100).astype(np.float32)
    assert _snr_db(noise, _streamed(noise, spec)) > STREAM_DB


@settings(max_examples=6)
@given(n_hops=st.integers(1, 300), seed=seeds)
def test_a_delay_by_hops_shifts_frames(n_hops: int, seed: int) -> None:
    noise = _noise(1, 20_000, seed)
    delayed = np.pad(noise, ((0, 0), (n_hops * SMALL.hop_samples, 0)))
    here, there = magnitude_frames(noise, SMALL), magnitude_frames(delayed, SMALL)
    assert _snr_db(here, there[:, n_hops:]) > FRAMES_DB


@settings(max_examples=5)
@given(n_samples=st.integers(0, 40_000))
def test_silence_has_silent_frames(n_samples: int) -> None:
    assert not magnitude_frames(np.zeros((1, n_samples), dtype=np.float32), SMALL).any()


@settings(max_examples=6)
@given(spec=specs, seed=seeds)
def test_equal_channels_stay_equal(spec: TransformSpec, seed: int) -> None:
    kernel = kernel_for(spec)
    noise = torch.from_numpy(_noise(1, spec.slice_samples, seed)).expand(3, -1)
    coefficients = analyse_slice(noise, kernel)
    back = synthesise_slice(coefficients, kernel)
    for array in (*coefficients, back):
        assert torch.equal(array[0], array[1])
        assert torch.equal(array[0], array[2])


@pytest.mark.parametrize("sample_rate_hz", [44_100, 48_000, 88_200, 96_000])
@pytest.mark.parametrize("bins_per_octave", [24, 36, 48, 96])
def test_every_scale_at_every_rate_comes_back(sample_rate_hz: int, bins_per_octave: int) -> None:
    # An octave higher than usual, with slices half as long: the same law at half the work.
    spec = TransformSpec.at_rate(
        sample_rate_hz,
        bins_per_octave=bins_per_octave,
        f_min_hz=16 * 32.70319566257483,
        slice_samples=2**15,
        padding_samples=2**12,
    )
    noise = _noise(1, round(1.5 * spec.block_samples), 7)
    slow = np.cumsum(noise, axis=1)  # most of its power far below the lowest band
    slow *= np.float32(np.linalg.norm(noise) / np.linalg.norm(slow))
    for sound in (noise, noise + slow):
        assert _snr_db(sound, _streamed(sound, spec)) > STREAM_DB
