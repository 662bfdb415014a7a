from __future__ import annotations

import contextlib
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.errors import InputError
from ltsrender.session.midi import MOST_MIDI_BYTES, is_midi, read_midi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

END = b"\x00\xff\x2f\x00"
WHEEL = b"\x00\xb0\x01\x00" + b"\x83\x60\x01\x7f" + END  # running status: 0, a beat later 127
TEMPO = b"\x00\xff\x51\x03\x07\xa1\x20" + b"\x87\x40\xff\x51\x03\x0f\x42\x40" + END  # 120, 60 bpm


def test_controllers_and_tempo_are_read_from_all_tracks(midi_bytes: Callable[..., bytes]) -> None:
    other = b"\x60\xb3\x0b\x40" + b"\x00\x93\x3c\x40" + b"\x60\x83\x3c\x00" + END  # notes pass
    midi = read_midi(midi_bytes(TEMPO, WHEEL, other), "hands.mid")
    assert midi.tempo == ((0.0, 120.0), (2.0, 60.0))
    assert midi.controllers == {(1, 1): ((0, 0), (480, 127)), (4, 11): ((96, 64),)}
    assert (midi.ticks_per_beat, midi.length_ticks) == (480, 960)
    words = "1 (modulation) on channel 1, 11 (expression) on channel 4, notes on channel 4"
    assert midi.controllers_in_words() == words


def test_type_0_is_read_as_well(midi_bytes: Callable[..., bytes]) -> None:
    midi = read_midi(midi_bytes(WHEEL, kind=0, division=96), "hands.mid")
    assert midi.ticks_per_beat == 96
    assert midi.tempo == ()
    assert midi.channels_of(1) == [1]
    assert midi.channels_of(2) == []


def test_data_above_127_is_clipped(midi_bytes: Callable[..., bytes]) -> None:
    midi = read_midi(midi_bytes(b"\x00\xb0\x01\xf0" + END), "hands.mid")
    assert midi.controllers[1, 1] == ((0, 127),)


CUT = "is cut short: "
BAD = [
    ({"kind": 7}, WHEEL, "header, byte 8 is of MIDI type 7, which does not exist"),
    ({"division": 0}, WHEEL, "header, byte 12 is broken: it has 0 ticks per beat"),
    ({"division": 0xE000}, WHEEL, "byte 12 is broken: it counts 32 SMPTE frames a second, 0 ticks"),
    ({"division": 0xE100 + 40}, WHEEL, "it counts 31 SMPTE frames a second, 40 ticks each"),
    ({}, b"\x00\xff\x51\x03\x00\x00\x00" + END, "byte 22 is broken: it declares an infinite tempo"),
    ({}, b"\x00\x01\x02" + END, "track 1, byte 22 is broken: it holds data without a status"),
    ({}, b"\x00\xff\x51\x01\x00" + END, "it declares a tempo that is cut short"),
    ({}, b"\x00\xff\x01\xff\xff\xff\x7f" + END, CUT + "its track ends inside a message"),
    ({}, b"\x00\xb0\x01", CUT + "its track ends inside a message"),
    ({}, b"\x00\xf4" + END, "track 1, byte 22 is broken: it holds 0xF4, which is no message"),
    ({}, b"\xff" * 50_000, "track 1, byte 22 is broken: it holds a number of more than four bytes"),
    ({}, b"\x00\xff\x01\xff\xff\xff\xff\x7f", "it holds a number of more than four bytes"),
    (
        {"division": 1},
        b"\xff\xff\xff\x7f\xb0\x01\x01" * 2_049 + END,
        "it holds an impossibly long pause",
    ),
]


