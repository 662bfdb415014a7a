"""MIDI controllers as lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ltsrender.automation.curve import Breakpoint, Curve
from ltsrender.automation.lane import Lane
from ltsrender.automation.movement import Drawn
from ltsrender.automation.tempo import TempoMap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.session import ControllerDocument, ControllerValue, MidiDocument

_FULL = 127  # the highest value of a 7-bit controller
_DEFAULT_BPM = 120.0  # of a MIDI file that says nothing (Standard MIDI Files 1.0)


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
    """Return the lane that a controller of a MIDI file draws.

    Parameters
    ----------
    midi
        The file; it has the controller.
    entry
        Which controller, and what its values 0..127 mean.
    tempo_map
        The session's.
    start_beats
        Where in the session the file begins.
    tempo
        ``"session"``: the file's beats are the session's beats. ``"file"``: they become seconds by
        the file's own tempo (120 bpm where it says nothing).
    file, place
        Where ``entry`` stands, for messages.
    """
    channel = entry.channel or midi.channels_of(entry.controller)[0]
    events = list(_jumps(midi.controllers[channel, entry.controller]))
    span = entry.maximum - entry.minimum
    values = [entry.minimum + span * event.value / _FULL for event in events]
    beats = [event.tick / midi.ticks_per_beat for event in events]
    if tempo == "file":
        own, start_s = file_tempo(midi), tempo_map.seconds_at(start_beats)
        positions = [start_s + own.seconds_at(beat) for beat in beats]
    else:
        positions = [start_beats + beat for beat in beats]
    points = zip(positions, values, strict=True)
    curve = Curve([Breakpoint(at, value, entry.shape) for at, value in points])
    unit: Literal["beats", "seconds"] = "seconds" if tempo == "file" else "beats"
    return Lane(entry.target, Drawn(curve, unit, tempo_map), file, place, has_written_points=False)


def file_tempo(midi: MidiDocument) -> TempoMap:
    """Return the tempo that a MIDI file declares."""
    changes = list(midi.tempo)
    if not changes or changes[0][0] > 0.0:
        changes.insert(0, (0.0, _DEFAULT_BPM))
    return TempoMap(changes)


def _jumps(events: Sequence[ControllerValue]) -> Iterator[ControllerValue]:
    """Yield the first and the last of the messages of each tick: a jump, however many they are."""
    for index, event in enumerate(events):
        first = index == 0 or events[index - 1].tick < event.tick
        last = index + 1 == len(events) or events[index + 1].tick > event.tick
        if first or last:
            yield event
