"""Attacks: quiet before them, as in the source; everything else as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.audio import Attacks, Detail, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.measures import pre_echo_db, spectral_convergence_db
from ltsrender.audio.transients import BLOCK_STEPS, MARGIN_STEPS, with_attacks
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = TransformSpec()
RATE_HZ = SPEC.sample_rate_hz
QUIET_DB = 2.0
"""Pre-echo at which an attack is as clear as its source's to within the measure."""
UNHURT_DB = 0.2
LEAST_CHANGE = 1e-6
"""Where blocks begin decides in which order samples are added up, and nothing else."""


def _ones(first: int, last: int) -> np.ndarray:
    return np.ones((1, last - first), dtype=np.float32)


def _attacks(*sounds: np.ndarray, weights: tuple[float, ...] = (1.0,)) -> Attacks:
    column = np.array(weights, np.float32)[:, None]
    return Attacks(
        [ArrayReader(sound) for sound in sounds],
        lambda first, last: np.repeat(column, last - first, axis=1),
    )


def _sharpened(sound: np.ndarray, attacks: Attacks) -> np.ndarray:
    return np.concatenate(list(with_attacks([sound], attacks, SPEC)), axis=1)


def _hit(n_samples: int, at: int) -> np.ndarray:
    noise = 0.3 * np.random.default_rng(4).standard_normal(n_samples)
    after = np.arange(n_samples) - at
    return np.where(after >= 0, noise * np.exp(-after / 6_000), 0.0).astype(np.float32)[None]


def _announced(sound: np.ndarray, at: int) -> np.ndarray:
    """A swell of 20 ms before the hit, 20 dB under it."""
    swell = np.zeros_like(sound)
    rising = np.linspace(0, 1, 882) * np.random.default_rng(5).standard_normal(882)
    swell[0, at - 882 : at] = 0.03 * rising
    return sound + swell


def _recording(folder: Path, name: str, length_s: float = 4.0) -> np.ndarray:
    audio = soundfile.read(folder / f"{name}.flac", dtype="float32", always_2d=True)[0]
    sound = np.resize(audio.mean(axis=1), int(length_s * RATE_HZ))
    return np.ascontiguousarray(sound, dtype=np.float32)[None]


def _rebuilt(sound: np.ndarray, phase: PhaseSettings) -> np.ndarray:
    guide = make_guide([ArrayReader(sound)], _ones, SPEC, sound.shape[0])
    pieces = resynthesize(
        [magnitude_frames(sound, SPEC)], SPEC, phase, guide=guide, n_samples=sound.shape[1]
    )
    return np.concatenate(list(pieces), axis=1)


def _pre_echo_db(sound: np.ndarray, made: np.ndarray) -> float:
    found = pre_echo_db(sound[0], made[0], RATE_HZ)
    assert found is not None
    return found


def test_what_announces_a_hit_is_taken_away_and_the_hit_stays() -> None:
    at = 20_032
    sound = _hit(40_000, at)
    announced = _announced(sound, at)
    clear = _sharpened(announced, _attacks(sound))
    np.testing.assert_array_equal(clear[:, at:], announced[:, at:])
    np.testing.assert_array_equal(clear[:, : at - 1_200], announced[:, : at - 1_200])
    before = slice(at - 600, at - 100)
    gone = np.square(clear[:, before]).sum() / np.square(announced[:, before]).sum()
    assert 10 * np.log10(gone) < -20


def test_a_sound_that_is_its_source_stays_to_the_last_bit(shared_audio: Path) -> None:
    sound = _recording(shared_audio, "loop_tabla")
    assert _sharpened(sound, _attacks(sound)).tobytes() == sound.tobytes()


def test_detail_still_gives_the_recording_itself(shared_audio: Path) -> None:
    sound = _recording(shared_audio, "loop_tabla", 3.0)
    frames = magnitude_frames(np.pad(sound, ((0, 0), (0, 4 * SPEC.block_samples))), SPEC)
    poor = frames.copy()
    poor[:, :, 1:] = 0.5 * (frames[:, :, 1:] + frames[:, :, :-1])
    reader = ArrayReader(sound)
    detail = Detail(
        [reader],
        [lambda first, last: poor[:, first:last]],
        _ones,
        lambda first, last: np.ones(last - first, dtype=np.float32),
    )
    made = [
        np.concatenate(
            list(
                resynthesize(
                    [poor],
                    SPEC,
                    PhaseSettings("source"),
                    guide=make_guide([reader], _ones, SPEC, 1),
                    detail=detail,
                    attacks=attacks,
                    n_samples=sound.shape[1],
                )
            ),
            axis=1,
        )
        for attacks in (None, _attacks(sound))
    ]
    np.testing.assert_array_equal(made[0], made[1])
    assert 20 * np.log10(np.linalg.norm(made[1] - sound) / np.linalg.norm(sound)) < -100


