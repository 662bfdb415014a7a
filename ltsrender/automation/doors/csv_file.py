"""Tables: CSV as spreadsheets, DAWs and scripts write it, and breakpoint files of two columns.

The first column, or the one whose name says so, is the time; each other column is a lane. Commas,
semicolons, tabs or blanks stand between the columns, the first of these that the first line has
outside its quotation marks, tabs and semicolons before commas. Where no commas stand between
columns they may stand before decimals. Lines that begin with ``#`` are remarks.
"""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ltsrender.automation.doors.found import MOST_POINTS, Found, FoundLane, Refusal, assigned
from ltsrender.automation.doors.text import lines_of
from ltsrender.automation.doors.values import is_target, order_fault, time_of, value_of
from ltsrender.session.problems import found_words, near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ltsrender.automation.doors.found import Wanted

Row = tuple[int, list[str]]

_MOST_COLUMNS = 1000
_MOST_CELLS = 3 * MOST_POINTS  # a time, a value and a shape for as many points as a lane has
_TIMES: MappingProxyType[str, tuple[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("time", "at", "t", "position"), ("", 1.0)),
        **dict.fromkeys(("s", "sec", "second", "seconds"), ("seconds", 1.0)),
        **dict.fromkeys(("ms", "millisecond", "milliseconds"), ("seconds", 0.001)),
        **dict.fromkeys(("beat", "beats", "quarter", "quarters"), ("beats", 1.0)),
        **dict.fromkeys(("sample", "samples"), ("samples", 1.0)),
    }
)
"""Names of a column of times, and units in them: the lane's unit, and how much of it one is."""
_UNITS = MappingProxyType(
    {"db": "dB", "hz": "Hz", "khz": "kHz", "s": "s", "ms": "ms", "%": "%", "percent": "%"}
)
_SHAPES = MappingProxyType(
    {
        **dict.fromkeys(("hold", "step", "square", "discrete"), "hold"),
        **dict.fromkeys(("linear", "line", "ramp"), "linear"),
        "smooth": "smooth",
        "exponential": "exponential",
        "spline": "spline",
    }
)
_SHAPE_NAMES = ("shape", "interpolation")
_SAID = re.compile(r"(?i:sep)=([;,\t])")  # Excel's own first line
_NAME = re.compile(r"(.*?)(?:[_\s]([A-Za-z%]+)|\s*[(\[]\s*([A-Za-z%]+)\s*[)\]])?")


@dataclass
class _Column:
    """A column of values.

    Attributes
    ----------
    index
        From 0.
    name
        In the header; empty without one.
    target
        What it moves; empty while nobody said it.
    unit
        Of its plain numbers.
    """

    index: int
    name: str
    target: str = ""
    unit: str = ""
    points: list[dict[str, Any]] = field(default_factory=list)
    before: list[float] = field(default_factory=list)

    def called(self) -> str:
        return f"column {self.index + 1}" + (f' "{self.name[:40]}"' if self.name else "")


@dataclass(frozen=True)
class _Layout:
    """Which column is what, and how its cells are read."""

    time: int
    unit: str
    factor: float
    shape: int | None
    columns: list[_Column]
    comma: bool


def read_csv(text: str, path: Path, wanted: Wanted) -> Found:
    """Return the lanes of a table.

    Parameters
    ----------
    text
        Of the file.
    path
        The file, for messages.
    wanted
        Targets for columns whose names are none, in order; the unit of plain times; what 0 and 1
        of plain numbers become.

    Raises
    ------
    AutomationError
        With every wrong cell, by line and column.
    """
    refusal = Refusal(path)
    separator = separator_of(text)
    rows = list(_rows(text, separator, refusal))
    refusal.raise_any()
    header = rows.pop(0) if rows and _is_header(rows[0][1], separator != ",") else None
    if not rows:
        refusal.add("has no rows with a time and a value")
    refusal.raise_any()
    layout = _layout(header, rows, wanted, comma=separator != ",", refusal=refusal)
    refusal.raise_any()
    for number, cells in rows:
        _read_row(number, cells, layout, wanted, refusal)
    refusal.raise_any()
    for column in layout.columns:
        if not 0 < len(column.points) <= MOST_POINTS:
            words = f"has {len(column.points)} values; a lane has 1..{MOST_POINTS} points"
            refusal.add(words, column.called())
    refusal.raise_any()
    lanes = [FoundLane(c.target, layout.unit, c.points) for c in layout.columns]
    return Found(tuple(lanes))


def separator_of(text: str) -> str:
    r"""Return what stands between the columns: a tab, ``;``, ``,`` or a blank for blanks.

    >>> separator_of("# by hand\ntime;mix\n0;0,5")
    ';'
    """
    for line in lines_of(text):
        said = _SAID.fullmatch(line.strip())
        if said:
            return said[1]
        if line.strip() and not line.lstrip().startswith("#"):
            outside = re.sub(r'"[^"]*"', "", line)
            return next((mark for mark in "\t;," if mark in outside), " ")
    return ","


def _rows(text: str, separator: str, refusal: Refusal) -> Iterator[Row]:
    """Yield line numbers and cells of all rows that are not empty."""
    n_cells = 0
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip() or line.lstrip().startswith("#") or _SAID.fullmatch(line.strip()):
            continue
        if separator == " ":
            cells = line.split()
        else:
            try:
                cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
            except csv.Error as error:
                refusal.add(f"cannot be read: {error}", f"line {number}")
                continue
        cells = [cell.strip() for cell in cells]
        n_cells += len(cells)
        if n_cells > _MOST_CELLS:
            refusal.add(f"has more than {_MOST_CELLS} cells by here", f"line {number}")
            return
        if any(cells):
            yield number, cells


