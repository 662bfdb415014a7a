"""The chains that come along: their macros, and that they are as loud as what goes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.effects import Preset, apply_chain, read_chain, read_preset
from ltsrender.effects.insert import knobs_of
from ltsrender.session import Documents
from ltsrender.stems.loudness import LoudnessMeter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects.insert import ChainPart

RATE_HZ = 44_100
FOLDER = Path(__file__).parents[2] / "presets" / "effects"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
LEVEL_LUFS = -20.0
MOST_LU = 1.0
SAME = 1e-3  # of a parameter's range: what a macro at its default may differ from the preset
RECORDINGS = ("guit_em9", "loop_amen_full", "bass_voxy_c")
SLOW = ("aurora", "canyon", "comet", "glass-cloud")  # 6 s tell another story than 20 s
LOUDEST_END_LU = 6.0  # what a macro at its end may add to pink noise

MACROS = [
    (name, macro["name"])
    for name in NAMES
    for macro in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["macros"]
]


def load(name: str) -> Preset:
    return read_preset(f"{name}.json", Documents(FOLDER))


def turned(name: str, macro: str, position: float) -> tuple[ChainPart, ...]:
    item = {"preset": f"{name}.json", "macros": {macro: position}}
    return read_chain([item], Documents(FOLDER))


def through(parts: tuple[ChainPart, ...], sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate(list(apply_chain([sound], parts, {}, RATE_HZ, len(sound))), axis=1)


def loudness(sound: NDArray[np.float32]) -> float:
    meter = LoudnessMeter(RATE_HZ, len(sound))
    meter.add(sound)
    found = meter.result().integrated_lufs
    assert found is not None
    return found


def levelled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(sound * 10 ** ((LEVEL_LUFS - loudness(sound)) / 20), np.float32)


def pink_noise(seconds: float) -> NDArray[np.float32]:
    n_samples = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(size=(2, n_samples)), axis=1)
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(n_samples, 1 / RATE_HZ), 20.0))
    spectrum[:, 0] = 0.0
    return levelled(np.fft.irfft(spectrum, n_samples, axis=1).astype(np.float32))


@pytest.fixture(scope="module")
def noise() -> NDArray[np.float32]:
    return pink_noise(6.0)


def test_there_are_chains_for_everybody() -> None:
    assert len(NAMES) >= 24


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_has_an_intent_and_a_macro_or_two_that_say_what_they_do(name: str) -> None:
    tree = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert tree["intent"][0].isupper()
    assert tree["intent"].count(".") == 1, "one sentence"
    assert 1 <= len(tree["macros"]) <= 2
    for macro in tree["macros"]:
        assert macro["note"][0].isupper()
        assert macro["note"].endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_macro_at_its_default_is_the_preset_and_its_ends_are_allowed(name: str) -> None:
    preset = load(name)
    values = {target: value for target, _, value in knobs_of(preset.inserts)}
    for macro in preset.macros:
        for move in macro.moves:
            knob = move.parameter
            assert knob.objection(move.start) == ""
            assert knob.objection(move.end) == ""
            assert move.start != move.end
            close = SAME * (knob.maximum - knob.minimum)
            assert move.value(macro.default) == pytest.approx(values[move.target], abs=close)


@pytest.mark.parametrize("name", NAMES)
def test_two_macros_of_a_preset_can_be_moved_together(name: str) -> None:
    moved = [move.target for macro in load(name).macros for move in macro.moves]
    assert len(set(moved)) == len(moved)


@pytest.mark.parametrize(("name", "macro"), MACROS)
def test_a_macro_is_heard_and_stays_sane_at_both_ends(
    name: str, macro: str, noise: NDArray[np.float32]
) -> None:
    sound = noise[:, : 2 * RATE_HZ].copy()
    sound[:, RATE_HZ:] *= 0.01  # soft, too: a gate closes, a compressor lets go
    low, high = (through(turned(name, macro, end), sound) for end in (0.0, 1.0))
    for made in (low, high):
        assert np.isfinite(made).all()
        assert made.shape == sound.shape
        assert loudness(made) < LEVEL_LUFS + LOUDEST_END_LU
    assert not np.array_equal(low, high) or name == "safety"  # which has no peaks to catch here


def test_the_release_of_safety_is_heard_where_there_are_peaks(noise: NDArray[np.float32]) -> None:
    peaks = noise[:, : 2 * RATE_HZ].copy()
    peaks[:, :RATE_HZ] *= 8
    low, high = (through(turned("safety", "release", end), peaks) for end in (0.0, 1.0))
    assert not np.array_equal(low, high)


@pytest.mark.parametrize("name", NAMES)
def test_pink_noise_keeps_its_level(name: str, noise: NDArray[np.float32]) -> None:
    sound = pink_noise(20.0) if name in SLOW else noise
    assert abs(loudness(through(load(name).inserts, sound)) - LEVEL_LUFS) < MOST_LU


@pytest.fixture(scope="module")
def recordings(shared_audio: Path) -> dict[str, NDArray[np.float32]]:
    found = {}
    for name in RECORDINGS:
        sound, rate_hz = soundfile.read(shared_audio / f"{name}.flac", dtype="float32")
        assert rate_hz == RATE_HZ
        found[name] = levelled(np.ascontiguousarray(sound.T))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_recordings_keep_their_level(name: str, recordings: dict[str, NDArray[np.float32]]) -> None:
    inserts = load(name).inserts
    for recording, sound in recordings.items():
        change_lu = loudness(through(inserts, sound)) - LEVEL_LUFS
        assert abs(change_lu) < MOST_LU, f"{recording} changes by {change_lu:+.2f} LU"
