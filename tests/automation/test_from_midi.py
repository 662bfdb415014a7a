"""A MIDI file and a map become lanes: ways, dead zones, shapes, and the file that is written."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from ltsrender.automation import MusicalTime, TempoMap, from_midi, read_lanes
from ltsrender.automation.from_midi import (
    starting_map,
    tempo_in_session_words,
    write_lanes,
    write_starting_map,
)
from ltsrender.automation.midi import played_by, way_of
from ltsrender.errors import AutomationError, SessionError
from ltsrender.session import Documents, read_session
from ltsrender.session.controllermap import open_map
from ltsrender.session.controllers import ControllerDocument
from ltsrender.session.midi import read_midi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME = MusicalTime(TempoMap([(0, 60), (4, 120)]))
WHEEL = {"controller": 1, "target": "noise", "minimum": 0, "maximum": 1.27}


def song(*messages: Any, **how: Any) -> bytes:
    """Return a file of one track, 100 ticks to the beat."""
    file = io.BytesIO()
    how = {"ticks_per_beat": 100} | how
    mido.MidiFile(tracks=[mido.MidiTrack(messages)], **how).save(file=file)
    return file.getvalue()


def cc(value: int, after: int = 0, control: int = 1, channel: int = 0) -> Any:
    words = {"control": control, "value": value, "channel": channel, "time": after}
    return mido.Message("control_change", **words)


def controller(**entry: Any) -> ControllerDocument:
    return ControllerDocument.model_validate(WHEEL | entry)


def points(data: bytes, tempo: str = "session", **entry: Any) -> list[tuple[float, float]]:
    played = played_by(read_midi(data, "a.mid"), controller(**entry), tempo)
    return list(zip(played.at.tolist(), played.value.tolist(), strict=True))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a MIDI file and a map of it; return their folder."""

    def writing(data: bytes, *entries: dict[str, Any], **top: Any) -> Path:
        document = {"format": "ltsrender controller map", "schema_version": 1, "cc_map": entries}
        (tmp_path / "hands.mid").write_bytes(data)
        (tmp_path / "hands.map.json").write_text(json.dumps(document | top))
        return tmp_path

    return writing


def write(folder: Path, **how: Any) -> Any:
    lanes = write_lanes(folder / "hands.mid", folder / "hands.map.json", folder / "out.json", **how)
    text = (folder / "out.json").read_text()
    return lanes.lanes, json.loads(text)


PARTS = np.array([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])

WAYS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "straight": ({}, [0, 0.1, 0.3, 0.5, 0.7, 0.9, 1]),
    "upside down": ({"minimum": 1, "maximum": 0}, [1, 0.9, 0.7, 0.5, 0.3, 0.1, 0]),
    "dead ends": (
        {"dead_zone": {"low": 0.1, "high": 0.3}},
        [0, 0, 1 / 3, 2 / 3, 1, 1, 1],
    ),
    "a dead middle": (
        {"dead_zone": {"centre": 0.4}},
        [0, 1 / 6, 0.5, 0.5, 0.5, 1 - 1 / 6, 1],
    ),
    "late": (
        {"curve": 2},
        [(np.exp(2 * x) - 1) / (np.exp(2) - 1) for x in (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1)],
    ),
}


@pytest.mark.parametrize("what", WAYS)
def test_a_way_is_bent_as_its_entry_says(what: str) -> None:
    entry, wanted = WAYS[what]
    made = way_of(controller(**{"maximum": 1} | entry), PARTS)
    assert made == pytest.approx(np.array(wanted), abs=1e-12)


def test_both_ends_are_exact_whatever_the_way() -> None:
    for curve in (-20.0, -3.3, 0.1, 7.0, 20.0):
        entry = controller(minimum=-0.3, maximum=0.1, target="pan", curve=curve)
        assert way_of(entry, np.array([0.0, 1.0])).tolist() == [-0.3, 0.1]


