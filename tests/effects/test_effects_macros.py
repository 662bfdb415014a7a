"""Macros: one knob of a preset moves several parameters, set in a session or by a lane."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.effects import (
    Group,
    Insert,
    Move,
    apply_chain,
    inserts_of,
    macros_of,
    read_chain,
    read_preset,
    rivals,
    targets_of,
)
from ltsrender.effects.catalog import EFFECTS
from ltsrender.effects.insert import ChainPart, with_values
from ltsrender.errors import EffectError
from ltsrender.session import Documents, ParallelDocument, PresetDocument

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 44_100
NOISE = np.random.default_rng(5).uniform(-0.5, 0.5, (2, 9_000)).astype(np.float32)
SIZE = {
    "name": "size",
    "note": "From a chamber to a hall.",
    "default": 0.5,
    "moves": [
        {"target": "verb/room_size", "from": 0.2, "to": 0.8},
        {"target": "low/cutoff_hz", "from": 10_000, "to": 100},
    ],
}
INSERTS = [
    {"id": "verb", "effect": "reverb", "parameters": {"room_size": 0.5}},
    {"id": "low", "effect": "lowpass", "parameters": {"cutoff_hz": 1000}},
]


class Line:
    """A lane from one value to another over the sound."""

    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, last

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.first + (self.last - self.first) * seconds * RATE_HZ / NOISE.shape[1]


def write(folder: Path, name: str, macros: Any, inserts: Any = INSERTS) -> None:
    tree = {
        "format": "ltsrender effects",
        "schema_version": 1,
        "name": name,
        "intent": "Tries something out.",
        "inserts": inserts,
        "macros": macros,
    }
    target = folder / "presets" / "effects" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(tree))


def values(parts: tuple[ChainPart, ...]) -> tuple[Any, Any]:
    verb, low = inserts_of(parts)
    return verb.parameters["room_size"], low.parameters["cutoff_hz"]


def through(parts: tuple[ChainPart, ...], lanes: dict[str, Any]) -> NDArray[np.float32]:
    return np.concatenate(list(apply_chain([NOISE], parts, lanes, RATE_HZ, 2)), axis=1)


def complaints(folder: Path, chain: Any) -> list[str]:
    with pytest.raises(EffectError) as caught:
        read_chain(chain, Documents(folder), file="p", place="chain")
    return [str(problem) for problem in caught.value.problems]


def test_a_move_goes_as_its_knob_does_and_reaches_both_ends() -> None:
    size = EFFECTS["reverb"].parameters["room_size"]
    cutoff = EFFECTS["lowpass"].parameters["cutoff_hz"]
    where = np.array([0.0, 0.25, 0.5, 1.0, 7.0, -7.0])
    up = Move("insert/verb/room_size", size, 0.1, 0.7).values(where)
    np.testing.assert_allclose(up, [0.1, 0.25, 0.4, 0.7, 0.7, 0.1])
    down = Move("insert/low/cutoff_hz", cutoff, 16_000.0, 1_000.0).values(where)
    np.testing.assert_allclose(down, [16_000, 8_000, 4_000, 1_000, 1_000, 16_000])
    assert (up[3], down[3]) == (0.7, 1_000.0)


def test_a_macro_left_out_leaves_the_preset_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, "room", [SIZE])
    for chain in ("room", [{"preset": "room"}], [{"preset": "room", "id": "big"}]):
        assert values(read_chain(chain, Documents(tmp_path))) == (0.5, 1_000.0)
    flat = read_chain([{"preset": "room", "note": "as it is"}], Documents(tmp_path))
    assert all(isinstance(part, Insert) for part in flat)
    preset = read_preset("room", Documents(tmp_path))
    assert [(macro.name, macro.note, macro.default) for macro in preset.macros] == [
        ("size", "From a chamber to a hall.", 0.5)
    ]


def test_a_macro_that_is_set_moves_everything_it_is_for(tmp_path: Path) -> None:
    write(tmp_path, "room", [SIZE])
    chain = [{"preset": "room", "macros": {"size": 1}, "dry_wet": 0.5}]
    (group,) = parts = read_chain(chain, Documents(tmp_path))
    assert isinstance(group, Group)
    assert (group.id, group.dry_wet, group.macros[0].value) == ("room", 0.5, 1.0)
    assert values(parts) == (0.8, 100.0)
    documents = (PresetDocument(preset="room", id="big", macros={"size": 0.0}),)
    assert values(read_chain(documents, Documents(tmp_path))) == (0.2, 10_000.0)


def test_a_macro_is_a_target_beside_the_parameters(tmp_path: Path) -> None:
    write(tmp_path, "room", [SIZE])
    parts = read_chain([{"preset": "room", "id": "big"}], Documents(tmp_path))
    knob = targets_of(parts)["insert/big/size"]
    assert (knob.minimum, knob.maximum, knob.default, knob.automatable) == (0.0, 1.0, 0.5, True)
    assert {"insert/big/dry_wet", "insert/big/bypass", "insert/verb/wet"} <= set(targets_of(parts))


def test_a_macro_s_lane_is_the_lanes_of_all_it_moves(tmp_path: Path) -> None:
    write(tmp_path, "room", [SIZE])
    parts = read_chain([{"preset": "room", "id": "big"}], Documents(tmp_path))
    lane = Line(0.0, 1.0)
    made = through(parts, {"insert/big/size": lane})

    class Swept:
        def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(10_000.0 * 0.01 ** np.clip(lane.at(seconds), 0.0, 1.0))

    single = {"insert/verb/room_size": Line(0.2, 0.8), "insert/low/cutoff_hz": Swept()}
    np.testing.assert_allclose(made, through(parts, single), atol=1e-6)
    assert not np.allclose(made, through(parts, {}), atol=1e-3)


def test_a_macro_moves_blends_and_levels_too(tmp_path: Path) -> None:
    inserts = [
        {
            "id": "wide",
            "parallel": [{"name": "plain"}, {"name": "far", "gain_db": -60}],
            "dry_wet": 0.5,
        }
    ]
    moves = [
        {"target": "wide/far", "from": -120, "to": 0},
        {"target": "wide/dry_wet", "from": 0, "to": 1},
    ]
    write(tmp_path, "two", [{"name": "far", "moves": moves}], inserts)
    (group,) = read_chain([{"preset": "two", "macros": {"far": 1}}], Documents(tmp_path))
    assert isinstance(group, Group)
    (inner,) = group.branches[0].parts
    assert isinstance(inner, Group)
    assert (inner.dry_wet, inner.branches[1].gain_db) == (1.0, 0.0)


def test_a_macro_with_a_fixed_parameter_may_be_set_but_not_moved(tmp_path: Path) -> None:
    inserts = [{"id": "wall", "effect": "brickwall_limiter", "parameters": {"lookahead_ms": 5}}]
    moves = [{"target": "wall/lookahead_ms", "from": 2.5, "to": 10}]
    write(tmp_path, "wall", [{"name": "look", "default": 0.5, "moves": moves}], inserts)
    chain = [{"preset": "wall", "id": "last", "macros": {"look": 0}}]
    parts = read_chain(chain, Documents(tmp_path))
    (wall,) = inserts_of(parts)
    assert wall.parameters["lookahead_ms"] == 2.5
    assert not targets_of(parts)["insert/last/look"].automatable


def test_lanes_that_move_the_same_are_rivals(tmp_path: Path) -> None:
    air = {"name": "air", "moves": [{"target": "low/cutoff_hz", "from": 100, "to": 10_000}]}
    write(tmp_path, "room", [SIZE, air])
    parts = read_chain([{"preset": "room", "id": "big"}], Documents(tmp_path))
    macros = macros_of(parts)
    assert rivals(macros, ["insert/big/size", "insert/low/dry_wet"]) == []
    assert rivals(macros, ["insert/big/size", "insert/low/cutoff_hz"]) == [
        ("insert/big/size", "moves insert/low/cutoff_hz, which another lane moves too")
    ]
    assert rivals(macros, ["insert/big/air", "insert/big/size"]) == [
        (
            "insert/big/air",
            "moves insert/low/cutoff_hz, which another lane moves too: insert/big/size",
        )
    ]


def test_presets_in_presets_keep_their_macros(tmp_path: Path) -> None:
    write(tmp_path, "room", [SIZE])
    outer = [{"preset": "room", "id": "inner", "macros": {"size": 0}}]
    write(tmp_path, "outer", None, outer)
    parts = read_chain([{"preset": "outer", "id": "all"}], Documents(tmp_path))
    assert values(parts) == (0.2, 10_000.0)
    assert "insert/inner/size" in targets_of(parts)
    lower = with_values(parts, {"insert/low/cutoff_hz": 50.0})
    assert values(lower) == (0.2, 50.0)


def test_all_that_is_wrong_with_macros_is_told(tmp_path: Path) -> None:
    macros = [
        3,
        {"name": "dry_wet", "moves": []},
        {"name": "a", "default": 2, "moves": [{}]},
        {"name": "b", "moves": []},
        {
            "name": "c",
            "colour": 1,
            "note": 2,
            "moves": [
                7,
                {"target": "verb/rom_size", "from": 0, "to": 1},
                {"target": "verb/room_size", "from": -1, "to": "1/4"},
                {"target": "low/cutoff_hz", "from": "1/4", "to": 100},
                {"target": "verb/bypass", "from": 0, "to": 1},
                {"target": "verb/room_size", "from": 0, "to": 0.5},
            ],
        },
        {"name": "d", "moves": [{"target": "verb/room_size", "from": 0, "to": 1}]},
        {"name": "d", "moves": [{"target": "verb/room_size", "from": 1, "to": 0}]},
    ]
    write(tmp_path, "odd", macros)
    moves = "odd: macros[4].moves"
    lead = "it takes <insert>/<parameter> of this preset"
    assert complaints(tmp_path, "odd") == [
        'odd: macros[0] needs an object with "name", "default" and "moves"',
        (
            'odd: macros[1].name is "dry_wet"; it takes letters, digits, - and _, and is not '
            "dry_wet or bypass"
        ),
        "odd: macros[2].default is 2; it takes 0..1",
        "odd: macros[3].moves needs a list of moves, 1..256",
        "odd: macros[4].colour is not known here; allowed: name, note, default, moves",
        "odd: macros[4].note is 2; it takes text",
        f'{moves}[0] needs an object with "target", "from" and "to"',
        f'{moves}[1].target is "verb/rom_size"; {lead}; did you mean "verb/room_size"?',
        f"{moves}[2].from is -1; it takes 0..1",
        f'{moves}[2].to is "1/4", not a number',
        f'{moves}[3].from is "1/4", not a number',
        f'{moves}[4].target is "verb/bypass"; {lead}; did you mean "verb/dry"?',
        f"{moves}[5] gives 0.25 at the macro's default of 0.5; the preset has 0.5",
        'odd: macros[6].name "d" is used twice',
    ]
    write(tmp_path, "odd", {"size": 1})
    assert complaints(tmp_path, "odd") == ["odd: macros needs a list of macros, 64 at most"]


def test_macros_that_a_preset_has_not_are_told_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "room", [SIZE])
    chain = [
        {"preset": "room", "macros": {"sise": 0.5}},
        {"preset": "room", "id": "b c", "macros": 3},
        {"preset": "rom", "macros": {"size": 1}},
    ]
    texts = complaints(tmp_path, chain)
    wanted = 'p: chain[0].macros.sise is not known here; allowed: size; did you mean "size"?'
    assert wanted in texts
    assert "p: chain[1].macros needs an object of names and values" in texts
    assert any('chain[2] is "rom", which does not exist' in text for text in texts)
    outside = [{"preset": "room", "macros": {"size": 1.5}}]
    assert complaints(tmp_path, outside) == ["p: chain[0].macros.size is 1.5; it takes 0..1"]


def test_a_session_s_documents_hold_branches(tmp_path: Path) -> None:
    document = ParallelDocument.model_validate(
        {"id": "wide", "parallel": [{"chain": [{"effect": "gain"}]}, {"chain": "safety"}]}
    )
    (group,) = read_chain((document,), Documents(tmp_path))
    assert [part.id for part in inserts_of([group])] == ["gain", "ceiling"]
