"""Drawn phases: everywhere, evenly, and never the same block twice."""

from __future__ import annotations

import numpy as np
import torch

from ltsrender.audio.chance import draw_phases
from ltsrender.audio.targets import targets_of
from ltsrender.signal import TransformSpec, kernel_for

SPEC = TransformSpec(bins_per_octave=12, f_min_hz=220.0, slice_samples=2**14, padding_samples=2**12)


def test_phases_are_even_and_every_block_has_its_own() -> None:
    n_samples = 2 * SPEC.block_samples
    frames = np.ones((2, n_samples // SPEC.hop_samples, SPEC.n_bands), dtype=np.float32)
    kernel = kernel_for(SPEC)
    estimates = list(draw_phases(targets_of([frames], kernel, n_samples), kernel, seed=3))
    first, second = (
        torch.cat([group.flatten(1) for group in estimates[block].coefficients], dim=1)
        for block in (1, 2)
    )
    assert torch.equal(first[0], first[1])
    assert abs(complex(first[0].mean())) < 0.03
    assert abs(complex((first[0] * second[0].conj()).mean())) < 0.03
    np.testing.assert_allclose(first.abs().numpy(), 1.0, rtol=1e-5)
