"""Sound in, sound out, through slices."""

from __future__ import annotations

import numpy as np
import torch

from ltsrender.signal import ArrayReader, TransformSpec, analyse_block, kernel_for

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)


def test_a_reader_gives_zeros_outside_its_sound() -> None:
    reader = ArrayReader(np.arange(1, 7, dtype=np.float32).reshape(2, 3), start=10)
    assert reader.n_channels == 2
    assert reader.read(8, 12).tolist() == [[0, 0, 1, 2], [0, 0, 4, 5]]
    assert reader.read(12, 15).tolist() == [[3, 0, 0], [6, 0, 0]]
    assert reader.read(-5, -3).tolist() == [[0, 0], [0, 0]]
    assert reader.read(20, 22).tolist() == [[0, 0], [0, 0]]
    assert reader.read(10, 10).shape == (2, 0)


def test_a_block_is_the_same_whatever_was_asked_before() -> None:
    kernel = kernel_for(SPEC)
    rng = np.random.default_rng(3)
    reader = ArrayReader(rng.standard_normal((1, 40_000)).astype(np.float32))
    first = analyse_block(reader, 1, kernel)
    for block in (-1, 0, 2):
        analyse_block(reader, block, kernel)
    for a, b in zip(first, analyse_block(reader, 1, kernel), strict=True):
        assert torch.equal(a, b)


def test_a_block_has_the_columns_of_its_own_samples() -> None:
    kernel = kernel_for(SPEC)
    reader = ArrayReader(np.ones((3, 100), dtype=np.float32))
    for group, coefficients in zip(kernel.groups, analyse_block(reader, 0, kernel), strict=True):
        n_bands = group.last_band - group.first_band
        assert coefficients.shape == (3, n_bands, SPEC.block_samples // group.hop_samples)
