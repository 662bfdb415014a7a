"""From a folder of real recordings to a morph, with the commands that a composer would type."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "ambi_glass_hum", "guit_em9"
LENGTH_S = 6.0
RECOGNISABLE_DB = -8.0
"""Spectral convergence, 40 to 16000 Hz, at which a stem is recognisably its source."""


def convergence_db(sound: np.ndarray, stem: np.ndarray) -> float:
    """Compare one second, 40 to 16000 Hz."""
    found = spectral_convergence_db(sound, stem, 44_100, band_hz=(40.0, 16_000.0))
    assert found is not None
    return found


def run(*arguments: object) -> None:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="module")
def morph(shared_audio: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Train on two recordings and morph from the first to the second: float32[sample]."""
    work = tmp_path_factory.mktemp("morph")
    sounds = work / "sounds"
    sounds.mkdir()
    for name in (FIRST, SECOND):
        audio, rate = soundfile.read(shared_audio / f"{name}.flac", frames=int(LENGTH_S * 44_100))
        soundfile.write(sounds / f"{name}.wav", audio, rate, subtype="FLOAT")
    points = [{"at": at, "value": mix, "shape": "smooth"} for at, mix in ((2, 1), (4, 0))]
    curve = {
        "format": "ltsrender automation",
        "schema_version": 1,
        "lanes": [{"target": "mix", "time": "seconds", "points": points}],
    }
    (work / "curve.json").write_text(json.dumps(curve))
    run("train", sounds, "-o", work / "two.ltsmodel", "--epochs", 2, "--width", 128)
    run(
        "morph", sounds / f"{FIRST}.wav", sounds / f"{SECOND}.wav", "--length", LENGTH_S,
        "--model", work / "two.ltsmodel", "--curve", work / "curve.json", "-o", work / "out.wav",
    )  # fmt: skip
    stem: np.ndarray = soundfile.read(work / "out.wav", always_2d=True, dtype="float32")[0]
    return stem.mean(axis=1)


def recording(shared_audio: Path, name: str) -> np.ndarray:
    audio: np.ndarray = soundfile.read(
        shared_audio / f"{name}.flac", frames=int(LENGTH_S * 44_100), always_2d=True
    )[0]
    return audio.mean(axis=1)


@pytest.mark.parametrize(("name", "from_s"), [(FIRST, 0.5), (SECOND, 4.5)])
def test_where_the_curve_rests_the_morph_is_the_recording(
    shared_audio: Path, morph: np.ndarray, name: str, from_s: float
) -> None:
    part = slice(int(from_s * 44_100), int((from_s + 1) * 44_100))
    sound = np.resize(recording(shared_audio, name), morph.size)
    assert convergence_db(sound[part], morph[part]) < RECOGNISABLE_DB


def test_in_the_middle_it_is_neither(shared_audio: Path, morph: np.ndarray) -> None:
    part = slice(int(2.7 * 44_100), int(3.3 * 44_100))
    assert np.isfinite(morph).all()
    assert 1e-3 < np.abs(morph[part]).max() <= 1.0
    for name in (FIRST, SECOND):
        assert convergence_db(recording(shared_audio, name)[part], morph[part]) > RECOGNISABLE_DB
