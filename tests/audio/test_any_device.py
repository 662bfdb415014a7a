"""The engine by means that every device has, computed on the processor: a graphics card runs this.

Where a card is at hand, the same is asked of the card itself.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ltsrender.audio.guide
import ltsrender.audio.resynthesis
from ltsrender.audio import PHASE_METHODS, Detail, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.projection import (
    project,
    project_anywhere,
    project_between,
    project_between_anywhere,
)
from ltsrender.signal import (
    ArrayReader,
    TransformSpec,
    analyse_slice,
    magnitude_frames,
    synthesise_slice,
)
from ltsrender.signal.cqt import Kernel

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)
SAME_DB = -100.0
"""float32 sums in another order."""
SAME_AFTER_ITERATIONS_DB = -60.0
"""The same, after iterations whose projections turn small differences into larger ones."""
SOUND_S = 0.5


def _sound() -> np.ndarray:
    time_s = np.arange(round(SOUND_S * SPEC.sample_rate_hz)) / SPEC.sample_rate_hz
    tones = [np.sin(2 * np.pi * f * time_s) for f in (330.0, 991.0, 2_900.0)]
    beats = 0.6 + 0.4 * np.sin(2 * np.pi * 7 * time_s)
    return (0.1 * np.sum(tones, axis=0) * beats).astype(np.float32)[None]


def _difference_db(here: np.ndarray, there: np.ndarray) -> float:
    error = np.linalg.norm(here - there) / np.linalg.norm(here)
    return float(20 * np.log10(error + 1e-12))


def _resounded(method: str, device: str = "cpu") -> np.ndarray:
    sound = _sound()
    frames = magnitude_frames(sound, SPEC)
    long = np.pad(frames, ((0, 0), (0, 2 * SPEC.frames_per_block), (0, 0)), mode="edge")
    reader = ArrayReader(sound)
    weights = lambda first, last: np.ones((1, last - first), np.float32)  # noqa: E731 - a constant
    pieces = resynthesize(
        [0.9 * frames],
        SPEC,
        PhaseSettings(method, iterations=3),
        guide=make_guide([reader], weights, SPEC, 1, device=device),
        detail=Detail(
            [reader], [lambda a, b: long[:, a:b]], weights, lambda a, b: weights(a, b)[0]
        ),
        n_samples=sound.shape[1],
        device=device,
    )
    return np.concatenate(list(pieces), axis=1)


def test_the_transform_is_the_same() -> None:
    here, there = Kernel(SPEC), Kernel(SPEC, portable=True)
    audio = torch.randn(2, 3, SPEC.slice_samples, generator=torch.Generator().manual_seed(1))
    own, other = analyse_slice(audio, here), analyse_slice(audio, there)
    for a, b in zip(own, other, strict=True):
        assert a.shape == b.shape
        assert _difference_db(a.numpy(), b.numpy()) < SAME_DB
    backs = [synthesise_slice(c, k).numpy() for c, k in ((own, here), (other, there))]
    assert _difference_db(*backs) < SAME_DB
    assert _difference_db(audio.numpy(), backs[1]) < SAME_DB


def test_channels_and_slices_are_transformed_each_by_itself() -> None:
    kernel = Kernel(SPEC)
    audio = torch.randn(2, 3, SPEC.slice_samples, generator=torch.Generator().manual_seed(2))
    together = analyse_slice(audio, kernel)
    alone = analyse_slice(audio[1, 2:], kernel)
    for a, b in zip(together, alone, strict=True):
        assert torch.equal(a[1, 2:], b)


def test_the_projection_is_the_same() -> None:
    generator = torch.Generator().manual_seed(3)
    coefficients = torch.randn(1, 4, 50, dtype=torch.complex64, generator=generator)
    coefficients[0, 0, :3] = 0
    magnitudes = torch.rand(1, 4, 50, generator=generator)
    here = project(coefficients.clone(), magnitudes)
    there = project_anywhere(coefficients.clone(), magnitudes)
    np.testing.assert_allclose(here.numpy(), there.numpy(), rtol=1e-5, atol=1e-7)


def test_the_projection_between_two_phases_is_the_same() -> None:
    generator = torch.Generator().manual_seed(4)
    own, first = torch.randn(2, 1, 4, 50, dtype=torch.complex64, generator=generator)
    magnitudes, shares = torch.rand(1, 4, 50, generator=generator), torch.linspace(0, 1, 50)
    here = project_between(own.clone(), first, shares, magnitudes)
    there = project_between_anywhere(own.clone(), first, shares, magnitudes)
    np.testing.assert_allclose(here.numpy(), there.numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(here.abs().numpy(), magnitudes.numpy(), rtol=1e-5)
    np.testing.assert_allclose(here[..., 0].angle(), own[..., 0].angle(), atol=1e-5)
    np.testing.assert_allclose(here[..., -1].angle(), first[..., -1].angle(), atol=1e-5)


@pytest.mark.parametrize("method", PHASE_METHODS)
def test_a_render_is_the_same(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = _resounded(method)
    kernel = Kernel(SPEC, portable=True)
    for module in (ltsrender.audio.resynthesis, ltsrender.audio.guide):
        monkeypatch.setattr(module, "kernel_for", lambda *_: kernel)
    there = _resounded(method)
    assert np.abs(here).max() > 0.1
    assert _difference_db(here, there) < SAME_AFTER_ITERATIONS_DB


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
@pytest.mark.parametrize("method", PHASE_METHODS)
def test_a_card_renders_the_same(method: str) -> None:
    assert _difference_db(_resounded(method), _resounded(method, "cuda")) < SAME_AFTER_ITERATIONS_DB
