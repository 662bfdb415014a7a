"""A training that is stopped anywhere goes on as if nothing had happened, to the last bit."""

from __future__ import annotations

import dataclasses
import json
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from ltsrender.errors import ModelError, RenderError
from ltsrender.train import (
    TrainExtras,
    TrainOptions,
    TrainProgress,
    ahead,
    dataset,
    loop,
    resumed_options,
    run,
    train_model,
    unfinished,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

OFTEN = TrainExtras(checkpoint_every_s=1e-6)
N_KILLS = 2
READ: dict[tuple[Path, ...], dataset.Dataset] = {}
LONGEST_S = 120.0

ANOTHER_PROCESS = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from ltsrender.train import TrainExtras, TrainOptions, train_model
sounds, target, options = json.loads(sys.argv[1])
train_model(
    [Path(sound) for sound in sounds],
    Path(target),
    TrainOptions(**options),
    resume=True,
    extras=TrainExtras(checkpoint_every_s=0.02),
)
"""


@pytest.fixture(scope="module")
def six(workshop: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("six")
    return [
        workshop.write(folder / f"{pitch_hz}.wav", workshop.plucked(pitch_hz, 0.2))
        for pitch_hz in (110, 147, 196, 262, 349, 466)
    ]


@pytest.fixture
def options(tiny: TrainOptions, monkeypatch: pytest.MonkeyPatch) -> TrainOptions:
    monkeypatch.setattr(loop, "LOOK_EVERY_STEPS", 3)
    monkeypatch.setattr(loop, "SAFE_EVERY_STEPS", 4)
    return dataclasses.replace(tiny, epochs=8, patience=1_000, augment=0.5, shift_bands=2)


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings are read once for all tests of this process: that is slow, and not the point."""

    def read_dataset(sounds: list[Path], *arguments: Any) -> dataset.Dataset:
        key = tuple(sounds)
        if key not in READ:
            READ[key] = dataset.read_dataset(sounds, *arguments)
        return READ[key]

    monkeypatch.setattr(run, "read_dataset", read_dataset)


class Stopped(Exception):  # noqa: N818 - it stands for a power cut
    """What stops a training in these tests."""


def stop_after(n_steps: int):  # type: ignore[no-untyped-def] # noqa: ANN201 - a progress function
    steps = iter(range(n_steps))

    def told(progress: TrainProgress) -> None:
        if progress.loss is not None and next(steps, None) is None:
            raise Stopped

    return told


def test_a_stopped_training_goes_on_to_the_same_bytes(
    six: list[Path], options: TrainOptions, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "a" / "m.ltsmodel", tmp_path / "b" / "m.ltsmodel"
    train_model(six, whole, options)
    for n_steps in (0, 4, 9):
        with pytest.raises(Stopped):
            train_model(six, parts, options, stop_after(n_steps), resume=True, extras=OFTEN)
        torch.rand(7)  # chance that others used must not matter
    train_model(six, parts, options, resume=True, extras=OFTEN)
    assert parts.read_bytes() == whole.read_bytes()
    assert [path.name for path in parts.parent.iterdir()] == ["m.ltsmodel"]


def test_ctrl_c_puts_the_training_away_where_it_is(
    six: list[Path], options: TrainOptions, tmp_path: Path
) -> None:
    whole, parts = tmp_path / "a" / "m.ltsmodel", tmp_path / "b" / "m.ltsmodel"
    train_model(six, whole, options)
    told: list[TrainProgress] = []

    def press_at_the_fifth(progress: TrainProgress) -> None:
        told.append(progress)
        if sum(step.loss is not None for step in told) == 5:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train_model(six, parts, options, press_at_the_fifth)
    assert signal.getsignal(signal.SIGINT) is before
    assert told[-1].note == "stopped, and put away; --resume goes on"
    steps: list[TrainProgress] = []
    train_model(six, parts, options, steps.append, resume=True)
    assert parts.read_bytes() == whole.read_bytes()
    assert steps[0].note.startswith("goes on with a training")


def test_a_second_ctrl_c_ends_at_once(
    six: list[Path], options: TrainOptions, tmp_path: Path
) -> None:
    def press_twice(progress: TrainProgress) -> None:
        if progress.loss is not None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train_model(six, tmp_path / "m.ltsmodel", options, press_twice)
    assert list(tmp_path.iterdir()) == []


def test_from_a_file_it_goes_on_to_the_same_bytes(
    six: list[Path], options: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_model(six, tmp_path / "a" / "m.ltsmodel", options)
    monkeypatch.setattr(run, "read_dataset", dataset.read_dataset)
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 10)
    monkeypatch.setattr(ahead, "SWEEP_FRAMES", 40)
    parts = tmp_path / "b" / "m.ltsmodel"
    for n_steps in (3, 9):
        with pytest.raises(Stopped):
            train_model(six, parts, options, stop_after(n_steps), resume=True, extras=OFTEN)
        assert [path.name for path in parts.parent.iterdir()] == ["m.ltsmodel.training"]
    train_model(six, parts, options, resume=True, extras=OFTEN)
    assert parts.read_bytes() == (tmp_path / "a" / "m.ltsmodel").read_bytes()


def test_what_ignores_ctrl_c_goes_on_ignoring_it(
    six: list[Path], options: TrainOptions, tmp_path: Path
) -> None:
    """As a training that a script started in the background."""

    def press(progress: TrainProgress) -> None:
        if progress.loss is not None:
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        train_model(six, tmp_path / "m.ltsmodel", options, press)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert [path.name for path in tmp_path.iterdir()] == ["m.ltsmodel"]


def test_a_retreat_is_remembered(
    six: list[Path], options: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_losses_of = loop.losses_of
    broken = {5}

    def losses_of(network, batch, noise):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        losses = true_losses_of(network, batch, noise)
        step = next(count)
        return (
            losses._replace(convergence=losses.convergence * torch.nan)
            if step in broken
            else losses
        )

    monkeypatch.setattr(loop, "losses_of", losses_of)
    count = iter(range(10**6))
    train_model(six, tmp_path / "whole", options)
    count = iter(range(10**6))
    with pytest.raises(Stopped):  # told is not called for the step that failed
        train_model(six, tmp_path / "parts", options, stop_after(6), extras=OFTEN)
    count = iter(range(7 + 1 - 1, 10**6))
    train_model(six, tmp_path / "parts", options, resume=True)
    whole, parts = (load_file(tmp_path / name) for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


@pytest.mark.slow
def test_killed_again_and_again_it_comes_to_the_same_bytes(
    sounds: list[Path], tiny: TrainOptions, tmp_path: Path
) -> None:
    options = dataclasses.replace(tiny, epochs=100, width=64)
    chance = random.Random(5)  # noqa: S311 - when to kill is no secret
    whole, parts = tmp_path / "a" / "m.ltsmodel", tmp_path / "b" / "m.ltsmodel"
    run_to_the_end(sounds, whole, options)
    for _ in range(N_KILLS):
        kill_somewhere(sounds, parts, options, chance.uniform(0.0, 0.3))
    run_to_the_end(sounds, parts, options)
    assert parts.read_bytes() == whole.read_bytes()
    assert [path.name for path in parts.parent.iterdir()] == ["m.ltsmodel"]


def started(sounds: list[Path], target: Path, options: TrainOptions) -> subprocess.Popen[bytes]:
    arguments = json.dumps([[str(s) for s in sounds], str(target), dataclasses.asdict(options)])
    return subprocess.Popen([sys.executable, "-c", ANOTHER_PROCESS, arguments])


def run_to_the_end(sounds: list[Path], target: Path, options: TrainOptions) -> None:
    assert started(sounds, target, options).wait(LONGEST_S) == 0


def kill_somewhere(sounds: list[Path], target: Path, options: TrainOptions, later_s: float) -> None:
    """Kill a training some time after it has put itself away once more."""
    file = unfinished.unfinished_file(target)
    before = file.stat().st_mtime_ns if file.exists() else 0
    process = started(sounds, target, options)
    end = time.monotonic() + LONGEST_S
    while not file.exists() or file.stat().st_mtime_ns == before:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.005)
    time.sleep(later_s)
    process.kill()
    process.wait()
    assert not target.exists(), "it was killed too late to show anything"


@pytest.fixture
def stopped(six: list[Path], options: TrainOptions, tmp_path: Path) -> Path:
    """A model whose training was stopped."""
    target = tmp_path / "models" / "m.ltsmodel"
    with pytest.raises(Stopped):
        train_model(six, target, options, stop_after(5), extras=OFTEN)
    assert [path.name for path in target.parent.iterdir()] == ["m.ltsmodel.training"]
    return target


def test_an_unfinished_training_is_not_lost_by_beginning_anew(
    stopped: Path, six: list[Path], options: TrainOptions
) -> None:
    before = unfinished.unfinished_file(stopped).read_bytes()
    with pytest.raises(ModelError, match="is an unfinished training of this model; go on with"):
        train_model(six, stopped, options)
    assert unfinished.unfinished_file(stopped).read_bytes() == before


def test_other_options_are_all_told(stopped: Path, six: list[Path], options: TrainOptions) -> None:
    other = dataclasses.replace(options, n_latents=8, epochs=7, name="free", licence="free")
    with pytest.raises(ModelError) as caught:
        train_model(six, stopped, other, resume=True)
    told = str(caught.value).splitlines()
    assert len(told) == 2
    assert told[0].startswith("epochs is 7; the training that is to be resumed has 8: leave it")
    assert told[1].startswith("latents is 8; the training that is to be resumed has 6")


def test_other_recordings_are_named(
    stopped: Path, six: list[Path], options: TrainOptions, sounds: list[Path]
) -> None:
    with pytest.raises(ModelError) as caught:
        train_model([*six[1:], sounds[0]], stopped, options, resume=True)
    assert "new: low.wav; gone: 110.wav" in str(caught.value)
    with pytest.raises(ModelError, match="other names, which changes their order"):
        train_model(six[::-1], stopped, options, resume=True)
    assert unfinished.unfinished_file(stopped).exists()


def test_options_that_nobody_names_are_those_it_began_with(
    stopped: Path, options: TrainOptions, tmp_path: Path
) -> None:
    assert resumed_options(stopped, None, {}) == options
    assert resumed_options(stopped, None, {"width": 99}).width == 99
    assert resumed_options(tmp_path / "none", None, {}) == TrainOptions()


def test_time_goes_on_too(six: list[Path], options: TrainOptions, tmp_path: Path) -> None:
    timed = dataclasses.replace(options, minutes=100.0, epochs=None)
    target = tmp_path / "m.ltsmodel"
    for n_steps in (4, 4):
        with pytest.raises(Stopped):
            train_model(six, target, timed, stop_after(n_steps), resume=True, extras=OFTEN)
        saved = unfinished.read_unfinished(target)
        assert saved is not None
    file = unfinished.unfinished_file(target)
    metadata = metadata_of(file)
    facts = json.loads(metadata["facts"])
    facts["training"]["elapsed_s"] = 6_000.0 - 0.1
    save_file(load_file(file), file, metadata | {"facts": json.dumps(facts)})
    begun = time.monotonic()
    train_model(six, target, timed, resume=True)
    assert time.monotonic() - begun < 60.0
    assert target.exists()


def metadata_of(file: Path) -> dict[str, str]:
    content = file.read_bytes()
    length = int.from_bytes(content[:8], "little")
    found: dict[str, str] = json.loads(content[8 : 8 + length])["__metadata__"]
    return found


@pytest.mark.parametrize("damage", ["cut", "empty", "stranger", "tensors"])
def test_a_damaged_file_is_a_note(
    stopped: Path, six: list[Path], options: TrainOptions, damage: str
) -> None:
    file = unfinished.unfinished_file(stopped)
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[:-100])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "stranger":
        save_file({"x": torch.zeros(3)}, file)
    else:
        save_file({"x": torch.zeros(3)}, file, metadata_of(file))
    with pytest.raises(ModelError, match=r"m\.ltsmodel\.training"):
        train_model(six, stopped, options, resume=True)


def test_a_training_of_another_version_is_not_gone_on_with(
    stopped: Path, six: list[Path], options: TrainOptions
) -> None:
    file = unfinished.unfinished_file(stopped)
    metadata = metadata_of(file)
    facts = json.loads(metadata["facts"])
    del facts["options"]["augment"]
    facts["options"]["shift_bands"] = None
    older = {"version": "1", "facts": json.dumps(facts)}
    save_file(load_file(file), file, metadata | older)
    with pytest.raises(ModelError, match="was put away by another version of ltsrender"):
        train_model(six, stopped, options, resume=True)


def test_a_full_disk_is_told_once_and_ends_nothing(
    six: list[Path], options: TrainOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_unfinished(*_: object) -> None:
        raise RenderError("m.training: cannot be written: No space left on device")

    monkeypatch.setattr(unfinished, "write_unfinished", write_unfinished)
    told: list[TrainProgress] = []
    options = dataclasses.replace(options, patience=0)
    train_model(six, tmp_path / "m", options, told.append, extras=OFTEN)
    notes = [step.note for step in told if step.note]
    assert len(notes) == 1
    assert "No space left" in notes[0]
    assert (tmp_path / "m").exists()


def test_resuming_nothing_begins_and_says_so(
    six: list[Path], options: TrainOptions, tmp_path: Path
) -> None:
    told: list[TrainProgress] = []
    train_model(six, tmp_path / "m", options, told.append, resume=True)
    assert "there is no unfinished training to resume; begins anew" in [p.note for p in told]
    with pytest.raises(ModelError, match="checkpoint_every_s is -1"):
        TrainExtras(checkpoint_every_s=-1.0)