def test_notes_hold_and_controllers_are_joined_where_no_shape_is_given() -> None:
    assert controller().way == "linear"
    assert controller(controller=None, message="gate").way == "hold"
    assert controller(controller=None, message="gate", shape="linear").way == "linear"


def test_smooth_draws_one_line_through_a_staircase() -> None:
    stairs = song(*(cc(value, 10 if value else 0) for value in range(128)))
    assert points(stairs, shape="smooth") == [(0, 0), (pytest.approx(12.7), pytest.approx(1.27))]


def test_smooth_draws_one_line_through_a_trembling_hand() -> None:
    trembling = song(*(cc(64 + step % 2, 10) for step in range(40)))
    assert len(points(trembling, shape="smooth")) == 2


def test_smooth_lets_a_pause_be_one() -> None:
    data = song(cc(10), cc(11, 10), cc(90, 400), cc(100, 10))
    first, *_, leap, landing, last = points(data, shape="smooth")
    assert first == (0, pytest.approx(0.1))
    assert leap == (4.1, pytest.approx(0.11, abs=0.01))
    assert landing == (4.1, pytest.approx(0.9, abs=0.01))
    assert last == (4.2, pytest.approx(1.0, abs=0.01))


def test_a_leap_after_a_pause_that_is_a_jump_already_stays_one() -> None:
    data = song(cc(10), cc(50, 400), cc(90), cc(91, 10))
    assert points(data, shape="smooth")[1:3] == [
        (4.0, pytest.approx(0.1, abs=0.01)),
        (4.0, pytest.approx(0.9, abs=0.01)),
    ]


def test_an_entrys_own_time_goes_before_the_files(folder: Callable[..., Path]) -> None:
    data = song(mido.MetaMessage("set_tempo", tempo=1_000_000), cc(0), cc(127, 100))
    entries = [WHEEL | {"time": "seconds"}, WHEEL | {"target": "mix", "maximum": 1}]
    lanes, document = write(folder(data, *entries))
    assert [(lane.unit, lane.stop) for lane in lanes] == [("seconds", 1.0), ("beats", 1.0)]
    assert [lane["time"] for lane in document["lanes"]] == ["seconds", "beats"]
    lanes, _ = write(folder(data, *entries), tempo="file")
    assert [lane.unit for lane in lanes] == ["seconds", "seconds"]


def test_what_is_written_is_read_back(folder: Callable[..., Path]) -> None:
    data = song(cc(0), cc(64, 33), cc(64, 33), cc(0), cc(127, 33))
    place = folder(data, WHEEL, WHEEL | {"target": "mix", "maximum": 1, "shape": "hold"})
    write(place)
    noise, mix = read_lanes("out.json", Documents(place), TIME)
    curve = noise.curve
    assert curve is not None
    assert curve.positions.tolist() == pytest.approx([0, 0.33, 0.66, 0.66, 0.99])
    assert curve.values.tolist() == pytest.approx([0, 0.64, 0.64, 0, 1.27])
    assert mix.at(np.array([0.5, 0.98])).tolist() == pytest.approx([64 / 127, 0])


def test_patterns_can_be_chosen(folder: Callable[..., Path]) -> None:
    file = io.BytesIO()
    tracks = [mido.MidiTrack([cc(5), cc(6, 100)]), mido.MidiTrack([cc(7, 50)])]
    mido.MidiFile(type=2, ticks_per_beat=100, tracks=tracks).save(file=file)
    place = folder(file.getvalue(), WHEEL)
    assert write(place)[0][0].stop == 1.5
    assert write(place, pattern=2)[0][0].start == 0.5
    with pytest.raises(AutomationError, match="has no pattern 3, only 1 to 2"):
        write(place, pattern=3)
    with pytest.raises(AutomationError, match="has no pattern 2: it is of type 0"):
        write(folder(song(cc(1), type=0), WHEEL), pattern=2)


