"""What moves: pairs, parameters, bends, pressures, notes, and the voices of an MPE player."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.session.controllers import ControllerDocument
from ltsrender.session.midi import MidiDocument, read_midi
from ltsrender.session.midisources import stream_for

if TYPE_CHECKING:
    from collections.abc import Callable

END = b"\x00\xff\x2f\x00"


def cc(number: int, value: int, after: int = 0, channel: int = 1) -> bytes:
    return bytes([after, 0xB0 + channel - 1, number, value])


def on(key: int, velocity: int = 64, after: int = 0, channel: int = 1) -> bytes:
    return bytes([after, 0x90 + channel - 1, key, velocity])


def bend(value: int, after: int = 0, channel: int = 1) -> bytes:
    return bytes([after, 0xE0 + channel - 1, value & 127, value >> 7])


@pytest.fixture
def song(midi_bytes: Callable[..., bytes]) -> Callable[..., MidiDocument]:
    """Return what a track of messages holds; 100 ticks are a beat, so halves join within 1."""
    return lambda *events: read_midi(midi_bytes(b"".join(events) + END, division=100), "a.mid")


def rows(midi: MidiDocument, **entry: Any) -> list[tuple[int, int]]:
    wanted = {"target": "mix", "minimum": 0, "maximum": 1} | entry
    stream = stream_for(midi, ControllerDocument.model_validate(wanted))
    return list(zip(stream.ticks.tolist(), stream.values.tolist(), strict=True))


PAIRS = {
    "coarse first": ([cc(1, 2), cc(33, 3), cc(1, 4, 10), cc(33, 5)], [(0, 259), (10, 517)]),
    "fine first": ([cc(33, 3), cc(1, 2), cc(33, 5, 10), cc(1, 4)], [(0, 259), (10, 517)]),
    "halves a tick apart": (
        [cc(1, 2), cc(33, 3, 1), cc(1, 4, 9), cc(33, 5, 1)],
        [(1, 259), (11, 517)],
    ),
    "fine left out: it is 0": ([cc(1, 2), cc(33, 3), cc(1, 4, 10)], [(0, 259), (10, 512)]),
    "fine alone: coarse stays": ([cc(1, 2), cc(33, 3), cc(33, 9, 10)], [(0, 259), (10, 265)]),
    "fine far behind": ([cc(1, 2), cc(33, 3, 50)], [(0, 256), (50, 259)]),
    "fine before any coarse": ([cc(33, 3), cc(1, 2, 50)], [(50, 256)]),
    "no fine at all: 7 bits": ([cc(1, 2), cc(1, 127, 10)], [(0, 2), (10, 127)]),
    "a jump at one tick": ([cc(1, 2), cc(33, 3), cc(1, 4), cc(33, 5)], [(0, 259), (0, 517)]),
}


@pytest.mark.parametrize("what", PAIRS)
def test_halves_are_joined(song: Callable[..., MidiDocument], what: str) -> None:
    events, wanted = PAIRS[what]
    assert rows(song(*events), pair=1) == wanted


def test_a_pair_without_its_fine_half_goes_the_full_way(song: Callable[..., MidiDocument]) -> None:
    entry = ControllerDocument(pair=1, target="mix", minimum=0, maximum=1)
    assert stream_for(song(cc(1, 127)), entry).parts().tolist() == [1.0]


def test_pairs_may_still_be_read_as_two_controllers(song: Callable[..., MidiDocument]) -> None:
    midi = song(cc(1, 2), cc(33, 3))
    assert rows(midi, controller=1) == [(0, 2)]
    assert rows(midi, controller=33) == [(0, 3)]
    assert midi.controllers_in_words() == "1 (modulation, 14 bit) on channel 1"


CHOSEN = [cc(99, 2), cc(98, 44)]  # NRPN 300

PARAMETERS = {
    "coarse and fine": (
        [*CHOSEN, cc(6, 1), cc(38, 2), cc(6, 3, 10), cc(38, 4)],
        [(0, 130), (10, 388)],
    ),
    "fine first": ([*CHOSEN, cc(38, 2), cc(6, 1), cc(38, 4, 10), cc(6, 3)], [(0, 130), (10, 388)]),
    "chosen again each time": (
        [*CHOSEN, cc(6, 1), cc(38, 2), cc(99, 2, 10), cc(98, 44), cc(6, 3), cc(38, 4)],
        [(0, 130), (10, 388)],
    ),
    "coarse alone: 7 bits": ([*CHOSEN, cc(6, 1), cc(6, 127, 10)], [(0, 1), (10, 127)]),
    "null ends it": ([*CHOSEN, cc(6, 1), cc(99, 127, 10), cc(98, 127), cc(6, 9)], [(0, 1)]),
    "an RPN takes over": ([*CHOSEN, cc(6, 1), cc(101, 0, 10), cc(100, 0), cc(6, 9)], [(0, 1)]),
    "steps of 14 bits": (
        [*CHOSEN, cc(6, 1), cc(38, 127), cc(96, 0, 10), cc(97, 0, 10), cc(97, 0, 10)],
        [(0, 255), (10, 256), (20, 255), (30, 254)],
    ),
    "steps of 7 bits": (
        [*CHOSEN, cc(6, 126), cc(96, 0, 10), cc(96, 0, 10)],
        [(0, 126), (10, 127), (20, 127)],
    ),
}


@pytest.mark.parametrize("what", PARAMETERS)
def test_parameters_are_put_together(song: Callable[..., MidiDocument], what: str) -> None:
    events, wanted = PARAMETERS[what]
    assert rows(song(*events), nrpn=300) == wanted


def test_parameters_of_two_numbers_stay_apart(song: Callable[..., MidiDocument]) -> None:
    midi = song(
        *CHOSEN, cc(6, 1), cc(101, 0), cc(100, 0), cc(6, 12), cc(98, 45, 10), cc(6, 7), cc(11, 5)
    )  # fmt: skip
    assert rows(midi, nrpn=300) == [(0, 1)]
    assert rows(midi, nrpn=301) == [(10, 7)]
    assert rows(midi, rpn=0) == [(0, 12)]
    words = "11 (expression) on channel 1, NRPN 300 on channel 1, NRPN 301 on channel 1"
    assert midi.controllers_in_words() == f"{words}, RPN 0 (bend range) on channel 1"


def test_a_bend_at_rest_is_in_the_middle(song: Callable[..., MidiDocument]) -> None:
    midi = song(bend(0), bend(8192, 10), bend(16_383, 10))
    assert rows(midi, message="pitch_bend") == [(0, 0), (10, 8192), (20, 16_383)]
    entry = ControllerDocument(message="pitch_bend", target="mix", minimum=0, maximum=1)
    assert stream_for(midi, entry).parts().tolist() == [0.0, 0.5, 1.0]


def test_pressures(song: Callable[..., MidiDocument]) -> None:
    midi = song(b"\x00\xd0\x10", b"\x05\xa0\x3c\x20", b"\x05\xa0\x3e\x30", b"\x05\xd0\x11")
    assert rows(midi, message="channel_pressure") == [(0, 16), (15, 17)]
    assert rows(midi, message="poly_pressure", key="C4") == [(5, 32)]
    assert rows(midi, message="poly_pressure", key=62) == [(10, 48)]


def test_controllers_spread_over_channels(song: Callable[..., MidiDocument]) -> None:
    midi = song(cc(1, 1, 0, 3), cc(1, 2, 5, 1), cc(1, 3, 0, 2), cc(1, 4, 5, 3))
    assert rows(midi, controller=1, channel=3) == [(0, 1), (10, 4)]
    assert rows(midi, controller=1, channel="any") == [(0, 1), (5, 2), (5, 3), (10, 4)]


NOTES = [
    on(60, 50), on(64, 90, 10), on(60, 0, 10), on(55, 20, 10), bytes([10, 0x80, 64, 64]),
    on(55, 0, 10),
]  # fmt: skip


def test_notes_open_a_gate(song: Callable[..., MidiDocument]) -> None:
    midi = song(*NOTES, on(60, 1, 10))
    assert rows(midi, message="gate") == [(0, 0), (0, 1), (50, 0), (60, 1)]
    assert rows(midi, message="gate", key="E4") == [(0, 0), (10, 1), (40, 0)]
    assert rows(midi, message="gate", key=1) == [(0, 0)]


def test_the_same_note_twice_is_one_note(song: Callable[..., MidiDocument]) -> None:
    midi = song(on(60), on(60, 64, 10), on(60, 0, 10), on(60, 0, 10))
    assert rows(midi, message="gate") == [(0, 0), (0, 1), (20, 0)]


VOICES = {
    ("velocity", "last"): [(0, 50), (10, 90), (30, 20)],
    ("velocity", "highest"): [(0, 50), (10, 90), (40, 20)],
    ("velocity", "loudest"): [(0, 50), (10, 90), (40, 20)],
    ("pitch", "last"): [(0, 60), (10, 64), (30, 55)],
    ("pitch", "lowest"): [(0, 60), (20, 64), (30, 55)],
}


@pytest.mark.parametrize(("what", "voice"), VOICES)
def test_one_of_many_notes_is_followed(
    song: Callable[..., MidiDocument], what: str, voice: str
) -> None:
    assert rows(song(*NOTES), message=what, voice=voice) == VOICES[what, voice]


MPE = [
    # Note 60 on channel 2, bent up; then note 67 on channel 3, bent down; then the first ends.
    bend(9000, 0, 2), on(60, 40, 0, 2), b"\x05\xd1\x20", on(67, 80, 5, 3), bend(100, 5, 3),
    cc(74, 99, 5, 2), bend(9100, 0, 2), on(67, 0, 10, 3), cc(74, 20, 5, 3), on(60, 0, 5, 2),
    bend(0, 5, 2), bend(8000, 0, 1),
]  # fmt: skip


def test_the_dimensions_of_one_voice(song: Callable[..., MidiDocument]) -> None:
    midi = song(*MPE)
    assert rows(midi, mpe="bend") == [(0, 9000), (10, 8192), (15, 100), (30, 9100)]
    assert rows(midi, mpe="bend", voice="lowest") == [(0, 9000), (20, 9100)]
    assert rows(midi, mpe="bend", voice="loudest") == rows(midi, mpe="bend")
    assert rows(midi, mpe="pressure") == [(0, 0), (5, 32), (10, 0), (30, 32)]
    assert rows(midi, mpe="timbre") == [(0, 64), (30, 99)]


def zone(master: int, size: int) -> bytes:
    return b"".join(
        cc(number, value, 0, master) for number, value in ((101, 0), (100, 6), (6, size))
    )


def test_zones_have_the_channels_they_declare(song: Callable[..., MidiDocument]) -> None:
    split = [zone(1, 2), zone(16, 1), on(60, 40, 0, 2), on(72, 40, 5, 15), on(48, 40, 5, 9)]
    midi = song(*split)
    assert rows(midi, mpe="pressure", channel=1) == [(0, 0)]
    assert rows(midi, mpe="bend", channel=16) == [(5, 8192)]
    upper = song(zone(16, 14), on(60, 40, 0, 15), bend(1, 5, 15))
    assert rows(upper, mpe="bend") == [(0, 8192), (5, 1)]


def test_one_track_may_be_asked_for(midi_bytes: Callable[..., bytes]) -> None:
    named = [b"\x00\xff\x03\x04Left" + cc(1, 5) + END, b"\x00\xff\x03\x05Right" + cc(1, 9) + END]
    midi = read_midi(midi_bytes(*named), "a.mid")
    assert rows(midi, controller=1, track=1) == [(0, 5)]
    assert rows(midi, controller=1, track="right") == [(0, 9)]
