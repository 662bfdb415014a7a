"""What an evaluation says, checked on models that are known from outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.errors import ModelError
from ltsrender.models import load_model
from ltsrender.train import evaluate_model, evaluation_in_words, train_model
from ltsrender.train.baseline import principal_components
from ltsrender.train.figures import between, drawn_pairs, errors, latent_usage, roughness_db
from ltsrender.train.material import read_material

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.train import Evaluation, TrainOptions

FLOOR = 1e-4
ROUNDING = 1e-3  # figures are told with three digits


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, sounds: list[Path], tiny: TrainOptions) -> Path:
    path = tmp_path_factory.mktemp("evaluated") / "tiny.ltsmodel"
    train_model(sounds, path, tiny)
    return path


@pytest.fixture(scope="module")
def found(model: Path, sounds: list[Path]) -> Evaluation:
    return evaluate_model(model, sounds[0].parent)


def test_a_copy_has_no_error_and_half_of_it_is_6_db_away() -> None:
    frames = np.random.default_rng(0).random((5, 7), dtype=np.float32) + 0.1
    assert errors(frames, frames, FLOOR)["lsd_db"] == 0.0
    half = errors(frames, frames / 2, FLOOR)
    assert half["lsd_db"] == pytest.approx(20 * np.log10(2), abs=ROUNDING)
    assert half["sc_db"] == pytest.approx(-20 * np.log10(2), abs=ROUNDING)
    assert errors(0 * frames, frames, FLOOR)["sc_db"] is None


def test_what_moves_evenly_in_db_is_not_rough() -> None:
    fading = np.exp(-0.1 * np.arange(20, dtype=np.float32))[:, None] * np.ones((1, 3), np.float32)
    audible = np.ones(20, np.bool_)
    assert roughness_db(fading, audible, FLOOR) < ROUNDING
    flutter = fading.copy()
    flutter[::2] *= 2
    assert roughness_db(flutter, audible, FLOOR) == pytest.approx(40 * np.log10(2), abs=ROUNDING)


def test_a_latent_at_the_prior_is_idle_and_costs_nothing() -> None:
    mean = np.zeros((100, 2), np.float32)
    mean[:, 1] = np.random.default_rng(0).normal(size=100)
    active, kl = latent_usage(mean, np.zeros_like(mean))
    assert active.tolist() == [False, True]
    assert kl[0] == 0.0
    assert kl[1] == pytest.approx(0.5 * np.square(mean[:, 1]).mean())


def test_pairs_are_of_different_sounds() -> None:
    pairs = drawn_pairs([10, 20, 5], 100, np.random.default_rng(0))
    owner = np.searchsorted([10, 30, 35], pairs, side="right")
    assert (owner[:, 0] != owner[:, 1]).all()
    assert pairs.max() < 35


def test_the_evaluation_agrees_with_the_card(model: Path, found: Evaluation) -> None:
    """Training measures the same frames by the same definitions, weighted alike: all of them."""
    card = load_model(model).card
    for name, value in card.metrics.items():
        assert found.model.whole["all"][name] == pytest.approx(value, abs=ROUNDING)


def test_every_sound_is_measured_and_known(found: Evaluation) -> None:
    assert sorted(found.sounds) == ["breath.wav", "high.wav", "low.wav"]
    assert found.n_trained_on == 3
    assert len(found.model.active) == len(found.model.kl) == 5  # without the level
    assert found.truth.whole["all"]["lsd_db"] == 0.0
    assert found.model.between["path_ratio"] >= 1.0
    assert json.loads(json.dumps(found.to_dict()))["seed"] == 0
    assert found.original is None  # nobody asked for it


def test_components_as_many_as_bands_lose_nothing(model: Path, sounds: list[Path]) -> None:
    read = load_model(model)
    material = read_material(sounds, read)
    frames = [sound.frames[sound.audible] for sound in material]
    pca = principal_components(frames, read.n_bands + 1, read.card)
    whole = np.concatenate(frames)
    decoded = pca.decode(pca.encode(whole)[0])
    assert errors(whole, decoded, 1e-3 * float(whole.max()))["sc_db"] < -40.0
    pairs = drawn_pairs([len(each) for each in frames], 20, np.random.default_rng(0))
    ways = between(pca, whole, pairs, 1e-3 * float(whole.max()), np.random.default_rng(0))
    assert ways["ends_db"] < 0.5


def test_bins_rise(model: Path) -> None:
    read = load_model(model)
    centres = read.centres_hz
    assert len(centres) == read.n_bands
    assert (np.diff(centres) > 0).all()


def test_a_folder_without_sounds_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no sound file"):
        evaluate_model(model, tmp_path)


def test_the_command_writes_json_and_words(model: Path, sounds: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "numbers.json"
    arguments = ["model", "evaluate", str(model), str(sounds[0].parent), "--json", str(table)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "low.wav" in result.stdout
    assert json.loads(table.read_text("utf-8"))["format"] == "ltsrender evaluation"


def test_the_words_tell_all_sounds(found: Evaluation) -> None:
    words = evaluation_in_words(found)
    assert all(name in words for name in found.sounds)
    assert "of 5 latents are active" in words
