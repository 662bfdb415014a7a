"""From files to lanes: JSON, MIDI, and their places in a session."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from ltsrender.automation import MusicalTime, TempoMap, lanes_of, musical_time_of, read_lanes
from ltsrender.errors import AutomationError
from ltsrender.session import ControllerDocument, Documents, read_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEMPO = MusicalTime(TempoMap([(0, 60), (4, 120)]))
SWELL = {
    "format": "ltsrender automation",
    "schema_version": 1,
    "lanes": [
        {"target": "pan", "points": [{"at": 0, "value": 0}, {"at": 4, "value": 1}]},
        {"target": "noise", "time": "seconds", "points": [{"at": 1, "value": 2}]},
    ],
}
WHEEL = {"controller": 1, "target": "noise", "minimum": 0, "maximum": 1.27}


def midi_file(*events: tuple[int, int], bpm: float = 0.0, channel: int = 0) -> bytes:
    """Return a file with the values of controller 1 at ticks, 96 to the beat."""
    track, now = mido.MidiTrack(), 0
    if bpm:
        track.append(mido.MetaMessage("set_tempo", tempo=round(60e6 / bpm)))
    for tick, value in events:
        message = {"control": 1, "value": value, "channel": channel, "time": tick - now}
        track.append(mido.Message("control_change", **message))
        now = tick
    file = io.BytesIO()
    mido.MidiFile(ticks_per_beat=96, tracks=[track]).save(file=file)
    return file.getvalue()


@pytest.fixture
def lanes(tmp_path: Path) -> Callable[..., Any]:
    """Read lanes from the bytes of one file."""

    def reading(data: bytes, name: str = "hands.mid", **how: Any) -> Any:
        maps = [ControllerDocument.model_validate(entry) for entry in how.pop("cc_map", [WHEEL])]
        documents = Documents(tmp_path, {name: data})
        return read_lanes(name, documents, TEMPO, cc_map=maps, **how)

    return reading


def points(lane: Any) -> list[tuple[float, float]]:
    return list(zip(lane.curve.positions.tolist(), lane.curve.values.tolist(), strict=True))


def test_json_lanes_keep_their_unit_of_time(lanes: Callable[..., Any]) -> None:
    pan, noise = lanes(json.dumps(SWELL).encode(), "swell.json", cc_map=[])
    assert (pan.target, pan.movement.time, points(pan)) == (
        "pan",
        "beats",
        [(0.0, 0.0), (4.0, 1.0)],
    )
    assert (noise.target, noise.movement.time, noise.origin) == (
        "noise",
        "seconds",
        "swell.json: lanes[1]",
    )


def test_a_later_start_is_in_beats_for_every_lane(lanes: Callable[..., Any]) -> None:
    pan, noise = lanes(json.dumps(SWELL).encode(), "swell.json", cc_map=[], start_beats=6)
    assert points(pan) == [(6.0, 0.0), (10.0, 1.0)]
    assert points(noise) == [(6.0, 2.0)]  # beat 6 is second 5


def test_midi_beats_are_the_sessions_beats(lanes: Callable[..., Any]) -> None:
    (noise,) = lanes(midi_file((0, 0), (96 * 6, 127), bpm=30), start_beats=2)
    assert noise.movement.time == "beats"
    assert points(noise) == [(2.0, 0.0), (8.0, pytest.approx(1.27))]
    assert noise.at(np.array([6.0])) == pytest.approx([1.27])


def test_midi_may_keep_its_own_tempo(lanes: Callable[..., Any]) -> None:
    (noise,) = lanes(midi_file((0, 0), (96, 127), bpm=30), start_beats=6, tempo="file")
    assert noise.movement.time == "seconds"
    assert points(noise) == [(5.0, 0.0), (7.0, pytest.approx(1.27))]
    (silent,) = lanes(midi_file((96, 0), (192, 127)), tempo="file")  # says nothing: 120 bpm
    assert points(silent) == [(0.5, 0.0), (1.0, pytest.approx(1.27))]


def test_values_are_spread_over_the_range(lanes: Callable[..., Any]) -> None:
    upside_down = WHEEL | {"minimum": 4, "maximum": 0}
    (noise,) = lanes(midi_file((0, 0), (1, 127), (2, 64)), cc_map=[upside_down])
    assert [value for _, value in points(noise)] == pytest.approx([4.0, 0.0, 4.0 * 63 / 127])


def test_many_values_at_one_tick_are_a_jump_from_the_first_to_the_last(
    lanes: Callable[..., Any],
) -> None:
    (noise,) = lanes(midi_file((0, 10), (96, 20), (96, 90), (96, 30), (192, 40)))
    assert [(at, round(value * 100)) for at, value in points(noise)] == [
        (0.0, 10),
        (1.0, 20),
        (1.0, 30),
        (2.0, 40),
    ]


def test_shapes_between_messages(lanes: Callable[..., Any]) -> None:
    data = midi_file((0, 0), (96, 100))
    for shape, halfway in (("linear", 0.5), ("hold", 0.0)):
        (noise,) = lanes(data, cc_map=[WHEEL | {"shape": shape}])
        assert noise.at(np.array([0.5])) == pytest.approx([halfway])


@pytest.mark.parametrize(
    ("data", "cc_map", "words"),
    [
        (b"{", [], "line 1, column 2"),
        (b"MThd", [WHEEL], "not whole"),
        (midi_file((0, 0)), [], "needs a cc_map; it has 1 (modulation) on channel 1"),
        (midi_file(), [WHEEL], "cc_map[0].controller is 1; hands.mid has no controller at all"),
        (midi_file((0, 0)), [WHEEL | {"target": "nois"}], 'did you mean "noise"?'),
        (midi_file((0, 0)), [WHEEL | {"maximum": 9}], "cc_map[0].maximum is 9.0; noise takes 0..4"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(
    lanes: Callable[..., Any], data: bytes, cc_map: list[Any], words: str
) -> None:
    with pytest.raises(AutomationError) as caught:
        lanes(data, cc_map=cc_map)
    assert words in str(caught.value)


def test_the_lanes_of_a_track_are_those_written_and_those_of_its_files(tmp_path: Path) -> None:
    track = {
        "name": "A",
        "model": "m",
        "start_beats": 0,
        "end_beats": 8,
        "anchors": [{"sound": "s"}],
        "lanes": [{"target": "gain_db", "points": [{"at": 0, "value": -6}]}],
        "automation": [
            {"file": "pan.json", "start_beats": 2},
            {"file": "hands.mid", "cc_map": [WHEEL | {"channel": 3}]},
        ],
    }
    tree = {
        "schema_version": 1,
        "tempo": [{"at_beats": 0, "bpm": 90}],
        "sounds": {"s": {"file": "s.wav"}},
        "models": {"m": {"file": "m.ltsmodel"}},
        "tracks": [track],
    }
    (tmp_path / "a.lts.json").write_text(json.dumps(tree))
    (tmp_path / "pan.json").write_text(json.dumps(SWELL | {"lanes": SWELL["lanes"][:1]}))
    (tmp_path / "hands.mid").write_bytes(midi_file((0, 0), channel=2))
    session = read_session(tmp_path / "a.lts.json")
    tempo = musical_time_of(session.document)
    found = lanes_of(session.document.tracks[0], session, tempo, place="tracks[0]")
    assert [(lane.target, lane.origin) for lane in found] == [
        ("gain_db", "a.lts.json: tracks[0].lanes[0]"),
        ("pan", "pan.json: lanes[0]"),
        ("noise", "a.lts.json: tracks[0].automation[1].cc_map[0]"),
    ]
    assert points(found[1])[0] == (2.0, 0.0)
    assert tempo.tempo.changes == ((0.0, 90.0, "hold"),)
    assert lanes_of(session.document.master, session, tempo, place="master") == ()
