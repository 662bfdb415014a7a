"""Lanes as numbers: their values at moments that somebody asks for."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.tell import spelled
from ltsrender.errors import AutomationError, Problem
from ltsrender.session import read_moment
from ltsrender.session.fields import DAY_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.automation.movement import Floats
    from ltsrender.automation.musical_time import MusicalTime
    from ltsrender.automation.view import View

MOST_ROWS = 100_000
SHORTEST_S = 0.001
_ROUNDED = 1e-9  # seconds, or beats: how far over its end a stretch may be counted


def moment_s(text: str, time: MusicalTime, place: str) -> float:
    """Return a moment in seconds; a plain number is in seconds.

    Parameters
    ----------
    text
        Such as ``12.5``, ``9|1`` or ``marker:B + 2 beats``.
    time
        Tempo, bars and markers.
    place
        The option it was given with, for messages.

    Raises
    ------
    AutomationError
        When it means nothing, or lies beyond 24 hours.
    """
    try:
        seconds = float(text) if _is_number(text) else time.seconds_at(read_moment(text))
    except ValueError as error:
        raise AutomationError(Problem(f'is "{text}"; {error}', place=place)) from None
    if not 0.0 <= seconds <= DAY_S:
        raise AutomationError(Problem(f'is "{text}"; takes 0..{DAY_S:g} s', place=place))
    return seconds


def moments_s(
    view: View, at: Sequence[str], every: str | None, start: str | None, end: str | None
) -> Floats:
    """Return the moments that somebody asks for, in order, each once: float64[moment] seconds.

    Parameters
    ----------
    view
        What is looked at: its time, and its span where no other is given.
    at
        Single moments.
    every
        A distance in seconds, or with its unit (``1 beat``); with single moments, None for none.
    start, end
        Between which moments the distances are counted, both ends included; the view's without.

    Raises
    ------
    AutomationError
        With everything that means nothing; when there are more than `MOST_ROWS`.
    """
    problems: list[Problem] = []
    found = [_gather(problems, text, view.time, "--at") for text in at]
    first, last = _stretch(problems, view, start, end)
    distance, unit = _distance(problems, "1" if every is None else every, view.time)
    if problems:
        raise AutomationError(problems)
    if every is not None or not at:
        found += _grid(view.time, first, last, distance, unit).tolist()
    return np.unique(np.array(found))


def stretch_s(view: View, start: str | None, end: str | None) -> tuple[float, float]:
    """Return from when to when something is wanted, in seconds: at least a millisecond.

    Parameters
    ----------
    view
        What is looked at; its span holds where no end is given.
    start, end
        As moments.

    Raises
    ------
    AutomationError
        With everything that means nothing.
    """
    problems: list[Problem] = []
    first, last = _stretch(problems, view, start, end)
    if not problems and last - first < SHORTEST_S:
        problems.append(
            Problem(f"is {last:g} s; it must lie after --from, {first:g} s", place="--to")
        )
    if problems:
        raise AutomationError(problems)
    return first, last


def _stretch(
    problems: list[Problem], view: View, start: str | None, end: str | None
) -> tuple[float, float]:
    first, last = view.span()
    if start is not None:
        first = _gather(problems, start, view.time, "--from")
    if end is not None:
        last = _gather(problems, end, view.time, "--to")
    if not problems and last < first:
        words = f"is {first:g} s; it must lie before the end, {last:g} s"
        problems.append(Problem(words, place="--from"))
    return first, last


def _gather(problems: list[Problem], text: str, time: MusicalTime, place: str) -> float:
    try:
        return moment_s(text, time, place)
    except AutomationError as error:
        problems += error.problems
        return 0.0


def _distance(problems: list[Problem], text: str, time: MusicalTime) -> tuple[float, str]:
    """Return a distance and what it is in: seconds or beats."""
    number, unit, words = 0.0, "seconds", "takes more than 0"
    try:
        if _is_number(text):
            number = float(text)
        else:
            moment = read_moment(text)
            number, unit = moment.number, moment.unit
            if moment.marker or moment.bar:
                number, words = 0.0, 'takes seconds, or a text such as "1 beat" or "250 ms"'
            if unit == "samples":
                number, unit = number / time.sample_rate_hz, "seconds"
    except ValueError as error:
        words = str(error)
    if not 0.0 < number < math.inf:
        problems.append(Problem(f'is "{text}"; {words}', place="--every"))
        return 1.0, "seconds"
    return number, unit


def _grid(time: MusicalTime, first: float, last: float, distance: float, unit: str) -> Floats:
    in_beats = unit == "beats"
    if in_beats:
        first, last = time.tempo.beats_at(first), time.tempo.beats_at(last)
    n_steps = (last - first) / distance + _ROUNDED  # infinite where the distance is next to nothing
    if n_steps >= MOST_ROWS:
        many = math.floor(n_steps) + 1 if math.isfinite(n_steps) else "endlessly many"
        words = f"gives {many} moments; at most {MOST_ROWS} are printed"
        raise AutomationError(Problem(words, place="--every"))
    grid: Floats = first + distance * np.arange(math.floor(n_steps) + 1, dtype=np.float64)
    return time.tempo.seconds_at(grid) if in_beats else grid


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def table_of(view: View, moments: Floats) -> str:
    """Return a table for people: six digits, a dash where only a render knows the value.

    Parameters
    ----------
    view
        The lanes.
    moments
        float64[moment] seconds.
    """
    heads = ["seconds", "bar|beat|tick", *(_head(view, index) for index in range(len(view.lanes)))]
    columns = [
        [spelled(float(moment)) for moment in moments],
        [view.time.meter.text_at(beats) for beats in view.time.tempo.beats_at(moments).tolist()],
        *([spelled(value) for value in values.tolist()] for values in _values(view, moments)),
    ]
    widths = [
        max(len(head), *map(len, column), 0) for head, column in zip(heads, columns, strict=True)
    ]
    rows = [heads, *zip(*columns, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def csv_of(view: View, moments: Floats) -> str:
    """Return a table for programs: all digits, nothing where only a render knows the value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["seconds", "beats", *(shown.label for shown in view.lanes)])
    columns = [moments, view.time.tempo.beats_at(moments), *_values(view, moments)]
    for row in zip(*(column.tolist() for column in columns), strict=True):
        writer.writerow(["" if math.isnan(value) else repr(value) for value in row])
    return text.getvalue().rstrip("\n")


def _head(view: View, index: int) -> str:
    shown = view.lanes[index]
    return f"{shown.label} ({shown.unit})" if shown.unit else shown.label


def _values(view: View, moments: Floats) -> list[Floats]:
    unknown = np.full(moments.shape, np.nan)
    return [unknown if shown.waits_for else shown.lane.at(moments) for shown in view.lanes]
