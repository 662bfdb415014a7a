"""A guide is the weighted sum of what the sources do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ltsrender.audio import make_guide
from ltsrender.signal import ArrayReader, TransformSpec, analyse_block, kernel_for

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)


def _noise(n_channels: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_channels, 40_000)).astype(np.float32)


def _constant(*levels: float):  # noqa: ANN202 - a weights function
    def weights(first: int, last: int) -> np.ndarray:
        assert 0 <= first < last
        return np.repeat(np.float32(levels)[:, None], last - first, axis=1)

    return weights


def test_weights_add_up() -> None:
    a, b = _noise(1, 1), _noise(1, 2)
    guide = make_guide([ArrayReader(a), ArrayReader(b)], _constant(0.25, 0.5), SPEC, 1)
    kernel = kernel_for(SPEC)
    for block in (-2, -1, 0, 1):
        expected = analyse_block(ArrayReader(0.25 * a + 0.5 * b), block, kernel)
        for found, wanted in zip(guide(block), expected, strict=True):
            torch.testing.assert_close(found, wanted, atol=1e-7, rtol=1e-4)


def test_negative_weights_count_as_none() -> None:
    readers = [ArrayReader(_noise(1, 1)), ArrayReader(_noise(1, 2))]
    beyond = make_guide(readers, _constant(1.2, -0.2), SPEC, 1)(0)
    alone = make_guide(readers[:1], _constant(1.2), SPEC, 1)(0)
    for found, wanted in zip(beyond, alone, strict=True):
        assert torch.equal(found, wanted)


def test_a_sound_without_weight_is_not_read() -> None:
    class Deaf(ArrayReader):
        def read(self, start: int, stop: int) -> np.ndarray:
            pytest.fail(f"read {start}..{stop}")

    guide = make_guide([Deaf(_noise(1, 1))], _constant(0.0), SPEC, 2)
    assert not any(group.any() for group in guide(0))
    assert guide(0)[0].shape[0] == 2


def test_mono_is_heard_in_every_channel() -> None:
    mono = _noise(1, 3)
    here = make_guide([ArrayReader(mono)], _constant(1.0), SPEC, 2)(0)
    there = make_guide([ArrayReader(np.repeat(mono, 2, axis=0))], _constant(1.0), SPEC, 2)(0)
    for found, wanted in zip(here, there, strict=True):
        assert torch.equal(found, wanted)


def test_stereo_is_mixed_for_a_mono_render() -> None:
    stereo = _noise(2, 4)
    here = make_guide([ArrayReader(stereo)], _constant(1.0), SPEC, 1)(0)
    there = make_guide([ArrayReader(stereo.mean(0, keepdims=True))], _constant(1.0), SPEC, 1)(0)
    for found, wanted in zip(here, there, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-7, rtol=1e-4)


def test_weights_move_in_straight_lines_between_frames() -> None:
    sound = _noise(1, 5)

    def rising(first: int, last: int) -> np.ndarray:
        return np.arange(first, last, dtype=np.float32)[None]

    kernel = kernel_for(SPEC)
    own = analyse_block(ArrayReader(sound), 1, kernel)
    for group, found, plain in zip(
        kernel.groups, make_guide([ArrayReader(sound)], rising, SPEC, 1)(1), own, strict=True
    ):
        columns = torch.arange(plain.shape[-1]) * (group.hop_samples / SPEC.hop_samples)
        expected = plain * (SPEC.frames_per_block + columns)
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("weights", "resting"),
    [
        ((1.0, 0.0), 1.0),
        ((0.0, 1.0), 1.0),
        ((0.875, 0.125), 0.5),
        ((0.75, 0.25), 0.0),
        ((0.5, 0.5), 0.0),
        ((1.125, -0.125), 0.5),
        ((1.5, -0.5), 0.0),
    ],
)
def test_a_path_rests_on_a_sound_or_lies_between(
    weights: tuple[float, float], resting: float
) -> None:
    sound = ArrayReader(np.zeros((1, 10), np.float32))
    shares = np.array(weights, np.float32)[:, None]
    guide = make_guide([sound, sound], lambda a, b: np.repeat(shares, b - a, 1), SPEC, 1)
    for block in (-1, 0, 3):
        found = guide.resting(block)
        assert found.shape == (SPEC.frames_per_block + 1,)
        np.testing.assert_allclose(found, resting, atol=1e-6)
