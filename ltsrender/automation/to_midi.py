"""Lanes become a Standard MIDI File of 14-bit values, and the map that reads them back.

Each lane becomes a track with a pair of controllers (n, n + 32) of its own, or an NRPN: its lowest
value is 0, its highest 16383. A tempo that glides becomes steps of a quarter of a beat, each as
long as the glide is there.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.automation.level import Recording
from ltsrender.automation.musical_time import MusicalTime, musical_time_of
from ltsrender.automation.reader import read_lanes
from ltsrender.automation.tempo import TempoMap
from ltsrender.automation.ticks import at_ticks, has_end, unit_of
from ltsrender.errors import AutomationError, Problem
from ltsrender.safefile import written_beside
from ltsrender.session import Documents, read_session
from ltsrender.session.controllers import MAP_FORMAT
from ltsrender.session.smf import MOST_MIDI_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.automation.lane import Lane
    from ltsrender.session import Session

    Ticks = NDArray[np.int64]

PAIRS = (*range(16, 32), *range(1, 6), 8, 9, *range(12, 16), 7, 10, 11)
"""Controllers with a fine half, those without a meaning of their own first; 0 and 6 are taken."""
_GLIDE_BEATS = 0.25
_LONGEST_MICROSECONDS = 2**24 - 1
_DEFAULT_BPM = 120.0


@dataclass(frozen=True)
class WrittenSong:
    """What was written: (source, target, number of values) of each lane, and the map's file."""

    lanes: tuple[tuple[str, str, int], ...]
    map_file: Path


def write_song(
    lanes_file: Path,
    out: Path,
    *,
    map_file: Path | None = None,
    session_file: Path | None = None,
    ticks_per_beat: int = 960,
    messages: str = "pairs",
    length_beats: float | None = None,
) -> WrittenSong:
    """Write the lanes of an automation file as a MIDI file, and a controller map beside it.

    Parameters
    ----------
    lanes_file
        The automation file.
    out
        The MIDI file to write.
    map_file
        The controller map to write; when None, ``out`` with the ending ``.map.json``.
    session_file
        A session whose tempo, time signature and markers the file takes; 120 bpm when None.
    ticks_per_beat
        The file's resolution in time, 24..32767.
    messages
        ``"pairs"`` or ``"nrpn"``.
    length_beats
        Where lanes end that are made (by an LFO, say); drawn ones end with their last point.

    Raises
    ------
    AutomationError
        When the automation file has mistakes or more than fits into a MIDI file.
    SessionError
        When the session has mistakes.
    RenderError
        When a file cannot be written.
    """
    session = None if session_file is None else read_session(session_file)
    if session is None:
        time = MusicalTime(TempoMap([(0.0, _DEFAULT_BPM)]))
    else:
        time = musical_time_of(session.document)
    documents = Documents(lanes_file.parent)
    lanes = read_lanes(lanes_file.name, documents, time, sounds=_sounds(session))
    _check_ends(lanes, length_beats, lanes_file)
    microseconds = _tempo_steps(time.tempo, ticks_per_beat, lanes_file)
    own = TempoMap([(tick / ticks_per_beat, 60e6 / micro) for tick, micro in microseconds])
    sources = _sources(len(lanes), messages, lanes_file)
    tracks, entries, written = [], [], []
    for lane, source in zip(lanes, sources, strict=True):
        ticks, values = at_ticks(lane, own, time.tempo, ticks_per_beat, length_beats or 0.0)
        tracks.append(_track(lane.target, source, ticks, values))
        ends = {"minimum": lane.minimum, "maximum": lane.maximum}
        entries.append({**source, "target": lane.target, **ends, "time": unit_of(lane)})
        written.append((_words(source), lane.target, ticks.size))
    head = _head(None if session is None else time, microseconds, ticks_per_beat)
    data = _bytes_of([head, *tracks], ticks_per_beat)
    if len(data) > MOST_MIDI_BYTES:
        words = f"comes to a MIDI file of {len(data)} bytes; {MOST_MIDI_BYTES} can be read back"
        raise AutomationError(Problem(words, lanes_file))
    map_file = map_file or out.with_suffix(".map.json")
    document = {"format": MAP_FORMAT, "schema_version": 1, "name": out.stem, "cc_map": entries}
    with written_beside(out) as part:
        part.write_bytes(data)
    with written_beside(map_file) as part:
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        part.write_text(text, encoding="utf-8")
    return WrittenSong(tuple(written), map_file)


