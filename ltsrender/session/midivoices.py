"""Notes as movement: gates, velocities, pitches, and what each note of an MPE player does.

Many notes may sound at once, a lane has one value: a voice policy says whom it follows. The last
note to begin, the highest, the lowest or the loudest; when that one ends, the next in line. While
nothing sounds, the lane keeps what it had.

MPE (MIDI Polyphonic Expression, M1-100-UM) gives every note a channel of its own, whose bend,
pressure and controller 74 are that note's alone. Channel 1 (lower zone) or 16 (upper zone) is the
master, which concerns all notes and is no voice. RPN 6 on a master channel says how many channels
belong to its zone; where a file says nothing, channels 2 to 16 are the lower zone.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.session.midistreams import CENTRE, FOURTEEN_BIT, SEVEN_BIT, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ltsrender.session.midi import MidiDocument
    from ltsrender.session.midistreams import Messages

VOICES = ("last", "highest", "lowest", "loudest")
TIMBRE = 74
LOWER_MASTER, UPPER_MASTER = 1, 16
_ZONE = 6  # RPN: MPE configuration
_AT_REST = {"bend": CENTRE, "pressure": 0, "timbre": 64}


class _Voice(NamedTuple):
    channel: int
    key: int
    velocity: int


class _Voices:
    """The notes that sound, and the one that a policy follows."""

    def __init__(self, policy: str) -> None:
        self._policy = policy
        self._sounding: dict[tuple[int, int], tuple[int, _Voice]] = {}
        self._line: list[tuple[int, int, _Voice]] = []  # a heap; those that have ended stay in it
        self._begun = 0

    def begin(self, voice: _Voice) -> None:
        """Let a note sound; one that does so already begins again."""
        self._begun += 1
        rank = {
            "last": 0,
            "highest": -voice.key,
            "lowest": voice.key,
            "loudest": -voice.velocity,
        }[self._policy]
        self._sounding[voice.channel, voice.key] = (self._begun, voice)
        heapq.heappush(self._line, (rank, -self._begun, voice))

    def end(self, channel: int, key: int) -> None:
        """Let a note end; one that does not sound is passed over."""
        self._sounding.pop((channel, key), None)

    def followed(self) -> _Voice | None:
        """Return the note to follow, if any sounds."""
        while self._line:
            _, begun, voice = self._line[0]
            sounding = self._sounding.get((voice.channel, voice.key))
            if sounding and sounding[0] == -begun:
                return voice
            heapq.heappop(self._line)
        return None


def gate(midi: MidiDocument, channels: Collection[int], key: int | None) -> Stream:
    """Return 1 while a note (of one key, if given) sounds, else 0, from the start on."""
    sounding: set[tuple[int, int]] = set()
    rows = [(0, 0, -1)]
    for order, tick, voice in _notes(midi.messages, channels, key):
        if voice.velocity:
            sounding.add(voice[:2])
        else:
            sounding.discard(voice[:2])
        is_open = int(bool(sounding))
        if is_open != rows[-1][1]:
            rows.append((tick, is_open, order))
    return _stream(rows, 1)


def followed_note(
    midi: MidiDocument, channels: Collection[int], key: int | None, policy: str, what: str
) -> Stream:
    """Return the ``velocity`` or ``pitch`` (0..127) of the note that a policy follows."""
    voices = _Voices(policy)
    rows: list[tuple[int, int, int]] = []
    for order, tick, voice in _notes(midi.messages, channels, key):
        if voice.velocity:
            voices.begin(voice)
        else:
            voices.end(voice.channel, voice.key)
        followed = voices.followed()
        if followed:
            value = followed.velocity if what == "velocity" else followed.key
            if not rows or value != rows[-1][1]:
                rows.append((tick, value, order))
    return _stream(rows, SEVEN_BIT)


def zones(midi: MidiDocument) -> dict[int, tuple[int, ...]]:
    """Return the member channels of each MPE zone that a file declares, by its master channel."""
    found = {}
    for master in (LOWER_MASTER, UPPER_MASTER):
        stream = midi.streams.get(Source("rpn", master, _ZONE))
        if stream is None:
            continue
        sizes = stream.values >> 7 if stream.full == FOURTEEN_BIT else stream.values
        size = int(np.clip(sizes.max(), 0, 15))
        first = range(2, 2 + size) if master == LOWER_MASTER else range(15, 15 - size, -1)
        if size:
            found[master] = tuple(first)
    return found


def members(midi: MidiDocument, master: int | None) -> tuple[int, ...]:
    """Return the channels of a zone's voices; of the only zone when no master is named."""
    declared = zones(midi)
    if master is None:
        master = min(declared, default=LOWER_MASTER)
    default = range(2, 17) if master == LOWER_MASTER else range(15, 0, -1)
    return declared.get(master, tuple(default))


def followed_voice(
    midi: MidiDocument, channels: Collection[int], policy: str, dimension: str
) -> Stream:
    """Return ``bend``, ``pressure`` or ``timbre`` of the note that a policy follows."""
    full = FOURTEEN_BIT if dimension == "bend" else SEVEN_BIT
    voices = _Voices(policy)
    current = dict.fromkeys(channels, _AT_REST[dimension])
    rows: list[tuple[int, int, int]] = []
    for order, tick, status, first, second in _rows(midi.messages, channels):
        kind, channel = status >> 4, (status & 15) + 1
        if kind == 0x9 and second:
            voices.begin(_Voice(channel, first, second))
        elif kind in (0x8, 0x9):
            voices.end(channel, first)
        elif kind == 0xE and dimension == "bend":
            current[channel] = second << 7 | first
        elif kind == 0xD and dimension == "pressure":
            current[channel] = first
        elif kind == 0xB and first == TIMBRE and dimension == "timbre":
            current[channel] = second
        else:
            continue
        followed = voices.followed()
        if followed and (not rows or rows[-1][1] != current[followed.channel]):
            rows.append((tick, current[followed.channel], order))
    return _stream(rows, full, is_centred=dimension == "bend")


def _rows(
    messages: Messages, channels: Collection[int]
) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield number, tick and bytes of the messages on channels."""
    chosen = np.flatnonzero(np.isin((messages.status & 15) + 1, list(channels)))
    columns = (messages.tick, messages.status, messages.first, messages.second)
    yield from zip(chosen.tolist(), *(column[chosen].tolist() for column in columns), strict=True)


def _notes(
    messages: Messages, channels: Collection[int], key: int | None
) -> Iterator[tuple[int, int, _Voice]]:
    """Yield number, tick and note of each beginning, and of each end with velocity 0."""
    for order, tick, status, first, second in _rows(messages, channels):
        if status < 0xA0 and key in (None, first):
            velocity = second if status >= 0x90 else 0
            yield order, tick, _Voice((status & 15) + 1, first, velocity)


def _stream(rows: list[tuple[int, int, int]], full: int, *, is_centred: bool = False) -> Stream:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Stream(table[:, 0], table[:, 1], table[:, 2], full, is_centred)
