"""What a MIDI file holds, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.session.midistreams import PARAMETER_CONTROLLERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.session.midi import MidiDocument
    from ltsrender.session.midistreams import Source

_NAMES = {
    1: "modulation",
    2: "breath",
    4: "foot",
    7: "volume",
    10: "pan",
    11: "expression",
    64: "sustain",
    71: "resonance",
    74: "brightness",
}
_RPN_NAMES = {0: "bend range", 1: "fine tuning", 2: "coarse tuning", 6: "MPE zone"}
_KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "b": -1}
_MOST_WORDS = 16


def key_name(key: int) -> str:
    """Return the name of a key, middle C (60) being C4.

    >>> key_name(60), key_name(0), key_name(127)
    ('C4', 'C-1', 'G9')
    """
    return f"{_KEYS[key % 12]}{key // 12 - 1}"


def key_number(name: str) -> int | None:
    """Return the key, 0..127, of a name such as ``F#3``, ``Bb-1`` or ``C4``; None if it has none.

    >>> key_number("F#3"), key_number("Bb-1"), key_number("H2")
    (54, 10, None)
    """
    letter, rest = name[:1].upper(), name[1:]
    accidental = rest[:1] if rest[:1] in ("#", "b") else ""
    octave = rest[len(accidental) :]
    if letter not in _STEPS or not octave.lstrip("-").isdecimal() or len(octave) > 2:
        return None
    key = 12 * (int(octave) + 1) + _STEPS[letter] + _ACCIDENTALS[accidental]
    return key if 0 <= key <= 127 else None


def source_words(source: Source, *, is_pair: bool = False) -> str:
    """Return what a source is called, without its channel."""
    number = source.number
    if source.kind == "controller":
        known = [_NAMES[number]] if number in _NAMES else []
        known += ["14 bit"] if is_pair else []
        return f"{number} ({', '.join(known)})" if known else str(number)
    if source.kind == "rpn":
        return f"RPN {number}" + (f" ({_RPN_NAMES[number]})" if number in _RPN_NAMES else "")
    if source.kind == "nrpn":
        return f"NRPN {number}"
    if source.kind == "poly_pressure":
        return f"poly pressure of {key_name(number)}"
    return source.kind.replace("_", " ")


def sources_in_words(midi: MidiDocument) -> str:
    """Return what moves in a file: ``1 (modulation) on channel 1, notes on channel 2``."""
    words = list(_words(midi))
    words += [f"notes on channel {channel}" for channel in midi.note_channels()]
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    return ", ".join(words[:_MOST_WORDS]) + more or "no controller at all"


def _words(midi: MidiDocument) -> Iterator[str]:
    for source in shown_sources(midi):
        words = source_words(source, is_pair=is_pair(midi, source))
        yield f"{words} on channel {source.channel}"


def shown_sources(midi: MidiDocument) -> list[Source]:
    """Return what a composer would map: no fine halves, no controllers that carry parameters."""
    busy = {s.channel for s in midi.streams if s.kind in ("rpn", "nrpn")}
    return [
        source
        for source in midi.streams
        if source.kind != "controller"
        or not (
            (source.number in PARAMETER_CONTROLLERS and source.channel in busy)
            or (32 <= source.number < 64 and _is_there(midi, source, source.number - 32))
        )
    ]


def is_pair(midi: MidiDocument, source: Source) -> bool:
    """Return whether a controller has its fine half."""
    is_coarse = source.kind == "controller" and source.number < 32
    return is_coarse and _is_there(midi, source, source.number + 32)


def _is_there(midi: MidiDocument, source: Source, number: int) -> bool:
    return source._replace(number=number) in midi.streams
