"""One way in: a file from elsewhere, recognised by what is in it, as an automation file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.automation.doors.audacity import looks_like_labels, read_labels, read_markers
from ltsrender.automation.doors.control_signal import read_control_signal
from ltsrender.automation.doors.csv_file import read_csv, separator_of
from ltsrender.automation.doors.reaper import looks_like_reaper, read_envelopes
from ltsrender.automation.doors.text import bytes_of, lines_of, number_of, text_of
from ltsrender.automation.doors.written import (
    lanes_document,
    name_of,
    write_lanes,
    write_markers,
)
from ltsrender.automation.drawn import import_curve
from ltsrender.errors import AutomationError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation.doors.found import Found, Wanted

KINDS = ("csv", "audacity", "markers", "reaper", "signal", "original")
"""What can be imported: tables, label tracks as lanes or as markers, envelopes of REAPER,
recordings of control signals, and curves of the original."""
_SOUND = re.compile(
    rb"RIFF....WAVE|RF64....WAVE|RIFX....WAVE|FORM....AIF|fLaC|OggS|caff|riff\x2e\x91", re.DOTALL
)
_NO_TIMES = re.compile(rb"\s*[\[{]|.*/set_alfa", re.DOTALL)
_HEAD_BYTES = 2**20  # of which more is not needed to know what a file is


@dataclass(frozen=True)
class Imported:
    """What was written.

    Attributes
    ----------
    kind
        One of `KINDS`.
    lanes
        Target, and how many points.
    n_values
        Of a curve of the original: how many numbers it had.
    n_markers
        How many markers, instead of lanes.
    notes
        What the composer should know.
    """

    kind: str
    lanes: tuple[tuple[str, int], ...] = ()
    n_values: int = 0
    n_markers: int = 0
    notes: tuple[str, ...] = ()


def kind_of(path: Path, *, has_length: bool = False) -> str:
    """Return which of `KINDS` a file is, by what is in it.

    Parameters
    ----------
    path
        The file; where it cannot be read, its reader will say so.
    has_length
        Whether a length was given, as only curves of the original need one.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return "original" if has_length else "csv"
    if _SOUND.match(data):
        return "signal"
    if has_length or _NO_TIMES.match(data.removeprefix(b"\xef\xbb\xbf")):
        return "original"
    try:
        text = text_of(data, path)
    except AutomationError:
        text = data.decode("latin-1")
    if looks_like_reaper(text):
        return "reaper"
    whole = text if len(data) < _HEAD_BYTES else text.rpartition("\n")[0]
    if looks_like_labels(whole):
        return "audacity"
    return "original" if _is_one_column(whole) else "csv"


def _is_one_column(text: str) -> bool:
    """Return whether a text is a list of numbers: one a line, or all of them on one line."""
    lines = [line for line in lines_of(text) if line.strip() and not line.lstrip().startswith("#")]
    separator = separator_of(text)
    words = [re.split(r"[\s,;]+", line.strip().strip(",;")) for line in lines]
    if not lines or any(number_of(word) is None for row in words for word in row):
        return False
    return len(lines) == 1 or (separator != "\t" and all(len(row) == 1 for row in words))


def import_file(source: Path, target_file: Path, wanted: Wanted, kind: str = "") -> Imported:
    """Write a file from elsewhere as an automation file.

    Parameters
    ----------
    source
        A table, a label track, envelopes of REAPER, a recording, or a curve of the original.
    target_file
        The automation file to write; for markers, a JSON file with the session's "markers".
    wanted
        What the composer says about it.
    kind
        One of `KINDS`; empty to recognise it.

    Raises
    ------
    AutomationError
        With everything that is wrong with it.
    RenderError
        When the file cannot be written.
    """
    kind = kind or kind_of(source, has_length=wanted.length_s is not None)
    problems = [Problem(words, source) for words in _unfit(kind, wanted)]
    if problems:
        raise AutomationError(problems)
    if kind == "original":
        target = wanted.targets[0] if wanted.targets else "mix"
        length_s = wanted.length_s or 0.0
        n_values, n_points = import_curve(source, target_file, length_s=length_s, target=target)
        return Imported(kind, ((target, n_points),), n_values)
    found = _read(source, wanted, kind)
    if kind == "markers":
        write_markers(found.markers, target_file)
        return Imported(kind, n_markers=len(found.markers))
    write_lanes(lanes_document(name_of(source), found.lanes), target_file)
    lanes = tuple((lane.target, len(lane.points)) for lane in found.lanes)
    return Imported(kind, lanes, notes=found.notes)


def _unfit(kind: str, wanted: Wanted) -> list[str]:
    """Return what was said that means nothing for this kind of file."""
    found = []
    if kind == "original":
        if wanted.length_s is None:
            found.append("is a curve of the original; needs --length, its length in seconds")
        if wanted.ends is not None or wanted.time is not None or len(wanted.targets) > 1:
            found.append("is a curve of the original; takes --length and one --target only")
    elif wanted.length_s is not None:
        found.append("has times of its own; --length is for curves of the original")
    if kind == "markers" and (
        wanted.targets or wanted.ends or wanted.time not in (None, "seconds")
    ):
        found.append("becomes markers, which move nothing: leave out --target, --time and ends")
    if kind != "signal" and (wanted.channel != 1 or wanted.unipolar):
        found.append("is no recording; --channel and --unipolar are for recordings")
    if kind not in ("signal", "reaper") and wanted.error is not None:
        found.append("is taken over as it stands; --error is for recordings and REAPER")
    return found


def _read(source: Path, wanted: Wanted, kind: str) -> Found:
    if kind == "signal":
        return read_control_signal(source, wanted)
    data = bytes_of(source)
    if kind == "reaper":  # its clipboard has null characters for line ends
        return read_envelopes(text_of(data, source, null="\n"), source, wanted)
    text = text_of(data, source)
    if kind == "audacity":
        return read_labels(text, source, wanted)
    if kind == "markers":
        return read_markers(text, source)
    return read_csv(text, source, wanted)
