"""What coefficients mean: amplitude, phase and place of a sinusoid and of a click."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
import torch

from ltsrender.signal import TransformSpec, analyse_slice, kernel_for, synthesise_slice

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)


def _sinusoid(frequency_hz: float, amplitude: float) -> torch.Tensor:
    # A whole number of periods, so that the slice's ends meet.
    periods = round(frequency_hz * SPEC.slice_samples / SPEC.sample_rate_hz)
    turns = torch.arange(SPEC.slice_samples, dtype=torch.float64) * periods / SPEC.slice_samples
    return (amplitude * torch.cos(2 * math.pi * turns)).to(torch.float32).unsqueeze(0)


@pytest.mark.parametrize("band", [10, 60, 140])
def test_magnitude_is_the_amplitude_of_a_sinusoid(band: int) -> None:
    kernel = kernel_for(SPEC)
    coefficients = analyse_slice(_sinusoid(float(SPEC.centre_hz[band]), 0.5), kernel)
    peaks = torch.cat([group.abs().amax(-1)[0] for group in coefficients])
    # Tight windows share the power of a tone among neighbours.
    assert int(peaks.argmax()) == band
    assert float((peaks**2).sum()) == pytest.approx(0.25, rel=1e-4)


def test_phase_is_absolute() -> None:
    kernel = kernel_for(SPEC)
    group = kernel.groups[0]
    tone = _sinusoid(float(SPEC.centre_hz[5]), 0.5)
    column = analyse_slice(tone, kernel)[0][0, 5, 7]
    signal = torch.fft.ifft(torch.fft.fft(tone[0]) * (torch.arange(2**15) < 2**14))
    expected = signal[7 * group.hop_samples]
    assert float((column.angle() - expected.angle()).abs()) < 1e-3


def test_a_click_stands_at_its_sample_in_every_band() -> None:
    kernel = kernel_for(SPEC)
    click = torch.zeros(1, SPEC.slice_samples)
    click[0, 8_192] = 1.0
    for group, coefficients in zip(kernel.groups, analyse_slice(click, kernel), strict=True):
        loudest = coefficients.abs().argmax(-1)[0] * group.hop_samples
        # The two edge bands see the click through a window that is not symmetric.
        inner = loudest[1:] if group.first_band == 0 else loudest[:-1]
        assert (inner - 8_192).abs().max() <= group.hop_samples


def test_constant_and_alternating_sound_come_back() -> None:
    kernel = kernel_for(SPEC)
    sound = torch.ones(1, SPEC.slice_samples) + 0.5 * (-1.0) ** torch.arange(SPEC.slice_samples)
    back = synthesise_slice(analyse_slice(sound, kernel), kernel)
    np.testing.assert_allclose(back.numpy(), sound.numpy(), atol=1e-5)


def test_a_kernel_is_made_once() -> None:
    assert kernel_for(SPEC) is kernel_for(TransformSpec.from_dict(SPEC.to_dict()))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_cuda_device_computes_the_same() -> None:
    sound = torch.randn(2, SPEC.slice_samples, generator=torch.Generator().manual_seed(1))
    here = analyse_slice(sound, kernel_for(SPEC))
    kernel = kernel_for(SPEC, "cuda")
    there = analyse_slice(sound.cuda(), kernel)
    for a, b in zip(here, there, strict=True):
        assert float((a - b.cpu()).abs().max()) < 1e-6
    assert float((synthesise_slice(there, kernel).cpu() - sound).abs().max()) < 1e-5


def test_threads_that_start_together_share_one_kernel() -> None:
    spec = TransformSpec(
        bins_per_octave=24, f_min_hz=330.0, slice_samples=2**15, padding_samples=2**13
    )
    together = Barrier(4)

    def ask() -> int:
        together.wait()
        return id(kernel_for(spec))

    with ThreadPoolExecutor(4) as pool:
        assert len({found.result() for found in [pool.submit(ask) for _ in range(4)]}) == 1
    assert kernel_for(spec, "cpu") is kernel_for(spec, torch.device("cpu"))
