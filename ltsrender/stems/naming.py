"""Names of files from a pattern: ``{index:02} {track} {bpm}bpm {key}``.

A pattern is text with fields in braces; the caller says which fields there are. Of Python's format
language only what a file name needs is understood: ``{index:02}`` fills up with zeros,
``{track:12}`` with spaces, ``{bpm:.1f}`` has one decimal; ``{{`` and ``}}`` are braces. Attributes
and indices are not, so no pattern can reach into the program.

What comes out is a name that every file system takes. A title may hold anything, so characters that
do not fit are replaced, never refused; only the pattern itself can be wrong.
"""

from __future__ import annotations

import re
import unicodedata
from string import Formatter
from typing import TYPE_CHECKING

from ltsrender.errors import Problem, SessionError, nearest
from ltsrender.session.fields import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_BYTES = 200
"""Of a name without its suffix: file systems end at 255, and a suffix and ``.part`` follow."""

_UNFIT = re.compile(r'[/\\:*?"<>|]|[^\S ]')
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_WIDTH = re.compile(r"0?[1-9][0-9]?")  # filled up to at most 99 characters
_DECIMALS = re.compile(r"(0?[1-9][0-9]?)?\.[0-9]f")
_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
_NAMELESS = "untitled"


def expand(pattern: str, fields: Mapping[str, str | float]) -> str:
    """Return the name that a pattern makes, without a suffix; it fits every file system.

    Parameters
    ----------
    pattern
        Text with fields in braces.
    fields
        What may stand in braces: texts, whole numbers, or numbers.

    Raises
    ------
    SessionError
        When the pattern is wrong; see `pattern_problem`.

    Examples
    --------
    >>> expand("{index:02} {track} {bpm}bpm", {"index": 3, "track": "Glass/air", "bpm": 92.0})
    '03 Glass-air 92bpm'
    """
    problem = pattern_problem(pattern, fields)
    if problem:
        raise SessionError(Problem(problem, place="pattern"))
    parts = []
    for text, field, form in _parts(pattern):
        parts.append(text)
        if field is not None:
            parts.append(_written(fields[field], form))
    return fitted("".join(parts))


def pattern_problem(pattern: str, fields: Mapping[str, str | float]) -> str:
    """Return what is wrong with a pattern, in words; empty when nothing is.

    >>> pattern_problem("{trak}", {"index": 1, "track": "Glass"})
    'has no field {trak}; there are {index} {track}; did you mean {track}?'
    """
    if not pattern.strip():
        return "is empty; a file needs a name"
    try:
        parts = list(_parts(pattern))
    except ValueError:
        return "has a brace without its other half; write {{ or }} for a brace in the name"
    for _text, field, form in parts:
        words = "" if field is None else _field_problem(field, form, fields)
        if words:
            return words
    return ""


def fitted(name: str) -> str:
    r"""Return a name changed as little as possible so that every file system takes it.

    >>> fitted(' AUX: "left"?. '), fitted("con"), fitted("\t")
    ('AUX- -left--', '_con', 'untitled')
    """
    name = unicodedata.normalize("NFC", name)
    name = _UNFIT.sub(lambda found: " " if found[0].isspace() else "-", name)
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = _ended(name.strip())
    if len(name.encode()) > MOST_BYTES:
        name = _ended(name.encode()[:MOST_BYTES].decode(errors="ignore"))
    if not name:
        return _NAMELESS
    return f"_{name}" if folded(name).split(".")[0].rstrip() in _RESERVED else name


def clashes(names: Iterable[str]) -> list[str]:
    """Return the names that a file system may take for one that came before.

    >>> clashes(["Glass", "glass", "air"])
    ['glass']
    """
    seen: set[str] = set()
    twice = []
    for name in names:
        if folded(name) in seen:
            twice.append(name)
        seen.add(folded(name))
    return twice


def _parts(pattern: str) -> Iterator[tuple[str, str | None, str]]:
    """Yield text, the field after it if there is one, and its form."""
    for text, field, form, conversion in Formatter().parse(pattern):
        whole = field if conversion is None else f"{field}!{conversion}"
        yield text, whole, form or ""


def _field_problem(field: str, form: str, fields: Mapping[str, str | float]) -> str:
    known = " ".join(f"{{{name}}}" for name in fields)
    if not field:
        return f"has braces with nothing in them; there are {known}"
    if not _FIELD.fullmatch(field):
        return f"takes a field's name in braces and nothing more, not {{{field}}}; {known}"
    if field not in fields:
        near = nearest(field, fields)
        tail = f"; did you mean {{{near}}}?" if near else ""
        return f"has no field {{{field}}}; there are {known}{tail}"
    return _form_problem(field, form, is_text=isinstance(fields[field], str))


def _form_problem(field: str, form: str, *, is_text: bool) -> str:
    if _DECIMALS.fullmatch(form):
        return f"asks for decimals of {{{field}}}, which is a text" if is_text else ""
    if form and not _WIDTH.fullmatch(form):
        return (
            f"has a form that is not known in {{{field}:{form}}}; there are widths as in "
            "{index:02} and decimals as in {bpm:.1f}"
        )
    if form.startswith("0") and is_text:
        return f"fills {{{field}}}, a text, up with zeros; write {{{field}:{form[1:]}}}"
    return ""


def _written(value: str | float, form: str) -> str:
    if isinstance(value, float) and not _DECIMALS.fullmatch(form):
        value = f"{value:.15g}"  # 92, not 92.0
        return value.rjust(int(form), "0") if form.startswith("0") else value.ljust(int(form or 0))
    if isinstance(value, str):
        return value.ljust(int(form or 0))
    return format(value, form)


def _ended(name: str) -> str:
    """Return a name without the ends that Windows drops."""
    return name.rstrip(" .")
