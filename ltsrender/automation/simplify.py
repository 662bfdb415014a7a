"""Fewer points in an automation file, to a stated error.

What is thinned, and what stays as it was written:

- Runs of straight lines keep the points between which all others lie within the error of the line.
  In dB an exponential way without curvature is a straight line too.
- Runs of holds keep those steps that leave the last kept value by more than the error.
- Every other shape keeps the points at both its ends, for its way depends on them. So do jumps, and
  points whose time or value is written as a text: somebody meant them.
- A lane that other lanes use stays as it is: how far they would move, nobody has stated.

So every lane of the new file is within the error of the old one at every moment, in any tempo.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ltsrender.automation.thin import thinned
from ltsrender.errors import AutomationError, Problem, nearest
from ltsrender.safefile import written_beside
from ltsrender.session import AutomationDocument, range_of
from ltsrender.session.automationfile import read_with_tree
from ltsrender.session.sources import used_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ltsrender.session import Documents

USUAL_PART = 0.001
"""Of a lane's span: the error where none is stated."""
# A point without handles; brackets inside a text, such as a note, are none.
_OWN_LINE = re.compile(r'\{\s*("at": (?:"(?:[^"\\]|\\.)*"|[^{}\[\]"])*?)\s*\}')
_BREAK = re.compile(r",\s*\n\s*")


class Thinned(NamedTuple):
    """What became of one lane.

    Attributes
    ----------
    label
        Its target or name.
    before, after
        Numbers of points.
    max_error
        How far it may now be from where it was, in its target's unit.
    unit
        That unit.
    """

    label: str
    before: int
    after: int
    max_error: float
    unit: str


def simplify_file(
    file: str,
    documents: Documents,
    target_file: Path,
    *,
    max_error: float | None = None,
    targets: Sequence[str] = (),
) -> tuple[Thinned, ...]:
    """Write an automation file with fewer points in its drawn lanes.

    Parameters
    ----------
    file
        Its name, relative to the documents' root; else the user's or a built-in one.
    documents
        Where it is read from.
    target_file
        The file to write: everything else in it stays as it was written, notes among it.
    max_error
        In each lane's unit; `USUAL_PART` of each lane's span without.
    targets
        Targets or names of the lanes to thin; all without.

    Raises
    ------
    AutomationError
        When the file cannot be read, holds MIDI, or has no such lane.
    RenderError
        When the file cannot be written.
    """
    tree = _tree_of(file, documents)
    lanes = tree["lanes"]
    labels = [lane.get("target") or lane.get("name") for lane in lanes]
    _check_targets(targets, lanes, file)
    used = set().union(*(used_names(lane) for lane in lanes))
    found = []
    for lane, label in zip(lanes, labels, strict=True):
        wanted = not targets or label in targets or lane.get("name") in targets
        if "points" not in lane or lane.get("name") in used or not wanted:
            continue
        allowed = range_of(lane.get("target") or "")
        unit = allowed.unit if allowed else ""
        error = usual_error(lane["points"]) if max_error is None else max_error
        kept = kept_points(lane["points"], error, unit=unit)
        found.append(Thinned(label, len(lane["points"]), len(kept), error, unit))
        lane["points"] = [lane["points"][index] for index in kept]
    with written_beside(target_file) as part:
        part.write_text(text_of(tree), encoding="utf-8", newline="\n")
    return tuple(found)


def usual_error(points: Sequence[dict[str, Any]]) -> float:
    """Return `USUAL_PART` of the span of the values that are written as numbers."""
    numbers = [point["value"] for point in points if not isinstance(point["value"], str)]
    return USUAL_PART * (max(numbers) - min(numbers)) if numbers else 0.0


def kept_points(points: Sequence[dict[str, Any]], max_error: float, *, unit: str = "") -> list[int]:
    """Return which points stay, so that the curve stays within an error of what it was.

    Parameters
    ----------
    points
        As they are written, in order.
    max_error
        In the unit of the values, 0 or more.
    unit
        Of the values.

    Examples
    --------
    >>> steps = [(0, 0.0), (1, 0.52), (2, 1.0), (3, 0.0)]
    >>> kept_points([{"at": at, "value": value} for at, value in steps], 0.05)
    [0, 2, 3]
    """
    # A way can be thinned where both its ends are numbers, one later than the other.
    kinds = [
        _kind_of(point, unit) if _is_way(points, index) else ""
        for index, point in enumerate(points)
    ]
    kept = {0, len(points) - 1}
    first = 0
    while first < len(points) - 1:
        last = first + 1
        while kinds[first] and last < len(points) - 1 and kinds[last] == kinds[first]:
            last += 1
        inside = [first, last]
        if kinds[first]:
            inside = _thinned(points, first, last, max_error, kinds[first])
        kept.update(inside)
        first = last
    return sorted(kept)


def text_of(tree: Any) -> str:
    """Return a document as text, each point on a line of its own."""
    text = json.dumps(tree, indent=2, ensure_ascii=False)
    return _OWN_LINE.sub(lambda found: "{" + _BREAK.sub(", ", found[1]) + "}", text) + "\n"


def _kind_of(point: dict[str, Any], unit: str) -> str:
    """Return how the way from a point can be thinned; empty where it cannot."""
    shape = point.get("shape", "linear")
    if shape == "exponential" and unit == "dB" and point.get("curvature") is None:
        return "linear"
    return shape if shape in ("linear", "hold") else ""


def _is_way(points: Sequence[dict[str, Any]], index: int) -> bool:
    """Return whether from a point to the next time passes, and both are written in numbers."""
    ends = points[index : index + 2]
    if len(ends) < 2 or any(isinstance(end[key], str) for end in ends for key in ("at", "value")):
        return False
    return bool(ends[0]["at"] < ends[1]["at"])


def _thinned(
    points: Sequence[dict[str, Any]], first: int, last: int, max_error: float, kind: str
) -> list[int]:
    run = points[first : last + 1]
    value = np.array([point["value"] for point in run], dtype=np.float64)
    if kind == "linear":
        at = np.array([point["at"] for point in run], dtype=np.float64)
        return [first + index for index in thinned(at, value, max_error).tolist()]
    kept = [0]
    for index in range(1, len(run) - 1):
        if abs(value[index] - value[kept[-1]]) > max_error:
            kept.append(index)
    return [*(first + index for index in kept), last]


def _tree_of(file: str, documents: Documents) -> dict[str, Any]:
    content, tree = read_with_tree(file, documents)
    if not isinstance(content, AutomationDocument):
        words = f"is a MIDI file with {content.controllers_in_words()}; only lanes have points"
        raise AutomationError(Problem(words, file))
    lanes: dict[str, Any] = tree
    return lanes


def _check_targets(targets: Sequence[str], lanes: Sequence[dict[str, Any]], file: str) -> None:
    drawn = [
        name
        for lane in lanes
        for name in (lane.get("target"), lane.get("name"))
        if "points" in lane and name
    ]
    problems = [
        Problem(
            f'is "{target}"; drawn lanes of {file} are {", ".join(drawn) or "none"}',
            place="--target",
            suggestion=nearest(target, drawn),
        )
        for target in targets
        if target not in drawn
    ]
    if problems:
        raise AutomationError(problems)