def test_the_map_that_is_offered_can_be_used(folder: Callable[..., Path]) -> None:
    bend = mido.Message("pitchwheel", pitch=100)
    note = mido.Message("note_on", note=60)
    fine = [cc(1), cc(2, 0, 33), cc(9, 0, 99, 1), cc(9, 0, 98, 1), cc(9, 0, 6, 1)]
    poly = mido.Message("polytouch", note=61, value=3)
    place = folder(song(*fine, bend, note, poly))
    words, text = starting_map(place / "hands.mid")
    assert words.startswith("1 (modulation, 14 bit) on channel 1, NRPN 1161 on channel 2, ")
    (place / "hands.map.json").write_text(text)
    entries = [
        {key: value for key, value in entry.items() if key not in ("target", "minimum", "maximum")}
        for entry in json.loads(text)["cc_map"]
    ]
    assert entries == [
        {"pair": 1, "channel": 1},
        {"nrpn": 9 * 128 + 9, "channel": 2},
        {"message": "pitch_bend", "channel": 1},
        {"message": "poly_pressure", "channel": 1, "key": 61},
        {"message": "gate", "channel": 1},
    ]
    assert len(write(place)[0]) == 5


def test_a_map_takes_no_other_files_place(folder: Callable[..., Path]) -> None:
    place = folder(song(cc(1)))
    _, text = starting_map(place / "hands.mid")
    write_starting_map(text, place / "new.map.json")
    assert json.loads((place / "new.map.json").read_text())["name"] == "hands"
    with pytest.raises(AutomationError, match=r"new\.map\.json: exists; a map to start from takes"):
        write_starting_map(text, place / "new.map.json")


def test_a_file_in_which_nothing_moves_offers_no_map(folder: Callable[..., Path]) -> None:
    with pytest.raises(AutomationError, match=r"hands\.mid: has no controller at all, nothing "):
        starting_map(folder(song()) / "hands.mid")


def test_an_mpe_file_is_offered_its_voices(folder: Callable[..., Path]) -> None:
    notes = [mido.Message("note_on", note=60 + one, channel=one) for one in (1, 2)]
    place = folder(song(*notes, mido.Message("aftertouch", value=3, channel=2)))
    offered = json.loads(starting_map(place / "hands.mid")[1])["cc_map"]
    assert [entry["mpe"] for entry in offered] == ["bend", "pressure", "timbre"]


