"""Laws of reading: any bytes give a session or problems in words, and order is the file's."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.automation import MusicalTime, read_lanes
from ltsrender.errors import AutomationError, SessionError
from ltsrender.session import Documents, read_session
from ltsrender.session.jsontext import place_text, read_tree, walk

EXAMPLE = Path(__file__).parents[2] / "examples/first-light"
FILES = {
    name: (EXAMPLE / name).read_bytes()
    for name in ("first-light.lts.json", "automation/tide.json", "automation/hands.mid")
}

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
keys = st.sampled_from(["target", "points", "at", "value", "file", "name", "sound"]) | st.text()
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=4) | st.dictionaries(keys, t, max_size=4), max_leaves=12
)


def replaced(tree: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    made = dict(tree) if isinstance(tree, dict) else list(tree)
    made[place[0]] = replaced(tree[place[0]], place[1:], value)
    return made


def read(files: dict[str, bytes]) -> None:
    read_session("first-light.lts.json", Documents(EXAMPLE, files))


@settings(max_examples=300)
@given(st.data())
def test_whatever_stands_anywhere_in_a_session_is_answered(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["first-light.lts.json", "automation/tide.json"]))
    tree = json.loads(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        places = [place for place, _ in walk(tree)]
        tree = replaced(tree, data.draw(st.sampled_from(places)), data.draw(trees))
    try:
        read(FILES | {name: json.dumps(tree).encode()})
    except SessionError as error:
        told = [str(problem) for problem in error.problems]
        assert len(set(told)) == len(told) > 0
        assert all("ValidationError" not in words and "\n" not in words for words in told)


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=40), st.integers(0), st.integers(0))
def test_whatever_bytes_a_file_holds_are_answered(
    name: str, junk: bytes, start: int, stop: int
) -> None:
    data = FILES[name]
    broken = data[: start % len(data)] + junk + data[stop % len(data) :]
    with contextlib.suppress(SessionError):
        read(FILES | {name: broken})
    with contextlib.suppress(AutomationError):
        read_lanes("a", Documents(EXAMPLE, {"a": broken}), MusicalTime())


@given(trees)
def test_reading_what_was_written_gives_it_back(tree: Any) -> None:
    text = json.dumps(tree, allow_nan=True)
    if any(word in text for word in ("NaN", "Infinity", "\\ud")):
        return
    assert read_tree(text.encode(), "a.json") == json.loads(text, parse_int=_short)


def _short(digits: str) -> float:
    return int(digits) if len(digits) <= 18 else float(digits)


@given(trees)
def test_no_two_places_have_the_same_name(tree: Any) -> None:
    places = [place_text(place) for place, _ in walk(tree)]
    assert len(set(places)) == len(places)
