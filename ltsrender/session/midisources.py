"""The stream that an entry of a ``cc_map`` asks of a MIDI file, and whether the file has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ltsrender.session.midistreams import Source, Stream, merged
from ltsrender.session.midivoices import followed_note, followed_voice, gate, members
from ltsrender.session.midiwords import key_name, key_number, source_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltsrender.session.controllers import ControllerDocument
    from ltsrender.session.midi import MidiDocument

NOTES = ("gate", "velocity", "pitch")
_NUMBERED = ("controller", "pair", "nrpn", "rpn")


class Wanted(NamedTuple):
    """What an entry asks for: the key that says it, the kind of source, and its number if any."""

    place: str
    kind: str
    number: int | None

    def words(self) -> str:
        """Return what it is called: ``controller 1``, ``NRPN 300``, ``pitch bend``."""
        if self.place in ("controller", "pair"):
            return f"{self.place} {self.number}"
        if self.kind == "poly_pressure" and self.number is None:
            return "poly pressure"
        return source_words(Source(self.kind, 0, self.number or 0))


def wanted_by(entry: Mapping[str, Any]) -> Wanted | None:
    """Return what an entry, as it stands in a file, asks for; None when that is not clear."""
    for place in _NUMBERED:
        value = entry.get(place)
        if isinstance(value, int) and not isinstance(value, bool):
            return Wanted(place, "controller" if place == "pair" else place, value)
    message = entry.get("message")
    if message in NOTES:
        return Wanted("message", "note", None)
    if message == "poly_pressure":
        return Wanted("message", message, key_of(entry))
    if message in ("pitch_bend", "channel_pressure"):
        return Wanted("message", message, None)
    return Wanted("mpe", "note", None) if isinstance(entry.get("mpe"), str) else None


def key_of(entry: Mapping[str, Any]) -> int | None:
    """Return the number of the key that an entry names; None when it names none."""
    key = entry.get("key")
    if isinstance(key, str):
        return key_number(key)
    return key if isinstance(key, int) else None


def track_of(midi: MidiDocument, track: int | str) -> int | None:
    """Return the number, from 1, of a track by its number or name; None when there is none."""
    if isinstance(track, str):
        names = [name.casefold() for name in midi.track_names]
        name = track.casefold()
        return names.index(name) + 1 if name in names else None
    return track if 1 <= track <= len(midi.track_names) else None


def channels_for(midi: MidiDocument, wanted: Wanted, entry: Mapping[str, Any]) -> list[int]:
    """Return on which channels a file has what an entry asks for."""
    if wanted.place == "mpe":
        master = entry.get("channel")
        of_zone = members(midi, master if isinstance(master, int) else None)
        return [channel for channel in midi.note_channels() if channel in of_zone]
    if wanted.kind == "note":
        return midi.note_channels()
    return midi.channels_with(wanted.kind, wanted.number)


def stream_for(midi: MidiDocument, entry: ControllerDocument) -> Stream:
    """Return the stream that an entry asks for; that the file has it has been checked."""
    if entry.track is not None:
        midi = midi.of_track(track_of(midi, entry.track) or 0)
    tree = entry.model_dump(exclude_none=True)
    wanted = wanted_by(tree)
    if wanted is None:
        raise ValueError("an entry of a cc_map without a source")
    key = key_of(tree)
    if entry.mpe:
        master = entry.channel if isinstance(entry.channel, int) else None
        return followed_voice(midi, members(midi, master), entry.voice, entry.mpe)
    there = channels_for(midi, wanted, tree)
    channels = [entry.channel] if isinstance(entry.channel, int) else there
    if entry.message == "gate":
        return gate(midi, channels, key)
    if entry.message in NOTES:
        return followed_note(midi, channels, key, entry.voice, entry.message or "")
    if entry.pair is not None:
        return merged(midi.pair(channel, entry.pair) for channel in channels)
    number = wanted.number or 0
    return merged(midi.streams[Source(wanted.kind, channel, number)] for channel in channels)


def poly_keys_in_words(midi: MidiDocument) -> str:
    """Return which keys have a pressure of their own."""
    keys = sorted({s.number for s in midi.streams if s.kind == "poly_pressure"})
    return ", ".join(map(key_name, keys[:16])) or "none"
