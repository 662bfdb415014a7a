"""Folders as they are: one short sound, only silence, other rates, broken files, very many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.models import read_card

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

    from click.testing import Result

N_TINY = 30
RATES_HZ = (8_000, 22_050, 96_000)


def trained(folder: Path, target: Path) -> Result:
    small = ["--epochs", "1", "--latents", "4", "--width", "8", "--device", "cpu"]
    return CliRunner().invoke(cli, ["train", str(folder), "-o", str(target), *small])


def test_one_sound_of_two_seconds_is_enough(workshop: SimpleNamespace, tmp_path: Path) -> None:
    workshop.write(tmp_path / "in" / "only.wav", workshop.plucked(220.0, 2.0))
    result = trained(tmp_path / "in", tmp_path / "m.ltsmodel")
    assert result.exit_code == 0, result.output
    assert "4 latents from 1 sound;" in result.stdout
    assert "of fewer than 5 recordings none is held out" in result.stdout


def test_only_silence_is_a_note_for_every_file(workshop: SimpleNamespace, tmp_path: Path) -> None:
    for name in ("a", "b"):
        silence = np.zeros(8_000 + ord(name), np.float32)  # not the same file twice
        workshop.write(tmp_path / "in" / f"{name}.wav", silence)
    result = trained(tmp_path / "in", tmp_path / "m.ltsmodel")
    assert result.exit_code == 2
    assert "there is no sound to train on" in result.output
    for name in ("a.wav", "b.wav"):
        assert f"{name}: is silent from end to end" in result.output
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_recording_that_clips_is_learnt_and_told(
    workshop: SimpleNamespace, tmp_path: Path
) -> None:
    loud = np.clip(20.0 * workshop.plucked(110.0), -1.0, 1.0)
    workshop.write(tmp_path / "in" / "loud.wav", loud)
    workshop.write(tmp_path / "in" / "soft.wav", workshop.plucked(220.0))
    result = trained(tmp_path / "in", tmp_path / "m.ltsmodel")
    assert result.exit_code == 0, result.output
    assert "loud.wav is learnt as it is, cut flat at full scale in" in result.stderr
    assert "soft.wav" not in result.stderr
    inspected = CliRunner().invoke(cli, ["inspect", str(tmp_path / "in" / "loud.wav")])
    assert "mono, cut flat at full scale in" in inspected.stdout


def test_all_rates_come_to_the_model_s(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for rate_hz in RATES_HZ:
        time_s = np.arange(rate_hz // 2) / rate_hz
        tone = 0.3 * np.sin(2 * np.pi * (220.0 + rate_hz / 1_000) * time_s)
        soundfile.write(tmp_path / "in" / f"{rate_hz}.wav", tone, rate_hz)
    result = trained(tmp_path / "in", tmp_path / "m.ltsmodel")
    assert result.exit_code == 0, result.output
    card = read_card(tmp_path / "m.ltsmodel")
    assert card.transform["sample_rate_hz"] == 44_100
    assert [sound.length_s for sound in card.training_sounds] == pytest.approx([0.5, 0.5, 0.5])


def test_what_cannot_be_read_is_told_and_the_rest_is_learnt(
    workshop: SimpleNamespace, tmp_path: Path
) -> None:
    workshop.write(tmp_path / "in" / "good.wav", workshop.plucked(220.0))
    (tmp_path / "in" / "broken.wav").write_bytes(b"RIFF")
    (tmp_path / "in" / "empty.flac").write_bytes(b"")
    result = trained(tmp_path / "in", tmp_path / "m.ltsmodel")
    assert result.exit_code == 0, result.output
    assert "4 latents from 1 sound;" in result.stdout
    for name in ("broken.wav", "empty.flac"):
        assert f"{name}" in result.stderr


def test_very_many_tiny_files_are_a_collection_too(
    workshop: SimpleNamespace, tmp_path: Path
) -> None:
    for number in range(N_TINY):
        workshop.write(tmp_path / "in" / f"{number}.wav", workshop.breath(number, 0.02))
    result = trained(tmp_path / "in", tmp_path / "m.ltsmodel")
    assert result.exit_code == 0, result.output
    card = read_card(tmp_path / "m.ltsmodel")
    assert len(card.held_out_sounds) == 4
    assert len(card.training_sounds) == N_TINY - 4
