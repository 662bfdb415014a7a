"""Standard MIDI Files byte by byte: chunks, tracks, messages, and where they break.

A file is a header and tracks, each a row of messages, each with the time since the one before::

    MThd  length(4)  type(2)  number of tracks(2)  division(2)
    MTrk  length(4)  [ time  message ]...

    time, length     1 to 4 bytes of 7 bits, the highest bit says that more follow
    8n 9n An Bn En   two data bytes        (note off, note on, key pressure, controller, bend)
    Cn Dn            one data byte         (programme, channel pressure)
    F0 F7            length, bytes         (system exclusive; passed over)
    FF kind          length, bytes         (names, markers, tempo, meter, end of track)
    a data byte      the last 8n..En holds for it as well (running status)

Read as kindly as is safe: chunks of unknown name are passed over, running status outlives what
stands between, data above 127 counts as 127, bytes after a track's end are not looked at, and a
track may be longer on paper than on disk if it says where it ends. What is left is refused with
the track and the byte. (RP-001, Standard MIDI Files 1.0; RMID: Microsoft's RIFF wrapping.)
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_MIDI_BYTES = 4 * 2**20  # a million controller messages, two seconds of reading

NAME, MARKER, END, TEMPO, METER = 0x03, 0x06, 0x2F, 0x51, 0x58

_HEADER_BYTES = 14
_LATEST_TICK = 2**39  # so that a tick and three bytes fit into 64 bits
_MOST_TRACKS = 65_535
_FRAME_RATES = {24: 24.0, 25: 25.0, 29: 30_000 / 1_001, 30: 30.0}
_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, **dict.fromkeys((0xF8, 0xFA, 0xFB), 0)}
_DATA_BYTES |= dict.fromkeys((0xFC, 0xFE), 0)  # what belongs to cables, yet is found in files
_CUT = "the MIDI file ends inside a track"
_KEPT = (MARKER, TEMPO, METER)


class Meta(NamedTuple):
    """What a file says besides what it plays: a kind (`TEMPO`, ...), its bytes, and where."""

    tick: int
    kind: int
    data: bytes
    offset: int


@dataclass(frozen=True)
class SmfTrack:
    """One track.

    Attributes
    ----------
    packed
        uint64[message]: tick, status and two data bytes in one number, 40 + 8 + 8 + 8 bits.
    metas
        Markers, tempo and meter.
    name
        What the track calls itself.
    end_tick
        When its last message, or its end, is.
    """

    packed: NDArray[np.uint64]
    metas: tuple[Meta, ...]
    name: str
    end_tick: int


@dataclass(frozen=True)
class SmfFile:
    """A whole file.

    Attributes
    ----------
    kind
        0, 1 or 2: one track; tracks side by side; patterns, each with its own time.
    ticks_per_beat
        How many ticks make a quarter note; 0 when the file counts in SMPTE time.
    ticks_per_second
        How many ticks make a second; 0 when the file counts in beats.
    tracks
        The tracks.
    """

    kind: int
    ticks_per_beat: int
    ticks_per_second: float
    tracks: tuple[SmfTrack, ...]


def is_midi(data: bytes) -> bool:
    """Return whether bytes look like a MIDI file of any kind rather than like text."""
    return data.startswith(b"MThd") or (data.startswith(b"RIFF") and data[8:12] == b"RMID")


def read_smf(data: bytes, file: str) -> SmfFile:
    """Return the tracks of a Standard MIDI File, bare or wrapped in RIFF (.rmi).

    Raises
    ------
    InputError
        With the track and the byte, counted from the file's first, at which it cannot be read on.
    """
    if len(data) > MOST_MIDI_BYTES:
        message = f"is too far: the MIDI file is bigger than {MOST_MIDI_BYTES // 2**20} MB"
        raise _refusal(message, file, 0, MOST_MIDI_BYTES)
    start = _inside_riff(data, file) if data.startswith(b"RIFF") else 0
    if len(data) < start + _HEADER_BYTES:
        raise _refusal(
            "is cut short: even the header of the MIDI file is not whole", file, 0, len(data)
        )
    size, kind, n_tracks, division = struct.unpack_from(">LHHH", data, start + 4)
    if size < _HEADER_BYTES - 8:
        raise _refusal("is broken: its header is too short", file, 0, start + 4)
    if kind > 2:
        message = f"is of MIDI type {kind}, which does not exist; types 0, 1 and 2 can be read"
        raise _refusal(message, file, 0, start + 8)
    ticks_per_beat, ticks_per_second = _division(division, file, start + 12)
    tracks = _tracks(data, start + 8 + size, n_tracks, file)
    return SmfFile(kind, ticks_per_beat, ticks_per_second, tuple(tracks))


def _refusal(message: str, file: str, track: int, offset: int) -> InputError:
    place = f"track {track}" if track else "header"
    return InputError(Problem(message, file, f"{place}, byte {offset}"))


def _inside_riff(data: bytes, file: str) -> int:
    """Return where the Standard MIDI File begins inside a RIFF file."""
    at = 12
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<L", data, at + 4)
        if data[at : at + 4] == b"data":
            if data[at + 8 : at + 12] == b"MThd":
                return at + 8
            break
        at += 8 + size + size % 2
    raise _refusal(
        "is broken: this RIFF file (.rmi) holds no MIDI file", file, 0, min(at, len(data))
    )


def _division(division: int, file: str, offset: int) -> tuple[int, float]:
    """Return ticks per beat and ticks per second, one of them 0."""
    if division < 0x8000:
        if division == 0:
            raise _refusal("is broken: it has 0 ticks per beat", file, 0, offset)
        return division, 0.0
    frames, ticks = 256 - (division >> 8), division & 0xFF
    if frames not in _FRAME_RATES or not ticks:
        message = f"is broken: it counts {frames} SMPTE frames a second, {ticks} ticks each"
        raise _refusal(f"{message}; 24, 25, 29 (29.97) and 30 exist", file, 0, offset)
    return 0, _FRAME_RATES[frames] * ticks


def _tracks(data: bytes, at: int, n_tracks: int, file: str) -> list[SmfTrack]:
    """Return the tracks from byte ``at`` on; whatever follows the last one is passed over."""
    found: list[SmfTrack] = []
    while at < len(data) and len(found) < _MOST_TRACKS:
        name, number = data[at : at + 4], len(found) + 1
        is_chunk = len(data) >= at + 8 and all(0x20 <= byte < 0x7F for byte in name)
        if not is_chunk and number > n_tracks:
            break
        if not is_chunk:
            what = "is cut short" if len(data) < at + 8 else "is broken: no track begins here"
            raise _refusal(what, file, number, at)
        (size,) = struct.unpack_from(">L", data, at + 4)
        if name == b"MTrk":
            body = data[at + 8 : at + 8 + size]
            found.append(_TrackReader(body, at + 8, size, number, file).read())
        at += 8 + size
    if len(found) < n_tracks:
        message = f"is cut short: the file has {len(found)} of the {n_tracks} tracks it announces"
        raise _refusal(message, file, len(found) + 1, len(data))
    return found


class _TrackReader:
    """Reads one track from its bytes, which begin at byte ``base`` of the file."""

    def __init__(self, body: bytes, base: int, size: int, number: int, file: str) -> None:
        self._body, self._base, self._size = body, base, size
        self._number, self._file = number, file
        self._packed = array("Q")
        self._metas: list[Meta] = []
        self._name = ""
        self._begin = 0  # of the message that is being read
        self._tick = 0
        self._is_over = False

    def read(self) -> SmfTrack:
        """Return the track."""
        is_whole = len(self._body) == self._size
        try:
            self._read_messages()
        except IndexError:
            what = "its track ends inside a message" if is_whole else _CUT
            raise self._refusal(f"is cut short: {what}", self._begin) from None
        except _EndlessError:
            message = "is broken: it holds a number of more than four bytes"
            raise self._refusal(message, self._begin) from None
        if not is_whole and not self._is_over:
            raise self._refusal(f"is cut short: {_CUT}", len(self._body))
        messages = np.frombuffer(self._packed.tobytes(), dtype=np.uint64)
        return SmfTrack(messages, tuple(self._metas), self._name, self._tick)

    def _refusal(self, message: str, at: int) -> InputError:
        return _refusal(message, self._file, self._number, self._base + at)

    def _read_messages(self) -> None:
        body, append = self._body, self._packed.append
        tick = at = running = 0
        while at < len(body) and not self._is_over:
            self._begin = at
            delta = body[at]
            at += 1
            if delta > 0x7F:
                delta, at = _number(body, at - 1)
                if tick + delta > _LATEST_TICK:
                    message = "is broken: it holds an impossibly long pause"
                    raise self._refusal(message, self._begin)
            tick += delta
            status = body[at]
            if status > 0x7F:
                at += 1
            else:
                status = running
            if not 0x80 <= status < 0xF0:
                self._tick = tick
                at = self._after_other(status, at)
                continue
            running = status
            first, second = body[at], 0
            at += 1
            if not 0xC0 <= status < 0xE0:
                second = body[at]
                at += 1
            if first > 127 or second > 127:
                first, second = min(first, 127), min(second, 127)
            append(tick << 24 | status << 16 | first << 8 | second)
        self._tick = tick

    def _after_other(self, status: int, at: int) -> int:
        """Return where a message that belongs to no channel ends; keep what it says."""
        body = self._body
        if status in _DATA_BYTES:
            return at + _DATA_BYTES[status]
        if status not in (0xF0, 0xF7, 0xFF):
            what = f"0x{status:02X}, which is no message" if status else "data without a status"
            raise self._refusal(f"is broken: it holds {what}", self._begin)
        kind = body[at] if status == 0xFF else None
        length, at = _number(body, at if kind is None else at + 1)
        if at + length > len(body):
            raise IndexError
        content = body[at : at + length]
        if kind == NAME:
            self._name = self._name or _text(content)
        elif kind in _KEPT:
            self._metas.append(Meta(self._tick, kind or 0, content, self._base + self._begin))
        self._is_over = kind == END
        return at + length


class _EndlessError(ValueError):
    """A number that does not end after four bytes."""


def _number(body: bytes, at: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, and where it ends."""
    value = 0
    for here in range(at, at + 4):
        value = value << 7 | body[here] & 0x7F
        if body[here] < 0x80:
            return value, here + 1
    raise _EndlessError


def _text(data: bytes) -> str:
    """Return a name; files say nothing of their letters, so UTF-8 or else Latin-1."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.strip(" \0")[:1000]
