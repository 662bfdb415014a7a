"""A MIDI file and a controller map become an automation file, to read, edit and keep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.automation.midi import Played, file_tempo, pattern_of, played_by
from ltsrender.errors import AutomationError, Problem
from ltsrender.safefile import written_beside
from ltsrender.session import AutomationDocument, Documents, read_automation, read_map
from ltsrender.session.automationfile import FORMAT, controller_problems
from ltsrender.session.controllers import MAP_FORMAT, ControllerDocument, ControllerMapDocument
from ltsrender.session.documents import MOST_BYTES
from ltsrender.session.fields import DAY_S, MOST_BEATS
from ltsrender.session.midivoices import members
from ltsrender.session.midiwords import is_pair, shown_sources

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.session import MidiDocument

MOST_POINTS = 500_000  # of a lane
_FEWER = '"shape": "smooth" needs fewer points'
_STARTERS = {
    "mix": (0.0, 1.0),
    "detail": (0.0, 1.0),
    "noise": (0.0, 1.0),
    "macro/brightness": (-1.0, 1.0),
    "gain_db": (-40.0, 0.0),
    "pan": (-1.0, 1.0),
}


@dataclass(frozen=True)
class WrittenLane:
    """What became of one entry of a map.

    Attributes
    ----------
    target, unit
        What moves, and in which unit of time.
    n_points
        How many breakpoints the lane has.
    start, stop
        The times of the first and the last.
    """

    target: str
    unit: str
    n_points: int
    start: float
    stop: float


@dataclass(frozen=True)
class WrittenLanes:
    """What became of a map, and the MIDI file's own tempo and meter as a session writes them."""

    lanes: tuple[WrittenLane, ...]
    own_time: str


def read_song(path: Path, pattern: int | None = None) -> MidiDocument:
    """Return a MIDI file, or one pattern of it.

    Raises
    ------
    AutomationError
        When it is no MIDI file, is broken, or has no such pattern.
    """
    content = read_automation(path.name, Documents(path.parent))
    if isinstance(content, AutomationDocument):
        raise AutomationError(Problem("is an automation file; a MIDI file is needed", path))
    return pattern_of(content, pattern, str(path))