@pytest.mark.parametrize(("head", "track", "words"), BAD)
def test_a_broken_midi_file_is_told_with_track_and_byte(
    midi_bytes: Callable[..., bytes], head: dict[str, Any], track: bytes, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_midi(midi_bytes(track, **head), "hands.mid")
    (problem,) = caught.value.problems
    assert words in str(problem)
    assert re.match(r"hands\.mid: (track \d+|header), byte \d+ is ", str(problem))


HEADER = b"MThd\0\0\0\6\0\1\0\1\1\xe0"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MThd", "header, byte 4 is cut short: even the header of the MIDI file is not whole"),
        (b"MThd\0\0\0\2\0\1\0\1\1\xe0", "header, byte 4 is broken: its header is too short"),
        (b"RIFF\0\0\0\0RMIDdata", "byte 12 is broken: this RIFF file (.rmi) holds no MIDI file"),
        (b"RIFF\0\0\0\0RMIDdata\4\0\0\0XXXX", "byte 12 is broken: this RIFF file (.rmi)"),
        (HEADER, "track 1, byte 14 is cut short: the file has 0 of the 1 tracks it announces"),
        (HEADER + b"XFIH\0\0\0\0", "track 1, byte 22 is cut short: the file has 0 of the 1"),
        (HEADER + b"MTrk", "track 1, byte 14 is cut short"),
        (HEADER + b"\0\1\2\3\4\5\6\7", "track 1, byte 14 is broken: no track begins here"),
        (HEADER + b"MTrk\0\0\0\x14\0\xb0\1", "byte 22 is cut short: the MIDI file ends inside"),
        (HEADER + b"MTrk\0\0\0\x14\0\xb0\1\2", "byte 26 is cut short: the MIDI file ends inside"),
        (HEADER + bytes(MOST_MIDI_BYTES), "byte 4194304 is too far: the MIDI file is bigger than"),
    ],
)
def test_what_is_hardly_midi_is_told_in_words(data: bytes, words: str) -> None:
    assert is_midi(data)
    with pytest.raises(InputError) as caught:
        read_midi(data, "hands.mid")
    assert words in str(caught.value)


def test_no_bytes_make_it_stumble(midi_bytes: Callable[..., bytes]) -> None:
    chance = random.Random(7)  # noqa: S311 - not a secret
    whole = midi_bytes(TEMPO, WHEEL)
    for _ in range(3_000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        with contextlib.suppress(InputError):
            read_midi(bytes(data[: chance.randint(4, len(data))]), "hands.mid")


CC = {"controller": 1, "channel": 1, "target": "noise", "minimum": 0, "maximum": 1}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"controller": 2}, "cc_map[0].controller is 2; hands.mid has 1 (modulation) on channel 1"),
        (
            {"channel": 3},
            "cc_map[0].channel is 3 for controller 1; hands.mid has 1 (modulation) on",
        ),
        ({"channel": None}, 'needs "channel": controller 1 is on the channels 1, 2 of hands.mid'),
        ({"channel": 17}, "cc_map[0].channel is 17; takes 1..16"),
        ({"controller": 128}, "cc_map[0].controller is 128; takes 0..119"),
        ({"maximum": 5}, "cc_map[0].maximum is 5; noise takes 0..4"),
        ({"target": "mix"}, "it needs exactly two anchors"),
        ({"target": "gain_db"}, 'cc_map[0].target moves "gain_db"; automation/swell.json: lanes'),
    ],
)
def test_a_controller_that_cannot_work_is_told_in_words(
    write: Callable[..., Path],
    told: Callable[[Path], list[str]],
    midi_bytes: Callable[..., bytes],
    changes: dict[str, Any],
    words: str,
) -> None:
    reference = {"file": "hands.mid", "cc_map": [CC | changes]}
    file = write({"tracks.1.automation.1": reference})
    (file.parent / "hands.mid").write_bytes(midi_bytes(WHEEL, WHEEL.replace(b"\xb0", b"\xb1")))
    assert any(words in problem for problem in told(file)), told(file)


def test_a_midi_file_without_a_map_is_told_in_words(
    write: Callable[..., Path], told: Callable[[Path], list[str]], midi_bytes: Callable[..., bytes]
) -> None:
    file = write({"tracks.1.automation.1": {"file": "hands.mid"}})
    (file.parent / "hands.mid").write_bytes(midi_bytes(WHEEL))
    (problem,) = told(file)
    assert 'tracks[1].automation[1] needs "cc_map"' in problem
    assert "1 (modulation) on channel 1" in problem
