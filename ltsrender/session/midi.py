"""Standard MIDI Files: controllers and tempo, read with care.

mido reads the bytes; what it leaves to us is done here: files of type 2 and SMPTE time are
refused, times become absolute ticks, and whatever a broken file makes it raise becomes one
sentence. Tempo and controller messages are kept, notes and everything else are passed over.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ltsrender.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_MIDI_BYTES = 2 * 2**20  # half a million controller messages, ten seconds of reading
_HEADER_BYTES = 14
_LATEST_TICK = 2**40
_ENDLESS_NUMBER = re.compile(rb"[\x80-\xff]{4097}")  # no text or number has so many high bytes
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


class ControllerValue(NamedTuple):
    """A controller's value, 0..127, at a time in ticks from the file's start."""

    tick: int
    value: int


@dataclass(frozen=True)
class MidiDocument:
    """What moves in a MIDI file.

    Attributes
    ----------
    ticks_per_beat
        How many ticks make a beat (a quarter note).
    length_ticks
        The time of the last message.
    tempo
        The tempo changes as (beats, bpm), in order; empty when the file has none.
    controllers
        The values of each controller in order of time, by (channel 1..16, controller 0..127).
    """

    ticks_per_beat: int
    length_ticks: int
    tempo: tuple[tuple[float, float], ...]
    controllers: Mapping[tuple[int, int], tuple[ControllerValue, ...]]

    def channels_of(self, controller: int) -> list[int]:
        """Return the channels, 1..16, on which a controller is used."""
        return sorted(channel for channel, number in self.controllers if number == controller)

    def controllers_in_words(self) -> str:
        """Return which controllers there are: ``1 (modulation) on channel 1, 7 on channel 2``."""
        words = [
            f"{n}{f' ({_NAMES[n]})' if n in _NAMES else ''} on channel {channel}"
            for channel, n in sorted(self.controllers)
        ]
        shown = ", ".join(words[:16]) + (f" and {len(words) - 16} more" if len(words) > 16 else "")
        return shown or "no controller at all"


def is_midi(data: bytes) -> bool:
    """Return whether bytes look like a MIDI file of any kind rather than like text."""
    return data.startswith(b"MThd") or (data.startswith(b"RIFF") and data[8:12] == b"RMID")


def read_midi(data: bytes, file: str) -> MidiDocument:
    """Return what moves in a Standard MIDI File of type 0 or 1.

    Raises
    ------
    InputError
        When it is of another type, counts SMPTE time, is too big or broken.
    """
    refusal = _refusal(data)
    if refusal:
        raise InputError(Problem(refusal, file))
    tempo: list[tuple[int, int]] = []
    controllers: dict[tuple[int, int], list[ControllerValue]] = {}
    song = _parsed(data, file)
    length = 0
    for track in song.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if tick > _LATEST_TICK:
                raise InputError(Problem("is broken: it holds an impossibly long pause", file))
            if message.type == "control_change":
                key = (message.channel + 1, message.control)
                controllers.setdefault(key, []).append(ControllerValue(tick, message.value))
            elif message.type == "set_tempo":
                tempo.append((tick, message.tempo))
        length = max(length, tick)
    return MidiDocument(
        ticks_per_beat=song.ticks_per_beat,
        length_ticks=length,
        tempo=_tempo_of(tempo, song.ticks_per_beat, file),
        controllers={
            key: tuple(sorted(controllers[key], key=lambda event: event.tick))
            for key in sorted(controllers)
        },
    )


def _refusal(data: bytes) -> str:
    """Return why a file cannot be read, from its header and its size; or an empty string."""
    if data.startswith(b"RIFF"):
        return "is a MIDI file wrapped in RIFF (.rmi); save it as a Standard MIDI File"
    if len(data) < _HEADER_BYTES:
        return "is cut short: even the header of the MIDI file is not whole"
    size, kind, _, division = struct.unpack(">LHHH", data[4:_HEADER_BYTES])
    broken = {
        f"is bigger than {MOST_MIDI_BYTES // 2**20} MB": len(data) > MOST_MIDI_BYTES,
        "is broken: its header is too short": size < _HEADER_BYTES - 8,
        "has patterns of their own time (MIDI type 2); save it as type 0 or 1": kind == 2,
        f"is of MIDI type {kind}, which does not exist; types 0 and 1 can be read": kind > 2,
        "counts SMPTE time; save it with ticks per quarter note (PPQ)": division >= 2**15,
        "is broken: it has 0 ticks per beat": division == 0,
        "is broken: it holds a number without end": bool(_ENDLESS_NUMBER.search(data)),
    }
    return next((words for words, applies in broken.items() if applies), "")


def _parsed(data: bytes, file: str) -> Any:
    """Return mido's MidiFile; data bytes above 127 are clipped."""
    import mido  # noqa: PLC0415 - only sessions with a MIDI file pay for it
    from mido.midifiles.meta import KeySignatureError  # noqa: PLC0415 - the same

    try:
        return mido.MidiFile(file=io.BytesIO(data), clip=True)
    except EOFError:
        raise InputError(Problem("is cut short: the MIDI file ends inside a track", file)) from None
    except (OSError, ValueError, LookupError, TypeError, struct.error, KeySignatureError) as error:
        reason = str(error) or type(error).__name__
        raise InputError(Problem(f"is a broken MIDI file ({reason})", file)) from None


def _tempo_of(
    changes: list[tuple[int, int]], ticks_per_beat: int, file: str
) -> tuple[tuple[float, float], ...]:
    """Return (beats, bpm) from (tick, microseconds per beat); the last of one tick counts."""
    by_tick = dict(sorted(changes, key=lambda change: change[0]))
    if 0 in by_tick.values():
        raise InputError(Problem("is broken: it declares an infinite tempo", file))
    return tuple((tick / ticks_per_beat, 60e6 / micro) for tick, micro in by_tick.items())
