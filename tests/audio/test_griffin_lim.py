"""Iterations in a row of stages are the iterations of the paper, on the whole sound at once."""

from __future__ import annotations

import numpy as np
import torch

from ltsrender.audio.griffin_lim import MOMENTUM, first_passages, iterated
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

SPEC = TransformSpec(bins_per_octave=12, f_min_hz=220.0, slice_samples=2**14, padding_samples=2**12)
N_BLOCKS = 4


def _random_estimates() -> list[Estimate]:
    """Return a noise's magnitudes with the phases of another one."""
    kernel = kernel_for(SPEC)
    rng = np.random.default_rng(6)
    a, b = rng.standard_normal((2, 1, N_BLOCKS * SPEC.block_samples)).astype(np.float32)
    estimates = []
    for block in range(N_BLOCKS):
        magnitudes = tuple(c.abs() for c in analyse_block(ArrayReader(a), block, kernel))
        phases = analyse_block(ArrayReader(b), block, kernel)
        estimates.append(Estimate(magnitudes, with_magnitudes(phases, magnitudes)))
    return estimates


def _whole(blocks: list[Coefficients]) -> torch.Tensor:
    """Return all their sound, which begins one padding before block 0."""
    overlap = OverlapAdd(kernel_for(SPEC), 1)
    return torch.cat([*[overlap.push(block) for block in blocks], overlap.flush()], dim=1)


def _iterated_at_once(estimates: list[Estimate], n_iterations: int) -> torch.Tensor:
    y = before = _whole([estimate.coefficients for estimate in estimates])
    for _ in range(n_iterations):
        z = y + MOMENTUM * (y - before)
        reader = ArrayReader(z.numpy(), start=-SPEC.padding_samples)
        blocks = [
            with_magnitudes(analyse_block(reader, b, kernel_for(SPEC)), estimate.magnitudes)
            for b, estimate in enumerate(estimates)
        ]
        y, before = _whole(blocks), y
    return y


def test_stages_are_the_iteration_itself() -> None:
    kernel = kernel_for(SPEC)
    estimates = _random_estimates()
    for n_iterations in range(4):
        passages = iterated(first_passages(estimates, kernel), n_iterations, kernel)
        streamed = torch.cat([passage.sound for passage in passages], dim=1)
        assert torch.equal(streamed, _iterated_at_once(estimates, n_iterations))


def test_a_projection_keeps_phase_and_takes_magnitude() -> None:
    coefficients = torch.tensor([[[3 + 4j, 1e-30 + 0j, 0j, -2j]]], dtype=torch.complex64)
    magnitudes = torch.tensor([[[10.0, 1.0, 1.0, 0.0]]])
    (projected,) = with_magnitudes((coefficients,), (magnitudes,))
    # What is too small to be squared has no phase either.
    np.testing.assert_allclose(projected.numpy(), [[[6 + 8j, 0, 0, 0]]], rtol=1e-6)
