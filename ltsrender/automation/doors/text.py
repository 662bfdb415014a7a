"""Text files from other programs, and the numbers in them."""

from __future__ import annotations

import codecs
import io
import math
import re
from typing import TYPE_CHECKING

from ltsrender.errors import AutomationError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILE_BYTES = 2**24
_MOST_LINES = 1_000_000
_NUMBER = re.compile(r"[+-]?(\d{1,20}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,4})?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d{0,20},\d{1,40}([eE][+-]?\d{1,4})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def bytes_of(path: Path) -> bytes:
    """Return what is in a file of at most 16 MB.

    Raises
    ------
    AutomationError
        When it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AutomationError(Problem(f"cannot be read: {reason}", path)) from error
    if len(data) > MAX_FILE_BYTES:
        raise AutomationError(Problem("has more than 16 MB; that is no curve", path))
    return data


def text_of(data: bytes, path: Path, *, null: str = "\0") -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, or the old Windows letters.

    Parameters
    ----------
    data
        Of the file.
    path
        The file, for messages.
    null
        What null characters mean; as such they stand in no text.

    Raises
    ------
    AutomationError
        When it is no text.
    """
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ["utf-16"] if data.startswith(marks) else ["utf-8-sig", "cp1252"]:
        try:
            text = data.decode(encoding).replace("\0", null)
        except UnicodeDecodeError:
            continue
        if max(text.count("\n"), text.count("\r")) > _MOST_LINES:
            raise AutomationError(Problem(f"has more than {_MOST_LINES} lines", path))
        if not _CONTROL.search(text):
            return text
    raise AutomationError(Problem("is no text; see what can be imported with --help", path))


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of a text as an editor counts them, without their ends."""
    for line in io.StringIO(text, newline=None):
        yield line.rstrip("\n")


def number_of(text: str, *, comma: bool = False) -> float | None:
    """Return the number that a text is; None where it is none, or not finite.

    Parameters
    ----------
    text
        What stands in the file.
    comma
        Whether a comma may separate the decimals.

    Examples
    --------
    >>> number_of("-1.5e-3"), number_of("0,5", comma=True), number_of("1 dB")
    (-0.0015, 0.5, None)
    """
    words = text.strip()
    if comma and _COMMA.fullmatch(words):
        words = words.replace(",", ".")
    if not _NUMBER.fullmatch(words):
        return None
    number = float(words)
    return number if math.isfinite(number) else None
