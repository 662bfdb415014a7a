"""What the writers of the reference pages share: where the pages lie, and how cells read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

REFERENCE = Path(__file__).resolve().parent / "reference"


def table_of(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of cells in Markdown: one line for the heads, one for each row."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def in_cell(text: str) -> str:
    """Return a text on one line, so that it can stand in a cell."""
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")


def number_words(value: float) -> str:
    """Return a number as the pages show it: seven digits at most."""
    return "2^53" if value == 2**53 else f"{value:.7g}"
