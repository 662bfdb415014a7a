"""The bytes of Standard MIDI Files, against mido and against what was written by hand."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.session.midi import read_midi
from ltsrender.session.smf import read_smf

if TYPE_CHECKING:
    from collections.abc import Callable

END = b"\x00\xff\x2f\x00"
WHEEL = b"\x00\xb0\x01\x00\x83\x60\x01\x7f" + END

byte = st.integers(0, 127)
channel = st.integers(0, 15)
times = st.integers(0, 300) | st.sampled_from([127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
messages = (
    st.builds(
        mido.Message,
        st.just("control_change"),
        channel=channel,
        control=byte,
        value=byte,
        time=times,
    )
    | st.builds(
        mido.Message,
        st.sampled_from(["note_on", "note_off"]),
        channel=channel,
        note=byte,
        velocity=byte,
        time=times,
    )
    | st.builds(
        mido.Message, st.just("polytouch"), channel=channel, note=byte, value=byte, time=times
    )
    | st.builds(mido.Message, st.just("aftertouch"), channel=channel, value=byte, time=times)
    | st.builds(mido.Message, st.just("program_change"), channel=channel, program=byte, time=times)
    | st.builds(
        mido.Message,
        st.just("pitchwheel"),
        channel=channel,
        pitch=st.integers(-8192, 8191),
        time=times,
    )
    | st.builds(mido.Message, st.just("sysex"), data=st.lists(byte, max_size=200), time=times)
    | st.builds(mido.MetaMessage, st.just("text"), text=st.just("words"), time=times)
    | st.builds(mido.MetaMessage, st.just("set_tempo"), tempo=st.integers(1, 2**24 - 1), time=times)
)
songs = st.lists(st.lists(messages, max_size=30), min_size=1, max_size=4)


@given(songs, st.integers(1, 32_767))
def test_every_message_is_what_mido_reads(tracks: list[list[Any]], ticks_per_beat: int) -> None:
    file = io.BytesIO()
    song = mido.MidiFile(type=1, ticks_per_beat=ticks_per_beat)
    song.tracks.extend(mido.MidiTrack(track) for track in tracks)
    song.save(file=file)
    midi = read_midi(file.getvalue(), "a.mid")
    wanted, tempo = [], {}
    for number, track in enumerate(mido.MidiFile(file=io.BytesIO(file.getvalue())).tracks, 1):
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "set_tempo":
                tempo.setdefault(tick, []).append((number, message.tempo))
            elif not message.is_meta and message.type != "sysex":
                raw = [*message.bytes(), 0]
                wanted.append((tick, number, *raw[:3]))
    found = midi.messages
    columns = (found.tick, found.track, found.status, found.first, found.second)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert rows == sorted(wanted, key=lambda row: row[0])
    assert dict(midi.tempo) == {
        tick / ticks_per_beat: 60e6 / changes[-1][1] for tick, changes in tempo.items()
    }


def test_what_stands_between_messages_is_passed_over(midi_bytes: Callable[..., bytes]) -> None:
    track = (
        b"\x00\xff\x03\x05Hands"
        b"\x00\xb0\x01\x00"
        b"\x10\xf0\x03\x7e\x09\xf7"  # system exclusive
        b"\x00\xf7\x02\xf3\x01"  # an escape
        b"\x00\xff\x7f\x02\x41\x42"  # a sequencer's own
        b"\x00\x01\x40"  # running status outlives it
        b"\x00\xf8\x00\xf1\x05\x00\xf2\x01\x02"  # what belongs to cables
        b"\x10\x01\x7f"
    )
    midi = read_midi(midi_bytes(track + END), "hands.mid")
    assert midi.controllers == {(1, 1): ((0, 0), (16, 64), (32, 127))}
    assert midi.track_names == ("Hands",)


def test_chunks_of_unknown_name_are_passed_over(midi_bytes: Callable[..., bytes]) -> None:
    whole = midi_bytes(WHEEL)
    stranger = b"XFIH" + struct.pack(">L", 5) + b"12345"
    between = whole[:14] + stranger + whole[14:] + stranger
    assert read_midi(between, "a.mid") == read_midi(whole, "a.mid")


def test_a_longer_header_and_what_follows_the_last_track_are_passed_over(
    midi_bytes: Callable[..., bytes],
) -> None:
    whole = midi_bytes(WHEEL)
    longer = whole[:4] + struct.pack(">L", 8) + whole[8:14] + b"\1\2" + whole[14:]
    assert read_midi(longer + b"\0\0\0", "a.mid") == read_midi(whole, "a.mid")


def test_more_tracks_than_announced_are_read(midi_bytes: Callable[..., bytes]) -> None:
    whole = bytearray(midi_bytes(WHEEL, WHEEL.replace(b"\xb0", b"\xb4")))
    whole[11] = 1
    assert read_midi(bytes(whole), "a.mid").channels_of(1) == [1, 5]


def test_a_track_that_ends_counts_though_its_length_is_wrong(
    midi_bytes: Callable[..., bytes],
) -> None:
    whole = midi_bytes(WHEEL)
    longer = whole[:18] + b"\xff\xff\xff\xff" + whole[22:]
    assert read_midi(longer, "a.mid") == read_midi(whole, "a.mid")


def test_riff_is_unwrapped(midi_bytes: Callable[..., bytes]) -> None:
    whole = midi_bytes(WHEEL)
    info = b"LIST" + struct.pack("<L", 3) + b"abc\0"  # odd sizes are padded
    data = b"data" + struct.pack("<L", len(whole)) + whole
    for inside in (data, info + data, data + info):
        riff = b"RIFF" + struct.pack("<L", 4 + len(inside)) + b"RMID" + inside
        assert read_midi(riff, "a.rmi") == read_midi(whole, "a.mid")


def test_offsets_count_from_the_start_of_a_riff_file(midi_bytes: Callable[..., bytes]) -> None:
    broken = midi_bytes(b"\x00\xf4")
    riff = b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + broken
    with pytest.raises(Exception, match=r"track 1, byte 42 is broken: it holds 0xF4"):
        read_midi(riff, "a.rmi")


@pytest.mark.parametrize(
    ("frames", "ticks", "rate"),
    [(24, 4, 96.0), (25, 40, 1_000.0), (29, 100, 3e6 / 1_001), (30, 80, 2_400.0)],
)
def test_smpte_time_is_in_seconds(
    midi_bytes: Callable[..., bytes], frames: int, ticks: int, rate: float
) -> None:
    division = (256 - frames) << 8 | ticks
    midi = read_midi(midi_bytes(WHEEL, division=division), "a.mid")
    assert midi.ticks_per_beat == 0
    assert midi.ticks_per_second == pytest.approx(rate, rel=1e-12)
    assert midi.controllers[1, 1][-1] == (480, 127)


def test_no_tempo_bends_smpte_time(midi_bytes: Callable[..., bytes]) -> None:
    tempo = b"\x00\xff\x51\x03\x07\xa1\x20" + WHEEL
    assert read_midi(midi_bytes(tempo, division=0xE728), "a.mid").tempo == ()


PATTERN_1 = b"\x00\xff\x51\x03\x0f\x42\x40\x00\xb0\x01\x05\x83\x60\xff\x2f\x00"  # 60 bpm, a beat
PATTERN_2 = b"\x60\xb0\x01\x07\x00\xff\x06\x01B\x60\xff\x2f\x00"


def test_patterns_follow_one_another_or_are_chosen(midi_bytes: Callable[..., bytes]) -> None:
    midi = read_midi(midi_bytes(PATTERN_1, PATTERN_2, kind=2), "drums.mid")
    assert midi.patterns == ((0, 480), (480, 672))
    assert midi.controllers == {(1, 1): ((0, 5), (576, 7))}
    assert midi.tempo == ((0.0, 60.0), (1.0, 120.0))  # a pattern without tempo has 120
    assert midi.markers == ((1.2, "B"),)
    second = midi.of_pattern(2)
    assert second.controllers == {(1, 1): ((96, 7),)}
    assert (second.length_ticks, second.tempo) == (192, ((0.0, 120.0),))
    assert second.markers == ((pytest.approx(0.2), "B"),)


def test_names_meters_and_markers_are_kept(midi_bytes: Callable[..., bytes]) -> None:
    track = (
        b"\x00\xff\x03\x04Caf\xe9"  # Latin-1
        b"\x00\xff\x03\x01X"  # the first name counts
        b"\x00\xff\x58\x04\x07\x03\x18\x08"
        b"\x83\x60\xff\x58\x04\x03\x02\x18\x08"
        b"\x00\xff\x06\x06Refr\xc3\xa3"  # UTF-8
        b"\x00\xff\x58\x01\x04"  # no meter at all
    )
    midi = read_midi(midi_bytes(track + END), "a.mid")
    assert midi.track_names == ("Café",)
    assert midi.meters == ((0.0, "7/8"), (1.0, "3/4"))
    assert midi.markers == ((1.0, "Refrã"),)


def test_one_track_can_be_read_alone(midi_bytes: Callable[..., bytes]) -> None:
    midi = read_midi(midi_bytes(WHEEL, WHEEL.replace(b"\x7f", b"\x55")), "a.mid")
    assert [value for _, value in midi.controllers[1, 1]] == [0, 0, 127, 85]
    assert [value for _, value in midi.of_track(2).controllers[1, 1]] == [0, 85]


def test_a_file_without_tracks_is_silent() -> None:
    song = read_smf(b"MThd\0\0\0\6\0\1\0\0\1\xe0", "a.mid")
    assert song.tracks == ()
    assert read_midi(b"MThd\0\0\0\6\0\1\0\0\1\xe0", "a.mid").length_ticks == 0
