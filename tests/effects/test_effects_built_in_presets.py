"""The presets that come with ltsrender: read, stable, decaying, at a sane level."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.effects import Preset, apply_chain, read_preset
from ltsrender.session import Documents

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 44_100
FOLDER = Path(__file__).parents[2] / "presets" / "effects"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
LEVEL_CHANGE_DB = 6.0  # of pink noise: a preset changes the colour, not the balance of a mix


def load(name: str) -> Preset:
    return read_preset(name, Documents(Path(FOLDER.root)))


def through(preset: Preset, audio: NDArray[np.float32]) -> NDArray[np.float32]:
    made = apply_chain([audio], preset.inserts, {}, RATE_HZ, audio.shape[0])
    return np.concatenate(list(made), axis=1)


def pink_noise(n_samples: int, level_db: float) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(size=(2, n_samples)), axis=1)
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.shape[1]), 40))
    noise = np.fft.irfft(spectrum, n_samples, axis=1)
    return (noise * 10 ** (level_db / 20) / np.sqrt(np.mean(noise**2))).astype(np.float32)


def level_db(audio: NDArray[np.float32]) -> float:
    return 10 * np.log10(float(np.mean(audio.astype(np.float64) ** 2)) + 1e-20)


def test_there_are_chains_to_choose_from() -> None:
    assert len(NAMES) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_says_what_it_is_for(name: str) -> None:
    preset = load(name)
    assert preset.inserts
    assert preset.intent.endswith(".")
    assert 40 <= len(preset.intent) <= 120
    assert preset.name.lower().replace(" ", "-") == name


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_keeps_the_level_and_its_tail_ends(name: str) -> None:
    noise = pink_noise(2 * RATE_HZ, -18.0)
    audio = np.concatenate([noise, np.zeros((2, 10 * RATE_HZ), np.float32)], axis=1)
    made = through(load(name), audio)
    assert np.isfinite(made).all()
    assert np.abs(made).max() <= 1.0
    assert abs(level_db(made[:, RATE_HZ : 2 * RATE_HZ]) + 18.0) < LEVEL_CHANGE_DB
    assert np.abs(made[:, -RATE_HZ:]).max() < 10 ** (-70 / 20)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate_hz", [16_000, 96_000])
def test_a_preset_is_stable_at_other_rates(name: str, rate_hz: int) -> None:
    audio = np.zeros((1, rate_hz), np.float32)
    audio[0, 0] = 1.0
    made = np.concatenate(list(apply_chain([audio], load(name).inserts, {}, rate_hz, 1)), axis=1)
    assert np.isfinite(made).all()
    assert np.abs(made).max() < 4.0  # an impulse passes before a compressor wakes


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_leaves_silence_silent(name: str) -> None:
    assert not through(load(name), np.zeros((2, 8_192), np.float32)).any()
