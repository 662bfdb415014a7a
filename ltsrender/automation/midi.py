"""Streams of a MIDI file as lanes.

A value becomes a part of its source's way, 0..1; the dead zones take their share of it; it is bent
(``(1 - exp(c x)) / (1 - exp(c))``) and spread from the target's minimum to its maximum. The shape
says what happens between messages:

========  ==========================================================================
hold      the value stays and then jumps
linear    straight lines from message to message
smooth    the longest straight lines that are everywhere less than one step of the
          source from those of ``linear``, except that a pause of more than a quarter
          of a beat (an eighth of a second) is a pause: the value stays until the next
          message. Both ends of the way, and a bend at rest, are met exactly.
========  ==========================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from ltsrender.automation.corridor import through_corridor
from ltsrender.automation.curve import Curve
from ltsrender.automation.lane import Lane
from ltsrender.automation.movement import Drawn
from ltsrender.automation.tempo import TempoMap
from ltsrender.errors import AutomationError, Problem
from ltsrender.session.midisources import stream_for
from ltsrender.session.midistreams import CENTRE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.automation.curve import Floats
    from ltsrender.session import ControllerDocument, MidiDocument
    from ltsrender.session.midistreams import Ints, Stream

_DEFAULT_BPM = 120.0  # of a MIDI file that says nothing (Standard MIDI Files 1.0)
_PAUSE = {"beats": 0.25, "seconds": 0.125}
_WITHIN = 0.999  # of a step: below one step, whatever rounding does


class Played(NamedTuple):
    """What a source draws: float64 positions (beats or seconds) and values, and one shape."""

    unit: Literal["beats", "seconds"]
    at: Floats
    value: Floats
    shape: str


def lane_from_controller(
    midi: MidiDocument,
    entry: ControllerDocument,
    tempo_map: TempoMap,
    *,
    start_beats: float = 0.0,
    tempo: str = "session",
    file: str = "",
    place: str = "",
) -> Lane:
    """Return the lane that a source of a MIDI file draws.

    Parameters
    ----------
    midi
        The file; it has the source.
    entry
        Which source, and what its way means.
    tempo_map
        The session's.
    start_beats
        Where in the session the file begins.
    tempo
        ``"session"``: the file's beats are the session's beats. ``"file"``: they become seconds by
        the file's own tempo (120 bpm where it says nothing). An entry's own ``time`` goes before
        it, and SMPTE time is seconds in any case.
    file, place
        Where ``entry`` stands, for messages.
    """
    played = played_by(midi, entry, tempo)
    start = start_beats if played.unit == "beats" else tempo_map.seconds_at(start_beats)
    curve = Curve.of(start + played.at, played.value, played.shape)
    movement = Drawn(curve, played.unit, tempo_map)
    return Lane(entry.target, movement, file, place, has_written_points=False)


def played_by(midi: MidiDocument, entry: ControllerDocument, tempo: str) -> Played:
    """Return the breakpoints that a source of a MIDI file draws; see `lane_from_controller`."""
    stream = stream_for(midi, entry)
    unit = _unit(midi, entry, tempo)
    chosen = _jumps(stream.ticks)
    at = _positions(midi, stream.ticks[chosen], unit)
    raw = stream.values[chosen]
    if entry.way == "smooth":
        return Played(unit, *_smoothed(at, raw, stream, entry, _PAUSE[unit]), "linear")
    return Played(unit, at, way_of(entry, stream.parts(raw)), entry.way)


def file_tempo(midi: MidiDocument) -> TempoMap:
    """Return the tempo that a MIDI file declares."""
    changes = list(midi.tempo)
    if not changes or changes[0][0] > 0.0:
        changes.insert(0, (0.0, _DEFAULT_BPM))
    return TempoMap(changes)


def pattern_of(midi: MidiDocument, pattern: int | None, file: str) -> MidiDocument:
    """Return one pattern of a file of type 2, or the whole file when None.

    A file of another type is one pattern.

    Raises
    ------
    AutomationError
        When the file has no such pattern.
    """
    if pattern is None or (pattern == 1 and not midi.patterns):
        return midi
    if not 1 <= pattern <= len(midi.patterns):
        words = f"has no pattern {pattern}: it is of type {midi.kind}"
        if midi.patterns:
            words = f"has no pattern {pattern}, only 1 to {len(midi.patterns)}"
        raise AutomationError(Problem(words, file))
    return midi.of_pattern(pattern)


def way_of(entry: ControllerDocument, parts: Floats) -> Floats:
    """Return what parts of a source's way, 0..1, are to the target: float64, the parts' shape."""
    zone = entry.dead_zone
    middle = [(0.5 - zone.centre / 2, 0.5), (0.5 + zone.centre / 2, 0.5)] if zone.centre else []
    x, y = zip(
        (0.0, 0.0), (zone.low, 0.0), *middle, (1.0 - zone.high, 1.0), (1.0, 1.0), strict=True
    )
    free = np.interp(parts, x, y)
    if entry.curve:
        free = np.expm1(entry.curve * free) / np.expm1(entry.curve)
    values = entry.minimum + (entry.maximum - entry.minimum) * free
    low, high = sorted((entry.minimum, entry.maximum))
    return np.asarray(np.clip(np.where(free == 1.0, entry.maximum, values), low, high))


def _unit(midi: MidiDocument, entry: ControllerDocument, tempo: str) -> Literal["beats", "seconds"]:
    if not midi.ticks_per_beat:
        return "seconds"
    return entry.time or ("seconds" if tempo == "file" else "beats")


def _positions(midi: MidiDocument, ticks: Ints, unit: str) -> Floats:
    if not midi.ticks_per_beat:
        return ticks / midi.ticks_per_second
    beats = ticks / midi.ticks_per_beat
    return beats if unit == "beats" else file_tempo(midi).seconds_at(beats)


def _smoothed(
    at: Floats, raw: Ints, stream: Stream, entry: ControllerDocument, pause: float
) -> tuple[Floats, Floats]:
    """Return positions and values of the longest straight lines, run by run between jumps."""
    at, raw = _with_pauses(at, raw, pause)
    value = way_of(entry, stream.parts(raw))
    is_exact = (raw == 0) | (raw == stream.full) | (stream.is_centred & (raw == CENTRE))
    reach = np.where(is_exact, 0.0, _WITHIN)
    ends = [way_of(entry, stream.parts(raw + sign * reach)) for sign in (-1.0, 1.0)]
    corridor = (np.minimum(*ends), np.maximum(*ends))
    breaks = np.flatnonzero(np.diff(at) <= 0.0) + 1
    runs = [np.split(column, breaks) for column in (at, value, *corridor)]
    made = [through_corridor(*run) for run in zip(*runs, strict=True)]
    joined = [np.concatenate(column) for column in zip(*made, strict=True)]
    return joined[0], joined[1]


def _with_pauses(at: Floats, raw: Ints, pause: float) -> tuple[Floats, Ints]:
    """Return the points with one more where a pause ends in a leap: until then nothing moved."""
    leaps = (np.diff(at) > pause * (1.0 + 1e-9)) & (np.abs(np.diff(raw)) > 1)
    # A second value at the same time would be a third point there: that jump is already drawn.
    doubled = np.append(np.diff(at) <= 0.0, [False])[1:]
    after = np.flatnonzero(leaps & ~doubled) + 1
    late = np.flatnonzero(leaps & doubled) + 1
    raw = raw.copy()
    raw[late] = raw[late - 1]
    return np.insert(at, after, at[after]), np.insert(raw, after, raw[after - 1])


def _jumps(ticks: Ints) -> NDArray[np.bool_]:
    """Return which messages count: the first and the last of each tick, which are a jump."""
    is_new = np.diff(ticks) > 0
    return np.asarray(np.concatenate([[True], is_new]) | np.concatenate([is_new, [True]]))
