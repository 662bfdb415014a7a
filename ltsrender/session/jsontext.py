"""Text to values: JSON read strictly, with mistakes told in plain words.

Stricter than Python's own reader: no NaN and no infinity, no key twice in one object, no nesting
that no composer writes, nothing but UTF-8 (a byte order mark is forgiven).
"""

from __future__ import annotations

import codecs
import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from ltsrender.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[str | int, ...]

_DEEPEST = 32
_MOST_VALUES = 1_000_000  # in one file: a quarter of a million breakpoints
_MOST_ENTRIES = 10_000  # of one list or object, unless it is one of the long ones
_LONG_LISTS = {"points"}
_MOST_DIGITS = 18  # of a whole number; longer ones are read as floating point
_MOST_PROBLEMS = 100  # of one file; a reader who has mended these will run the check again

_WORDS = {
    "Expecting value": "needs a value here: a number, text in double quotes, a list or an object",
    "Expecting ',' delimiter": "needs a comma, or a closing bracket, before this",
    "Expecting ':' delimiter": "needs a colon between the key and its value",
    "Expecting property name enclosed in double quotes": (
        "needs a key in double quotes here (or there is a comma too many before it)"
    ),
    "Illegal trailing comma before end of object": "has a comma too many before the bracket",
    "Illegal trailing comma before end of array": "has a comma too many before the bracket",
    "Extra data": "should be the end of the file, but more follows",
    "Unterminated string starting at": "begins a text whose closing quote is missing",
    "Invalid control character at": "has a line break or tab inside a text; write \\n or \\t",
    "Invalid \\escape": "has a backslash that means nothing; write \\\\ for a backslash",
    "Invalid \\uXXXX escape": "has a \\u that is not followed by four hexadecimal digits",
}


class _Object(dict[str, Any]):
    """An object that still knows which of its keys were written more than once."""

    repeated: tuple[str, ...] = ()


def read_tree(data: bytes, file: str) -> Any:
    """Return the value that a JSON text describes.

    Parameters
    ----------
    data
        The bytes of the file.
    file
        Its name, for messages.

    Raises
    ------
    InputError
        With every problem: of the encoding, of the first break of the grammar (line and column),
        or all repeated keys, non-finite numbers, unreadable texts and too deep places.
    """
    text = _text_of(data, file)
    if sum(map(text.count, ",[{")) > _MOST_VALUES:
        raise InputError(Problem(f"holds more than {_MOST_VALUES} values", file))
    try:
        tree = json.loads(
            text, object_pairs_hook=_object, parse_constant=_not_finite, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        words = _WORDS.get(error.msg, f"is not JSON: {error.msg}")
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(Problem(words, file, place)) from None
    except RecursionError:
        raise InputError(Problem("is nested too deeply to be read", file)) from None
    if _is_clean(tree):  # as nearly all files are, and some have half a million points
        return tree
    problems = [Problem(message, file, place_text(place)) for place, message in _faults(tree)]
    if problems:
        raise InputError(problems[:_MOST_PROBLEMS])
    return tree


def place_text(place: Place) -> str:
    """Return a place as a composer reads it.

    >>> place_text(("lanes", 2, "points", 5, "value"))
    'lanes[2].points[5].value'
    """
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text


def _text_of(data: bytes, file: str) -> str:
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise InputError(Problem("is empty", file))
    every_other = (data[0:4:2], data[1:4:2])  # UTF-16 and UTF-32 without a mark
    # A model file may look the same: it begins with the length of its header, in 8 bytes.
    wide = b"\x00\x00" in every_other and data[4:8] != bytes(4)
    if wide or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem("is not UTF-8 text but looks like UTF-16; save it as UTF-8", file))
    if b"\x00" in data:
        raise InputError(Problem("is not text but some other kind of file", file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"0x{data[error.start]:02x}"
        message = f"holds the byte {found}, which is not UTF-8 text; save the file as UTF-8"
        raise InputError(Problem(message, file, f"line {line}")) from None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    if len(made) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        made.repeated = tuple(key for key, count in counts.items() if count > 1)
    return made


def _not_finite(word: str) -> float:
    return float(word.replace("Infinity", "inf"))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _faults(tree: Any) -> Iterator[tuple[Place, str]]:
    for place, value in walk(tree):
        if isinstance(value, _Object):
            for key in value.repeated:
                yield (*place, key), "is written twice in the same object; only one may stay"
            for key in value:
                if not _is_text(key):
                    yield place, "has a key with a broken \\u escape"
        elif isinstance(value, float) and not math.isfinite(value):
            yield place, f"is {value}; only finite numbers are allowed"
        elif isinstance(value, str) and not _is_text(value):
            yield place, "holds a broken \\u escape (half of a surrogate pair)"
        if _is_crowded(place, value):
            yield place, f"has {len(value)} entries; takes at most {_MOST_ENTRIES}"
        if len(place) == _DEEPEST and isinstance(value, dict | list) and value:
            yield (), f"is nested more than {_DEEPEST} levels deep"
            return


def _is_clean(tree: Any) -> bool:
    """Return whether a tree has no fault, without a place for each of its values."""
    here: list[tuple[Any, Any]] = [(None, tree)]
    for _ in range(_DEEPEST):
        inside: list[tuple[Any, Any]] = []
        for key, value in here:
            if isinstance(value, float):
                if not math.isfinite(value):
                    return False
            elif isinstance(value, str | dict | list):
                if not _holds_nothing_odd(key, value):
                    return False
                inside += value.items() if isinstance(value, dict) else ()
                inside += [(None, entry) for entry in value] if isinstance(value, list) else ()
        here = inside
    return not here


def _holds_nothing_odd(key: Any, value: str | dict[str, Any] | list[Any]) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, list):
        return len(value) <= _MOST_ENTRIES or key in _LONG_LISTS
    repeated = isinstance(value, _Object) and bool(value.repeated)
    return not repeated and len(value) <= _MOST_ENTRIES and all(map(_is_text, value))


def _is_crowded(place: Place, value: Any) -> bool:
    if not isinstance(value, dict | list) or len(value) <= _MOST_ENTRIES:
        return False
    return not place or place[-1] not in _LONG_LISTS


def _is_text(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def walk(tree: Any) -> Iterator[tuple[Place, Any]]:
    """Yield every value of a tree with its place, in the order in which a reader meets them."""
    waiting: list[Iterator[tuple[Place, Any]]] = [iter([((), tree)])]
    while waiting:
        here = next(waiting[-1], None)
        if here is None:
            waiting.pop()
            continue
        yield here
        if len(here[0]) <= _DEEPEST:
            waiting.append(_inside(*here))


def _inside(place: Place, value: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict):
        return (((*place, key), item) for key, item in value.items())
    if isinstance(value, list):
        return (((*place, index), item) for index, item in enumerate(value))
    return iter(())
