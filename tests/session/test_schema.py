from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ltsrender.session.jsontext import walk
from ltsrender.session.schema import FOLDER, SCHEMAS, schema_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_current(name: str) -> None:
    """If this fails: python -m ltsrender.session.schema."""
    kept = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert kept == json.loads(schema_text(name))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_explained_to_the_text_editor(name: str) -> None:
    schema = json.loads(schema_text(name))
    tables = [schema, *schema["$defs"].values()]
    silent = [
        field for table in tables for field, about in table["properties"].items()
        if "description" not in about
    ]  # fmt: skip
    assert silent == []
    assert all(table["additionalProperties"] is False for table in tables)


def test_numbers_carry_their_bounds() -> None:
    track = json.loads(schema_text("session-v1.json"))["$defs"]["TrackDocument"]
    assert track["properties"]["gain_db"]["minimum"] == -120
    assert track["properties"]["gain_db"]["maximum"] == 24
    assert {"required": ["start_beats", "end_beats"]} in track["oneOf"]


def test_no_sentence_is_broken_over_lines() -> None:
    for name in SCHEMAS:
        for place, value in walk(json.loads(schema_text(name))):
            if place and place[-1] == "description" and isinstance(value, str):
                assert "\n" not in value


def test_the_schema_knows_every_key_of_the_example(repository: Path) -> None:
    example = json.loads((repository / "examples/first-light/first-light.lts.json").read_text())
    schema = json.loads(schema_text("session-v1.json"))
    for table, tree in (
        ("TrackDocument", example["tracks"][0]),
        ("BusDocument", example["buses"][0]),
    ):
        assert set(tree) <= set(schema["$defs"][table]["properties"])
    assert set(example) <= set(schema["properties"])
