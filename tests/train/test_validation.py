"""What is held out is never learnt, and is measured beside the rest."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from ltsrender.audiofile import load_sound
from ltsrender.models import FrameVAE, ModelCard, Sizes, TimbreModel, load_model, read_card
from ltsrender.render.inspect import inspect_file
from ltsrender.signal import magnitude_frames
from ltsrender.train import TrainOptions, TrainProgress, describe_training, loop, train_model
from ltsrender.train.average import Average
from ltsrender.train.measure import measure
from ltsrender.train.start import start_from_principal_components
from ltsrender.train.watch import Watch, loss_on

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace


@pytest.fixture(scope="module")
def six(workshop: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("six")
    return [
        workshop.write(folder / f"{pitch_hz}.wav", workshop.plucked(pitch_hz, 0.3))
        for pitch_hz in (110, 147, 196, 262, 349, 466)
    ]


@pytest.fixture(scope="module")
def model(
    six: list[Path], tiny: TrainOptions, tmp_path_factory: pytest.TempPathFactory
) -> TimbreModel:
    target = tmp_path_factory.mktemp("models") / "six.ltsmodel"
    train_model(six, target, dataclasses.replace(tiny, validation=0.15))
    return load_model(target)


def test_the_card_names_what_was_held_out_and_measures_it(
    model: TimbreModel, six: list[Path]
) -> None:
    card = model.card
    assert isinstance(card, ModelCard)
    held_out = {sound.name for sound in card.held_out_sounds}
    known = {sound.name for sound in card.training_sounds}
    assert len(held_out) == 1
    assert held_out | known == {path.name for path in six}
    (stranger,) = (path for path in six if path.name in held_out)
    spec = model.spec
    frames = magnitude_frames(load_sound(stranger, spec.sample_rate_hz), spec)[0]
    again = measure(model, frames[frames.any(axis=1)], lambda _: None)
    assert card.metrics["validation_sc_db"] == pytest.approx(again["sc_db"], abs=0.05)
    assert set(card.metrics) == {"sc_db", "lsd_db", "validation_sc_db", "validation_lsd_db"}
    assert f"held out to measure with: {stranger.name}" in describe_training(card)


def test_inspect_tells_it_too(six: list[Path], tiny: TrainOptions, tmp_path: Path) -> None:
    options = dataclasses.replace(tiny, epochs=1, validation=0.15)
    train_model(six, tmp_path / "m.ltsmodel", options)
    assert "held out, not trained on: " in inspect_file(tmp_path / "m.ltsmodel")


def test_all_is_learnt_where_that_is_asked(
    six: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    options = dataclasses.replace(tiny, epochs=1, validation=0.0)
    card = train_model(six, tmp_path / "all.ltsmodel", options)
    assert len(card.training_sounds) == 6
    assert set(card.metrics) == {"sc_db", "lsd_db"}
    assert len(describe_training(card).splitlines()) == 1


def test_a_small_collection_says_why_nothing_is_known(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    card = train_model(sounds, tmp_path / "few.ltsmodel", dataclasses.replace(tiny, epochs=1))
    assert not read_card(tmp_path / "few.ltsmodel").held_out_sounds
    assert "of fewer than 5 recordings none is held out" in describe_training(card)


@pytest.fixture
def network() -> FrameVAE:
    torch.manual_seed(0)
    return FrameVAE(Sizes(n_bands=20, n_latents=6, width=16, n_hidden=1))


def test_an_average_follows_slowly_and_at_once_without_decay(network: FrameVAE) -> None:
    slow, quick = Average(network, 0.5), Average(network, 0.0)
    before = network.encoder_mean.weight.detach().clone()
    with torch.no_grad():
        network.encoder_mean.weight.add_(1.0)
    for average in (slow, quick):
        average.follow(network, 1_000)
    torch.testing.assert_close(slow.network.encoder_mean.weight, before + 0.5)
    torch.testing.assert_close(quick.network.encoder_mean.weight, before + 1.0)


def test_patience_ends_training_and_the_best_weights_stay(
    network: FrameVAE, tiny: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = torch.Generator().manual_seed(0)
    shapes = -3.0 * torch.rand(64, 20, generator=rng)
    strangers = -3.0 * torch.rand(32, 20, generator=rng) ** 3
    start_from_principal_components(network, shapes, torch.ones(64))
    monkeypatch.setattr(loop, "LOOK_EVERY_STEPS", 5)
    options = dataclasses.replace(tiny, epochs=10_000, patience=3, learning_rate=0.01)
    training = loop.fit(
        network, shapes, torch.ones(64), options, lambda *_: None, held_out=strangers
    )
    looks = [facts["validation"] for facts in training.history]
    best = int(np.argmin(looks))
    assert len(looks) == best + 1 + 3
    assert loss_on(network, strangers) == looks[best]


def test_nothing_is_watched_where_nothing_is_held_out(network: FrameVAE) -> None:
    watch = Watch(None, patience=1)
    assert watch.look(network) is None
    assert not watch.is_over


def test_an_early_end_is_told(
    six: list[Path], tiny: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOOK_EVERY_STEPS", 1)
    options = dataclasses.replace(
        tiny, epochs=1_000, patience=1, learning_rate=0.3, validation=0.15
    )
    told: list[TrainProgress] = []
    train_model(six, tmp_path / "m", options, told.append)
    assert [step.note for step in told if step.note] == [
        "ends before its time: held-out recordings no longer gain; the best weights stay"
    ]
