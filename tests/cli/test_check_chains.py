"""Chains that branch, blend and listen: what `check` tells of them, right or wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import SimpleNamespace

    from tests.cli.conftest import Folder

SESSION = "piece.lts.json"
CHAIN: list[dict[str, Any]] = [
    {"id": "press", "effect": "compressor", "sidechain": "hall"},
    {
        "id": "wide",
        "parallel": [
            {"name": "plain"},
            {"name": "far", "chain": [{"id": "echo", "effect": "delay", "dry_wet": 0.5}]},
        ],
    },
    {"preset": "p", "id": "big", "macros": {"size": 0.25}},
]
MACRO = {"name": "size", "moves": [{"target": "verb/room_size", "from": 0, "to": 1}]}


def lane(target: str, *values: float) -> dict[str, Any]:
    points = [{"at": at, "value": value} for at, value in enumerate(values)]
    return {"target": target, "time": "seconds", "points": points}


def prepare(folder: Folder, make: SimpleNamespace, *lanes: dict[str, Any]) -> None:
    folder.write(
        "presets/effects/p.json", make.preset({"id": "verb", "effect": "reverb"}, macros=[MACRO])
    )
    folder.edit({"buses": [{"name": "hall"}], "tracks.0.chain": CHAIN})
    folder.document["tracks"][0]["lanes"] += lanes


def test_a_chain_that_branches_is_told_as_it_is(folder: Folder, make: SimpleNamespace) -> None:
    lanes = ("echo/dry_wet", "wide/bypass", "big/size")
    prepare(
        folder, make, *(lane(f"insert/{each}", 0, 1) for each in lanes), lane("insert/wide/far", -9)
    )
    answer = folder.run("check", SESSION)
    assert answer.code == 0, answer.messages
    told = (
        "chain press (compressor, hears hall), wide (plain: as it is + far: echo (delay)), "
        "big (verb (reverb))"
    )
    assert told in answer.output
    assert "moves mix, insert/echo/dry_wet, insert/wide/bypass, insert/big/size;" in answer.output


def test_lanes_in_groups_are_checked_as_all_others(folder: Folder, make: SimpleNamespace) -> None:
    prepare(
        folder,
        make,
        lane("insert/wide/farr", -9),
        lane("insert/wide/far", -9, 30),
        lane("insert/big/size", 0, 1),
        lane("insert/verb/room_size", 0, 1),
        lane("insert/echo/bypass", 2),
    )
    answer = folder.run("check", SESSION)
    assert answer.code == 2
    for words in (
        'did you mean "insert/wide/far"?',
        "lanes[2].points[1].value is 30; insert/wide/far takes -120..24 dB",
        'lanes[3] target is "insert/big/size"; it moves insert/verb/room_size, which another lane',
        "lanes[5].points[0].value is 2; insert/echo/bypass takes 0..1",
    ):
        assert words in answer.messages


def test_a_side_chain_leads_to_a_track_or_a_bus(folder: Folder, make: SimpleNamespace) -> None:
    prepare(folder, make)
    chain = [
        {"id": "a", "effect": "compressor", "sidechain": "hal"},
        {"parallel": [{"chain": [{"id": "b", "effect": "noise_gate", "sidechain": "A"}]}]},
    ]
    folder.edit({"tracks.0.chain": chain})
    answer = folder.run("check", SESSION)
    assert answer.code == 2
    for words in (
        'tracks[0].chain insert "a": sidechain is "hal"; there is "hall"; did you mean "hall"?',
        'tracks[0].chain insert "b": sidechain is "A", which it is part of',
    ):
        assert words in answer.messages


def test_the_reader_tells_keys_inside_branches(folder: Folder, make: SimpleNamespace) -> None:
    prepare(folder, make)
    chain = [
        {"parallel": [{"chain": [{"effect": "gain", "bypas": True}], "gain": 1}], "drywet": 1},
        {"plugin": "x", "state": "y"},
        {"preset": "p", "macros": {"size": 2}},
        {"parallel": []},
    ]
    folder.edit({"tracks.0.chain": chain})
    answer = folder.run("check", SESSION)
    assert answer.code == 2
    for words in (
        'chain[0].parallel[0].chain[0].bypas is an unknown key; did you mean "bypass"?',
        'chain[0].parallel[0].gain is an unknown key; did you mean "gain_db"?',
        'chain[0].drywet is an unknown key; did you mean "dry_wet"?',
        'chain[1].state is an unknown key; did you mean "state_file"?',
        "chain[2].macros.size is 2; takes 0..1",
        "chain[3].parallel is empty; needs at least 1 entry",
    ):
        assert words in answer.messages
