"""Label tracks of Audacity: labels whose text is a value, or names of places.

``File > Export Other > Export Labels`` writes a line for each label: start, end and text, with
tabs between them, in seconds with six decimals. A point label ends where it starts. A line that
begins with a backslash holds the frequencies of the label before it; they mean nothing here. Label
tracks come one after another, so where a label starts before the one before it, the next track
begins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ltsrender.automation.doors.found import MOST_POINTS, Found, FoundLane, Refusal, assigned
from ltsrender.automation.doors.text import lines_of, number_of
from ltsrender.automation.doors.values import LATEST, order_fault, value_of
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation.doors.found import Wanted

_LABEL = re.compile(r"\s*(\d{1,9}[.,]\d{6,})\t\s*(\d{1,9}[.,]\d{6,})\t(.*)", re.DOTALL)
_SHAPE = re.compile(r"(.*\S)\s+(hold|linear|smooth|exponential|spline)", re.DOTALL)


class Label(NamedTuple):
    """One label: where it stands in the file, from when to when in seconds, and its text."""

    line: int
    start_s: float
    end_s: float
    text: str


def looks_like_labels(text: str) -> bool:
    """Return whether every line of a text is one that Audacity would have written."""
    labels = [line for line in lines_of(text) if line.strip() and not line.startswith("\\")]
    return bool(labels) and all(_LABEL.fullmatch(line) for line in labels)


def read_labels(text: str, path: Path, wanted: Wanted) -> Found:
    """Return the lanes of label tracks whose labels are values.

    A point label is a breakpoint; a region label keeps its value until it ends. The text may end
    with the name of a shape.

    Raises
    ------
    AutomationError
        With every line that is no label, and every label that is no value.
    """
    refusal = Refusal(path)
    tracks = _tracks(_labels(text, refusal))
    refusal.raise_any()
    if not tracks:
        refusal.add("has no labels")
    if wanted.time not in (None, "seconds"):
        refusal.add(f"is in seconds, as Audacity's labels are; --time says {wanted.time}")
    called = [f"the label track from line {track[0].line} on" for track in tracks]
    targets = assigned(wanted.targets, called, refusal)
    refusal.raise_any()
    lanes = [
        FoundLane(target, "seconds", _points(track, target, wanted, refusal))
        for target, track in zip(targets, tracks, strict=True)
    ]
    refusal.raise_any()
    return Found(tuple(lanes))


def read_markers(text: str, path: Path) -> Found:
    """Return a marker for each label, where it starts.

    Raises
    ------
    AutomationError
        With every line that is no label, every label without a text, and every name that comes
        twice.
    """
    refusal = Refusal(path)
    labels = _labels(text, refusal)
    refusal.raise_any()
    if not labels:
        refusal.add("has no labels")
    seen: dict[str, int] = {}
    for label in labels:
        name, place = label.text.strip(), f"line {label.line}"
        if not name:
            refusal.add("has a label without a text; a marker needs a name", place)
        elif name in seen:
            refusal.add(f"is {found_words(name)}, as is line {seen[name]}; names differ", place)
        seen.setdefault(name, label.line)
    refusal.raise_any()
    ordered = sorted(labels, key=lambda label: label.start_s)
    return Found(markers=tuple((label.text.strip(), label.start_s) for label in ordered))


def _labels(text: str, refusal: Refusal) -> list[Label]:
    found: list[Label] = []
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip() or line.startswith("\\"):
            continue
        cells = line.split("\t", 2)
        place = f"line {number}"
        if len(cells) < 2:
            words = "takes a start, an end and a text, with tabs between them"
            refusal.add(f"is {found_words(line)}; {words}", place)
            continue
        times = []
        for column, cell in enumerate(cells[:2], 1):
            seconds = number_of(cell, comma=True)
            if seconds is None or not 0.0 <= seconds <= LATEST["seconds"]:
                words = f"a label has a start and an end, 0..{LATEST['seconds']:.0f} s"
                refusal.add(f"is {found_words(cell)}; {words}", f"{place}, column {column}")
            else:
                times.append(round(seconds, 12))
        if len(times) == 2 and times[1] < times[0]:
            refusal.add(f"ends at {times[1]:g} s, before it starts, at {times[0]:g} s", place)
        elif len(found) == MOST_POINTS:
            refusal.add(f"is one of more than {MOST_POINTS} labels", place)
            break
        elif len(times) == 2:
            found.append(Label(number, times[0], times[1], cells[2] if len(cells) > 2 else ""))
    return found


def _tracks(labels: list[Label]) -> list[list[Label]]:
    tracks: list[list[Label]] = []
    for label in labels:
        if not tracks or label.start_s < tracks[-1][-1].start_s:
            tracks.append([])
        tracks[-1].append(label)
    return tracks


def _points(
    track: list[Label], target: str, wanted: Wanted, refusal: Refusal
) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = []
    before: list[float] = []
    for label in track:
        shaped = _SHAPE.fullmatch(label.text.strip())
        written, shape = (shaped[1], shaped[2]) if shaped else (label.text.strip(), "linear")
        place = f"line {label.line}"
        try:
            value = value_of(written, target, ends=wanted.ends, comma=True)
        except ValueError as error:
            words = f"{error} (--as markers makes markers of names)"
            refusal.add(f"is {found_words(label.text)}; {words}", place)
            continue
        times = [label.start_s] if label.end_s == label.start_s else [label.start_s, label.end_s]
        for at in times:
            wrong = order_fault(at, before)
            if wrong:
                refusal.add(f"is at {at:.9g} s; {wrong}", place)
            points.append({"at": at, "value": value})
        if shape != "linear":
            points[-1]["shape"] = shape
    return points
