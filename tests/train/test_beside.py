"""Sounds to hear on the way, a picture, a log: and the model is the same without them."""

from __future__ import annotations

import dataclasses
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.audiofile import load_sound
from ltsrender.errors import ModelError, RenderError
from ltsrender.models import load_model
from ltsrender.train import TrainExtras, TrainOptions, TrainProgress, loop, train_model

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def audible(tiny: TrainOptions) -> TrainOptions:
    """At a rate that a session, so a morph, may have."""
    return dataclasses.replace(tiny, sample_rate_hz=44_100)


@pytest.fixture(scope="module")
def plain(
    sounds: list[Path], audible: TrainOptions, tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    target = tmp_path_factory.mktemp("plain") / "m.ltsmodel"
    train_model(sounds, target, audible)
    return target.read_bytes()


def test_sounds_and_a_picture_leave_the_model_as_it_is(
    sounds: list[Path],
    audible: TrainOptions,
    tmp_path: Path,
    plain: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LTSRENDER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(loop, "LOOK_EVERY_STEPS", 2)
    target, listen = tmp_path / "m.ltsmodel", tmp_path / "deep" / "listen"
    extras = TrainExtras(listen=listen, report=tmp_path / "report.png")
    told: list[TrainProgress] = []
    train_model(sounds, target, audible, told.append, extras=extras)
    assert [step.note for step in told if step.note] == []
    assert target.read_bytes() == plain
    assert (tmp_path / "report.png").read_bytes().startswith(PNG)
    names = sorted(path.name for path in listen.iterdir())
    assert names[0] == "latest.ltsmodel"
    assert names[1:3] == ["source-1.wav", "source-2.wav"]
    head = names[3].removesuffix("morph.wav")
    assert names[3:] == [f"{head}{end}" for end in ENDS]
    rate = load_model(target).spec.sample_rate_hz
    for number, path in enumerate(sounds[:2], start=1):
        source = load_sound(listen / f"source-{number}.wav", rate)
        np.testing.assert_allclose(source, load_sound(path, rate), atol=2**-22)
        made = load_sound(listen / f"{head}reconstruction-{number}.wav", rate)
        assert made.shape == source.shape
        error_db = 10 * np.log10(np.square(made - source).sum() / np.square(source).sum())
        assert error_db < RECOGNISABLE_DB
    assert np.abs(load_sound(listen / f"{head}morph.wav", rate)).max() > 0.01


ENDS = ("morph.wav", "reconstruction-1.wav", "reconstruction-2.wav")
RECOGNISABLE_DB = -6.0
"""Signal to error where a sound is recognisably itself; five latents, eight steps reach -9 dB."""


def test_one_sound_has_no_morph_and_its_report_no_second_row(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    extras = TrainExtras(listen=tmp_path / "listen", report=tmp_path / "r.svg")
    train_model(sounds[:1], tmp_path / "m", tiny, extras=extras)
    assert not list((tmp_path / "listen").glob("*morph*"))
    assert len(list((tmp_path / "listen").glob("*reconstruction*"))) == 1
    assert b"<svg" in (tmp_path / "r.svg").read_bytes()


def test_what_cannot_be_written_is_told_before_the_work(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[TrainProgress] = []
    for extras in (
        TrainExtras(report=tmp_path / "file" / "r.png"),
        TrainExtras(listen=tmp_path / "file" / "listen"),
    ):
        with pytest.raises(RenderError, match="cannot be written"):
            train_model(sounds, tmp_path / "m", tiny, told.append, extras=extras)
    assert not told


def test_a_missing_tensorboard_is_told_before_the_work(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)  # as if it were not installed
    extras = TrainExtras(tensorboard=tmp_path / "log")
    with pytest.raises(ModelError, match="--tensorboard needs the package tensorboard"):
        train_model(sounds, tmp_path / "m", tiny, extras=extras)


def test_a_log_gets_every_look_once(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, int]] = []

    class SummaryWriter:
        def __init__(self, folder: str) -> None:
            assert folder == str(tmp_path / "log")

        def add_scalar(self, name: str, value: float, step: int) -> None:
            assert np.isfinite(value)
            written.append((name, step))

        def close(self) -> None:
            written.append(("closed", 0))

    module: Any = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    monkeypatch.setattr(loop, "LOOK_EVERY_STEPS", 3)
    options = dataclasses.replace(tiny, epochs=1)
    extras = TrainExtras(tensorboard=tmp_path / "log")
    train_model(sounds, tmp_path / "m", options, extras=extras)
    assert written[-1] == ("closed", 0)
    assert len(set(written)) == len(written)
    assert ("log_spectral", 3) in written


def test_times_out_of_range_are_told_at_once() -> None:
    with pytest.raises(ModelError) as caught:
        TrainExtras(checkpoint_every_s=-1.0, listen_every_s=0.0)
    assert len(caught.value.problems) == 2
