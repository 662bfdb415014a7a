"""Lanes out to MIDI: what is written, how finely, and what mido makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from ltsrender.automation import MusicalTime, TempoMap, musical_time_of, read_lanes, to_midi
from ltsrender.automation.from_midi import write_lanes
from ltsrender.automation.to_midi import PAIRS, write_song
from ltsrender.errors import AutomationError
from ltsrender.session import Documents, read_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RISE = {"target": "mix", "points": [{"at": 0, "value": 0.25}, {"at": 4, "value": 1.25}]}


@pytest.fixture
def out(tmp_path: Path) -> Callable[..., Any]:
    """Write lanes, their MIDI file and map; return what mido reads, the map, and the folder."""

    def writing(*lanes: dict[str, Any], **how: Any) -> Any:
        document = {"format": "ltsrender automation", "schema_version": 1, "lanes": lanes}
        (tmp_path / "in.json").write_text(json.dumps(document))
        written = write_song(tmp_path / "in.json", tmp_path / "out.mid", **how)
        assert written.map_file == tmp_path / "out.map.json"
        entries = json.loads(written.map_file.read_text())["cc_map"]
        return mido.MidiFile(tmp_path / "out.mid"), entries, tmp_path

    return writing


def sent(track: Any) -> list[tuple[int, int, int, int]]:
    """Return (tick, channel, controller, value) of a track."""
    rows, now = [], 0
    for message in track:
        now += message.time
        if message.type == "control_change":
            rows.append((now, message.channel + 1, message.control, message.value))
    return rows


def test_a_line_is_its_two_ends_in_two_halves_each(out: Callable[..., Any]) -> None:
    song, entries, _ = out(RISE)
    assert (song.type, song.ticks_per_beat, len(song.tracks)) == (1, 960, 2)
    assert song.tracks[1].name == "mix"
    assert sent(song.tracks[1]) == [
        (0, 1, 16, 0), (0, 1, 48, 0), (3840, 1, 16, 127), (3840, 1, 48, 127)
    ]  # fmt: skip
    assert entries == [
        {
            "pair": 16,
            "channel": 1,
            "target": "mix",
            "minimum": 0.25,
            "maximum": 1.25,
            "time": "beats",
        }
    ]


def test_a_jump_is_two_values_at_one_tick(out: Callable[..., Any]) -> None:
    lane = {
        "target": "pan",
        "points": [
            {"at": 0, "value": -1, "shape": "hold"},
            {"at": 1, "value": 1},
            {"at": 2, "value": 1},
            {"at": 2, "value": 0},
        ],
    }
    song, _, _ = out(lane)
    coarse = [(tick, value) for tick, _, control, value in sent(song.tracks[1]) if control == 16]
    assert coarse == [(0, 0), (960, 0), (960, 127), (1920, 127), (1920, 64)]


def test_parameters_are_chosen_before_each_value(out: Callable[..., Any]) -> None:
    song, entries, _ = out(RISE, RISE | {"target": "noise"}, messages="nrpn")
    assert [entry["nrpn"] for entry in entries] == [0, 1]
    assert [row[1:] for row in sent(song.tracks[2])[:4]] == [
        (1, 99, 0), (1, 98, 1), (1, 6, 0), (1, 38, 0)
    ]  # fmt: skip


def test_lanes_spread_over_controllers_and_channels(out: Callable[..., Any]) -> None:
    lanes = [RISE | {"target": f"latent/{number}"} for number in range(32)]
    _, entries, folder = out(*lanes)
    places = [(entry["channel"], entry["pair"]) for entry in entries]
    assert len(set(places)) == 32
    assert places[30] == (2, PAIRS[0])
    assert len(set(PAIRS)) == 30
    assert not {0, 6} & set(PAIRS)
    write_lanes(folder / "out.mid", folder / "out.map.json", folder / "again.json")


def test_a_lane_that_never_moves_comes_back(out: Callable[..., Any]) -> None:
    _, entries, folder = out({"target": "gain_db", "value": -6})
    assert (entries[0]["minimum"], entries[0]["maximum"]) == (-6, -6)
    write_lanes(folder / "out.mid", folder / "out.map.json", folder / "again.json")
    (lane,) = read_lanes("again.json", Documents(folder), MusicalTime())
    assert (lane.minimum, lane.maximum) == (-6.0, -6.0)


def test_what_is_made_needs_a_length(out: Callable[..., Any]) -> None:
    lfo = {"target": "pan", "lfo": {"every_beats": 4}}
    with pytest.raises(AutomationError, match=r"lanes\[0\] is made, not drawn, and has no end"):
        out(lfo)
    _, _, folder = out(lfo, length_beats=16)
    write_lanes(folder / "out.mid", folder / "out.map.json", folder / "again.json")
    time = MusicalTime(TempoMap([(0, 120)]))
    made, again = (
        read_lanes(name, Documents(folder), time)[0] for name in ("in.json", "again.json")
    )
    at = np.arange(0.0, 8.0, 0.5 / 960)
    assert np.max(np.abs(made.at(at) - again.at(at))) <= 2.0 / 16_383


SESSION = {
    "schema_version": 1,
    "tempo": [
        {"at_beats": 0, "bpm": 90},
        {"at_beats": 4, "bpm": 60, "shape": "linear"},
        {"at_beats": 8, "bpm": 133.33},
    ],
    "time_signature": "7/8",
    "markers": [{"name": "Écho", "at_beats": 6}],
    "sounds": {"s": {"file": "s.wav"}},
    "models": {"m": {"file": "m.ltsmodel"}},
    "tracks": [
        {
            "name": "A",
            "model": "m",
            "start_beats": 0,
            "end_beats": 16,
            "anchors": [{"sound": "s"}],
        }
    ],
}


def test_tempo_meter_and_markers_are_the_sessions(out: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "a.lts.json").write_text(json.dumps(SESSION))
    in_seconds = {
        "target": "pan",
        "time": "seconds",
        "points": [{"at": 0, "value": 0, "shape": "smooth"}, {"at": 9, "value": 1}],
    }
    song, entries, folder = out(RISE, in_seconds, session_file=tmp_path / "a.lts.json")
    now, marks, tempo = 0, {}, {}
    for message in song.tracks[0]:
        now += message.time
        if message.type == "set_tempo":
            tempo[now] = message.tempo
        else:
            marks[message.type] = (now, message)
    assert marks["time_signature"][1].numerator == 7
    assert marks["marker"][0] == 5760
    assert [entry["time"] for entry in entries] == ["beats", "seconds"]
    # Glides are steps of a quarter of a beat, together as long as the glide.
    time = musical_time_of(read_session(tmp_path / "a.lts.json").document)
    assert list(tempo) == [0, *range(3840, 7681, 240)]
    ticks = np.array([*tempo, 9600])
    seconds = np.cumsum(np.diff(ticks) * np.array(list(tempo.values())) / 960e6)
    assert seconds == pytest.approx(time.tempo.seconds_at(ticks[1:] / 960.0), abs=1e-5)
    write_lanes(folder / "out.mid", folder / "out.map.json", folder / "again.json")
    before, after = (
        read_lanes(name, Documents(folder), time) for name in ("in.json", "again.json")
    )
    at = np.arange(0.0, 10.0, 0.01)
    for one, other in zip(before, after, strict=True):
        assert np.max(np.abs(one.at(at) - other.at(at))) <= 1.0 / 16_383


def test_a_tempo_too_slow_for_midi_is_told(out: Callable[..., Any], tmp_path: Path) -> None:
    slow = SESSION | {"tempo": [{"at_beats": 0, "bpm": 2}]}
    (tmp_path / "a.lts.json").write_text(json.dumps(slow))
    with pytest.raises(AutomationError, match=r"tempo falls below 3\.58 bpm, the slowest that MI"):
        out(RISE, session_file=tmp_path / "a.lts.json")


def test_more_lanes_than_pairs_are_told(out: Callable[..., Any]) -> None:
    lanes = [RISE | {"target": f"latent/{number}"} for number in range(481)]
    with pytest.raises(AutomationError, match=r"has 481 lanes; there are 480 pairs \(NRPN holds"):
        out(*lanes)


def test_more_than_can_be_read_back_is_told(
    out: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_midi, "MOST_MIDI_BYTES", 50)
    with pytest.raises(AutomationError, match=r"comes to a MIDI file of \d+ bytes; 50 can be"):
        out(RISE)
    assert not (tmp_path / "out.mid").exists()


def test_a_pause_longer_than_a_file_can_say_is_cut_up(out: Callable[..., Any]) -> None:
    late = {"target": "mix", "points": [{"at": 0, "value": 0}, {"at": 1_000_000, "value": 1}]}
    song, _, folder = out(late)
    assert max(message.time for message in song.tracks[1]) < 2**28
    write_lanes(folder / "out.mid", folder / "out.map.json", folder / "again.json")
