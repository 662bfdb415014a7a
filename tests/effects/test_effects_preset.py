from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.effects import read_chain, read_preset
from ltsrender.errors import EffectError
from ltsrender.session import Documents, InsertDocument, PresetDocument

if TYPE_CHECKING:
    from pathlib import Path


def write_preset(folder: Path, name: str, inserts: Any, **changes: Any) -> None:
    tree = {
        "format": "ltsrender effects",
        "schema_version": 1,
        "name": name,
        "intent": "Tries something out.",
        "inserts": inserts,
    }
    target = folder / "presets" / "effects" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({k: v for k, v in {**tree, **changes}.items() if v is not None}))


def complaints(folder: Path, chain: Any) -> list[str]:
    with pytest.raises(EffectError) as caught:
        read_chain(chain, Documents(folder), file="piece.lts.json", place="tracks[0].chain")
    return [str(problem) for problem in caught.value.problems]


def test_an_insert_is_completed_with_defaults(tmp_path: Path) -> None:
    chain = [{"id": "verb", "effect": "reverb", "parameters": {"room_size": 1}, "note": "wide"}]
    (insert,) = read_chain(chain, Documents(tmp_path))
    assert insert.id == "verb"
    assert insert.parameters["room_size"] == 1.0
    assert isinstance(insert.parameters["room_size"], float)
    assert insert.parameters["width"] == 1.0
    assert insert.target("wet") == "insert/verb/wet"
    assert not insert.bypass


def test_nothing_is_no_effects(tmp_path: Path) -> None:
    assert read_chain(None, Documents(tmp_path)) == ()
    assert read_chain((), Documents(tmp_path)) == ()


def test_an_id_may_be_left_out_and_an_insert_bypassed(tmp_path: Path) -> None:
    (insert,) = read_chain([{"effect": "delay", "bypass": True}], Documents(tmp_path))
    assert insert.id == "delay"
    assert insert.bypass


def test_a_session_s_own_documents_are_read(tmp_path: Path) -> None:
    chain = (
        InsertDocument(id="low", effect="lowpass", parameters={"cutoff_hz": 300}),
        PresetDocument(preset="safety"),
    )
    assert [i.id for i in read_chain(chain, Documents(tmp_path))] == ["low", "ceiling"]


def test_presets_are_found_by_name_and_may_nest(tmp_path: Path) -> None:
    write_preset(tmp_path, "inner", [{"id": "b", "effect": "delay"}])
    write_preset(tmp_path, "outer", [{"id": "a", "effect": "gain"}, {"preset": "inner"}])
    for chain in ("outer", [{"preset": "presets/effects/outer.json"}]):
        assert [insert.id for insert in read_chain(chain, Documents(tmp_path))] == ["a", "b"]
    preset = read_preset("outer", Documents(tmp_path))
    assert (preset.name, preset.intent) == ("outer", "Tries something out.")
    assert [insert.effect for insert in preset.inserts] == ["gain", "delay"]


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    write_preset(
        tmp_path,
        "odd",
        [{"id": "verb", "effect": "reverb", "parameters": {"room_sise": 0.5, "wet": 3}}],
        intent=" ",
        colour="red",
    )
    chain = [
        {"id": "a b", "effect": "reverb"},
        {"id": "verb", "effect": "revreb"},
        {"id": "c", "effect": "lowpass", "parameters": {"cutoff_hz": -5, "q": 1}},
        {"id": "d", "effect": "chain"},
        {"id": "e", "effect": "gain", "parameters": [1], "bypass": "no", "wet": 1},
        {"id": "f"},
        "cathedral",
        {"preset": 7},
        {"preset": "odd", "name": "x"},
        {"id": "c", "effect": "invert", "parameters": {"amount": 1}},
    ]
    place = "piece.lts.json: tracks[0].chain"
    assert complaints(tmp_path, chain) == [
        f'{place}[0].id is "a b"; it takes letters, digits, - and _ (64 at most)',
        f'{place}[1].effect is "revreb"; no such effect; did you mean "reverb"?',
        f"{place}[2].parameters.q is not known here; allowed: cutoff_hz",
        f"{place}[2].parameters.cutoff_hz is -5; it takes 10..20000 Hz",
        (
            f'{place}[3].effect "chain" is left out: a chain is a list of inserts, and a preset '
            "may stand in its place"
        ),
        (
            f"{place}[4].wet is not known here; allowed: id, effect, parameters, sidechain, "
            'impulse, bypass, dry_wet, note; did you mean "dry_wet"?'
        ),
        f'{place}[4].bypass is "no"; it is true or false',
        f"{place}[4].parameters needs an object of names and values",
        f'{place}[5] needs "effect", "plugin", "preset" or "parallel"',
        f'{place}[6] needs an object with "effect", "plugin", "preset" or "parallel"',
        f"{place}[7].preset needs the name of a preset",
        f"{place}[8].name is not known here; allowed: preset, id, macros, bypass, dry_wet, note",
        (
            "odd: colour is not known here; allowed: format, schema_version, name, intent, note, "
            "inserts, macros"
        ),
        "odd: intent is missing; a preset needs some words here",
        f'odd: inserts[0].id "verb" is used twice; first at {place}[1]',
        (
            "odd: inserts[0].parameters.room_sise is not known here; allowed: room_size, damping, "
            'wet, dry, width, freeze; did you mean "room_size"?'
        ),
        "odd: inserts[0].parameters.wet is 3; it takes 0..1",
        f'{place}[9].id "c" is used twice; first at {place}[2]',
        f"{place}[9].parameters.amount is not known here",
    ]