def test_tempo_and_meter_are_told_as_a_session_writes_them() -> None:
    tempo = mido.MetaMessage("set_tempo", tempo=450_000, time=100)
    meter = mido.MetaMessage("time_signature", numerator=7, denominator=8)
    midi = read_midi(song(meter, tempo), "a.mid")
    wanted = {
        "tempo": [{"at_beats": 0.0, "bpm": 120.0}, {"at_beats": 1.0, "bpm": 133.333}],
        "time_signature": "7/8",
    }
    assert json.loads(f"{{{tempo_in_session_words(midi)}}}") == wanted
    assert tempo_in_session_words(read_midi(song(cc(1)), "a.mid")) == ""


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no source": ({"controller": None}, r"cc_map\[0\] needs one of controller, pair, nrpn"),
    "a source misspelt": (
        {"controller": ..., "controler": 1},
        r'cc_map\[0\]\.controler is an unknown key; did you mean "controller"\?$',
    ),
    "two sources": ({"pair": 2}, r'cc_map\[0\]\.pair stands beside "controller"'),
    "a pair too high": ({"controller": ..., "pair": 32}, r"pair is 32; takes 0\.\.31"),
    "no such NRPN": ({"controller": ..., "nrpn": 5}, r"nrpn is 5; hands\.mid has 1 \(mod"),
    "no bend": ({"controller": ..., "message": "pitch_bend"}, r'message is "pitch_bend"; hands'),
    "no notes": ({"controller": ..., "mpe": "bend"}, r"mpe needs notes on the channels of a zone"),
    "a message misspelt": (
        {"controller": ..., "message": "pitch_bent"},
        r'message is "pitch_bent"; takes .* did you mean "pitch_bend"\?',
    ),
    "pressure of no key": (
        {"controller": ..., "message": "poly_pressure"},
        r'cc_map\[0\] needs "key": which key',
    ),
    "a key for a controller": ({"key": "C4"}, r"key is for poly_pressure, gate, velocity, pitch"),
    "a key that is none": ({"key": "H4"}, r'key is "H4"; takes 0\.\.127 or a name such as "C4"'),
    "a voice for a controller": ({"voice": "lowest"}, r"voice is for mpe, velocity and pitch"),
    "no such channel": ({"channel": 3}, r"channel is 3 for controller 1; hands\.mid has 1 \(mod"),
    "a channel in words": ({"channel": "all"}, r'channel is "all"; takes 1\.\.16 or "any"'),
    "true for a channel": ({"channel": True}, r'channel is true; takes 1\.\.16 or "any"'),
    "a master that is none": (
        {"controller": ..., "mpe": "bend", "channel": 2},
        r"channel is for mpe the master channel of a zone; takes 1 or 16",
    ),
    "no such track": ({"track": 9}, r"track is 9; hands\.mid has 1$"),
    "no such name": ({"track": "Left"}, r'track is "Left"; hands\.mid has 1$'),
    "dead all over": (
        {"dead_zone": {"low": 0.4, "centre": 0.3}},
        r"dead_zone leaves no way between the middle and an end",
    ),
    "a dead zone too wide": ({"dead_zone": {"low": 0.9}}, r"low is 0\.9; takes 0\.\.0\.45"),
    "bent too far": ({"curve": 21}, r"curve is 21\.?0?; takes -20\.\.20"),
    "too far": ({"maximum": 5}, r"maximum is 5\.?0?; noise takes 0\.\.4"),
    "a wrong target": ({"target": "nois"}, r'target is "nois".* did you mean "noise"\?'),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_a_map_that_cannot_work_is_told_in_words(folder: Callable[..., Path], what: str) -> None:
    changes, words = FAULTS[what]
    entry = {key: value for key, value in (WHEEL | changes).items() if value is not ...}
    entry = {key: value for key, value in entry.items() if value is not None}
    place = folder(song(cc(1)), entry)
    with pytest.raises(AutomationError, match=f"(?m)hands.map.json: .*{words}"):
        write(place)
    assert not (place / "out.json").exists()


def test_one_target_twice_is_told(folder: Callable[..., Path]) -> None:
    with pytest.raises(AutomationError, match=r'cc_map\[1\].target moves "noise"; cc_map\[0\] alr'):
        write(folder(song(cc(1)), WHEEL, WHEEL))


def test_what_no_session_can_hold_is_told(folder: Callable[..., Path]) -> None:
    late = song(*(cc(1, 2**27) for _ in range(2)))
    with pytest.raises(AutomationError, match=r"cc_map\[0\] goes on until 2.68.*e\+06 beats, past"):
        write(folder(late, WHEEL))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"MThd", "is a MIDI file; a controller map is needed"),
        (b"[]", "is a list; takes an object"),
        (b'{"tracks": []}', "is a session; a controller map is needed"),
        (b'{"format": "x"}', 'format is "x"; needs "ltsrender controller map"'),
        (b'{"schema_version": 2}', "schema_version is 2; this ltsrender reads version 1"),
        (b"{", "line 1, column 2"),
    ],
)
def test_what_is_no_map_is_told(data: bytes, words: str) -> None:
    opened = open_map(data, "a.json")
    assert opened.content is None
    assert any(words in str(problem) for problem in opened.problems)


