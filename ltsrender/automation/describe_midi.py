"""A MIDI file in words, for `ltsrender inspect`: its time, its tracks, and all that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.automation.midi import file_tempo
from ltsrender.session.midivoices import zones
from ltsrender.session.midiwords import is_pair, key_name, shown_sources, source_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from ltsrender.session import MidiDocument
    from ltsrender.session.midistreams import Stream

_MOST_LINES = 40  # of one kind


def describe_midi(midi: MidiDocument) -> str:
    """Return what a MIDI file holds, as lines of text."""
    lines = [f"MIDI file: {midi.controllers_in_words()}"]
    for part in (_time(midi), _names(midi), _movement(midi)):
        rows = list(part)
        lines += [f"  {row}" for row in rows[:_MOST_LINES]]
        if len(rows) > _MOST_LINES:
            lines.append(f"  and {len(rows) - _MOST_LINES} more")
    return "\n".join(lines)


def _time(midi: MidiDocument) -> Iterator[str]:
    division = (
        f"{midi.ticks_per_beat} ticks per beat"
        if midi.ticks_per_beat
        else f"SMPTE time, {midi.ticks_per_second:.6g} ticks per second"
    )
    n_tracks = len(midi.track_names)
    tracks = "1 track" if n_tracks == 1 else f"{n_tracks} tracks"
    yield f"type {midi.kind}, {tracks}, {division}, {_length(midi)}"
    changes = [f"{bpm:.6g} bpm" + (f" from beat {at:g}" if at else "") for at, bpm in midi.tempo]
    if changes:
        yield f"tempo: {', '.join(changes[:8])}{' …' if len(changes) > 8 else ''}"
    meters = [f"{meter}" + (f" from {at:g}" if at else "") for at, meter in midi.meters]
    if meters:
        meters = list(dict.fromkeys(meters))
        yield f"meter: {', '.join(meters[:8])}{' …' if len(meters) > 8 else ''}"


def _length(midi: MidiDocument) -> str:
    if not midi.ticks_per_beat:
        return f"{midi.length_ticks / midi.ticks_per_second:.2f} s"
    beats = midi.length_ticks / midi.ticks_per_beat
    return f"{beats:g} beats, {file_tempo(midi).seconds_at(beats):.2f} s by its own tempo"


def _names(midi: MidiDocument) -> Iterator[str]:
    for number, name in enumerate(midi.track_names, 1):
        if name:
            yield f"track {number}: {name}"
    for number, (start, stop) in enumerate(midi.patterns, 1):
        yield f"pattern {number}: {_at(midi, start)}..{_at(midi, stop)} {_unit(midi)}"
    for at, name in midi.markers:
        yield f"marker {name}: {at:g} {_unit(midi)}"


def _movement(midi: MidiDocument) -> Iterator[str]:
    for source in shown_sources(midi):
        paired = is_pair(midi, source)
        stream = midi.pair(source.channel, source.number) if paired else midi.streams[source]
        words = source_words(source, is_pair=paired)
        yield f"{words} on channel {source.channel}: {_values(midi, stream)}"
    for channel in midi.note_channels():
        messages = midi.messages
        begun = (messages.status == 0x90 + channel - 1) & (messages.second > 0)
        keys = messages.first[begun]
        if keys.size:
            span = f"{key_name(int(keys.min()))}..{key_name(int(keys.max()))}"
            yield f"notes on channel {channel}: {keys.size}, {span}"
    for master, members in zones(midi).items():
        kind = "lower" if master == 1 else "upper"
        yield f"MPE, {kind} zone: channels {min(members)}..{max(members)}"


def _values(midi: MidiDocument, stream: Stream) -> str:
    span = f"{int(stream.values.min())}..{int(stream.values.max())} of {stream.full}"
    when = f"{_at(midi, stream.ticks[0])}..{_at(midi, stream.ticks[-1])} {_unit(midi)}"
    return f"{stream.values.size} values, {span}, {when}"


def _at(midi: MidiDocument, ticks: int | np.int64) -> str:
    return f"{ticks / (midi.ticks_per_beat or midi.ticks_per_second):g}"


def _unit(midi: MidiDocument) -> str:
    return "beats" if midi.ticks_per_beat else "s"