@pytest.mark.parametrize("name", ["loop_tabla", "tabla_ghe1", "loop_industrial"])
def test_real_attacks_become_as_clear_as_in_the_source(shared_audio: Path, name: str) -> None:
    sound = _recording(shared_audio, name)
    made = _rebuilt(sound, PhaseSettings("pghi", 0))
    assert _pre_echo_db(sound, made) > 2 * QUIET_DB
    assert _pre_echo_db(sound, _sharpened(made, _attacks(sound))) < QUIET_DB


@pytest.mark.parametrize("name", ["guit_em9", "bass_voxy_c", "ambi_glass_hum", "ambi_choir"])
def test_real_tones_keep_their_spectra(shared_audio: Path, name: str) -> None:
    sound = _recording(shared_audio, name)
    made = _rebuilt(sound, PhaseSettings("pghi", 0))
    errors_db = [
        spectral_convergence_db(sound[0], heard[0], RATE_HZ)
        for heard in (made, _sharpened(made, _attacks(sound)))
    ]
    assert None not in errors_db
    assert errors_db[1] - errors_db[0] < UNHURT_DB


def test_a_source_without_weight_is_not_listened_to() -> None:
    at = 20_032
    sound = _hit(40_000, at)
    announced = _announced(sound, at)
    for weights in ((0.0, 0.0), (0.0, 1.0), (-0.5, 0.0)):
        attacks = _attacks(sound, 0 * sound, weights=weights)
        np.testing.assert_array_equal(_sharpened(announced, attacks), announced)


def test_under_a_louder_sound_an_attack_announces_itself_as_it_likes() -> None:
    at = 20_032
    hit = _hit(40_000, at)
    steady = 0.02 * np.random.default_rng(6).standard_normal((1, 40_000)).astype(np.float32)
    made = 0.02 * _announced(hit, at) + 0.98 * steady
    before = slice(at - 2_500, at)
    heard = _sharpened(made, _attacks(hit, steady, weights=(0.02, 0.98)))
    np.testing.assert_array_equal(heard[:, before], made[:, before])
    heard = _sharpened(made, _attacks(hit, steady, weights=(0.5, 0.5)))
    assert np.abs(heard[:, before] - made[:, before]).max() > 1e-3


def test_a_lost_attack_takes_not_all_before_it_along() -> None:
    at = 20_032
    steady = 0.05 * np.random.default_rng(8).standard_normal((1, 40_000)).astype(np.float32)
    source = steady + _hit(40_000, at)
    heard = _sharpened(steady, _attacks(source))
    core = slice(at - 1_200, at - 200)
    down_db = 10 * np.log10(np.square(steady[:, core]).sum() / np.square(heard[:, core]).sum())
    assert 3 < down_db < 14
    np.testing.assert_array_equal(heard[:, : at - 2_300], steady[:, : at - 2_300])


def test_a_hit_shortly_before_a_lost_one_stays() -> None:
    first, second = 19_200, 19_200 + 20 * 64
    quiet = 1e-3 * np.random.default_rng(8).standard_normal((1, 40_000)).astype(np.float32)
    hits = _hit(40_000, first), 3 * _hit(40_000, second)
    source, made = quiet + hits[0] + hits[1], quiet + hits[0] + 0.01 * hits[1]
    heard = _sharpened(made, _attacks(source))
    attack = slice(first, first + 256)
    kept = np.square(heard[:, attack]).sum() / np.square(made[:, attack]).sum()
    assert 10 * np.log10(kept) > -6


def test_where_blocks_begin_does_not_matter(
    shared_audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = _recording(shared_audio, "loop_amen_full")
    noise = 0.02 * np.random.default_rng(7).standard_normal(sound.shape).astype(np.float32)
    made = sound + noise
    whole = _sharpened(made, _attacks(sound))
    assert np.abs(whole - made).max() > 0.01
    monkeypatch.setattr("ltsrender.audio.transients.BLOCK_STEPS", 100)
    np.testing.assert_allclose(_sharpened(made, _attacks(sound)), whole, atol=LEAST_CHANGE)


def test_sound_is_handed_on_while_more_comes() -> None:
    read = 0

    def pieces() -> Iterator[np.ndarray]:
        nonlocal read
        for _ in range(200):
            read += 1
            yield np.ones((2, 4_096), dtype=np.float32)

    made = with_attacks(pieces(), _attacks(np.ones((1, 10), np.float32)), SPEC)
    assert next(made).shape == (2, BLOCK_STEPS * 64)
    assert read * 4_096 <= (BLOCK_STEPS + MARGIN_STEPS) * 64 + 4_096
