"""Frames to sound, seen from outside the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.audio import PHASE_METHODS, PhaseSettings, make_guide, resynthesize
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = TransformSpec(bins_per_octave=24, f_min_hz=220.0, slice_samples=2**15, padding_samples=2**13)


def _ones(first: int, last: int) -> np.ndarray:
    return np.ones((1, last - first), dtype=np.float32)


def _resounded(sound: np.ndarray, phase: PhaseSettings, spec: TransformSpec = SPEC) -> np.ndarray:
    guide = make_guide([ArrayReader(sound)], _ones, spec, sound.shape[0])
    frames = magnitude_frames(sound, spec)
    pieces = resynthesize([frames], spec, phase, guide=guide, n_samples=sound.shape[1])
    return np.concatenate(list(pieces), axis=1)


def _error_db(wanted: np.ndarray, found: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(wanted - found) / np.linalg.norm(wanted)))


def _convergence_db(wanted: np.ndarray, found: np.ndarray, spec: TransformSpec) -> float:
    return _error_db(magnitude_frames(wanted, spec), magnitude_frames(found, spec))


def _tones(n_samples: int) -> np.ndarray:
    time_s = np.arange(n_samples) / SPEC.sample_rate_hz
    tones = [np.sin(2 * np.pi * f * time_s) / f * 200 for f in (330.0, 991.0, 2_900.0)]
    return (0.3 * np.sum(tones, axis=0)).astype(np.float32)[None]


def test_with_the_source_itself_as_guide_the_sound_comes_back() -> None:
    sound = _tones(50_000)
    back = _resounded(sound, PhaseSettings("source"))
    # The sound begins and ends abruptly; its frames' fine bands cannot follow that.
    assert _error_db(sound, back) < -25
    assert _error_db(sound[:, 4_000:-4_000], back[:, 4_000:-4_000]) < -60


def test_slow_bands_come_back_from_the_first_sample() -> None:
    sound = _tones(30_000)
    back = _resounded(sound, PhaseSettings("source"))
    assert _error_db(sound[:, 400:2_000], back[:, 400:2_000]) < -30
    assert _error_db(sound[:, -2_000:-400], back[:, -2_000:-400]) < -30


def test_integrated_phases_bring_back_the_spectrum_of_tones() -> None:
    sound = _tones(50_000)
    back = _resounded(sound, PhaseSettings("pghi", iterations=0))
    assert _convergence_db(sound, back, SPEC) < -20


def test_iterations_make_sound_and_frames_agree_better() -> None:
    rng = np.random.default_rng(4)
    sound = rng.standard_normal((1, 30_000)).astype(np.float32)
    found = [
        _convergence_db(sound, _resounded(sound, PhaseSettings("pghi", iterations=n)), SPEC)
        for n in (0, 4, 16)
    ]
    assert found[1] < found[0] - 2
    assert found[2] < found[1]


def test_from_chance_alone_iterations_find_tones() -> None:
    sound = _tones(30_000)
    found = [
        _convergence_db(sound, _resounded(sound, PhaseSettings("griffinlim", n)), SPEC)
        for n in (0, None)
    ]
    assert found[0] > -4
    assert found[1] < -12


def test_another_seed_is_another_chance() -> None:
    sound = _tones(5_000)
    here, there = (_resounded(sound, PhaseSettings("griffinlim", 2, seed)) for seed in (0, 1))
    assert _error_db(here, there) > -10


def test_a_recording_comes_back_as_research_measured(shared_audio: Path) -> None:
    audio = soundfile.read(shared_audio / "guit_em9.flac", dtype="float32", always_2d=True)[0]
    sound = np.ascontiguousarray(audio.T[:1, 44_100 : 3 * 44_100])
    spec = TransformSpec()
    assert _convergence_db(sound, _resounded(sound, PhaseSettings("source"), spec), spec) < -35
    assert _convergence_db(sound, _resounded(sound, PhaseSettings("pghi", 0), spec), spec) < -17


def test_sound_is_made_while_frames_still_come() -> None:
    n_frames = 40 * SPEC.frames_per_block
    read = 0

    def frames() -> Iterator[np.ndarray]:
        nonlocal read
        for _ in range(n_frames):
            read += 1
            yield np.zeros((1, 1, SPEC.n_bands), dtype=np.float32)

    phase = PhaseSettings("pghi", iterations=2)
    pieces = resynthesize(frames(), SPEC, phase, n_samples=n_frames * SPEC.hop_samples)
    assert next(pieces).shape[1] <= SPEC.block_samples
    # A block each for the overlap, the look-ahead and every iteration, and the frame after it.
    assert read <= 7 * SPEC.frames_per_block


@pytest.mark.parametrize("n_samples", [0, 1, 255, 256, 257, 16_384, 16_385, 24_577])
def test_exactly_the_samples_asked_for_are_made(n_samples: int) -> None:
    frames = np.ones((1, 97, SPEC.n_bands), dtype=np.float32)
    pieces = resynthesize([frames], SPEC, PhaseSettings("pghi", 1), n_samples=n_samples)
    assert sum(piece.shape[1] for piece in pieces) == n_samples


def test_frames_beyond_the_end_are_not_heard() -> None:
    rng = np.random.default_rng(5)
    frames = rng.random((1, 60, SPEC.n_bands), dtype=np.float32)
    louder = np.concatenate([frames, 100 * frames], axis=1)
    phase = PhaseSettings("pghi", iterations=1)
    here, there = (
        np.concatenate(list(resynthesize([f], SPEC, phase, n_samples=60 * 256)), axis=1)
        for f in (frames, louder)
    )
    np.testing.assert_array_equal(here, there)


def test_a_guide_of_silence_is_silent() -> None:
    sound = np.zeros((1, 9_000), dtype=np.float32)
    guide = make_guide([ArrayReader(sound)], _ones, SPEC, 1)
    frames = np.ones((1, 40, SPEC.n_bands), dtype=np.float32)
    pieces = resynthesize([frames], SPEC, PhaseSettings(), guide=guide, n_samples=9_000)
    assert not np.concatenate(list(pieces), axis=1).any()


def test_what_is_missing_or_misshapen_is_said() -> None:
    frame = np.ones((1, 1, SPEC.n_bands), dtype=np.float32)
    phase = PhaseSettings("pghi")
    with pytest.raises(ValueError, match="ended before all 4 were there"):
        list(resynthesize([frame] * 3, SPEC, phase, n_samples=1_000))
    with pytest.raises(ValueError, match=r"shape \(1, 1, 3\); it must be \[channel, frame, "):
        list(resynthesize([frame[:, :, :3]], SPEC, phase, n_samples=1_000))
    with pytest.raises(ValueError, match="changed from 1 channels to 2"):
        list(resynthesize([frame, np.repeat(frame, 2, 0)], SPEC, phase, n_samples=1_000))
    with pytest.raises(ValueError, match="needs a guide"):
        list(resynthesize([frame] * 4, SPEC, PhaseSettings("source"), n_samples=1_000))


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="method is 'magic'; it must be one of"):
        PhaseSettings("magic")
    with pytest.raises(ValueError, match=r"iterations is -1; it must be within 0\.\.1,000"):
        PhaseSettings("pghi", iterations=-1)
    assert PhaseSettings("source").n_iterations == 0
    assert PhaseSettings("pghi").n_iterations == 8
    assert PhaseSettings("griffinlim").n_iterations == 32
    assert PhaseSettings("source", iterations=3).n_iterations == 3
    needing = {name for name, method in PHASE_METHODS.items() if method.needs_guide}
    assert needing == {"hybrid", "source"}


def test_between_sounds_refined_phases_fit_the_frames_better() -> None:
    rng = np.random.default_rng(8)
    sounds = [_tones(30_000), rng.standard_normal((1, 30_000)).astype(np.float32) * 0.1]
    # Half way in decibels: what no sound has.
    frames = np.sqrt(np.prod([magnitude_frames(sound, SPEC) for sound in sounds], axis=0))
    readers = [ArrayReader(sound) for sound in sounds]

    def render(method: str, share: float) -> np.ndarray:
        shares = np.array([[share], [1 - share]], np.float32)
        guide = make_guide(readers, lambda a, b: np.repeat(shares, b - a, 1), SPEC, 1)
        pieces = resynthesize([frames], SPEC, PhaseSettings(method), guide=guide, n_samples=30_000)
        return np.concatenate(list(pieces), axis=1)

    errors = [
        _error_db(frames, magnitude_frames(render(m, 0.5), SPEC)) for m in ("source", "hybrid")
    ]
    assert errors[1] < errors[0] - 1
    # On a sound there is nothing to refine.
    np.testing.assert_array_equal(render("source", 1.0), render("hybrid", 1.0))
