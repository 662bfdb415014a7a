"""A folder with a small session in it, and the command line that is let loose on it.

The model is tiny and untrained: what is tested here is how commands answer, not how models sound.
"""

from __future__ import annotations

import copy
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import mido
import numpy as np
import pytest
import soundfile
import torch
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.models import FrameVAE, LatentStatistics, ModelCard, Sizes, save_model
from ltsrender.models.card import default_latent_names
from ltsrender.signal import TransformSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPEC = TransformSpec(bins_per_octave=4, slice_samples=2**14, padding_samples=2**12)
N_LATENTS = 5
REPOSITORY = Path(__file__).resolve().parents[2]
SESSION = "piece.lts.json"
RATE_HZ = 44_100
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

LANE = {
    "target": "mix",
    "time": "seconds",
    "points": [{"at": 0, "value": 1.0}, {"at": 0.5, "value": 0.0}],
}
DOCUMENT: dict[str, Any] = {
    "schema_version": 1,
    "seed": 5,
    "sounds": {"a": {"file": "a.wav"}, "b": {"file": "b.wav"}},
    "models": {"tiny": {"file": "tiny.ltsmodel"}},
    "tracks": [
        {
            "name": "A",
            "model": "tiny",
            "start_s": 0.0,
            "end_s": 0.5,
            "anchors": [{"sound": "a"}, {"sound": "b", "when_short": "once"}],
            "lanes": [LANE],
        }
    ],
    "render": {"bit_depth": "16", "max_tail_s": 0.5},
}
AUTOMATION: dict[str, Any] = {
    "format": "ltsrender automation",
    "schema_version": 1,
    "name": "swell",
    "lanes": [{"target": "mix", "points": [{"at": 0, "value": 0}, {"at": 1, "value": 1}]}],
}


def edit(document: Any, changes: Mapping[str, Any]) -> None:
    """Change a document at places such as ``tracks.0.name``."""
    for place, value in changes.items():
        *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
        here = document
        for step in way:
            here = here[step]
        here[last] = value


class Answer(NamedTuple):
    """What a command did: its exit code, its output, and its messages."""

    code: int
    output: str
    messages: str


class Folder:
    """A composer's folder, and the commands that are run in it.

    Attributes
    ----------
    path
        Where it is; commands run in it, so that files are named as a composer names them.
    document
        The session as written when a command is run; tests change it before.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = copy.deepcopy(DOCUMENT)

    def edit(self, changes: Mapping[str, Any]) -> None:
        """Change the session at places such as ``tracks.0.name``."""
        edit(self.document, changes)

    def write(self, name: str, content: Any) -> Path:
        """Write a file: bytes as they are, anything else as JSON."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(
            content if isinstance(content, bytes) else json.dumps(content).encode("utf-8")
        )
        return file

    def save(self) -> None:
        """Write the session, unless a test has written another."""
        if not (self.path / SESSION).exists():
            self.write(SESSION, self.document)

    def run(self, *arguments: str) -> Answer:
        """Run a command in this process; anything but an orderly exit fails the test."""
        self.save()
        result = CliRunner().invoke(cli, list(arguments), prog_name="ltsrender")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return Answer(result.exit_code, result.stdout, result.stderr)

    def start(
        self, *arguments: str, python: Sequence[str] = ("-m", "ltsrender"), **options: Any
    ) -> Any:
        """Run a command in a process of its own."""
        self.save()
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY)} | options.pop("env", {})
        command = [sys.executable, *python, *arguments]
        return subprocess.Popen(command, cwd=self.path, env=environment, **options)

    def files(self) -> dict[str, bytes]:
        """Return the files that are there, with their content."""
        found = (path for path in self.path.rglob("*") if path.is_file())
        return {str(path.relative_to(self.path)): path.read_bytes() for path in found}

    def refuses(self, *arguments: str, says: str, code: int = 2) -> str:
        """Run a command that must fail, say why, and leave every file as it was."""
        self.save()
        before = self.files()
        answer = self.run(*arguments)
        assert re.search(says, answer.messages, re.MULTILINE), answer.messages
        assert answer.code == code, answer
        assert not answer.output
        assert self.files() == before
        return answer.messages


