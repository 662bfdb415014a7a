"""Looking up effects and presets, and what is said where there is nothing to look up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.effects import EFFECTS, LEFT_OUT
from ltsrender.effects.families import FAMILIES
from ltsrender.effects.tell import one_in_words
from ltsrender.session.locate import built_in_folder

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ("list", "show", "scan", "save-state")
HEAVY = ("numpy", "torch", "pydantic", "pedalboard", "minihost")
PRESETS = sorted(file.stem for file in (built_in_folder() / "presets" / "effects").glob("*.json"))


@pytest.fixture(autouse=True)
def no_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """This machine's own plugins have no part in a test."""
    monkeypatch.setattr("ltsrender.effects.shown.plugin_folders", lambda: [tmp_path / "none"])
    monkeypatch.setattr(
        "ltsrender.effects.plugin_search.plugin_folders", lambda: [tmp_path / "none"]
    )


def test_every_effect_has_a_family() -> None:
    assert sorted(e.id for effects in FAMILIES.values() for e in effects) == sorted(EFFECTS)


def test_the_list_tells_every_effect_and_every_preset(folder: Any) -> None:
    answer = folder.run("effects", "list")
    assert answer.code == 0
    for effect in EFFECTS.values():
        assert f"  {effect.id} " in answer.output
        assert effect.sentence in answer.output
    for name in PRESETS:
        assert f"  {name} " in answer.output
    assert "plugins" not in answer.output
    assert "  none" in folder.run("effects", "list", "--plugins").output


def test_a_preset_of_ones_own_is_listed_in_the_place_of_a_built_in(folder: Any, make: Any) -> None:
    folder.write("presets/effects/cathedral.json", make.preset(intent="Mine."))
    folder.write("presets/effects/torn.json", b"{")
    tree = json.loads(folder.run("effects", "list", "--json").output)
    rows = {row["name"]: row for row in tree["presets"]}
    assert sorted(rows) == sorted([*PRESETS, "torn"])
    assert rows["cathedral"]["intent"] == "Mine."
    assert rows["cathedral"]["file"] == str(folder.path / "presets/effects/cathedral.json")
    assert rows["torn"]["trouble"]
    assert "cannot be read" in folder.run("effects", "list").output
    assert "plugins" not in tree


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_is_shown_with_all_its_parameters(folder: Any, name: str) -> None:
    shown = folder.run("effects", "show", name).output
    tree = json.loads(folder.run("effects", "show", name, "--json").output)
    assert tree["id"] == name
    assert [row["name"] for row in tree["parameters"]] == list(EFFECTS[name].parameters)
    for row, parameter in zip(tree["parameters"], EFFECTS[name].parameters.values(), strict=True):
        lane = f"insert/<id>/{parameter.name}"
        assert row["lane"] == (lane if parameter.automatable else "")
        assert (lane in shown.split()) == parameter.automatable
        assert row["default"] == parameter.default
        assert f"  {parameter.name} " in shown


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_shown_with_its_chain(folder: Any, name: str) -> None:
    file = built_in_folder() / "presets" / "effects" / f"{name}.json"
    written = json.loads(file.read_text("utf-8"))
    answer = folder.run("effects", "show", name)
    assert answer.code == 0
    assert answer.output.startswith(f"{written['name']}, the preset {name}\n{written['intent']}\n")
    tree = json.loads(folder.run("effects", "show", name, "--json").output)
    assert tree["chain"] == written["inserts"]
    assert all(row["target"] in answer.output for row in tree["lanes"])
    assert tree["lanes"]


def test_a_chain_is_told_with_its_branches_and_macros() -> None:
    chain = [
        {"id": "low", "effect": "lowpass", "parameters": {"cutoff_hz": 500}, "dry_wet": 0.5},
        {"preset": "glue"},
        {"plugin": "Echo", "id": "echo", "bypass": True},
        {
            "id": "both",
            "parallel": [
                {"name": "far", "chain": "cathedral", "gain_db": -6},
                {"name": "near", "chain": [{"effect": "invert"}]},
            ],
        },
    ]
    tree = {
        "kind": "preset",
        "name": "a",
        "title": "A",
        "intent": "To be told.",
        "note": "",
        "chain": chain,
        "macros": [{"name": "size", "default": 0.3, "note": "How large."}],
        "lanes": [{"target": "insert/low/q", "minimum": 0.1, "maximum": 10.0, "unit": ""}],
    }
    assert one_in_words(tree).splitlines() == [
        "A, the preset a",
        "To be told.",
        "",
        "chain:",
        "  low: lowpass  cutoff_hz 500, dry_wet 0.5",
        "  preset glue",
        "  echo: plugin Echo  bypass true",
        "  both: side by side",
        "    far  -6 dB",
        "      preset cathedral",
        "    near",
        "      invert",
        "",
        'macros, 0..1 (set by "macros" beside "preset" in a chain):',
        "  size  0.3  How large.",
        "",
        "lanes may move:",
        "  insert/low/q  0.1..10",
    ]


def test_what_has_no_name_here_is_refused_with_the_nearest(folder: Any, make: Any) -> None:
    folder.refuses("effects", "show", "revrb", says=r'no effect, preset or plugin.*"reverb"\?')
    folder.refuses("effects", "show", "cathedrall", says='did you mean "cathedral"')
    folder.refuses("effects", "show", "glue", "--kind", "effect", says='"glue" is no effect here')
    folder.refuses("effects", "show", "reverb", "--kind", "preset", says="does not exist")
    folder.refuses("effects", "show", "reverb", "--kind", "plugin", says="no plugin here")
    folder.refuses("effects", "show", next(iter(LEFT_OUT)), says="is left out")
    folder.write("bent.json", make.preset({"effect": "reverb", "parameters": {"wet": 9}}))
    folder.refuses("effects", "show", "bent", says=r"inserts\[0\].parameters.wet is 9; it takes")


def test_folders_without_plugins_are_told_and_missing_ones_refused(folder: Any) -> None:
    answer = folder.run("effects", "scan", ".")
    assert (answer.code, answer.output) == (0, "No plugin in ..\n")
    assert json.loads(folder.run("effects", "scan", ".", "--json").output)["plugins"] == []
    folder.refuses("effects", "scan", "nowhere", "neither", says="nowhere, neither: does not exist")
    folder.refuses("effects", "save-state", "Echo", "-o", "a.state", says="no such plugin")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(folder: Any, command: str) -> None:
    script = (
        "import sys, ltsrender.__main__\n"
        f"sys.argv[1:] = ['effects', '{command}', '--help']\n"
        "try: ltsrender.__main__.main()\n"
        f"finally: print(*[m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    with folder.start(python=("-c", script)) as process:
        output, messages = process.communicate(timeout=60)
    assert (process.returncode, messages.strip()) == (0, "")
    assert f" effects {command} " in output
