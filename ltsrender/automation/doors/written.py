"""Automation files, written whole after our own reader has read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from ltsrender.errors import AutomationError, Problem
from ltsrender.safefile import written_beside
from ltsrender.session.automationfile import FORMAT, open_automation
from ltsrender.session.document import Marker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ltsrender.automation.doors.found import FoundLane

_POINT = json.JSONEncoder(ensure_ascii=False)
_PLACE = '"points": "@"'  # in a name its quotation marks would have backslashes


def name_of(path: Path) -> str:
    """Return what a movement from a file is called: the file's name."""
    return path.stem.encode("utf-8", "replace").decode()


def lanes_document(name: str, lanes: Sequence[FoundLane]) -> dict[str, Any]:
    """Return lanes as an automation file holds them."""
    return {
        "format": FORMAT,
        "schema_version": 1,
        "name": name,
        "lanes": [
            {"target": lane.target, "time": lane.time, "points": lane.points} for lane in lanes
        ],
    }


def write_lanes(document: dict[str, Any], target_file: Path) -> None:
    """Write an automation file, whole, or not at all.

    Raises
    ------
    AutomationError
        With what our own reader has to say against it.
    RenderError
        When the file cannot be written.
    """
    data = _text(document).encode("utf-8", "replace")
    opened = open_automation(data, str(target_file))
    if opened.content is None:
        raise AutomationError(opened.problems)
    _write(data, target_file)


def write_markers(markers: Sequence[tuple[str, float]], target_file: Path) -> None:
    """Write markers as a session holds them, under "markers", whole, or not at all.

    Parameters
    ----------
    markers
        Names and seconds.

    Raises
    ------
    AutomationError
        When a name cannot be one.
    RenderError
        When the file cannot be written.
    """
    listed = [{"at": f"{at:.9f}".rstrip("0").rstrip(".") + " s", "name": n} for n, at in markers]
    try:
        TypeAdapter(tuple[Marker, ...]).validate_python(listed)
    except ValidationError as error:
        problems = [
            Problem(each["msg"], target_file, f"markers[{each['loc'][0]}]")
            for each in error.errors()
        ]
        raise AutomationError(problems) from None
    _write(_text({"markers": listed}).encode("utf-8", "replace"), target_file)


def _text(document: dict[str, Any]) -> str:
    """Return a document as JSON, one point a line, as a composer would write it."""
    lanes = document.get("lanes", [])
    bare = {**document, "lanes": [{**lane, "points": "@"} for lane in lanes]} if lanes else document
    text = json.dumps(bare, indent=1, ensure_ascii=False) + "\n"
    # Point by point: json.dumps takes three times as long when it indents.
    head, *rest = text.split(_PLACE) if lanes else [text]
    pieces = [head]
    for lane, following in zip(lanes, rest, strict=True):
        listed = ",\n    ".join(map(_POINT.encode, lane["points"]))
        pieces += [f'"points": [\n    {listed}\n   ]', following]
    return "".join(pieces)


def _write(data: bytes, target_file: Path) -> None:
    with written_beside(target_file) as part:
        part.write_bytes(data)
