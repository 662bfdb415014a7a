"""Curves drawn in the window of the original, as a lane.

The original's Max patch sends the drawn curve, normally 1000 numbers, in one OSC message
``/set_alfa``. Its app turns a drawn d into alfa = (d + 1) / 2 without holding it within 0..1, and
spreads the numbers evenly over the sound: the first is heard at the first frame, the last at the
last. alfa weighs the first sound, as ``mix`` does, so that a drawn 1 is all first sound, -1 all
second, and what lies beyond goes on along the same line. (The original's script
``generate_interpolations.py`` counts the other way round and has no such curves.)
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.doors.found import MOST_POINTS, FoundLane, Refusal
from ltsrender.automation.doors.text import bytes_of, number_of
from ltsrender.automation.doors.written import lanes_document, name_of, write_lanes
from ltsrender.automation.thin import thinned
from ltsrender.errors import AutomationError, InputError, Problem
from ltsrender.session import range_of, read_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ADDRESS = "/set_alfa"
STRAIGHT = 1e-6
"""A point is left out where the straight line between its neighbours passes this near."""
_BETWEEN = re.compile(r"[\s,;]+")
# oscdump writes a time before the address and types after it, other dumps a colon and brackets.
_MESSAGE = re.compile(rf"(?:^|\s){ADDRESS}:?\s+(?:,?[fdih]+\s)?[\[(]?([^\])]*)")


def import_curve(
    curve: Path, target_file: Path, *, length_s: float, target: str = "mix"
) -> tuple[int, int]:
    """Write a curve drawn for the original as an automation file.

    Parameters
    ----------
    curve
        Text with numbers between blanks, commas or line breaks, lines that begin with ``#`` aside;
        a JSON list of numbers; or a dump of OSC messages, text or JSON, whose last ``/set_alfa``
        counts, as it does for the app.
    target_file
        The automation file to write.
    length_s
        Seconds over which the curve is spread, more than 0.
    target
        What it moves: -1..1 become 0..1 of it.

    Returns
    -------
    n_values, n_points
        How many numbers the curve has, and how many points the lane needs for the same movement.

    Raises
    ------
    AutomationError
        With everything in the curve that is no number, or farther than the target goes.
    RenderError
        When the file cannot be written.
    """
    drawn = read_drawn_curve(curve)
    _check_values(drawn, target, curve)
    points = points_of(drawn, length_s)
    lane = FoundLane(target, "seconds", [{"at": at, "value": value} for at, value in points])
    write_lanes(lanes_document(name_of(curve), [lane]), target_file)
    return len(drawn), len(points)


def read_drawn_curve(path: Path) -> list[float]:
    """Return the numbers of a drawn curve, as they were drawn: -1..1, or beyond.

    Raises
    ------
    AutomationError
        With everything in the file that is no number; when there are fewer than two.
    """
    data = bytes_of(path)
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        found = _from_json(data, path)
    else:
        found = _from_text(data, path)
    if not 2 <= len(found) <= MOST_POINTS:
        words = f"has {len(found)} numbers; a curve has 2..{MOST_POINTS}"
        raise AutomationError(Problem(words, path))
    return found


def points_of(drawn: Sequence[float], length_s: float) -> list[tuple[float, float]]:
    """Return the points of a lane: seconds and values, without those on straight lines.

    Parameters
    ----------
    drawn
        At least two numbers, -1 for 0 and 1 for 1.
    length_s
        Seconds from the first to the last, more than 0.

    Raises
    ------
    ValueError
        When there are fewer than two, or the length is none.

    Examples
    --------
    >>> points_of([-1.0, -0.5, 0.0, 0.5, 1.0, 0.0], 10.0)
    [(0.0, 0.0), (8.0, 1.0), (10.0, 0.5)]
    """
    if len(drawn) < 2 or not (length_s > 0 and math.isfinite(length_s)):
        raise ValueError(f"{len(drawn)} numbers over {length_s} seconds; 2 and more than 0 needed")
    values = [round((d + 1) / 2, 9) for d in drawn]
    step_s = length_s / (len(values) - 1)
    return [(round(index * step_s, 12), values[index]) for index in corners_of(values)]


def corners_of(values: Sequence[float]) -> list[int]:
    """Return which of evenly spaced values are needed: on lines between them lie all others.

    Every value left out is within `STRAIGHT` of the line.
    """
    near = STRAIGHT / 2  # the other half is for rounding to nine decimals, in time too
    kept: list[int] = thinned(
        np.arange(len(values), dtype=float), np.array(values), near, look_ahead=0
    ).tolist()
    return kept


def _check_values(drawn: Sequence[float], target: str, path: Path) -> None:
    allowed = range_of(target)
    if allowed is None:
        return  # the effect of an insert knows; what is no target at all is told later
    lowest, highest = 2 * allowed.minimum - 1, 2 * allowed.maximum - 1
    refusal = Refusal(path)
    for number, value in enumerate(drawn, 1):
        if not lowest <= value <= highest:
            refusal.add(
                f"is {value:g}, {target} {(value + 1) / 2:g}; {target} takes {allowed.words()}, "
                f"so {lowest:g}..{highest:g} can be drawn",
                f"number {number}",
            )
    refusal.raise_any()


def _from_text(data: bytes, path: Path) -> list[float]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        words = "is neither text with numbers nor JSON; OSC is read from a dump in text or JSON"
        raise AutomationError(Problem(words, path)) from error
    lines = list(enumerate(text.splitlines(), 1))
    messages = [(number, sent[1]) for number, line in lines if (sent := _MESSAGE.search(line))]
    found: list[float] = []
    refusal = Refusal(path)
    for number, line in messages[-1:] or lines:
        words_in_line = [] if line.lstrip().startswith("#") else _BETWEEN.split(line)
        for word in filter(None, words_in_line):
            value = number_of(word)
            if value is None:
                refusal.add(f"has {word[:40]!r}; a number is needed", f"line {number}")
            else:
                found.append(value)
    refusal.raise_any()
    return found


def _from_json(data: bytes, path: Path) -> list[float]:
    try:
        tree = read_tree(data, str(path))
    except InputError as error:
        raise AutomationError(error.problems) from None
    place = ""
    if isinstance(tree, dict) and isinstance(tree.get("transcript"), list):
        tree, place = tree["transcript"], "transcript"
    if isinstance(tree, dict):
        tree = [tree]
    sent = [
        (f"{place}[{index}].args", message.get("args"))
        for index, message in enumerate(tree)
        if isinstance(message, dict) and message.get("address") == ADDRESS
    ]
    if sent:
        place, tree = sent[-1]
    elif any(isinstance(entry, dict) for entry in tree):
        words = f"has no message {ADDRESS}; a list of numbers or messages with address and args"
        raise AutomationError(Problem(words, path))
    if not isinstance(tree, list):
        words = "is no list of numbers (a summary of a message does not hold its curve)"
        raise AutomationError(Problem(words, path, place))
    refusal = Refusal(path)
    for index, value in enumerate(tree):
        if isinstance(value, bool) or not isinstance(value, int | float):
            words = f"is {json.dumps(value)[:40]}; a number is needed"
            refusal.add(words, f"{place}[{index}]")
    refusal.raise_any()
    return [float(value) for value in tree]
