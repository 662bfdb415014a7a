"""A model of four real recordings, trained for seconds, gives each of them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.audiofile import load_sound
from ltsrender.models import TimbreModel, load_model
from ltsrender.train import TrainOptions, train_model
from ltsrender.train.listen import heard

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("guit_em9", "perc_bell", "ambi_glass_hum", "loop_tabla")
LENGTH_S = 2.0
RECOGNISABLE_DB = -8.0
"""Spectral convergence at which a sound is recognisably itself; two minutes of training on these
four reached -24 dB and better, so this leaves room for a few seconds."""


@pytest.fixture(scope="module")
def model(shared_audio: Path, tmp_path_factory: pytest.TempPathFactory) -> TimbreModel:
    target = tmp_path_factory.mktemp("real") / "four.ltsmodel"
    sounds = [shared_audio / f"{name}.flac" for name in NAMES]
    options = TrainOptions(minutes=None, epochs=1, width=128, device="cpu")
    train_model(sounds, target, options)
    return load_model(target)


@pytest.mark.parametrize("name", NAMES)
def test_a_real_recording_comes_back(model: TimbreModel, shared_audio: Path, name: str) -> None:
    audio = load_sound(shared_audio / f"{name}.flac", 44_100, 0.0, LENGTH_S)[:1]
    made = heard(model, audio)[0]
    convergence_db = spectral_convergence_db(audio[0], made, 44_100, band_hz=(40.0, 16_000.0))
    assert convergence_db is not None
    assert convergence_db < RECOGNISABLE_DB