def make_model(path: Path, spec: TransformSpec = SPEC) -> Path:
    """Write an untrained model."""
    sizes = Sizes(n_bands=spec.n_bands, n_latents=N_LATENTS, width=8, n_hidden=1)
    statistics = LatentStatistics(
        mean=(0.1,) * N_LATENTS,
        deviation=(0.2,) * N_LATENTS,
        minimum=(0.0,) * N_LATENTS,
        maximum=(0.5,) * N_LATENTS,
    )
    card = ModelCard(
        name="tiny",
        transform=spec.to_dict(),
        sizes=sizes,
        latent_names=default_latent_names(N_LATENTS),
        latents=statistics,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        save_model(path, FrameVAE(sizes), card)
    return path


def make_tone(path: Path, hz: float, length_s: float) -> None:
    """Write a mono tone that dies away."""
    seconds = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    soundfile.write(path, 0.5 * np.exp(-3 * seconds) * np.sin(2 * np.pi * hz * seconds), RATE_HZ)


def make_midi(*values: tuple[int, int]) -> bytes:
    """Return a MIDI file whose modulation wheel takes these values: (ticks later, value)."""
    song = mido.MidiFile(type=0)
    messages = [
        mido.Message("control_change", channel=0, control=1, value=value, time=ticks)
        for ticks, value in values
    ]
    song.tracks.append(mido.MidiTrack(messages))
    target = io.BytesIO()
    song.save(file=target)
    return target.getvalue()


def make_sound(samples: Any, rate_hz: int = RATE_HZ, subtype: str = "FLOAT") -> bytes:
    """Return a WAV file, samples [sample] or [sample, channel]."""
    target = io.BytesIO()
    soundfile.write(target, np.asarray(samples, float), rate_hz, subtype=subtype, format="WAV")
    return target.getvalue()


def make_preset(*inserts: Any, **changes: Any) -> dict[str, Any]:
    """Return an effects preset."""
    facts = {"format": "ltsrender effects", "schema_version": 1, "name": "p", "intent": "To fail."}
    return {**facts, "inserts": list(inserts), **changes}


def with_card(model: bytes, changes: Mapping[str, Any]) -> bytes:
    """Return a model file whose card says something else, at places such as ``sizes.width``."""
    (length,) = struct.unpack("<Q", model[:8])
    header = json.loads(model[8 : 8 + length])
    card = json.loads(header["__metadata__"]["ltsrender"])
    edit(card, changes)
    header["__metadata__"]["ltsrender"] = json.dumps(card)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + model[8 + length :]


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The makers above, for tests, which cannot import a conftest."""
    return SimpleNamespace(
        midi=make_midi,
        model=make_model,
        preset=make_preset,
        sound=make_sound,
        tone=make_tone,
        with_card=with_card,
        spec=SPEC,
    )


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sounds, a model, an automation file and a MIDI file; never changed."""
    folder = tmp_path_factory.mktemp("material")
    make_model(folder / "tiny.ltsmodel")
    make_tone(folder / "a.wav", 440.0, 0.4)
    make_tone(folder / "b.wav", 660.0, 0.3)
    (folder / "swell.json").write_text(json.dumps(AUTOMATION))
    (folder / "hands.mid").write_bytes(make_midi((0, 0), (480, 127)))
    return folder


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own cache and presets have no part in a test."""
    base = tmp_path_factory.getbasetemp()
    monkeypatch.setenv("LTSRENDER_CACHE", str(base / "anchors"))
    monkeypatch.setenv("XDG_DATA_HOME", str(base / "data"))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def folder(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder of one's own with the material in it, and the commands' working folder."""
    place = tmp_path / "work"
    shutil.copytree(material, place)
    monkeypatch.chdir(place)
    return Folder(place)
