"""Broken automation files, MIDI files and presets: what is said, and that nothing is written."""

from __future__ import annotations

import json
import os
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

SESSION = "piece.lts.json"
RENDER = ("render", SESSION, "-o", "out")
HEADER = struct.pack(">4sLHHH", b"MThd", 6, 0, 1, 480)
AUTOMATION: dict[str, Any] = {
    "format": "ltsrender automation",
    "schema_version": 1,
    "lanes": [{"target": "mix", "points": [{"at": 0, "value": 0}]}],
}
MIX = {"controller": 1, "target": "mix", "minimum": 0, "maximum": 1}


def midi_track(events: bytes) -> bytes:
    return HEADER + b"MTrk" + struct.pack(">L", len(events)) + events


def with_lane(**changes: Any) -> dict[str, Any]:
    return AUTOMATION | {"lanes": [AUTOMATION["lanes"][0] | changes]}


# What stands in move.json, by what is wrong with it, and what is said.
FILES: dict[str, tuple[Any, str]] = {
    "empty": (b"", r"^move\.json: is empty$"),
    "truncated": (json.dumps(AUTOMATION).encode()[:70], r"^move\.json: line 1, column \d+"),
    "NaN": (b'{"lanes": [NaN]}', r"^move\.json: lanes\[0\] is nan; only finite"),
    "UTF-16": (json.dumps(AUTOMATION).encode("utf-16"), r"^move\.json: .*looks like UTF-16"),
    "a sound": (b"RIFF\x24\0\0\0WAVEfmt ", r"^move\.json: is not text but some other kind"),
    "a list": ([], r"^move\.json: is a list; takes an object"),
    "a session": ({"tracks": []}, r"^move\.json: is a session; an automation file is needed"),
    "another format": (
        AUTOMATION | {"format": "x"},
        r'format is "x"; needs "ltsrender automation"',
    ),
    "no format": ({"schema_version": 1, "lanes": AUTOMATION["lanes"]}, r'needs "format"'),
    "a newer version": (AUTOMATION | {"schema_version": 9}, r"schema_version is 9; this ltsrender"),
    "no lanes": (AUTOMATION | {"lanes": []}, r"lanes is empty; needs at least 1 entry"),
    "a wrong key": (with_lane(targt="mix"), r'lanes\[0\]\.targt is an unknown .*"target"\?'),
    "an unknown target": (with_lane(target="mx"), r'lanes\[0\]\.target is "mx"; .* mean "mix"\?'),
    "a target of a stranger": (with_lane(target="send/hall"), r"it names no send of track"),
    "a value out of range": (
        with_lane(points=[{"at": 0, "value": 5}]),
        r"lanes\[0\]\.points\[0\]\.value is 5; mix takes -1\.\.2",
    ),
    "a text for a value": (
        with_lane(points=[{"at": 0, "value": "up"}]),
        r'is "up"; takes a number',
    ),
    "a time before the start": (
        with_lane(points=[{"at": -1, "value": 0}]),
        r"is -1; takes 0 or more",
    ),
    "no MIDI yet": (b"MThd", r"is cut short: even the header of the MIDI file is not whole"),
    "MIDI of type 9": (
        HEADER.replace(b"\0\0\0\1\1", b"\0\11\0\1\1"),
        r"is of MIDI type 9, which does",
    ),
    "MIDI of 25 frames without ticks": (HEADER[:12] + b"\xe7\0", r"25 SMPTE frames a second, 0"),
    "MIDI without ticks": (HEADER[:12] + b"\0\0", r"is broken: it has 0 ticks per beat"),
    "MIDI in RIFF": (b"RIFF\x10\0\0\0RMIDdata" + HEADER, r"\(\.rmi\) holds no MIDI"),
    "MIDI without its track": (HEADER, r"byte 14 is cut short: the file has 0 of the 1"),
    "MIDI cut in its track": (
        midi_track(bytes(9))[:-4],
        r"track 1, byte \d+ is (broken|cut short)",
    ),
    "MIDI of infinite tempo": (
        midi_track(b"\0\xff\x51\3\0\0\0\0\xff\x2f\0"),
        r"is broken: it declares an infinite tempo",
    ),
    "MIDI of noise": (midi_track(bytes(range(256))), r"track 1, byte \d+ is (broken|cut short)"),
    "MIDI without controllers": (
        midi_track(b"\0\xff\x2f\0"),
        r"cc_map\[0\]\.controller is 1; move\.json has no controller at all",
    ),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_with_a_mistake(folder: Any, what: str) -> None:
    content, says = FILES[what]
    move = folder.write("move.json", content)
    reference = {"file": "move.json"}
    if move.read_bytes().startswith((b"MThd", b"RIFF")) and what != "a sound":
        reference["cc_map"] = [MIX]
    folder.edit({"tracks.0.automation": [reference], "tracks.0.lanes": []})
    assert folder.refuses(*RENDER, says=says) == folder.refuses("check", SESSION, says=says)


# How the session refers to a file, and what is said.
REFERENCES: dict[str, tuple[dict[str, Any], str]] = {
    "missing": (
        {"file": "swel.json"},
        r'\[0\]\.automation\[0\]\.file is "swel\.json", which does not exist.* mean "swell\.json"',
    ),
    "a folder": ({"file": "loop"}, r'is "loop", which is a folder; a file is needed'),
    "a pipe": ({"file": "pipe.json"}, r'"pipe\.json", which is a device or a pipe'),
    "a loop of links": ({"file": "round.json"}, r"which cannot be read: too many levels of symb"),
    "a list": ({"file": ["swell.json"]}, r"automation\[0\]\.file is a list; takes text"),
    "no name": ({"file": ""}, r'automation\[0\]\.file is ""; takes'),
    "out of the folder": (
        {"file": "../nothing.json"},
        r'"\.\./nothing\.json", which does not exist',
    ),
    "JSON with controllers": ({"file": "swell.json", "cc_map": [MIX]}, r"cc_map .*MIDI"),
    "MIDI without": ({"file": "hands.mid"}, r'needs "cc_map"'),
    "no such controller": (
        {"file": "hands.mid", "cc_map": [MIX | {"controller": 7}]},
        r"cc_map\[0\]\.controller is 7; hands\.mid has 1 \(modulation\) on channel 1",
    ),
    "no such channel": (
        {"file": "hands.mid", "cc_map": [MIX | {"channel": 2}]},
        r"cc_map\[0\]\.channel is 2 for controller 1; hands\.mid has 1 \(modulation\)",
    ),
    "no MIDI channel": (
        {"file": "hands.mid", "cc_map": [MIX | {"channel": 17}]},
        r"cc_map\[0\]\.channel is 17; takes 1\.\.16",
    ),
    "a range too wide": (
        {"file": "hands.mid", "cc_map": [MIX | {"maximum": 99}]},
        r"cc_map\[0\]\.maximum is 99; mix takes -1\.\.2",
    ),
    "an unknown target": (
        {"file": "hands.mid", "cc_map": [MIX | {"target": "mx"}]},
        r'cc_map\[0\]\.target is "mx"; .* mean "mix"\?',
    ),
    "the same target twice": (
        {"file": "hands.mid", "cc_map": [MIX, MIX]},
        r'cc_map\[1\]\.target moves "mix"; .*cc_map\[0\] already moves it',
    ),
}


@pytest.mark.parametrize("what", REFERENCES)
def test_a_reference_with_a_mistake(folder: Any, what: str) -> None:
    reference, says = REFERENCES[what]
    (folder.path / "loop").mkdir()
    os.mkfifo(folder.path / "pipe.json")
    (folder.path / "round.json").symlink_to("round.json")
    folder.edit({"tracks.0.automation": [reference], "tracks.0.lanes": []})
    folder.refuses(*RENDER, says=says)


Presets = dict[str, Any]


def a_bomb(make: SimpleNamespace) -> Presets:
    """Ten presets in each of seven, none of which has an effect: 10 million to walk."""
    levels = range(7)
    return {f"p{n or ''}.json": make.preset(*[{"preset": f"p{n + 1}"}] * 10) for n in levels}


PRESETS: dict[str, tuple[Callable[[SimpleNamespace], Presets], str]] = {
    "empty": (lambda _: {"p.json": b""}, r"^p: is empty$"),
    "truncated": (lambda make: {"p.json": json.dumps(make.preset()).encode()[:40]}, r"^p: line 1,"),
    "a session": (lambda _: {"p.json": {"tracks": []}}, r"^p: tracks is not known here; allowed:"),
    "a list": (lambda _: {"p.json": []}, r"^p: is not an effects preset"),
    "without intent": (lambda make: {"p.json": make.preset(intent="")}, r"^p: intent is missing"),
    "of a wrong effect": (
        lambda make: {"p.json": make.preset({"effect": "revreb"})},
        r'^p: inserts\[0\]\.effect is "revreb"; no such effect; did you mean "reverb"\?',
    ),
    "of a wrong value": (
        lambda make: {"p.json": make.preset({"effect": "gain", "parameters": {"gain_db": "x"}})},
        r'^p: inserts\[0\]\.parameters\.gain_db is "x", not a number',
    ),
    "in itself": (
        lambda make: {"p.json": make.preset({"preset": "p"})},
        r"^p: inserts\[0\] leads back to itself: p -> p$",
    ),
    "in a circle": (
        lambda make: {
            "presets/effects/p.json": make.preset({"preset": "q"}),
            "presets/effects/q.json": make.preset({"effect": "gain"}, {"preset": "p"}),
        },
        r"^q: inserts\[1\] leads back to itself: p -> q -> p$",
    ),
    "too deep": (
        lambda make: {
            f"p{n or ''}.json": make.preset({"preset": f"p{n + 1}"}, name=str(n)) for n in range(9)
        },
        r"nests presets deeper than 8: p -> p1 -> ",
    ),
    "a bomb": (a_bomb, r"leads to more than 256 presets"),
    "of one that is missing": (
        lambda make: {"p.json": make.preset({"preset": "cathedrl"})},
        r'^p: inserts\[0\] is "cathedrl", which does not exist .* mean "cathedral\.json"\?',
    ),
}


@pytest.mark.parametrize("what", PRESETS)
def test_a_preset_with_a_mistake(folder: Any, make: SimpleNamespace, what: str) -> None:
    files, says = PRESETS[what]
    for name, content in files(make).items():
        folder.write(name, content)
    folder.edit({"tracks.0.chain": "p"})
    folder.refuses(*RENDER, says=says)