def _tempo_steps(tempo: TempoMap, ticks_per_beat: int, file: Path) -> list[tuple[int, int]]:
    """Return (tick, microseconds per beat) of a tempo map."""
    beats = [change.at_beats for change in tempo.changes]
    for change, after in pairwise(tempo.changes):
        if change.shape == "linear":
            beats += np.arange(change.at_beats, after.at_beats, _GLIDE_BEATS).tolist()
    ticks = np.unique(np.rint(np.array(beats) * ticks_per_beat)).astype(np.int64)
    ends = np.append(ticks / ticks_per_beat, ticks[-1] / ticks_per_beat + 1.0)
    bpm = np.diff(ends) * 60.0 / np.diff(tempo.seconds_at(ends))
    steps = dict(zip(ticks.tolist(), np.rint(60e6 / bpm).astype(int).tolist(), strict=True))
    if max(steps.values()) > _LONGEST_MICROSECONDS:
        slowest = 60e6 / _LONGEST_MICROSECONDS
        words = f"the session's tempo falls below {slowest:.2f} bpm, the slowest that MIDI knows"
        raise AutomationError(Problem(words, file))
    return sorted(steps.items())


def _sources(n_lanes: int, messages: str, file: Path) -> list[dict[str, Any]]:
    """Return as many sources as there are lanes, each with a channel."""
    if messages == "nrpn":
        return [{"nrpn": number, "channel": 1} for number in range(n_lanes)]
    if n_lanes > 16 * len(PAIRS):
        words = f"has {n_lanes} lanes; there are {16 * len(PAIRS)} pairs (NRPN holds more)"
        raise AutomationError(Problem(words, file))
    rows = (divmod(index, len(PAIRS)) for index in range(n_lanes))
    return [{"pair": PAIRS[number], "channel": channel + 1} for channel, number in rows]


def _words(source: dict[str, Any]) -> str:
    if "nrpn" in source:
        return f"NRPN {source['nrpn']}"
    return f"controllers {source['pair']} and {source['pair'] + 32}, channel {source['channel']}"


def _track(name: str, source: dict[str, Any], ticks: Ticks, values: Ticks) -> Any:
    """Return the track of one lane."""
    import mido  # noqa: PLC0415 - only writing pays for it

    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    channel = source["channel"] - 1
    number = source.get("nrpn")
    now = 0
    for tick, value in zip(ticks.tolist(), values.tolist(), strict=True):
        if number is None:
            rows = [(source["pair"], value >> 7), (source["pair"] + 32, value & 127)]
        else:
            chosen = [(99, number >> 7), (98, number & 127)]
            rows = [*chosen, (6, value >> 7), (38, value & 127)]
        for control, half in rows:
            words = {"channel": channel, "control": control, "value": half, "time": tick - now}
            track.append(mido.Message("control_change", **words))
            now = tick
    return track


def _sounds(session: Session | None) -> dict[str, Recording]:
    """Return the recordings that lanes may follow."""
    if session is None:
        return {}
    return {
        name: Recording(session.folder / sound.file, sound.in_s, sound.out_s)
        for name, sound in session.document.sounds.items()
    }


def _check_ends(lanes: tuple[Lane, ...], length_beats: float | None, file: Path) -> None:
    words = "is made, not drawn, and has no end; --length says how many beats of it to write"
    problems = [
        Problem(words, file, lane.place)
        for lane in lanes
        if length_beats is None and not has_end(lane)
    ]
    if not lanes:
        problems.append(Problem("has no lane that moves anything", file))
    if problems:
        raise AutomationError(problems)


def _head(time: MusicalTime | None, steps: list[tuple[int, int]], ticks_per_beat: int) -> Any:
    """Return the first track: tempo, time signature, markers."""
    import mido  # noqa: PLC0415 - only writing pays for it

    rows = [(tick, mido.MetaMessage("set_tempo", tempo=micro)) for tick, micro in steps]
    if time is not None:
        for bar, beats, unit in time.meter.changes:
            meter = mido.MetaMessage("time_signature", numerator=beats, denominator=unit)
            rows.append((round(time.meter.beats_at(bar) * ticks_per_beat), meter))
        rows += [
            (round(beats * ticks_per_beat), mido.MetaMessage("marker", text=name))
            for name, beats in time.markers.items()
        ]
    track = mido.MidiTrack()
    now = 0
    for tick, message in sorted(rows, key=lambda row: row[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _bytes_of(tracks: list[Any], ticks_per_beat: int) -> bytes:
    import mido  # noqa: PLC0415 - only writing pays for it

    file = io.BytesIO()
    song = mido.MidiFile(type=1, ticks_per_beat=ticks_per_beat, tracks=tracks, charset="utf-8")
    song.save(file=file)
    return file.getvalue()