def test_a_missing_preset_names_its_neighbour(tmp_path: Path) -> None:
    (text,) = complaints(tmp_path, "cathedrl")
    assert "does not exist" in text
    assert 'did you mean "cathedral' in text


def test_presets_that_lead_back_to_themselves_are_spelled_out(tmp_path: Path) -> None:
    write_preset(tmp_path, "a", [{"preset": "b"}])
    write_preset(tmp_path, "b", [{"effect": "gain"}, {"preset": "presets/effects/a.json"}])
    (text,) = complaints(tmp_path, "a")
    assert text == "b: inserts[1] leads back to itself: a -> b -> presets/effects/a.json"


def test_presets_do_not_nest_without_end(tmp_path: Path) -> None:
    for number in range(12):
        write_preset(tmp_path, f"p{number}", [{"preset": f"p{number + 1}"}])
    (text,) = complaints(tmp_path, "p0")
    assert "nests presets deeper than 8: p0 -> p1" in text


def test_presets_that_multiply_are_stopped(tmp_path: Path) -> None:
    for number in range(6):
        write_preset(tmp_path, f"p{number}", [{"preset": f"p{number + 1}"}] * 20)
    write_preset(tmp_path, "p6", [{"effect": "gain"}])
    texts = complaints(tmp_path, "p0")
    assert len(texts) <= 100
    assert any("more than 64 inserts" in text for text in texts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"[]", "needs to be a JSON object"),
        (b"{", "line 1"),
        (b"\xff\xfe{\x00}\x00", "UTF-16"),
        (b'{"inserts": [{"effect": "gain", "parameters": {"gain_db": NaN}}]}', "is nan"),
        (b'{"name": "a", "name": "b"}', "written twice"),
        (b'{"format": "ltsrender automation"}', 'format is "ltsrender automation"'),
        (b'{"format": "ltsrender effects", "schema_version": 2}', "schema_version is 2"),
        (b'{"inserts": 3}', "inserts needs a list"),
        (b"[" * 5_000, "nested too deeply"),
    ],
)
def test_a_broken_preset_file_is_told_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    target = tmp_path / "presets" / "effects" / "odd.json"
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    assert words in "\n".join(complaints(tmp_path, "odd"))


def test_thousands_of_mistakes_are_not_all_told(tmp_path: Path) -> None:
    write_preset(tmp_path, "many", [{"effekt": number} for number in range(9_000)])
    assert len(complaints(tmp_path, "many")) == 100
    write_preset(tmp_path, "keys", [], **{f"key{number}": 1 for number in range(9_000)})
    assert len(complaints(tmp_path, "keys")) == 100