SESSION = {
    "schema_version": 1,
    "sounds": {"s": {"file": "s.wav"}},
    "models": {"m": {"file": "m.ltsmodel"}},
    "tracks": [
        {
            "name": "A",
            "model": "m",
            "start_beats": 0,
            "end_beats": 8,
            "anchors": [{"sound": "s"}],
            "automation": [{"file": "hands.mid", "cc_map": "hands.map.json"}],
        }
    ],
}


def test_a_session_may_name_a_map(folder: Callable[..., Path]) -> None:
    from ltsrender.automation import lanes_of, musical_time_of  # noqa: PLC0415

    place = folder(song(cc(0), cc(127, 100)), WHEEL)
    (place / "a.lts.json").write_text(json.dumps(SESSION))
    session = read_session(place / "a.lts.json")
    time = musical_time_of(session.document)
    (lane,) = lanes_of(session.document.tracks[0], session, time, place="tracks[0]")
    assert (lane.target, lane.origin) == ("noise", "hands.map.json: cc_map[0]")
    assert lane.maximum == pytest.approx(1.27)
    recorded = dict(session.documents.contents)
    assert sorted(recorded) == ["a.lts.json", "hands.map.json", "hands.mid"]
    again = read_session(place / "a.lts.json", Documents(place, recorded))
    assert again.controller_maps == session.controller_maps
    assert again.automation == session.automation


MAPS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a map that is missing": (
        {"cc_map": "hand.map.json"},
        {},
        r'cc_map is "hand\.map\.json", which does not exist.* mean "hands\.map\.json"',
    ),
    "no name": ({"cc_map": ""}, {}, r'cc_map is ""; takes a file'),
    "a fault inside the map": (
        {},
        {"controller": 7},
        r"hands\.map\.json: cc_map\[0\]\.controller is 7; hands\.mid has",
    ),
    "a target of another strip": (
        {},
        {"target": "mix", "maximum": 1},
        r"hands\.map\.json: cc_map\[0\]\.target .*two anchors",
    ),
    "a pattern of type 1": (
        {"pattern": 2},
        {},
        r"\[0\]\.pattern is 2; the file has type 1, one pattern",
    ),
    "a map as the file": (
        {"file": "hands.map.json"},
        {},
        r'is a controller map, which stands under "cc_map"',
    ),
}


@pytest.mark.parametrize("what", MAPS)
def test_a_map_that_does_not_fit_a_session_is_told(folder: Callable[..., Path], what: str) -> None:
    reference, entry, words = MAPS[what]
    place = folder(song(cc(1)), WHEEL | entry)
    session = json.loads(json.dumps(SESSION))
    session["tracks"][0]["automation"][0] |= reference
    (place / "a.lts.json").write_text(json.dumps(session))
    with pytest.raises(SessionError, match=words):
        read_session(place / "a.lts.json")


def test_a_target_of_a_map_that_moves_already_is_told(folder: Callable[..., Path]) -> None:
    place = folder(song(cc(1)), WHEEL)
    session = json.loads(json.dumps(SESSION))
    session["tracks"][0]["lanes"] = [{"target": "noise", "points": [{"at": 0, "value": 0}]}]
    (place / "a.lts.json").write_text(json.dumps(session))
    with pytest.raises(SessionError, match=r'cc_map moves "noise" by hands.map.json: cc_map\[0\]'):
        read_session(place / "a.lts.json")


def test_more_than_an_automation_file_holds_is_told(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(song(*(cc(step % 128, 1) for step in range(9))), WHEEL)
    monkeypatch.setattr(from_midi, "MOST_POINTS", 5)
    with pytest.raises(
        AutomationError, match=r'comes to 9 points, more than the 5 of a lane \("sh'
    ):
        write(place)
    monkeypatch.setattr(from_midi, "MOST_POINTS", 9)
    monkeypatch.setattr(from_midi, "MOST_BYTES", 100)
    with pytest.raises(AutomationError, match=r"hands.mid: comes to 0.0 MB, more than the 0 MB of"):
        write(place)