def _is_header(cells: list[str], comma: bool) -> bool:
    """Return whether a row names its columns: no cell of it is a time or a value."""
    for cell in cells:
        with suppress(ValueError):  # a number too large for a time begins as the others do
            time_of(cell, "seconds", comma=comma)
            return False
    return not any(cell[:1].isdigit() or cell[:1] in "+-." for cell in cells if cell)


def _layout(
    header: Row | None, rows: list[Row], wanted: Wanted, *, comma: bool, refusal: Refusal
) -> _Layout:
    width = max(len(cells) for _, cells in rows)
    names = [""] * width if header is None else header[1]
    names += [""] * (width - len(names))
    place = f"line {rows[0][0] if header is None else header[0]}"
    if not 2 <= len(names) <= _MOST_COLUMNS:
        words = "has one column" if len(names) < 2 else f"has {len(names)} columns"
        refusal.add(f"{words}; a time and up to {_MOST_COLUMNS - 1} values are needed", place)
        return _Layout(0, "seconds", 1.0, None, [], comma)
    times = [index for index, name in enumerate(names) if _time_unit(name) is not None]
    time = times[0] if times else 0
    said, factor = _time_unit(names[time]) or ("", 1.0)
    if said and wanted.time and said != wanted.time:
        words = f'is "{names[time]}", in {said}; --time says {wanted.time}'
        refusal.add(words, f"{place}, column {time + 1}")
    shape = _shape_column(names, rows, time)
    columns = [
        _column(index, name) for index, name in enumerate(names) if index not in (time, shape)
    ]
    nameless = [column for column in columns if not column.target]
    targets = assigned(wanted.targets, [column.called() for column in nameless], refusal)
    for column, target in zip(nameless, targets, strict=True):
        column.target = target
    if len({column.target for column in columns}) < len(columns):
        refusal.add("has two columns for the same target", place)
    return _Layout(time, said or wanted.time or "seconds", factor, shape, columns, comma)


def _time_unit(name: str) -> tuple[str, float] | None:
    """Return the unit that a column's name says, if it is one of times."""
    plain = name.lower().strip()
    if plain in _TIMES:
        return _TIMES[plain]
    stem, unit = _parts(plain)
    if stem in _TIMES and unit in _TIMES and not _TIMES[stem][0] and _TIMES[unit][0]:
        return _TIMES[unit]
    return None


def _parts(name: str) -> tuple[str, str]:
    """Return a name without the unit at its end, and the unit: ``cutoff_hz``, ``pan [%]``."""
    found = _NAME.fullmatch(name.strip())
    if found is None:
        return name.strip(), ""
    return found[1].strip(), (found[2] or found[3] or "").lower()


def _column(index: int, name: str) -> _Column:
    if is_target(name):
        return _Column(index, name, name)
    stem, unit = _parts(name)
    if unit not in _UNITS:
        return _Column(index, name)
    return _Column(index, name, stem if is_target(stem) else "", _UNITS[unit])


def _shape_column(names: list[str], rows: list[Row], time: int) -> int | None:
    """Return which column says how to go on: by its name, or as all its cells are shapes."""
    for index, name in enumerate(names):
        if name.lower() in _SHAPE_NAMES:
            return index
    if any(names) or len(names) < 3:
        return None
    cells = [row[2].lower() for _, row in rows if len(row) > 2]
    return 2 if time != 2 and cells and all(not c or c in _SHAPES for c in cells) else None


def _read_row(
    number: int, cells: list[str], layout: _Layout, wanted: Wanted, refusal: Refusal
) -> None:
    def place(index: int) -> str:
        return f"line {number}, column {index + 1}"

    cell = cells[layout.time] if layout.time < len(cells) else ""
    if not cell:
        refusal.add("is empty; a time is needed", place(layout.time))
        return
    try:
        at = time_of(cell, layout.unit, comma=layout.comma, factor=layout.factor)
    except ValueError as error:
        refusal.add(f"is {found_words(cell)}; {error}", place(layout.time))
        return
    shape = _shape_of(cells, layout, number, refusal)
    for column in layout.columns:
        cell = cells[column.index] if column.index < len(cells) else ""
        if not cell:
            continue  # this lane has no point here
        wrong = order_fault(at, column.before)
        if wrong:
            refusal.add(f"is {found_words(at)}; {wrong}", place(layout.time))
        try:
            value = value_of(
                cell, column.target, unit=column.unit, ends=wanted.ends, comma=layout.comma
            )
        except ValueError as error:
            refusal.add(f"is {found_words(cell)}; {error}", place(column.index))
            continue
        column.points.append({"at": at, "value": value} | shape)


def _shape_of(cells: list[str], layout: _Layout, number: int, refusal: Refusal) -> dict[str, str]:
    if layout.shape is None or layout.shape >= len(cells) or not cells[layout.shape]:
        return {}
    cell = cells[layout.shape].lower()
    if cell not in _SHAPES:
        words = f"is {found_words(cells[layout.shape])}; takes {', '.join(_SHAPES)}"
        refusal.add(words, f"line {number}, column {layout.shape + 1}", near(cell, _SHAPES))
        return {}
    return {"shape": _SHAPES[cell]} if cell != "linear" else {}
