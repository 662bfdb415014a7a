"""Files laid out as their writers lay them out, against values told by hand.

The layouts (which type and division, what stands in the first track, running status or not, what
is sent before the first note) were taken from files in public test suites and from the writers'
own sources; the music is ours. Bytes are written out, so that nothing of ours makes what ours
reads.

==============  =====================================================================
Ableton Live    type 0, 96 ticks, the meter twice, names that end in a zero byte
Logic Pro       type 0, channel prefix, instrument name, SMPTE offset, 480 ticks
REAPER          type 1, 960 ticks, a first track of tempo and meter, steps for curves
Cubase          type 1, 480 ticks, tempo track, one track a part, coarse and fine halves
FL Studio       type 1, 96 ticks, a track a channel, everything on its own MIDI channel
MuseScore       type 1, 480 ticks, no names, running status, port messages, controller 121
pretty_midi     type 1, 220 ticks, tempo track, bends before controllers, end a tick later
music21         type 1, 1024 ticks, a beat of silence at the end, end of track after it
MPE keyboards   a channel a note, controller 74 and bend before each note, RPN 6 first
video (SMPTE)   type 0, 25 frames of 40 ticks, wrapped in RIFF
==============  =====================================================================
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from ltsrender.automation import TempoMap, file_tempo
from ltsrender.automation.midi import played_by
from ltsrender.session.controllers import ControllerDocument
from ltsrender.session.midi import read_midi

if TYPE_CHECKING:
    from ltsrender.session.midi import MidiDocument

END = "00 ff 2f 00"


def song(kind: int, division: int, *tracks: str) -> bytes:
    """Return a file from the hexadecimal text of its tracks; ``"text"`` stands for its letters."""
    whole = b"MThd" + struct.pack(">LHHH", 6, kind, len(tracks), division)
    for track in tracks:
        body = b"".join(
            word.strip('"').replace("_", " ").encode()
            if word.startswith('"')
            else bytes.fromhex(word)
            for word in track.split()
        )
        whole += b"MTrk" + struct.pack(">L", len(body)) + body
    return whole


ABLETON = song(
    0,
    96,
    f"""00 ff 03 06 "Pad_1" 00
    00 ff 58 04 04 02 24 08   00 ff 58 04 04 02 24 08
    00 b0 4a 00   18 b0 4a 20   18 b0 4a 40   30 b0 4a 7f
    00 90 3c 64   60 80 3c 40   {END}""",
)

LOGIC = song(
    0,
    480,
    f"""00 ff 20 01 00   00 ff 03 05 "Glass"   00 ff 04 06 "Inst_1"
    00 ff 58 04 03 02 18 08   00 ff 59 02 00 00   00 ff 54 05 21 00 00 00 00
    00 ff 51 03 09 27 c0
    00 e0 00 40   81 70 e0 00 50   81 70 e0 7f 7f   83 60 d0 40   00 d0 00   {END}""",
)

REAPER = song(
    1,
    960,
    f"""00 ff 03 0b "midi_export"   00 ff 58 04 04 02 18 08   00 ff 51 03 07 a1 20
    9e 00 ff 51 03 0f 42 40   {END}""",
    f"""00 ff 03 06 "Timbre"   00 b0 01 00   82 58 b0 01 20   82 58 b0 01 40   81 2c b0 01 60
    8d 24 b0 01 7f   00 b0 7b 00   {END}""",
)

CUBASE = song(
    1,
    480,
    f"""00 ff 58 04 04 02 18 08   00 ff 51 03 07 a1 20   {END}""",
    f"""00 ff 03 06 "Morph_"   00 ff 21 01 00
    00 b0 01 10   00 b0 21 20   81 70 b0 01 10   00 b0 21 40   81 70 b0 01 7f   00 b0 21 7f
    {END}""",
    f"""00 ff 03 05 "Level"   00 ff 21 01 00   00 b1 0b 7f   87 40 b1 0b 00   {END}""",
)

FL_STUDIO = song(
    1,
    96,
    f"""00 ff 51 03 06 dd d0   00 ff 7f 03 00 00 41   {END}""",
    f"""00 ff 03 04 "Kick"   00 90 3c 64   30 80 3c 40   30 90 3c 64   30 80 3c 40   {END}""",
    f"""00 ff 03 04 "Lead"   00 b1 0a 40   00 b1 07 64   60 b1 07 32   {END}""",
)

MUSESCORE = song(
    1,
    480,
    f"""00 ff 58 04 04 02 18 08   00 ff 59 02 00 00   00 ff 51 03 07 a1 20
    00 b0 79 00   00 c0 00   00 b0 07 64   00 0a 40   00 5b 00   00 5d 00   00 ff 21 01 00
    00 90 40 50   83 47 40 00   19 43 50   83 47 43 00   01 b0 0b 20   78 0b 7f   {END}""",
)

PRETTY_MIDI = song(
    1,
    220,
    """00 ff 51 03 07 a1 20   00 ff 58 04 04 02 18 08   01 ff 2f 00""",
    """00 ff 03 05 "Synth"   00 c0 50   00 e0 00 40   00 b0 01 00   00 b0 21 00   00 90 3c 50
    81 5c e0 00 60   00 b0 01 40   00 b0 21 01   00 90 3c 00   01 ff 2f 00""",
)

MUSIC21 = song(
    1,
    1024,
    """00 ff 51 03 07 a1 20   00 ff 58 04 04 02 18 08   88 00 ff 2f 00""",
    """00 ff 03 00   00 c0 00   00 e0 00 40   00 90 3c 5a   88 00 80 3c 00   00 90 3e 5a
    90 00 80 3e 00   88 00 ff 2f 00""",
)

MPE_KEYBOARD = song(
    1,
    480,
    f"""00 ff 51 03 07 a1 20   {END}""",
    f"""00 ff 03 08 "Seaboard"
    00 b0 65 00   00 b0 64 06   00 b0 06 0f   00 b0 65 7f   00 b0 64 7f
    00 b1 4a 1a   00 e1 00 40   00 91 3c 4b   00 b1 4a 1c   0a d1 7f   0a e1 00 48
    83 4c b2 4a 40   00 e2 00 40   00 92 43 70   0a d2 10   0a e2 00 20   83 4c 82 43 40
    00 d1 20   83 60 81 3c 40   {END}""",
)

VIDEO = song(
    0,
    0xE728,
    f"""00 ff 54 05 21 00 00 00 00   00 b0 01 00   87 68 b0 01 7f   8f 50 b0 01 00   {END}""",
)
VIDEO = (
    b"RIFF"
    + struct.pack("<L", len(VIDEO) + 12)
    + b"RMIDdata"
    + struct.pack("<L", len(VIDEO))
    + VIDEO
)

Points = list[tuple[float, float]]


def drawn(midi: MidiDocument, tempo: str, **entry: Any) -> Points:
    wanted = {"target": "mix", "minimum": 0, "maximum": 1} | entry
    played = played_by(midi, ControllerDocument.model_validate(wanted), tempo)
    return list(zip(played.at.tolist(), played.value.tolist(), strict=True))


def parts(full: int, *points: tuple[float, int]) -> Points:
    return [(at, pytest.approx(value / full, abs=1e-12)) for at, value in points]


READINGS: dict[str, tuple[bytes, str, dict[str, Any], Points]] = {
    "Ableton, brightness": (
        ABLETON,
        "session",
        {"controller": 74},
        parts(127, (0, 0), (0.25, 32), (0.5, 64), (1, 127)),
    ),
    "Ableton, gate": (
        ABLETON,
        "session",
        {"message": "gate"},
        [(0, 0), (1, 1), (2, 0)],
    ),
    "Logic, bend in seconds at 100 bpm": (
        LOGIC,
        "file",
        {"message": "pitch_bend"},
        [(0, 0.5), (0.3, pytest.approx(0.5 + 2048 / 16_382)), (0.6, 1)],
    ),
    "Logic, pressure": (
        LOGIC,
        "session",
        {"message": "channel_pressure"},
        parts(127, (2, 64), (2, 0)),
    ),
    "REAPER, steps over a change of tempo": (
        REAPER,
        "file",
        {"controller": 1, "shape": "hold"},
        # 344, 688, 860 and 2560 ticks of 960; 120 bpm until beat 4, then 60.
        parts(
            127, (0, 0), (344 / 1920, 32), (688 / 1920, 64), (860 / 1920, 96), (2560 / 1920, 127)
        ),
    ),
    "Cubase, coarse and fine": (
        CUBASE,
        "session",
        {"pair": 1},
        parts(16_383, (0, 16 * 128 + 32), (0.5, 16 * 128 + 64), (1, 16_383)),
    ),
    "Cubase, expression of another part": (
        CUBASE,
        "session",
        {"controller": 11, "track": "Level"},
        [(0, 1), (2, 0)],
    ),
    "FL Studio, volume": (
        FL_STUDIO,
        "file",
        {"controller": 7, "channel": 2},
        parts(127, (0, 100), (0.45, 50)),
    ),
    "FL Studio, kick": (
        FL_STUDIO,
        "session",
        {"message": "gate", "track": "Kick", "key": "C4"},
        [(0, 0), (0, 1), (0.5, 0), (1, 1), (1.5, 0)],
    ),
    "MuseScore, running status": (
        MUSESCORE,
        "session",
        {"controller": 11},
        parts(127, (936 / 480, 32), (1056 / 480, 127)),
    ),
    "MuseScore, notes of velocity 0": (
        MUSESCORE,
        "session",
        {"message": "gate"},
        [(0, 0), (0, 1), (455 / 480, 0), (1, 1), (2 - 25 / 480, 0)],
    ),
    "pretty_midi, pair": (
        PRETTY_MIDI,
        "file",
        {"pair": 1},
        parts(16_383, (0, 0), (0.5, 64 * 128 + 1)),
    ),
    "pretty_midi, bend": (
        PRETTY_MIDI,
        "session",
        {"message": "pitch_bend"},
        [(0, 0.5), (1, pytest.approx(0.5 + 4096 / 16_382))],
    ),
    "music21, pitch": (MUSIC21, "session", {"message": "pitch"}, parts(127, (0, 60), (1, 62))),
    "MPE, pressure of the last note": (
        MPE_KEYBOARD,
        "session",
        {"mpe": "pressure"},
        parts(127, (0, 0), (10 / 480, 127), (1, 0), (490 / 480, 16), (2, 127), (2, 32)),
    ),
    "MPE, timbre of the lowest note": (
        MPE_KEYBOARD,
        "session",
        {"mpe": "timbre", "voice": "lowest"},
        parts(127, (0, 26), (0, 28)),
    ),
    "MPE, bend of the highest note": (
        MPE_KEYBOARD,
        "session",
        {"mpe": "bend", "voice": "highest"},
        [
            (0, 0.5),
            (20 / 480, pytest.approx(0.5 + 1024 / 16_382)),
            (1, 0.5),
            (500 / 480, 0.25),
            (2, pytest.approx(0.5 + 1024 / 16_382)),
        ],
    ),
    "video, seconds whatever the tempo": (
        VIDEO,
        "session",
        {"controller": 1},
        [(0, 0), (1, 1), (3, 0)],
    ),
}


@pytest.mark.parametrize("what", READINGS)
def test_a_strangers_file_is_read_as_it_was_meant(what: str) -> None:
    data, tempo, entry, wanted = READINGS[what]
    assert drawn(read_midi(data, "a.mid"), tempo, **entry) == [
        (pytest.approx(at, abs=1e-9), value) for at, value in wanted
    ]


SONGS = {
    "Ableton": (ABLETON, (), ((0.0, "4/4"), (0.0, "4/4"))),
    "Logic": (LOGIC, ((0.0, 100.0),), ((0.0, "3/4"),)),
    "REAPER": (REAPER, ((0.0, 120.0), (4.0, 60.0)), ((0.0, "4/4"),)),
    "Cubase": (CUBASE, ((0.0, 120.0),), ((0.0, "4/4"),)),
    "FL Studio": (FL_STUDIO, ((0.0, 60e6 / 450_000),), ()),
    "MuseScore": (MUSESCORE, ((0.0, 120.0),), ((0.0, "4/4"),)),
    "pretty_midi": (PRETTY_MIDI, ((0.0, 120.0),), ((0.0, "4/4"),)),
    "video": (VIDEO, (), ()),
}


@pytest.mark.parametrize("writer", SONGS)
def test_tempo_and_meter_are_the_files(writer: str) -> None:
    data, tempo, meters = SONGS[writer]
    midi = read_midi(data, "a.mid")
    assert (midi.tempo, midi.meters) == (tempo, meters)


def test_a_tempo_map_is_made_of_what_the_file_says() -> None:
    tempo = file_tempo(read_midi(REAPER, "a.mid"))
    assert isinstance(tempo, TempoMap)
    assert tempo.seconds_at(np.array([4.0, 5.0])).tolist() == [2.0, 3.0]


def test_every_layout_survives_mido() -> None:
    """What mido writes again from each layout says the same; only SMPTE time it cannot read."""
    for data in (ABLETON, LOGIC, REAPER, CUBASE, FL_STUDIO, MUSESCORE, PRETTY_MIDI, MPE_KEYBOARD):
        again = io.BytesIO()
        mido.MidiFile(file=io.BytesIO(data)).save(file=again)
        ours = read_midi(data, "a.mid").messages
        theirs = read_midi(again.getvalue(), "a.mid").messages
        for name in ("tick", "status", "first", "second", "track"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name))