def starting_map(song: Path, pattern: int | None = None) -> tuple[str, str]:
    """Return what moves in a MIDI file, in words, and a controller map to start from.

    Every source of the file moves something in it. What moves what is a guess, there to be
    changed.

    Raises
    ------
    AutomationError
        When the MIDI file cannot be read, or nothing moves in it.
    """
    midi = read_song(song, pattern)
    words, entries = midi.controllers_in_words(), starting_entries(midi)
    if not entries:
        raise AutomationError(Problem(f"has {words}, nothing that a map could use", song))
    name = song.stem.encode("utf-8", "replace").decode()
    document = {
        "format": MAP_FORMAT,
        "schema_version": 1,
        "note": "Every source of the file moves something here. Change what, and how far.",
        "name": name or "map",
    }
    head = json.dumps(document, indent=2, ensure_ascii=False).removesuffix("\n}")
    rows = ",\n".join(f"    {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    return words, f'{head},\n  "cc_map": [\n{rows}\n  ]\n}}'


def starting_entries(midi: MidiDocument) -> list[dict[str, object]]:
    """Return entries that give every source of a MIDI file something to move."""
    return [
        {**source, "target": target, "minimum": low, "maximum": high}
        for source, (target, (low, high)) in zip(_sources(midi), _targets(), strict=False)
    ]


def write_starting_map(text: str, out: Path) -> None:
    """Write a map to start from where no file is yet.

    Raises
    ------
    AutomationError
        When there is a file in its place.
    RenderError
        When the map cannot be written.
    """
    if out.exists():
        words = "exists; a map to start from takes no other file's place (with --map, lanes would)"
        raise AutomationError(Problem(words, out))
    with written_beside(out) as part:
        part.write_text(text + "\n", encoding="utf-8")


def _targets() -> list[tuple[str, tuple[float, float]]]:
    latents = [(f"latent/{number}", (-2.0, 2.0)) for number in range(64)]
    return [*_STARTERS.items(), *latents]


def _sources(midi: MidiDocument) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    playing = midi.note_channels()
    voices = [one for one in playing if one in members(midi, None)]
    is_mpe = len(voices) > 1 and any(s.channel in voices for s in midi.streams)
    if is_mpe:
        found += [{"mpe": dimension} for dimension in ("bend", "pressure", "timbre")]
    for source in shown_sources(midi):
        if is_mpe and source.channel in voices:
            continue
        if source.kind in ("controller", "rpn", "nrpn"):
            key = "pair" if is_pair(midi, source) else source.kind
            found.append({key: source.number, "channel": source.channel})
        else:
            entry: dict[str, object] = {"message": source.kind, "channel": source.channel}
            found.append(entry | ({"key": source.number} if source.number else {}))
    if playing and not is_mpe:
        found += [{"message": "gate", "channel": channel} for channel in playing]
    return found


def write_lanes(
    song: Path, map_file: Path, out: Path, *, tempo: str = "session", pattern: int | None = None
) -> WrittenLanes:
    """Write what a MIDI file plays, by a controller map, as an automation file.

    Parameters
    ----------
    song, map_file
        The MIDI file and the controller map.
    out
        The automation file to write.
    tempo
        ``"session"``: lanes in beats, which follow any session's tempo. ``"file"``: lanes in
        seconds by the MIDI file's own tempo. An entry's ``time`` goes before it; SMPTE time is
        seconds.
    pattern
        Which pattern of a file of type 2; they follow one another when None.

    Raises
    ------
    AutomationError
        With everything that is wrong with the two files, and where they do not go together.
    RenderError
        When the file cannot be written.
    """
    midi = read_song(song, pattern)
    document = read_map(map_file.name, Documents(map_file.parent))
    _check(document, midi, song, map_file)
    played = [(entry, played_by(midi, entry, tempo)) for entry in document.cc_map]
    problems = [
        Problem(f"{words} in {song.name}", map_file, f"cc_map[{index}]")
        for index, (_, lane) in enumerate(played)
        if (words := _too_much(lane))
    ]
    if problems:
        raise AutomationError(problems)
    data = _text(played, document.name or song.stem).encode()
    if len(data) > MOST_BYTES:
        size = f"{len(data) / 2**20:.1f} MB, more than the {MOST_BYTES // 2**20} MB of an"
        raise AutomationError(Problem(f"comes to {size} automation file; {_FEWER}", song))
    with written_beside(out) as part:
        part.write_bytes(data)
    written = (
        WrittenLane(entry.target, lane.unit, lane.at.size, float(lane.at[0]), float(lane.at[-1]))
        for entry, lane in played
    )
    return WrittenLanes(tuple(written), tempo_in_session_words(midi))


def _check(document: ControllerMapDocument, midi: MidiDocument, song: Path, map_file: Path) -> None:
    problems = [
        Problem(problem.message, map_file, problem.place, problem.suggestion)
        for problem in controller_problems(document.cc_map, midi, song.name)
    ]
    seen: dict[str, int] = {}
    for index, entry in enumerate(document.cc_map):
        if entry.target in seen:
            words = f'moves "{entry.target}"; cc_map[{seen[entry.target]}] already moves it'
            problems.append(Problem(words, map_file, f"cc_map[{index}].target"))
        seen.setdefault(entry.target, index)
    if problems:
        raise AutomationError(problems)


def _too_much(lane: Played) -> str:
    """Return why a lane cannot be part of an automation file, or an empty string."""
    longest = MOST_BEATS if lane.unit == "beats" else DAY_S
    if lane.at[-1] > longest:
        return f"goes on until {lane.at[-1]:.6g} {lane.unit}, past the {longest:g} of a session,"
    if lane.at.size > MOST_POINTS:
        words = f"comes to {lane.at.size} points, more than the {MOST_POINTS} of a lane"
        return f"{words} ({_FEWER}),"
    return ""


def _text(played: list[tuple[ControllerDocument, Played]], name: str) -> str:
    """Return an automation file, one point a line, as a composer would write it."""
    lanes = []
    for entry, lane in played:
        shape = "" if lane.shape == "linear" else f', "shape": "{lane.shape}"'
        points = ",\n".join(
            f'    {{"at": {at!r}, "value": {value:.12g}{shape}}}'
            for at, value in zip(lane.at.tolist(), lane.value.tolist(), strict=True)
        )
        target = json.dumps(entry.target, ensure_ascii=False)
        lanes.append(
            f'  {{\n   "target": {target},\n   "time": "{lane.unit}",\n   "points": [\n'
            f"{points}\n   ]\n  }}"
        )
    title = json.dumps(name.encode("utf-8", "replace").decode(), ensure_ascii=False)
    head = f'{{\n "format": "{FORMAT}",\n "schema_version": 1,\n "name": {title},\n'
    return head + ' "lanes": [\n' + ",\n".join(lanes) + "\n ]\n}\n"


def tempo_in_session_words(midi: MidiDocument) -> str:
    """Return a MIDI file's tempo and meter as a session writes them; empty where it has none."""
    if not midi.tempo and not midi.meters:
        return ""
    changes = [
        {"at_beats": round(change[0], 9), "bpm": round(change[1], 3)}
        for change in file_tempo(midi).changes
    ]
    words = [f'"tempo": {json.dumps(changes)}'] if midi.tempo else []
    if midi.meters:
        words.append(f'"time_signature": "{midi.meters[0][1]}"')
    return ", ".join(words)
