from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.models import ModelCard, read_card

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ["--epochs", "1", "--latents", "4", "--width", "8", "--device", "cpu"]


def test_a_folder_becomes_a_model(sounds: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "mine.ltsmodel"
    arguments = ["train", str(sounds[0].parent), "-o", str(target), "--licence", "mine", *SMALL]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    card = read_card(target)
    assert (card.n_latents, card.licence, card.name) == (4, "mine", "mine")
    assert "4 latents from 3 sounds" in result.stdout
    assert "reading" in result.stderr
    assert "\x1b" not in result.stderr  # clean lines when not a terminal


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--latents", "0"], "n_latents is 0; 4..256 is allowed"),
        (["--minutes", "nan"], "minutes is nan"),
        (["--width", "1000000"], "width is 1000000"),
    ],
)
def test_options_out_of_range_are_notes(
    sounds: list[Path], tmp_path: Path, changes: list[str], words: str
) -> None:
    arguments = ["train", str(sounds[0].parent), "-o", str(tmp_path / "m"), *SMALL, *changes]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_a_note(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["train", str(tmp_path / "none"), "-o", "m", *SMALL])
    assert result.exit_code == 2
    assert "there is no such folder" in result.output


def test_a_data_set_of_the_original_becomes_a_model(shared_runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.ltsmodel"
    data = str(shared_runs / "datasets" / "miniA")
    result = CliRunner().invoke(cli, ["train", data, "-o", str(target), *SMALL])
    assert result.exit_code == 0, result.output
    card = read_card(target)
    assert isinstance(card, ModelCard)
    assert [sound.name for sound in card.training_sounds] == ["ambi_glass_hum.wav", "guit_em9.wav"]
    assert "skipped" not in result.output
    assert "npy" not in result.output


def test_a_preset_may_be_named_and_overridden(sounds: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "quick.ltsmodel"
    arguments = ["train", str(sounds[0].parent), "-o", str(target), "--preset", "quick", *SMALL]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert read_card(target).n_latents == 4
    result = CliRunner().invoke(cli, ["train", "x", "-o", "y", "--preset", "none-such"])
    assert result.exit_code == 2
    assert "none-such" in result.output
