"""Patterns become names that every file system takes, or notes to the composer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.errors import SessionError
from ltsrender.stems.naming import MOST_BYTES, clashes, expand, fitted, pattern_problem

FIELDS: dict[str, str | float] = {
    "index": 7,
    "track": "Glass to string",
    "bpm": 92.5,
    "rate": 48_000,
    "key": "F# minor",
}
RESERVED = ["con", "PRN", "aux.wav", "NUL", "COM1", "lpt9.a.b", "COM²", "nul ", "con .txt"]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{track}", "Glass to string"),
        ("{index:02} {track} {bpm}bpm {key}", "07 Glass to string 92.5bpm F# minor"),
        ("{bpm:.0f}", "92"),
        ("{bpm:06.2f}", "092.50"),
        ("{bpm:06}", "0092.5"),
        ("{index:3}x", "7x"),
        ("{track:20}|", "Glass to string     -"),
        ("{index:.1f}", "7.0"),
        ("{{{index}}}", "{7}"),
        ("a/b", "a-b"),
        ("take", "take"),
    ],
)
def test_patterns_become_names(pattern: str, name: str) -> None:
    assert expand(pattern, FIELDS) == name


def test_a_whole_tempo_has_no_decimals() -> None:
    assert expand("{bpm}bpm", {"bpm": 120.0}) == "120bpm"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("{trak}", "did you mean {track}?"),
        ("{zzzz}", "there are {index} {track}"),
        ("{track", "a brace without its other half"),
        ("track}", "a brace without its other half"),
        ("{}", "nothing in them"),
        ("{0}", "not {0}"),
        ("{track.__class__}", "not {track.__class__}"),
        ("{track[0]}", "not {track[0]}"),
        ("{track!r}", "not {track!r}"),
        ("{track:02}", "a text, up with zeros"),
        ("{track:.1f}", "which is a text"),
        ("{index:>9}", "a form that is not known"),
        ("{index:999999999}", "a form that is not known"),
        ("{index:{rate}}", "a form that is not known"),
        ("{index:x}", "a form that is not known"),
        ("{bpm:.10f}", "a form that is not known"),
    ],
)
def test_wrong_patterns_are_told_in_words(pattern: str, words: str) -> None:
    assert words in pattern_problem(pattern, FIELDS)
    with pytest.raises(SessionError, match="pattern"):
        expand(pattern, FIELDS)


@pytest.mark.parametrize("name", RESERVED)
def test_reserved_names_are_changed(name: str) -> None:
    assert fitted(name).startswith("_")


@given(st.text(max_size=300))
def test_what_comes_out_fits_every_file_system(text: str) -> None:
    name = expand("{title}", {"title": text})
    assert name
    assert len(name.encode("utf-8")) <= MOST_BYTES + 1
    assert not set(name) & set('/\\:*?"<>|\n\r\t\0')
    assert name.isprintable()
    assert name == name.strip()
    assert not name.endswith(".")
    assert fitted(name) == name


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=20))
def test_plain_names_stay_as_they_are(text: str) -> None:
    name = fitted(f"x{text}x")
    assert fitted(f"a {name} b") == f"a {name} b"


@given(st.text(max_size=40))
def test_no_pattern_does_more_than_make_a_name_or_a_note(pattern: str) -> None:
    if pattern_problem(pattern, FIELDS):
        with pytest.raises(SessionError):
            expand(pattern, FIELDS)
    else:
        assert expand(pattern, FIELDS)


def test_names_that_one_file_system_takes_for_one_are_found() -> None:
    assert clashes(["a", "B", "b", "A"]) == ["b", "A"]
    assert clashes(["\u00e9", "e\u0301"]) == ["e\u0301"]
    assert clashes(["a", "b"]) == []
