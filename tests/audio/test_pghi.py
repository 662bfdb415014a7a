"""Phase integration finds the phases of simple sounds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ltsrender.audio.chance import chance
from ltsrender.audio.phase_integration import _layout, integrate_phase
from ltsrender.audio.targets import Estimate, Target, targets_of
from ltsrender.signal import ArrayReader, TransformSpec, analyse_block, kernel_for, magnitude_frames

SPEC = TransformSpec(bins_per_octave=48, f_min_hz=220.0, slice_samples=2**16, padding_samples=2**14)


def _estimates(sound: np.ndarray, seed: int = 0) -> tuple[list[Target], list[Estimate]]:
    targets = list(targets_of([magnitude_frames(sound, SPEC)], kernel_for(SPEC), sound.shape[1]))
    return targets, list(integrate_phase(targets, kernel_for(SPEC), seed))


def test_magnitudes_are_kept() -> None:
    rng = np.random.default_rng(1)
    targets, found = _estimates(rng.standard_normal((2, 70_000)).astype(np.float32))
    assert len(found) == len(targets)
    for target, estimate in zip(targets, found, strict=True):
        for a, b in zip(target.magnitudes, estimate.coefficients, strict=True):
            torch.testing.assert_close(b.abs(), a, atol=1e-7, rtol=1e-5)


@pytest.mark.parametrize("frequency_hz", [440.0, 3_456.7, 11_000.0])
def test_a_tone_keeps_its_phase_relations_across_blocks(frequency_hz: float) -> None:
    time_s = np.arange(120_000) / SPEC.sample_rate_hz
    tone = (0.5 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)[None]
    found = _estimates(tone)[1][2:4]
    truth = [analyse_block(ArrayReader(tone), block, kernel_for(SPEC)) for block in (1, 2)]
    # Over a tenth of a second the phases of all bands are those of the tone but for one turn;
    # over seconds they may drift, by a frequency that is a few cents off at most.
    for before, estimate in zip(truth, found, strict=True):
        for part in range(4):
            turns = torch.cat(
                [
                    (b * a.conj()).unflatten(-1, (8, -1))[0, :, 2 * part].flatten()
                    for a, b in zip(before, estimate.coefficients, strict=True)
                ]
            )
            assert float(turns.sum().abs() / turns.abs().sum()) > 0.95


def test_low_pass_and_nyquist_band_stand_in_their_middle() -> None:
    layout = _layout(SPEC, 2**14)
    assert 0 < layout.centres[0] < layout.centres[1]
    assert layout.centres[-2] < layout.centres[-1] < np.pi * SPEC.sample_rate_hz


def test_quiet_coefficients_are_left_to_the_seed() -> None:
    rng = np.random.default_rng(2)
    whisper = (1e-6 * rng.standard_normal((1, 40_000))).astype(np.float32)
    first, again, other = (_estimates(whisper, seed)[1][1].coefficients for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_drawn_phases_fill_the_circle_evenly() -> None:
    drawn = np.array([chance(seed, b, c) for seed in (0, 7) for b in range(60) for c in range(60)])
    assert (drawn >= 0).all()
    assert (drawn < 2 * np.pi).all()
    counts = np.histogram(drawn, bins=16, range=(0, 2 * np.pi))[0]
    assert np.abs(counts / counts.mean() - 1).max() < 0.2
    assert abs(np.exp(1j * drawn).mean()) < 0.03


@pytest.mark.parametrize("seed", [-1, 2**63 - 1, 2**80])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    silence = np.zeros((1, 1_000), dtype=np.float32)
    assert len(_estimates(silence, seed)[1]) == 2
