"""``ltsrender train --architecture``: the original's networks on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.cli.train import ORIGINALS
from ltsrender.models import OriginalCard, read_card
from ltsrender.train.original_recipe import RECIPES

if TYPE_CHECKING:
    from pathlib import Path

AUDIBLE = 0.01
BRIEFLY = ["--epochs", "1", "--latents", "4", "--device", "cpu"]


def test_the_command_knows_all_recipes() -> None:
    assert tuple(RECIPES) == ORIGINALS


@pytest.fixture(scope="module")
def made(sounds: list[Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A model of the original, and what the command said of it."""
    target = tmp_path_factory.mktemp("made") / "theirs.ltsmodel"
    arguments = ["train", str(sounds[0].parent), "-o", str(target), *BRIEFLY]
    result = CliRunner().invoke(cli, [*arguments, "--architecture", "timbre-vae", "--name", "old"])
    assert result.exit_code == 0, result.output
    return target, result.stdout


def test_a_folder_becomes_a_model_of_the_original(made: tuple[Path, str]) -> None:
    target, words = made
    card = read_card(target)
    assert isinstance(card, OriginalCard)
    assert (card.name, card.n_latents, card.n_bands) == ("old", 4, 384)
    assert "4 latents from 3 sounds" in words
    assert "the original's recipe holds none out" in words
    told = CliRunner().invoke(cli, ["model", "info", str(target)])
    assert told.exit_code == 0
    assert "extra.description timbre-vae" in told.stdout


@pytest.mark.slow
def test_it_morphs_like_any_other(
    made: tuple[Path, str], sounds: list[Path], tmp_path: Path
) -> None:
    morph = tmp_path / "morph.wav"
    between = ["morph", str(sounds[0]), str(sounds[1]), "--model", str(made[0]), "-o", str(morph)]
    result = CliRunner().invoke(cli, between)
    assert result.exit_code == 0, result.output
    audio = soundfile.read(morph)[0]
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() > AUDIBLE


def test_what_the_recipe_does_not_have_is_refused_all_at_once(
    sounds: list[Path], tmp_path: Path
) -> None:
    arguments = ["train", str(sounds[0].parent), "-o", str(tmp_path / "m"), *BRIEFLY]
    given = {
        "--width": "8",
        "--shift-bands": "0",
        "--preset": "quick",
        "--validation": "0",
        "--patience": "3",
        "--checkpoint-every": "60",
        "--listen": str(tmp_path / "ears"),
        "--listen-every": "300",
        "--report": "a.png",
        "--tensorboard": "log",
    }
    more = [word for pair in given.items() for word in pair]
    more += ["--resume", "--architecture", "timbre-vae2", "--seed", "-1"]
    result = CliRunner().invoke(cli, [*arguments, *more])
    assert result.exit_code == 2
    for option in [*given, "--resume"]:
        assert f"{option} is not for timbre-vae2" in result.output
    assert "seed is -1" in result.output
    assert not list(tmp_path.iterdir())


def test_minutes_and_epochs_may_both_bound_it(sounds: list[Path], tmp_path: Path) -> None:
    arguments = ["train", str(sounds[0].parent), "-o", str(tmp_path / "m"), *BRIEFLY]
    result = CliRunner().invoke(
        cli, [*arguments, "--minutes", "0.0001", "--architecture", "timbre-vae"]
    )
    assert result.exit_code == 2
    assert "minutes is 0.0001" in result.output


def test_an_unknown_architecture_is_a_note(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        cli, ["train", "x", "-o", str(tmp_path / "m"), "--architecture", "gan"]
    )
    assert result.exit_code == 2
    assert "frame-vae" in result.output


@pytest.mark.parametrize("architecture", ["frame-vae"])
def test_ours_is_the_usual_one(sounds: list[Path], tmp_path: Path, architecture: str) -> None:
    target = tmp_path / "ours.ltsmodel"
    arguments = ["train", str(sounds[0].parent), "-o", str(target), *BRIEFLY, "--width", "8"]
    result = CliRunner().invoke(cli, [*arguments, "--architecture", architecture])
    assert result.exit_code == 0, result.output
    assert read_card(target).architecture == architecture
