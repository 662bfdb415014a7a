"""Whatever a file holds, reading it gives a plan or a note to the composer, never anything else.

Files that are whole are broken at random, in their bytes or in their values; the makers are those
of the command line's tests.
"""

from __future__ import annotations

import copy
import importlib.util
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.errors import InputError
from ltsrender.render import inspect_file, open_plan, render_stems

if TYPE_CHECKING:
    from types import ModuleType

MAKERS = Path(__file__).resolve().parents[1] / "cli" / "conftest.py"
TREES = ("piece.lts.json", "weights.json", "colour.json", "out/manifest.json")
BYTES = (*TREES, "hands.mid", "tiny.ltsmodel", "a.wav", "b.flac")

WEIGHTS = {
    "format": "ltsrender automation",
    "schema_version": 1,
    "lanes": [
        {"target": "weight/a", "points": [{"at": 0, "value": 1}, {"at": 1, "value": 0.2}]},
        {"target": "weight/b", "time": "seconds", "points": [{"at": 0, "value": 0.5}]},
    ],
}
TRACK = {
    "name": "B",
    "model": "tiny",
    "start_beats": 0,
    "end_beats": 0.5,
    "anchors": [
        {"sound": "a", "start_s": 0.1, "when_short": "ping_pong", "crossfade_s": 0.01},
        {"sound": "b", "start_beats": 0.1, "when_short": "hold"},
    ],
    "automation": [
        {"file": "weights.json"},
        {
            "file": "hands.mid",
            "tempo": "file",
            "start_beats": 0.1,
            "cc_map": [{"controller": 1, "target": "noise", "minimum": 0, "maximum": 1.2}],
        },
    ],
    "chain": [{"id": "verb", "effect": "reverb", "parameters": {"wet": 0.3}}, {"preset": "colour"}],
    "lanes": [{"target": "insert/verb/wet", "points": [{"at": 0, "value": 0, "shape": "smooth"}]}],
    "sends": [{"bus": "hall", "gain_db": -6}],
    "phase": {"method": "pghi", "iterations": 2},
    "seed": 4,
}
ODD = [
    *(None, True, 0, -1, 0.5, 1e-320, 1e308, -1e308, 2**64, 10**30, "", "mix", "..", "\0", "1"),
    *("é" * 300, [], {}, [[]], [None], {"a": 1}, "hands.mid", "a.wav", "colour", "/dev/zero"),
]

FEW = (0, 0, 1, 2, 4)
seeds = st.integers(0, 2**32)  # where a break falls means nothing to a shrinker


@dataclass(frozen=True)
class Whole:
    """Files that go together, by their paths."""

    files: dict[Path, bytes] = field(repr=False)  # too much for a report


@pytest.fixture(scope="module")
def makers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cli_makers", MAKERS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def whole(makers: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    root = tmp_path_factory.mktemp("whole")
    document = copy.deepcopy(makers.DOCUMENT)
    document["tracks"].append(TRACK)
    document["buses"] = [{"name": "hall", "chain": "colour", "pan": 0.2}]
    document["master"] = {"chain": [{"effect": "gain"}], "gain_db": -1}
    document["tempo"] = [{"at_beats": 0, "bpm": 60}, {"at_beats": 0.2, "bpm": 90}]
    document["sounds"]["a"] |= {"in_s": 0.01, "out_s": 0.3}
    document["sounds"]["b"]["file"] = "b.flac"
    (root / "hands.mid").write_bytes(makers.make_midi((0, 0), (480, 127)))
    makers.make_model(root / "tiny.ltsmodel")
    makers.make_tone(root / "a.wav", 440.0, 0.4)
    makers.make_tone(root / "b.flac", 660.0, 0.1)
    colour = makers.make_preset({"id": "echo", "effect": "delay", "bypass": True})
    trees = {"piece.lts.json": document, "weights.json": WEIGHTS, "colour.json": colour}
    for name, tree in trees.items():
        (root / name).write_text(json.dumps(tree))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LTSRENDER_CACHE", str(root / "cache"))
        render_stems(open_plan(root / "piece.lts.json"), root / "out", device="cpu")
    return Whole({root / name: (root / name).read_bytes() for name in BYTES})


def look_at(whole: Whole, file: Path, broken: bytes) -> None:
    """Read everything with one file broken; what is raised besides an `InputError` is a defect."""
    session = file if file.name == "manifest.json" else file.parent / "piece.lts.json"
    file.write_bytes(broken)
    told = ""
    try:
        for read in (lambda: open_plan(session), lambda: inspect_file(file)):
            try:
                read()
            except InputError as error:
                told += f"{error}\n"
    finally:
        file.write_bytes(whole.files[file])
    assert all(line.isprintable() for line in told.split("\n"))


@given(seed=seeds)
def test_files_with_broken_bytes(whole: Whole, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - no secret
    file = chance.choice(sorted(whole.files))
    broken = bytearray(whole.files[file])
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(broken))
        broken[at : at + chance.choice([0, 1, 4, len(broken)])] = chance.randbytes(
            chance.choice(FEW)
        )
    look_at(whole, file, bytes(broken))


@given(seed=seeds)
def test_files_with_broken_values(whole: Whole, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - no secret
    file = chance.choice([path for path in sorted(whole.files) if path.suffix == ".json"])
    tree = json.loads(whole.files[file])
    for _ in range(chance.randint(1, 3)):
        there = list(places(tree))
        if there:
            change(tree, chance.choice(there), chance)
    look_at(whole, file, json.dumps(tree).encode())


def places(tree: Any, way: tuple[Any, ...] = ()) -> Any:
    """Yield the way to every value inside a tree."""
    steps = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for step, value in steps:
        yield (*way, step)
        if isinstance(value, dict | list):
            yield from places(value, (*way, step))


def change(tree: Any, place: tuple[Any, ...], chance: Random) -> None:
    """Remove, wrap, double or replace one value."""
    *way, last = place
    for step in way:
        tree = tree[step]
    how = chance.choice(["replace", "remove", "wrap", "double"])
    if how == "remove":
        del tree[last]
    elif how == "wrap":
        tree[last] = [tree[last]]
    elif how == "double" and isinstance(tree, list):
        tree.insert(last, copy.deepcopy(tree[last]))
    else:
        tree[last] = copy.deepcopy(
            chance.choice([*ODD, chance.uniform(-9, 9), chance.randint(-9, 99)])
        )
