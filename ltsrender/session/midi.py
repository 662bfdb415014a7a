"""What a Standard MIDI File holds, for lanes: streams of values, notes, tempo, meter, names.

`ltsrender.session.smf` reads the bytes. Here tracks come together in the order of time, and what
moves is told apart. In a file of type 2 each track is a pattern with a time of its own: patterns
follow one another, each beginning where the one before ends, unless one is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.errors import InputError, Problem
from ltsrender.session.midistreams import Messages, Source, Stream, pair_of, streams_of
from ltsrender.session.midiwords import sources_in_words
from ltsrender.session.smf import MARKER, METER, MOST_MIDI_BYTES, TEMPO, is_midi, read_smf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltsrender.session.smf import Meta, SmfFile

__all__ = ["MOST_MIDI_BYTES", "ControllerValue", "MidiDocument", "is_midi", "read_midi"]

JOINED_BEATS, JOINED_S = 0.01, 0.005  # see midistreams
_DEFAULT_MICROSECONDS = 500_000  # 120 bpm, of a file that says nothing
_LARGEST_METER_POWER = 6


class ControllerValue(NamedTuple):
    """A controller's value, 0..127, at a time in ticks from the file's start."""

    tick: int
    value: int


@dataclass(frozen=True, eq=False)
class MidiDocument:
    """What moves in a MIDI file.

    Attributes
    ----------
    messages
        Its channel messages in order of time.
    ticks_per_beat
        How many ticks make a beat (a quarter note); 0 in a file that counts SMPTE time.
    ticks_per_second
        How many ticks make a second; 0 in a file that counts beats.
    length_ticks
        The time of the last message.
    tempo
        The tempo changes as (beats, bpm), in order; empty when the file has none, or counts SMPTE
        time, which no tempo bends.
    meters, markers
        Time signatures as (beats, ``"3/4"``) and markers as (beats, name); in seconds where the
        file counts SMPTE time.
    track_names
        The name of each track, empty where it has none.
    kind
        0, 1 or 2.
    patterns
        Of a file of type 2: start and end of each pattern in ticks.
    """

    messages: Messages
    ticks_per_beat: int
    ticks_per_second: float
    length_ticks: int
    tempo: tuple[tuple[float, float], ...]
    meters: tuple[tuple[float, str], ...]
    markers: tuple[tuple[float, str], ...]
    track_names: tuple[str, ...]
    kind: int
    patterns: tuple[tuple[int, int], ...] = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MidiDocument):
            return NotImplemented
        mine, theirs = (
            (d.ticks_per_beat, d.ticks_per_second, d.length_ticks, d.tempo, d.meters, d.markers)
            for d in (self, other)
        )
        columns = ("tick", "status", "first", "second", "track")
        return mine == theirs and all(
            np.array_equal(getattr(self.messages, name), getattr(other.messages, name))
            for name in columns
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def joined_ticks(self) -> float:
        """How far apart the two halves of one 14-bit value may stand."""
        return self.ticks_per_beat * JOINED_BEATS or self.ticks_per_second * JOINED_S

    @cached_property
    def streams(self) -> Mapping[Source, Stream]:
        """Everything that moves, by where it comes from; notes are in `messages`."""
        return MappingProxyType(streams_of(self.messages, self.joined_ticks))

    @cached_property
    def controllers(self) -> Mapping[tuple[int, int], tuple[ControllerValue, ...]]:
        """The values of each 7-bit controller, by (channel 1..16, controller 0..119)."""
        return {
            (source.channel, source.number): tuple(
                map(ControllerValue, stream.ticks.tolist(), stream.values.tolist())
            )
            for source, stream in self.streams.items()
            if source.kind == "controller"
        }

    def channels_of(self, controller: int) -> list[int]:
        """Return the channels, 1..16, on which a controller is used."""
        return self.channels_with("controller", controller)

    def channels_with(self, kind: str, number: int | None = None) -> list[int]:
        """Return the channels that have a source of a kind, of any number when None."""
        return sorted(
            {
                source.channel
                for source in self.streams
                if source.kind == kind and number in (None, source.number)
            }
        )

    def note_channels(self) -> list[int]:
        """Return the channels on which notes are played."""
        status = self.messages.status
        return [int(one) - 0x90 + 1 for one in np.unique(status[status >> 4 == 0x9])]

    def pair(self, channel: int, controller: int) -> Stream:
        """Return the 14-bit values of a controller 0..31 and its fine half."""
        coarse = self.streams[Source("controller", channel, controller)]
        fine = self.streams.get(Source("controller", channel, controller + 32))
        return pair_of(coarse, fine, self.joined_ticks)

    def of_track(self, track: int) -> MidiDocument:
        """Return what one track, counted from 1, plays; tempo, meter and names stay."""
        return self._with(self.messages.only(self.messages.track == track))

    def of_pattern(self, pattern: int) -> MidiDocument:
        """Return one pattern, counted from 1, of a file of type 2, from its own start."""
        start, stop = self.patterns[pattern - 1]
        own = self.messages.only(self.messages.track == pattern)
        messages = Messages(own.tick - start, own.status, own.first, own.second, own.track)
        unit = self.ticks_per_beat or self.ticks_per_second
        begin, end = start / unit, stop / unit
        return MidiDocument(
            messages,
            self.ticks_per_beat,
            self.ticks_per_second,
            stop - start,
            tuple((at - begin, bpm) for at, bpm in self.tempo if begin <= at < end),
            tuple((at - begin, meter) for at, meter in self.meters if begin <= at < end),
            tuple((at - begin, name) for at, name in self.markers if begin <= at <= end),
            (self.track_names[pattern - 1],),
            self.kind,
        )

    def _with(self, messages: Messages) -> MidiDocument:
        return MidiDocument(
            messages,
            self.ticks_per_beat,
            self.ticks_per_second,
            self.length_ticks,
            self.tempo,
            self.meters,
            self.markers,
            self.track_names,
            self.kind,
            self.patterns,
        )

    def controllers_in_words(self) -> str:
        """Return what moves: ``1 (modulation) on channel 1, pitch bend on channel 2``."""
        return sources_in_words(self)


def read_midi(data: bytes, file: str) -> MidiDocument:
    """Return what moves in a Standard MIDI File of type 0, 1 or 2, or in an RMID file.

    Raises
    ------
    InputError
        When it is too big or broken, with the track and the byte.
    """
    song = read_smf(data, file)
    unit = song.ticks_per_beat or song.ticks_per_second
    starts = _starts(song)
    metas = sorted(
        (
            (start + meta.tick, number, meta)
            for number, (start, track) in enumerate(zip(starts, song.tracks, strict=True), 1)
            for meta in track.metas
        ),
        key=lambda row: row[0],
    )
    ends = [start + track.end_tick for start, track in zip(starts, song.tracks, strict=True)]
    return MidiDocument(
        messages=_messages(song, starts),
        ticks_per_beat=song.ticks_per_beat,
        ticks_per_second=song.ticks_per_second,
        length_ticks=max(ends, default=0),
        tempo=_tempo_of(metas, starts if song.kind == 2 else [], song, file),
        meters=tuple((tick / unit, words) for tick, _, meta in metas if (words := _meter(meta))),
        markers=tuple(
            (tick / unit, meta.data.decode("utf-8", "replace"))
            for tick, _, meta in metas
            if meta.kind == MARKER
        ),
        track_names=tuple(track.name for track in song.tracks),
        kind=song.kind,
        patterns=tuple(zip(starts, ends, strict=True)) if song.kind == 2 else (),
    )


def _starts(song: SmfFile) -> list[int]:
    """Return when each track begins, in ticks: together, or, as patterns, one after another."""
    starts = [0]
    for track in song.tracks:
        starts.append(starts[-1] + (track.end_tick if song.kind == 2 else 0))
    return starts[:-1]


def _messages(song: SmfFile, starts: list[int]) -> Messages:
    """Return the messages of all tracks; at one tick those of an earlier track come first."""
    packed = np.concatenate([np.zeros(0, np.uint64), *(track.packed for track in song.tracks)])
    sizes = [track.packed.size for track in song.tracks]
    track = np.repeat(np.arange(1, len(sizes) + 1, dtype=np.int64), sizes)
    begin = np.repeat(np.array(starts, dtype=np.int64), sizes)
    tick = (packed >> np.uint64(24)).astype(np.int64) + begin
    order = np.argsort(tick, kind="stable")
    status, first, second = (
        ((packed >> np.uint64(shift)) & np.uint64(0xFF)).astype(np.int64)[order]
        for shift in (16, 8, 0)
    )
    return Messages(tick[order], status, first, second, track[order])


def _tempo_of(
    metas: list[tuple[int, int, Meta]], patterns: list[int], song: SmfFile, file: str
) -> tuple[tuple[float, float], ...]:
    """Return (beats, bpm); the last of one tick counts, a pattern begins with 120 bpm."""
    if not song.ticks_per_beat:
        return ()
    changes: dict[int, int] = {}
    declared = [row for row in metas if row[2].kind == TEMPO]
    if declared:
        changes = dict.fromkeys(patterns, _DEFAULT_MICROSECONDS)
    for tick, number, meta in declared:
        micro = int.from_bytes(meta.data[:3], "big")
        if len(meta.data) < 3 or micro == 0:
            what = "an infinite tempo" if len(meta.data) >= 3 else "a tempo that is cut short"
            place = f"track {number}, byte {meta.offset}"
            raise InputError(Problem(f"is broken: it declares {what}", file, place))
        changes[tick] = micro
    return tuple((tick / song.ticks_per_beat, 60e6 / changes[tick]) for tick in sorted(changes))


def _meter(meta: Meta) -> str:
    """Return a time signature, or an empty string where there is none that makes sense."""
    if meta.kind != METER or len(meta.data) < 2:
        return ""
    beats, power = meta.data[0], meta.data[1]
    return f"{beats}/{2**power}" if 0 < beats <= 64 and power <= _LARGEST_METER_POWER else ""
