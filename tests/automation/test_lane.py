from __future__ import annotations

import numpy as np
import pytest

from ltsrender.automation import Breakpoint, Curve, Drawn, Lane, TempoMap, constant_lane

TEMPO = TempoMap([(0, 60), (4, 120)])
RISE = Curve([Breakpoint(0, 0.0), Breakpoint(8, 8.0)])


def test_a_lane_in_beats_follows_the_tempo() -> None:
    lane = Lane("mix", Drawn(RISE, "beats", TEMPO))
    assert lane.at(np.array([0.0, 2.0, 4.0, 5.0, 6.0])).tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_a_lane_in_seconds_does_not() -> None:
    lane = Lane("mix", Drawn(RISE, "seconds", TEMPO))
    assert lane.at(np.array([0.0, 5.0, 6.0])).tolist() == [0.0, 5.0, 6.0]


def test_a_jump_on_a_beat_is_on_that_beat_at_every_tempo() -> None:
    jump = Curve([Breakpoint(0, 0.0, "hold"), Breakpoint(7, 1.0)])
    for bpm in np.linspace(1.0, 999.0, 997):
        tempo = TempoMap([(0, bpm)])
        lane = Lane("mix", Drawn(jump, "beats", tempo))
        assert lane.at(np.array([tempo.seconds_at(7.0)])) == [1.0]


def test_a_constant_lane_never_moves() -> None:
    lane = constant_lane("gain_db", -3.0)
    assert lane.at(np.array([-1.0, 0.0, 1e6])).tolist() == [-3.0, -3.0, -3.0]
    assert (lane.target, lane.minimum, lane.maximum, lane.origin) == ("gain_db", -3.0, -3.0, "")


def test_values_outside_a_range_are_named_where_they_stand() -> None:
    points = [Breakpoint(0, 0.5), Breakpoint(1, 9.0), Breakpoint(2, -1.0)]
    lane = Lane("insert/a/b", Drawn(Curve(points), "beats", TEMPO), "swell.json", "lanes[2]")
    assert lane.origin == "swell.json: lanes[2]"
    assert [str(problem) for problem in lane.problems_outside(0.0, 1.0, "Hz")] == [
        "swell.json: lanes[2].points[1].value is 9; insert/a/b takes 0..1 Hz",
        "swell.json: lanes[2].points[2].value is -1; insert/a/b takes 0..1 Hz",
    ]
    assert lane.problems_outside(-1.0, 9.0) == []


def test_values_that_were_played_are_named_together() -> None:
    lane = Lane(
        "pan", Drawn(RISE, "beats", TEMPO), "a.lts.json", "cc_map[0]", has_written_points=False
    )
    (problem,) = lane.problems_outside(-1.0, 1.0)
    assert str(problem) == "a.lts.json: cc_map[0] runs from 0 to 8; pan takes -1..1"


def test_a_lane_is_frozen() -> None:
    with pytest.raises(AttributeError):
        constant_lane("pan", 0.0).target = "mix"  # type: ignore[misc]
