"""A small correct piece, a way to break it, and MIDI files by the byte."""

from __future__ import annotations

import copy
import json
import struct
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.errors import SessionError
from ltsrender.session import read_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIECE = {
    "schema_version": 1,
    "title": "Small piece",
    "seed": 7,
    "tempo": [{"at_beats": 0, "bpm": 72}, {"at_beats": 32, "bpm": 96}],
    "markers": [{"name": "B", "at_beats": 32}],
    "sounds": {
        "glass": {"file": "sounds/glass.flac", "in_s": 0.5, "out_s": 3.2},
        "string": {"file": "sounds/string.wav"},
        "breath": {"file": "sounds/breath.wav"},
    },
    "models": {"main": {"file": "main.ltsmodel"}},
    "tracks": [
        {
            "name": "Glass to string",
            "model": "main",
            "start_beats": 0,
            "end_beats": 48,
            "anchors": [{"sound": "glass"}, {"sound": "string", "start_beats": 4}],
            "lanes": [
                {"target": "mix", "points": [{"at": 0, "value": 1}, {"at": 48, "value": 0}]},
                {"target": "send/hall", "points": [{"at": 0, "value": -12}]},
            ],
            "chain": [{"effect": "reverb", "parameters": {"room_size": 0.7}}, {"preset": "glue"}],
            "sends": [{"bus": "hall", "gain_db": -12}],
        },
        {
            "name": "Breath",
            "model": "main",
            "start_s": 1,
            "end_s": 20,
            "anchors": [{"sound": "breath"}],
            "automation": [{"file": "automation/swell.json"}],
            "output": "hall",
        },
    ],
    "buses": [{"name": "hall", "chain": "cathedral"}],
}

SWELL = {
    "format": "ltsrender automation",
    "schema_version": 1,
    "lanes": [{"target": "gain_db", "points": [{"at": 0, "value": -60}, {"at": 8, "value": 0}]}],
}


def _set(tree: Any, place: str, value: Any) -> None:
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    for step in way:
        tree = tree[step]
    if isinstance(tree, list) and last == len(tree):
        tree.append(value)
    elif value is ...:
        del tree[last]
    else:
        tree[last] = value


@pytest.fixture
def piece() -> dict[str, Any]:
    """The piece as a tree that a test may change."""
    return copy.deepcopy(PIECE)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the piece with changes (place=value; ... deletes) and its swell; return its file."""

    def writing(changes: dict[str, Any] | None = None, swell: Any = SWELL) -> Path:
        tree = copy.deepcopy(PIECE)
        for place, value in (changes or {}).items():
            _set(tree, place, value)
        (tmp_path / "automation").mkdir(exist_ok=True)
        (tmp_path / "automation/swell.json").write_text(json.dumps(swell))
        file = tmp_path / "piece.lts.json"
        file.write_text(json.dumps(tree))
        return file

    return writing


@pytest.fixture
def told() -> Callable[[Path], list[str]]:
    """Return every problem that reading a session tells, in its words."""

    def telling(file: Path) -> list[str]:
        with pytest.raises(SessionError) as caught:
            read_session(file)
        return [str(problem) for problem in caught.value.problems]

    return telling


def smf(*tracks: bytes, kind: int = 1, division: int = 480) -> bytes:
    """Return a Standard MIDI File made of the bytes of its tracks."""
    head = b"MThd" + struct.pack(">LHHH", 6, kind, len(tracks), division)
    return head + b"".join(b"MTrk" + struct.pack(">L", len(track)) + track for track in tracks)


@pytest.fixture
def midi_bytes() -> Callable[..., bytes]:
    """The function that makes MIDI files."""
    return smf
