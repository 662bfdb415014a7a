from __future__ import annotations

import dataclasses
import hashlib
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from ltsrender.audiofile import load_sound
from ltsrender.errors import ModelError, RenderError
from ltsrender.models import load_model, read_card
from ltsrender.signal import magnitude_frames
from ltsrender.train import (
    TrainExtras,
    TrainOptions,
    TrainProgress,
    ahead,
    channels,
    dataset,
    run,
    train_model,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace


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


def test_frames_on_disk_give_the_same_bytes(
    trained: tuple[Path, list[TrainProgress]],
    sounds: list[Path],
    tiny: TrainOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 10)
    monkeypatch.setattr(ahead, "SWEEP_FRAMES", 40)
    monkeypatch.setattr(channels, "LONGEST_WHOLE_S", 0.1)
    told: list[TrainProgress] = []
    options = dataclasses.replace(tiny, licence="CC0-1.0")
    train_model(sounds, tmp_path / "small.ltsmodel", options, told.append)
    assert (tmp_path / "small.ltsmodel").read_bytes() == trained[0].read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["small.ltsmodel"]
    assert any("go to a temporary file on the disk of" in step.note for step in told)
    assert not [thread for thread in threading.enumerate() if thread.name == "reads ahead"]


def test_frames_on_disk_give_the_same_bytes_with_sounds_held_out(
    workshop: SimpleNamespace, tiny: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [
        workshop.write(tmp_path / "in" / f"{pitch_hz}.wav", workshop.plucked(pitch_hz, 0.2))
        for pitch_hz in (110, 147, 196, 262, 349, 466)
    ]
    options = dataclasses.replace(tiny, validation=0.3, name="x")
    extras = TrainExtras(report=tmp_path / "report.png", listen=tmp_path / "ears")
    train_model(many, tmp_path / "memory", options, extras=extras)
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 10)
    train_model(many, tmp_path / "disk", options, extras=extras)
    assert (tmp_path / "disk").read_bytes() == (tmp_path / "memory").read_bytes()


def test_a_very_large_collection_is_measured_by_every_nth_frame(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_model(sounds, tmp_path / "whole", tiny)
    monkeypatch.setattr(run, "MEASURED_FRAMES", 20)
    some = train_model(sounds, tmp_path / "some", tiny)
    assert some.metrics != whole.metrics
    assert some.metrics["sc_db"] == pytest.approx(whole.metrics["sc_db"], abs=3.0)
    assert some.latents.mean[0] == pytest.approx(whole.latents.mean[0], rel=0.3)


def test_progress_goes_through_all_stages(trained: tuple[Path, list[TrainProgress]]) -> None:
    told = trained[1]
    assert list(dict.fromkeys(step.stage for step in told)) == ["reading", "fitting", "measuring"]
    for stage in ("reading", "fitting", "measuring"):
        fractions = [step.fraction for step in told if step.stage == stage]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0
    assert all(step.loss is not None for step in told if step.stage == "fitting")


@pytest.mark.parametrize("kept_in", ["memory", "file"])
@pytest.mark.parametrize("stage", ["reading", "fitting", "measuring"])
def test_an_interrupted_training_leaves_nothing(
    sounds: list[Path],
    tiny: TrainOptions,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    kept_in: str,
) -> None:
    def interrupt(progress: TrainProgress) -> None:
        if progress.stage == stage:
            raise KeyboardInterrupt

    if kept_in == "file":
        monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 10)
    with pytest.raises(KeyboardInterrupt):
        train_model(sounds, tmp_path / "half.ltsmodel", tiny, interrupt)
    assert not list(tmp_path.iterdir())
    assert not [thread for thread in threading.enumerate() if thread.name == "reads ahead"]


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


def test_a_report_is_drawn_of_a_sound_whose_channels_cancel(
    workshop: SimpleNamespace, tiny: TrainOptions, tmp_path: Path
) -> None:
    tone = workshop.plucked(110.0)
    sound = workshop.write(tmp_path / "in" / "wide.wav", np.stack([tone, -tone], axis=1))
    report = tmp_path / "report.png"
    train_model([sound], tmp_path / "m.ltsmodel", tiny, extras=TrainExtras(report=report))
    assert report.stat().st_size > 10_000


def test_an_option_that_these_recordings_leave_without_effect_is_told(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    told: list[TrainProgress] = []
    options = dataclasses.replace(tiny, augment=0.0, shift_bands=24)
    train_model(sounds, tmp_path / "m.ltsmodel", options, told.append)
    assert any(step.note.startswith("no frame is moved by 24 bands") for step in told)
