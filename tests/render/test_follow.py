"""Lanes that follow: a sound, another track, the tempo; and beats that are seconds in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.automation import TempoMap
from ltsrender.errors import SessionError
from ltsrender.render import Plan, Selection, open_plan, render_stems

if TYPE_CHECKING:
    from pathlib import Path

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

DUCKED = {
    "target": "gain_db",
    "envelope_follower": {
        "track": "Loud", "attack_s": 0.001, "release_s": 0.001, "floor_db": -60, "ceiling_db": -40,
        "minimum": 0, "maximum": -120,
    },
}  # fmt: skip
ON_AND_OFF = {
    "target": "gain_db",
    "time": "seconds",
    "points": [{"at": 0, "value": 0, "shape": "hold"}, {"at": 0.7, "value": -120}],
}


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


def rms(audio: np.ndarray, start_s: float, end_s: float) -> float:
    return float(np.sqrt(np.mean(audio[:, int(start_s * 44_100) : int(end_s * 44_100)] ** 2)))


def test_a_track_steps_back_where_another_is_loud(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    loud, quiet = track("Loud", lanes=[ON_AND_OFF]), track("Quiet", lanes=[DUCKED])
    render_stems(plan_of(quiet, loud), tmp_path / "out", device="cpu")
    render_stems(plan_of(track("Quiet", lanes=[])), tmp_path / "free", device="cpu")
    ducked, free = (sound(tmp_path / name / "Quiet.wav") for name in ("out", "free"))
    assert rms(ducked, 0.1, 0.65) < 1e-4 * rms(free, 0.1, 0.65)
    assert rms(ducked, 0.8, 1.3) == pytest.approx(rms(free, 0.8, 1.3), rel=1e-3)


def test_a_track_that_is_followed_need_not_be_rendered(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    plan_of(track("Loud", lanes=[ON_AND_OFF]), track("Quiet", lanes=[DUCKED]))
    file = folder / "piece.lts.json"
    render_stems(open_plan(file), tmp_path / "all", device="cpu")
    chosen = open_plan(file, Selection(tracks=("Quiet",)))
    render_stems(chosen, tmp_path / "one", device="cpu", workers=1)
    assert sorted(path.name for path in (tmp_path / "one").glob("*.wav")) == [
        "Quiet.wav",
        "mix.wav",
    ]
    alone, among = (tmp_path / name / "Quiet.wav" for name in ("one", "all"))
    assert alone.read_bytes() == among.read_bytes()


def test_a_track_steps_back_where_a_bus_is_loud(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    follower = DUCKED["envelope_follower"] | {"track": "hall"}
    plan_of(
        track("Quiet", lanes=[DUCKED | {"envelope_follower": follower}]),
        track("Loud", lanes=[ON_AND_OFF], output="hall"),
        track("Soft", gain_db=-120, sends=[{"bus": "hall"}]),
        buses=[{"name": "hall"}],
    )
    file = folder / "piece.lts.json"
    render_stems(open_plan(file), tmp_path / "out", device="cpu")
    audio, hall = (sound(tmp_path / "out" / f"{name}.wav") for name in ("Quiet", "hall"))
    assert rms(hall, 0.1, 0.65) > 100 * rms(hall, 0.8, 1.3)
    assert rms(audio, 0.1, 0.65) < 1e-3 * rms(audio, 0.8, 1.3)
    # Heard whole, even where only some of what goes into it is rendered.
    chosen = open_plan(file, Selection(tracks=("Quiet",)))
    assert [heard.name for heard in chosen.listened] == ["hall"]
    render_stems(chosen, tmp_path / "one", device="cpu")
    alone = (tmp_path / "one" / "Quiet.wav").read_bytes()
    assert alone == (tmp_path / "out" / "Quiet.wav").read_bytes()


def test_a_bus_and_a_track_that_need_each_other_are_told(track: Maker, plan_of: Planner) -> None:
    lane = {"target": "noise", "envelope_follower": {"track": "hall"}}
    with pytest.raises(SessionError) as raised:
        plan_of(track("A", lanes=[lane], output="hall"), buses=[{"name": "hall"}])
    assert [str(problem) for problem in raised.value.problems] == [
        "piece.lts.json: tracks[0] follows hall, which needs it in turn; nobody can be heard first"
    ]


def test_what_is_followed_by_what_is_followed_is_heard_first(
    track: Maker, plan_of: Planner
) -> None:
    def lane(of: str) -> dict[str, Any]:
        return {"target": "noise", "envelope_follower": {"track": of}}

    plan = plan_of(
        track("A", lanes=[lane("hall")]),
        track("B", lanes=[lane("C")], output="hall"),
        track("C"),
        track("D"),
        buses=[{"name": "hall"}],
    )
    assert [heard.name for heard in plan.listened] == ["C", "hall"]
    assert [[each.strip.name for each in heard.tracks] for heard in plan.listened] == [["C"], ["B"]]


def test_tracks_that_follow_each_other_are_told(track: Maker, plan_of: Planner) -> None:
    def follower(of: str) -> dict[str, Any]:
        return {"envelope_follower": {"track": of}}

    def lane(of: str) -> dict[str, Any]:
        return {"target": "noise"} | follower(of)

    with pytest.raises(SessionError) as raised:
        plan_of(
            track("A", lanes=[lane("B")]),
            track("B", lanes=[{"target": "noise", "add": [1, follower("C")]}]),
            track("C", lanes=[lane("A")]),
            track("D", lanes=[lane("A")]),
        )
    told = [str(problem) for problem in raised.value.problems]
    assert [problem.split(" follows")[0] for problem in told] == [
        "piece.lts.json: tracks[0]",
        "piece.lts.json: tracks[1]",
        "piece.lts.json: tracks[2]",
    ]


@pytest.mark.parametrize(
    ("follower", "words"),
    [
        ({"track": "A"}, 'is "A", the lane\'s own track'),
        ({"track": "Z"}, 'is "Z"; tracks and buses of the session are: "B"'),
        ({"sound": "glas"}, 'did you mean "glass"?'),
    ],
)
def test_what_cannot_be_followed_is_told(
    follower: dict[str, Any], words: str, track: Maker, plan_of: Planner
) -> None:
    lane = {"target": "noise", "envelope_follower": follower}
    with pytest.raises(SessionError) as raised:
        plan_of(track("A", lanes=[lane]), track("B"))
    assert words in str(raised.value)


def test_a_manifest_knows_the_sounds_that_lanes_follow(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    lane = {"target": "noise", "envelope_follower": {"sound": "breath"}}
    report = render_stems(plan_of(track("A", lanes=[lane])), tmp_path / "out", device="cpu")
    before = (tmp_path / "out" / "A.wav").read_bytes()
    render_stems(open_plan(report.manifest), tmp_path / "again", device="cpu")
    assert (tmp_path / "again" / "A.wav").read_bytes() == before
    original = (folder / "sounds" / "breath.flac").resolve()
    (folder / "sounds").unlink()
    (folder / "sounds").mkdir()
    for file in original.parent.glob("*.flac"):
        (folder / "sounds" / file.name).symlink_to(file)
    (folder / "sounds" / "breath.flac").unlink()
    soundfile.write(folder / "sounds" / "breath.flac", np.full(44_100, 0.1), 44_100)
    with pytest.raises(SessionError, match="has changed since this render"):
        open_plan(report.manifest)


def test_a_sound_that_knows_its_tempo_follows_the_sessions(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    """Clicks on every beat of a recording at 120 are on every beat of a session that slows."""
    clicks = np.zeros(44_100 * 4)
    ticks = np.exp(-np.arange(900) / 150) * np.sin(np.arange(900) * 0.4)
    for beat in range(8):
        clicks[beat * 22_050 : beat * 22_050 + 900] = ticks
    soundfile.write(folder / "clicks.wav", clicks, 44_100)
    tempo = [{"at_beats": 0, "bpm": 120, "shape": "linear"}, {"at_beats": 6, "bpm": 70}]
    made = track("A", lanes=[], start_beats=0, end_beats=6,
                 anchors=[{"sound": "clicks", "bpm": 120}])  # fmt: skip
    del made["start_s"], made["end_s"]
    plan = plan_of(made, tempo=tempo, channels=1, sounds={"clicks": {"file": "clicks.wav"}})
    render_stems(plan, tmp_path / "out", device="cpu")
    audio = np.abs(sound(tmp_path / "out" / "A.wav")[0])
    beats_s = TempoMap([(0, 120, "linear"), (6, 70)]).seconds_at(np.arange(1.0, 6.0))
    for moment in beats_s:
        around = slice(int((moment - 0.15) * 44_100), int((moment + 0.15) * 44_100))
        first_loud = np.flatnonzero(audio[around] > 0.25 * audio[around].max())[0]
        assert first_loud / 44_100 - 0.15 == pytest.approx(0.0, abs=0.006)


def test_a_tempo_of_a_sound_and_a_position_lane_do_not_go_together(
    track: Maker, plan_of: Planner
) -> None:
    lane = {"target": "position/glass", "points": [{"at": 0, "value": 0}]}
    with pytest.raises(SessionError, match=r"anchors\[0\].bpm is 96, but a lane already moves"):
        plan_of(track("A", anchors=[{"sound": "glass", "bpm": 96}], lanes=[lane]))


def test_a_lane_in_beats_and_its_image_in_seconds_render_the_same_bytes(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    changes = [(0.0, 72.0), (0.6, 97.3), (1.1, 41.0)]
    tempo = TempoMap(changes)
    mix = [
        (0.0, 1.0, "smooth"),
        (0.6, 0.2, "linear"),
        (1.1, 0.9, "exponential"),
        (1.7, 0.1, "hold"),
    ]
    gain = [
        (0.0, -30.0, "linear"),
        (0.6, -3.0, "spline"),
        (0.8, -7.0, "spline"),
        (1.1, -5.0, "hold"),
    ]

    def lanes(unit: str) -> list[dict[str, Any]]:
        return [
            {
                "target": target,
                "time": unit,
                "points": [
                    {
                        "at": beat if unit == "beats" else tempo.seconds_at(beat),
                        "value": value,
                        "shape": shape,
                    }
                    for beat, value, shape in points
                ],
            }
            for target, points in (("mix", mix), ("gain_db", gain))
        ]

    written = [{"at_beats": beat, "bpm": bpm} for beat, bpm in changes]
    for unit in ("beats", "seconds"):
        plan = plan_of(track("A", lanes=lanes(unit)), tempo=written, render={"bit_depth": "24"})
        render_stems(plan, tmp_path / unit, device="cpu")
    beats, seconds = (tmp_path / unit / "A.wav" for unit in ("beats", "seconds"))
    assert beats.read_bytes() == seconds.read_bytes()


def test_a_modulator_that_overshoots_its_target_is_noted(track: Maker, plan_of: Planner) -> None:
    plan = plan_of(track("A", lanes=[{"target": "mix", "lfo": {"rate_hz": 1, "depth": 3}}]))
    assert plan.notes == (
        (
            "piece.lts.json: tracks[0].lanes[0] may run from -3 to 3; mix takes -1..2, "
            "and what goes further is held there"
        ),
    )
