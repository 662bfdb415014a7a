"""Lanes become a Standard MIDI File of 14-bit values, and the map that reads them back.

Each lane becomes a track with a pair of controllers (n, n + 32) of its own, or an NRPN: its lowest
value is 0, its highest 16383. Values are sampled at the file's ticks. Between two messages a reader
draws a straight line; where the lane leaves it by more than 0.45 of a step a message is put
between, so that with half a step of rounding no tick is a whole step wrong. A jump is two messages
at one tick, as `ltsrender.automation.midi` reads it; one that lies between two ticks becomes the
way from the one to the other.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.automation.reader import read_lanes, tempo_map_of
from ltsrender.automation.tempo import TempoMap
from ltsrender.errors import AutomationError, Problem
from ltsrender.safefile import written_beside
from ltsrender.session import Documents, read_session
from ltsrender.session.controllers import MAP_FORMAT
from ltsrender.session.smf import MOST_MIDI_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.automation.curve import Floats
    from ltsrender.automation.lane import Lane
    from ltsrender.session import Session

    Ticks = NDArray[np.int64]

FULL = 16_383
PAIRS = (*range(16, 32), *range(1, 6), 8, 9, *range(12, 16), 7, 10, 11)
"""Controllers with a fine half, those without a meaning of their own first; 0 and 6 are taken."""
_TOLERANCE = 0.45 / FULL
_INSIDE = np.arange(1, 8) / 8.0
_LONGEST_TICKS = 2**27  # a pause that a file can hold
_BEFORE_BEATS = 1e-8  # just before a jump: more than a lane's slack, less than anything audible
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
    tempo = TempoMap([(0.0, _DEFAULT_BPM)]) if session is None else tempo_map_of(session)
    lanes = read_lanes(lanes_file.name, Documents(lanes_file.parent), tempo)
    microseconds = _tempo_steps(tempo, ticks_per_beat, lanes_file)
    own = TempoMap([(tick / ticks_per_beat, 60e6 / micro) for tick, micro in microseconds])
    sources = _sources(len(lanes), messages, lanes_file)
    tracks, entries, written = [], [], []
    for lane, source in zip(lanes, sources, strict=True):
        unit = lane.time
        seconds_of = _seconds_of(tempo if unit == "beats" else own, ticks_per_beat)
        ticks, values = sampled(lane, seconds_of, own, ticks_per_beat)
        tracks.append(_track(lane.target, source, ticks, values))
        ends = {"minimum": lane.minimum, "maximum": lane.maximum}
        entries.append({**source, "target": lane.target, **ends, "time": unit})
        written.append((_words(source), lane.target, ticks.size))
    head = _head(session, microseconds, ticks_per_beat)
    data = _bytes_of([head, *tracks], ticks_per_beat)
    if len(data) > MOST_MIDI_BYTES:
        words = f"comes to a MIDI file of {len(data) / 2**20:.1f} MB; {MOST_MIDI_BYTES // 2**20} "
        raise AutomationError(Problem(f"{words}MB can be read back", lanes_file))
    map_file = map_file or out.with_suffix(".map.json")
    document = {"format": MAP_FORMAT, "schema_version": 1, "name": out.stem, "cc_map": entries}
    with written_beside(out) as part:
        part.write_bytes(data)
    with written_beside(map_file) as part:
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        part.write_text(text, encoding="utf-8")
    return WrittenSong(tuple(written), map_file)


def sampled(
    lane: Lane, seconds_of: Callable[[Floats], Floats], own: TempoMap, ticks_per_beat: int
) -> tuple[Ticks, Ticks]:
    """Return ticks and 14-bit values that follow a lane to less than a step at every tick.

    Parameters
    ----------
    lane
        What is followed.
    seconds_of
        The time of ticks, which may lie between whole ones, in seconds of the lane.
    own
        The tempo that the file declares.
    ticks_per_beat
        The file's resolution.
    """
    span = lane.maximum - lane.minimum

    def parts(ticks: Floats) -> Floats:
        values = lane.at(seconds_of(ticks))
        return (values - lane.minimum) / span if span else np.zeros_like(values)

    knots = _knots(lane, own, ticks_per_beat)
    exact: Floats = knots.astype(np.float64)
    before, after = parts(exact - _BEFORE_BEATS * ticks_per_beat), parts(exact)
    starts, stops, left, right = knots[:-1], knots[1:], after[:-1], before[1:]
    found = [(knots, after)]
    while starts.size:
        inside = np.rint(starts[:, None] + (stops - starts)[:, None] * _INSIDE)
        share = (inside - starts[:, None]) / (stops - starts)[:, None]
        line = left[:, None] + (right - left)[:, None] * share
        bent = np.max(np.abs(parts(inside) - line), axis=1) > _TOLERANCE
        bent &= stops - starts > 1
        starts, stops, left, right = starts[bent], stops[bent], left[bent], right[bent]
        middle = (starts + stops) // 2
        halfway = parts(middle.astype(np.float64))
        found.append((middle, halfway))
        starts, stops = np.concatenate([starts, middle]), np.concatenate([middle, stops])
        left, right = np.concatenate([left, halfway]), np.concatenate([halfway, right])
    # On a knot the value before a jump stands before the value after it.
    leaps = np.abs(np.rint(before * FULL) - np.rint(after * FULL)) > 1.0
    ticks = np.concatenate([knots[leaps], *(column for column, _ in found)])
    values = np.concatenate([before[leaps], *(column for _, column in found)])
    order = np.argsort(ticks, kind="stable")
    return ticks[order], np.rint(values[order] * FULL).astype(np.int64)


def _knots(lane: Lane, own: TempoMap, ticks_per_beat: int) -> Ticks:
    """Return the ticks next to breakpoints, and as many between as a pause needs."""
    at = np.array([point.at for point in lane.curve.points])
    beats = at if lane.time == "beats" else own.beats_at(at)
    ticks = beats * ticks_per_beat
    near = np.rint(ticks)
    on_grid = np.abs(ticks - near) < 1e-5
    ends = [np.where(on_grid, near, np.floor(ticks)), np.where(on_grid, near, np.ceil(ticks))]
    pauses = np.arange(0, np.ceil(ticks[-1]) + 1, _LONGEST_TICKS)
    return np.unique(np.concatenate([*ends, pauses])).astype(np.int64)


def _seconds_of(tempo: TempoMap, ticks_per_beat: int) -> Callable[[Floats], Floats]:
    return lambda ticks: tempo.seconds_at(np.asarray(ticks, dtype=np.float64) / ticks_per_beat)


def _tempo_steps(tempo: TempoMap, ticks_per_beat: int, file: Path) -> list[tuple[int, int]]:
    """Return (tick, microseconds per beat) of a tempo map."""
    steps = {round(change[0] * ticks_per_beat): round(60e6 / change[1]) for change in tempo.changes}
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


def _head(session: Session | None, steps: list[tuple[int, int]], ticks_per_beat: int) -> Any:
    """Return the first track: tempo, time signature, markers."""
    import mido  # noqa: PLC0415 - only writing pays for it

    rows = [(tick, mido.MetaMessage("set_tempo", tempo=micro)) for tick, micro in steps]
    if session is not None:
        beats, unit = map(int, session.document.time_signature.split("/"))
        meter = mido.MetaMessage("time_signature", numerator=beats, denominator=unit)
        rows.insert(0, (0, meter))
        rows += [
            (round(marker.at_beats * ticks_per_beat), mido.MetaMessage("marker", text=marker.name))
            for marker in session.document.markers
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
