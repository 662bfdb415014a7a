"""The rules of a ``cc_map``: one source, one target, and a MIDI file that has the source.

Like `ltsrender.session.rules`, everything here works on plain trees and passes over what is
missing or of the wrong type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.session.controllers import SOURCE_KEYS, ControllerDocument
from ltsrender.session.midisources import Wanted, channels_for, track_of, wanted_by
from ltsrender.session.midivoices import LOWER_MASTER, UPPER_MASTER, zones
from ltsrender.session.problems import Fault, found_words
from ltsrender.session.rules import number
from ltsrender.session.targets import range_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.session.jsontext import Place
    from ltsrender.session.midi import MidiDocument

_KEYED = ("poly_pressure", "gate", "velocity", "pitch")
_VOICED = ("velocity", "pitch")


def entry_faults(place: Place, entry: dict[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with one entry in itself, whatever file it reads and moves."""
    sources = [key for key in SOURCE_KEYS if entry.get(key) is not None]
    if not sources and set(entry) <= set(ControllerDocument.model_fields):
        yield Fault(place, f"needs one of {', '.join(SOURCE_KEYS)}, the source that moves it")
    for key in sources[1:]:
        yield Fault((*place, key), f'stands beside "{sources[0]}"; an entry has one source')
    yield from _range_faults(place, entry)
    message = entry.get("message")
    if message == "poly_pressure" and entry.get("key") is None:
        yield Fault(place, 'needs "key": which key\'s pressure it is')
    if entry.get("key") is not None and sources and message not in _KEYED:
        yield Fault((*place, "key"), f"is for {', '.join(_KEYED)}")
    is_voiced = message in _VOICED or entry.get("mpe") is not None
    if entry.get("voice", "last") != "last" and sources and not is_voiced:
        yield Fault((*place, "voice"), "is for mpe, velocity and pitch")
    if entry.get("mpe") is not None and entry.get("channel") not in (None, 1, 16):
        message = "is for mpe the master channel of a zone; takes 1 or 16"
        yield Fault((*place, "channel"), message)
    yield from _dead_zone_faults((*place, "dead_zone"), entry.get("dead_zone"))


def _range_faults(place: Place, entry: dict[str, Any]) -> Iterator[Fault]:
    target = entry.get("target")
    allowed = range_of(target) if isinstance(target, str) else None
    for key in ("minimum", "maximum"):
        if allowed and number(entry.get(key)) and not allowed.holds(entry[key]):
            yield Fault((*place, key), f"is {entry[key]}; {target} takes {allowed.words()}")


def _dead_zone_faults(place: Place, zone: Any) -> Iterator[Fault]:
    if not isinstance(zone, dict):
        return
    low, centre, high = (
        zone[key] if number(zone.get(key)) else 0.0 for key in ("low", "centre", "high")
    )
    if max(low, high) + centre / 2 >= 0.5:
        yield Fault(place, "leaves no way between the middle and an end; make it smaller")


def absence_faults(
    place: Place, entry: dict[str, Any], midi: MidiDocument, file: str
) -> Iterator[Fault]:
    """Yield why a MIDI file does not have what an entry asks for."""
    wanted = wanted_by(entry)
    if wanted is None:
        return
    track = entry.get("track")
    if track is not None:
        found = track_of(midi, track) if isinstance(track, int | str) else None
        if found is None:
            names = ", ".join(f"{i} {name}".strip() for i, name in enumerate(midi.track_names, 1))
            shown = names if len(names) < 400 else f"{len(midi.track_names)} tracks"
            yield Fault(
                (*place, "track"), f"is {found_words(track)}; {file} has {shown or 'no track'}"
            )
            return
        midi = midi.of_track(found)
    yield from _absent_source(place, wanted, entry, midi, file)


def _absent_source(
    place: Place, wanted: Wanted, entry: dict[str, Any], midi: MidiDocument, file: str
) -> Iterator[Fault]:
    channels, channel = channels_for(midi, wanted, entry), entry.get("channel")
    there = f"{file} has {midi.controllers_in_words()}"
    if wanted.place == "mpe":
        if not channels:
            yield Fault((*place, "mpe"), f"needs notes on the channels of a zone; {there}")
        elif channel is None and len(zones(midi)) > 1:
            message = f"{file} has two zones, {LOWER_MASTER} (lower) and {UPPER_MASTER} (upper)"
            yield Fault(place, f'needs "channel": {message}')
    elif not channels:
        yield Fault((*place, wanted.place), f"is {found_words(entry[wanted.place])}; {there}")
    elif number(channel) and channel not in channels:
        yield Fault((*place, "channel"), f"is {channel} for {wanted.words()}; {there}")
    elif channel is None and len(channels) > 1:
        which = ", ".join(map(str, channels))
        message = f'needs "channel": {wanted.words()} is on the channels {which} of {file}'
        yield Fault(place, message)
