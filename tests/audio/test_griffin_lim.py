"""Iterations in the slice around a block are the iterations of the paper, on the whole sound."""

from __future__ import annotations

import numpy as np
import torch

from ltsrender.audio.griffin_lim import MOMENTUM, heard, refined
from ltsrender.audio.projection import with_magnitudes
from ltsrender.audio.targets import Estimate
from ltsrender.signal import (
    ArrayReader,
    Coefficients,
    OverlapAdd,
    TransformSpec,
    analyse_block,
    kernel_for,
)

SPEC = TransformSpec(
    bins_per_octave=12, f_min_hz=440.0, slice_samples=3 * 2**14, padding_samples=2**14
)
N_BLOCKS = 3
AS_GOOD_AS_WHOLE_DB = -60.0
"""What blocks may differ from the whole: far below what any phase method gets right."""


def _random_estimates() -> list[Estimate]:
    """Return a noise's magnitudes with the phases of another one, after a block of silence."""
    kernel = kernel_for(SPEC)
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((2, 1, N_BLOCKS * SPEC.block_samples)).astype(np.float32)
    estimates = []
    for block in range(-1, N_BLOCKS):
        magnitudes = tuple(c.abs() for c in analyse_block(ArrayReader(a), block, kernel))
        phases = analyse_block(ArrayReader(b), block, kernel)
        estimates.append(Estimate(magnitudes, with_magnitudes(phases, magnitudes)))
    return estimates


def _whole(blocks: list[Coefficients]) -> torch.Tensor:
    """Return all their sound, which begins one padding before block -1."""
    overlap = OverlapAdd(kernel_for(SPEC), 1)
    return torch.cat([*[overlap.push(block) for block in blocks], overlap.flush()], dim=1)


def _iterated_at_once(estimates: list[Estimate], n_iterations: int) -> torch.Tensor:
    blocks = [estimate.coefficients for estimate in estimates]
    y = before = _whole(blocks)
    for _ in range(n_iterations):
        z = y + MOMENTUM * (y - before)
        reader = ArrayReader(z.numpy(), start=-SPEC.block_samples - SPEC.padding_samples)
        blocks = [
            with_magnitudes(analyse_block(reader, b, kernel_for(SPEC)), estimate.magnitudes)
            for b, estimate in enumerate(estimates, start=-1)
        ]
        y, before = _whole(blocks), y
    # Of the first block, which lies before the sound, the first estimate is heard.
    return _whole([estimates[0].coefficients, *blocks[1:]])


def test_blocks_give_what_the_whole_sound_gives() -> None:
    kernel = kernel_for(SPEC)
    estimates = _random_estimates()
    for n_iterations in (0, 1, 2, 5):
        streamed = torch.cat(list(heard(refined(estimates, n_iterations, kernel), kernel)), dim=1)
        whole = _iterated_at_once(estimates, n_iterations)
        error = float((streamed - whole).norm() / whole.norm())
        assert 20 * np.log10(error + 1e-12) < AS_GOOD_AS_WHOLE_DB


def test_a_projection_keeps_phase_and_takes_magnitude() -> None:
    coefficients = torch.tensor([[[3 + 4j, 1e-30 + 0j, 0j, -2j]]], dtype=torch.complex64)
    magnitudes = torch.tensor([[[10.0, 1.0, 1.0, 0.0]]])
    (projected,) = with_magnitudes((coefficients,), (magnitudes,))
    # What is too small to be squared has no phase either.
    np.testing.assert_allclose(projected.numpy(), [[[6 + 8j, 0, 0, 0]]], rtol=1e-6, atol=1e-10)


def test_what_is_certain_stays_and_the_rest_is_refined() -> None:
    kernel = kernel_for(SPEC)
    n_frames = SPEC.frames_per_block
    certain = torch.zeros(n_frames + 1)
    certain[: n_frames // 2] = 1.0
    estimates = [
        Estimate(e.magnitudes, e.coefficients, c)
        for e, c in zip(_random_estimates(), [None, certain, None, None], strict=True)
    ]
    made = list(refined(estimates, 3, kernel))[1]
    half = [group.n_columns // 8 for group in kernel.groups]  # well inside the certain half
    for own, found, n in zip(estimates[1].coefficients, made.coefficients, half, strict=True):
        np.testing.assert_allclose(found[..., :n], own[..., :n], rtol=1e-3, atol=1e-5)
        assert float((found[..., -n:] - own[..., -n:]).norm() / own[..., -n:].norm()) > 0.1


def test_where_all_is_certain_nothing_is_computed() -> None:
    kernel = kernel_for(SPEC)
    certain = torch.ones(SPEC.frames_per_block + 1)
    estimates = [Estimate(e.magnitudes, e.coefficients, certain) for e in _random_estimates()]
    for own, found in zip(estimates, refined(estimates, 5, kernel), strict=True):
        assert found is own
