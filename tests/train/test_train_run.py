from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from ltsrender.audiofile import load_sound
from ltsrender.errors import ModelError, RenderError
from ltsrender.models import load_model, read_card
from ltsrender.signal import magnitude_frames
from ltsrender.train import TrainOptions, TrainProgress, train_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def trained(
    sounds: list[Path], tiny: TrainOptions, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[TrainProgress]]:
    target = tmp_path_factory.mktemp("models") / "small.ltsmodel"
    told: list[TrainProgress] = []
    train_model(sounds, target, dataclasses.replace(tiny, licence="CC0-1.0"), told.append)
    return target, told


def test_the_card_tells_where_the_model_comes_from(
    trained: tuple[Path, list[TrainProgress]], sounds: list[Path], tiny: TrainOptions
) -> None:
    card = read_card(trained[0])
    assert [sound.name for sound in card.training_sounds] == [path.name for path in sounds]
    assert card.training_sounds[0].sha256 == hashlib.sha256(sounds[0].read_bytes()).hexdigest()
    assert card.training_sounds[0].length_s == pytest.approx(0.5)
    assert (card.name, card.licence, card.seed) == ("small", "CC0-1.0", tiny.seed)
    assert set(card.losses) == {"log_spectral", "convergence", "divergence"}
    assert set(card.metrics) == {"lsd_db", "sc_db"}
    assert set(card.versions) == {"ltsrender", "torch", "numpy"}
    assert card.latent_names[:2] == ("level", "z1")


def test_what_the_card_measures_is_true(
    trained: tuple[Path, list[TrainProgress]], sounds: list[Path]
) -> None:
    model = load_model(trained[0])
    frames = np.concatenate(
        [
            magnitude_frames(load_sound(path, model.spec.sample_rate_hz), model.spec)[0]
            for path in sounds
        ]
    )
    mean, _ = model.encode(frames)
    decoded = model.decode(mean)
    sc_db = 20 * np.log10(np.linalg.norm(decoded - frames) / np.linalg.norm(frames))
    assert sc_db == pytest.approx(model.card.metrics["sc_db"], abs=0.05)
    assert sc_db < -3.0  # six latents after two epochs
    assert mean[:, 0].max() == pytest.approx(model.card.latents.maximum[0], rel=1e-5)


def test_the_same_seed_and_epochs_give_the_same_bytes(
    trained: tuple[Path, list[TrainProgress]],
    sounds: list[Path],
    tiny: TrainOptions,
    tmp_path: Path,
) -> None:
    again = dataclasses.replace(tiny, licence="CC0-1.0")
    torch.rand(7)  # chance that others used must not matter
    train_model(sounds, tmp_path / "small.ltsmodel", again)
    assert (tmp_path / "small.ltsmodel").read_bytes() == trained[0].read_bytes()
    other = dataclasses.replace(again, seed=4)
    train_model(sounds, tmp_path / "other.ltsmodel", other)
    assert (tmp_path / "other.ltsmodel").read_bytes() != trained[0].read_bytes()


def test_progress_goes_through_all_stages(trained: tuple[Path, list[TrainProgress]]) -> None:
    told = trained[1]
    assert list(dict.fromkeys(step.stage for step in told)) == ["reading", "fitting", "measuring"]
    for stage in ("reading", "fitting", "measuring"):
        fractions = [step.fraction for step in told if step.stage == stage]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0
    assert all(step.loss is not None for step in told if step.stage == "fitting")


@pytest.mark.parametrize("stage", ["reading", "fitting", "measuring"])
def test_an_interrupted_training_leaves_nothing(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path, stage: str
) -> None:
    def interrupt(progress: TrainProgress) -> None:
        if progress.stage == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(sounds, tmp_path / "half.ltsmodel", tiny, interrupt)
    assert not list(tmp_path.iterdir())


def test_an_old_model_survives_a_training_that_fails(
    tiny: TrainOptions, tmp_path: Path, trained: tuple[Path, list[TrainProgress]]
) -> None:
    target = tmp_path / "kept.ltsmodel"
    target.write_bytes(trained[0].read_bytes())
    (tmp_path / "broken.wav").write_bytes(b"")
    with pytest.raises(ModelError, match="no sound to train on"):
        train_model([tmp_path / "broken.wav"], target, tiny)
    assert target.read_bytes() == trained[0].read_bytes()


def test_a_target_that_cannot_be_written_is_told(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RenderError, match="cannot be written"):
        train_model(sounds, tmp_path / "file" / "m.ltsmodel", tiny)
