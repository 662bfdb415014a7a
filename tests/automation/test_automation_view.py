"""Lanes as people look at them: spans, ranges, words, numbers at moments."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.automation import Meter, MusicalTime, TempoMap, read_lanes
from ltsrender.automation.sampled import csv_of, moment_s, moments_s, stretch_s, table_of
from ltsrender.automation.tell import describe_view, movement_words
from ltsrender.automation.view import Shown, View, held
from ltsrender.errors import AutomationError
from ltsrender.session import Documents, range_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME = MusicalTime(TempoMap([(0, 60), (8, 120)]), Meter([(1, 4, 4)]), {"B": 8.0})
LINE = {"target": "mix", "points": [{"at": 4, "value": 0}, {"at": 12, "value": 1}]}


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., View]:
    """Return a view of lanes in a time with a tempo change and a marker."""

    def looking(*lanes: dict[str, Any], time: MusicalTime = TIME) -> View:
        document = {"format": "ltsrender automation", "schema_version": 1, "lanes": lanes}
        (tmp_path / "x.json").write_text(json.dumps(document))
        read = read_lanes("x.json", Documents(tmp_path), time, named=True)
        shown = []
        for lane in read:
            allowed = range_of(lane.target)
            ends = (allowed.minimum, allowed.maximum) if allowed else (-np.inf, np.inf)
            shown.append(Shown(lane, allowed.unit if allowed else "", *ends))
        return View("x.json", tuple(shown), time)

    return looking


def test_a_view_lasts_as_long_as_what_is_drawn(look: Any) -> None:
    assert look(LINE).span() == (0.0, 10.0)
    wave = {"target": "pan", "lfo": {"every_beats": 100}}
    assert look(LINE, wave).span() == (0.0, 10.0)
    inside = {"target": "pan", "multiply": [{"lfo": {"rate_hz": 9}}, {"points": LINE["points"]}]}
    assert look(inside).span() == (0.0, 10.0)


@pytest.mark.parametrize(
    ("source", "end_s"),
    [
        ({"lfo": {"rate_hz": 2}}, 4.0),
        ({"lfo": {"every_beats": 1}}, 8.0),
        ({"lfo": {"every_beats": 2}}, 12.0),
        ({"steps": {"values": [0, 1, 0.5], "every_s": 0.5}}, 3.0),
        ({"random_walk": {"minimum": 0, "maximum": 1, "rate_hz": 4}}, 16.0),
        ({"value": 0.5}, 1.0),
        ({"lfo": {"rate_hz": {"points": [{"at": 0, "value": 1}, {"at": 4, "value": 9}]}}}, 4.0),
    ],
)
def test_modulators_are_shown_for_some_cycles(look: Any, source: Any, end_s: float) -> None:
    assert look({"target": "mix", **source}).span()[1] == pytest.approx(end_s)


def test_lanes_with_only_a_name_are_seen(look: Any) -> None:
    view = look({"name": "shape", "value": 2}, {"target": "mix", "multiply": ["shape", 0.25]})
    assert [shown.label for shown in view.lanes] == ['"shape"', "mix"]
    assert [shown.lane.at(np.zeros(1))[0] for shown in view.lanes] == [2.0, 0.5]
    assert [shown.label for shown in view.only(["shape"]).lanes] == ['"shape"']


def test_a_target_that_is_not_in_the_file(look: Any) -> None:
    with pytest.raises(AutomationError, match=r'is "mixx"; x\.json moves mix; did you mean'):
        look(LINE).only(["mixx"])


def test_where_a_modulator_is_held(look: Any) -> None:
    square = {"shape": "square", "every_beats": 4, "depth": 20, "centre": 10, "phase": 0.5}
    (shown,) = look({"target": "gain_db", "lfo": square}).lanes
    found = held(shown, 0.0, 8.0)
    assert found is not None
    assert found.part == pytest.approx(0.5, abs=1e-3)
    assert found.first_s == pytest.approx(2.0, abs=1e-3)
    assert (found.low, found.high) == (-10.0, 30.0)
    square["depth"] = 10
    (within,) = look({"target": "gain_db", "lfo": square}).lanes
    assert held(within, 0.0, 8.0) is None


def test_a_modulator_that_only_might_go_too_far_is_not_held(look: Any) -> None:
    twice = {"target": "mix", "lfo": {"every_beats": 4, "depth": 3}}
    (shown,) = look({"target": "mix", "multiply": [{"lfo": twice["lfo"]}, 0.0]}, LINE).lanes[:1]
    assert held(shown, 0.0, 8.0) is None


def test_the_words_of_a_view(look: Any) -> None:
    wave = {"target": "gain_db", "lfo": {"shape": "square", "every_beats": 4, "depth": 30}}
    runs = "it would run from -30 to 30"
    lines = describe_view(look(LINE, wave)).split("\n")
    assert lines == [
        "  mix      2 points (linear), 4 s (2|1|000) to 10 s (4|1|000), values 0..1",
        "  gain_db  square wave every 4 beats, for ever, values -30..24 dB",
        f"{'':11}held within -120..24 for 50 % of 0..10 s, first at 0 s (1|1|000); {runs}",
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"value": 1}, "one value"),
        ({"lfo": {"rate_hz": 0.5}}, "sine wave at 0.5 Hz"),
        ({"lfo": {"shape": "sample_and_hold", "every_beats": 1}}, "sample and hold every beat"),
        (
            {"lfo": {"rate_hz": {"lfo": {"rate_hz": 1, "centre": 2}}}},
            "sine wave at a moving rate",
        ),
        (
            {"lfo": {"rate_hz": 1, "depth": {"steps": {"values": [0, 1], "every_beats": 2}}}},
            "sine wave at 1 Hz, depth by 2 steps, one every 2 beats",
        ),
        (
            {"random_walk": {"minimum": 0, "maximum": 1, "every_beats": 2}},
            "walk by chance, a step every 2 beats",
        ),
        (
            {"envelope_follower": {"track": "Voice"}},
            "the level of the track Voice",
        ),
        ({"add": [{"lfo": {"rate_hz": 1}}, 1]}, "sum (sine wave at 1 Hz; one value)"),
        ({"multiply": [1, 2]}, "product (one value; one value)"),
        ({"max": [1, 2]}, "the largest of (one value; one value)"),
        ({"min": [1, 2]}, "the smallest of (one value; one value)"),
        ({"scale": {"of": 0.5, "to": [0, 2]}}, "one value, scaled"),
        ({"lag": {"of": 0.5}}, "one value, lagging"),
        ({"quantise": {"of": 0.5, "step": 0.1}}, "one value, in steps"),
    ],
)
def test_every_movement_has_words(look: Any, source: Any, words: str) -> None:
    (shown,) = look({"target": "mix", **source}).lanes
    assert movement_words(shown.lane.movement) == words


def test_a_track_that_is_followed_must_be_rendered_first(look: Any) -> None:
    view = look({"target": "mix", "envelope_follower": {"track": "Voice"}})
    assert "its values are known only when Voice is rendered" in describe_view(view)
    assert table_of(view, np.array([0.0])).split()[-1] == "-"
    assert csv_of(view, np.array([0.0])).endswith("0.0,0.0,")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.5", 12.5),
        ("1e1", 10.0),
        ("3|1", 8.0),
        ("3|3", 9.0),
        ("10 beats", 9.0),
        ("250 ms", 0.25),
        ("0:09.5", 9.5),
        ("44100 samples", 1.0),
        ("marker:B", 8.0),
        ("marker:B + 2 beats", 9.0),
        ("marker:B - 1 s", 7.0),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert moment_s(text, TIME, "--at") == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("soon", "takes a number"),
        ("nan", "takes a number"),
        ("-1", "takes 0..86400 s"),
        ("90000", "takes 0..86400 s"),
        ("marker:C", 'markers are: "B"'),
        ("marker:B - 1 hour", "takes the name of a marker|has the unit|markers are"),
        ("0|1", "count from 1"),
        ("2 bars", "takes bars as"),
    ],
)
def test_moments_that_mean_nothing(text: str, says: str) -> None:
    with pytest.raises(AutomationError, match=says):
        moment_s(text, TIME, "--at")


def test_all_that_is_wrong_is_told_at_once(look: Any) -> None:
    with pytest.raises(AutomationError) as raised:
        moments_s(look(LINE), ["soon", "1|0"], "never", "marker:A", "-2")
    assert [problem.place for problem in raised.value.problems] == [
        "--at",
        "--at",
        "--from",
        "--to",
        "--every",
    ]


def test_moments_are_sorted_and_each_once(look: Any) -> None:
    view = look(LINE)
    assert moments_s(view, ["3", "1", "3.0"], None, None, None).tolist() == [1.0, 3.0]
    assert moments_s(view, ["0.5"], "2", "1", "5").tolist() == [0.5, 1.0, 3.0, 5.0]
    assert moments_s(view, [], None, None, None).tolist() == list(range(11))


def test_distances_in_beats_follow_the_tempo(look: Any) -> None:
    found = moments_s(look(LINE), [], "2 beats", "6", "10")
    assert found == pytest.approx([6.0, 8.0, 9.0, 10.0])


@pytest.mark.parametrize("every", ["0", "-1", "nan", "inf", "1 bars", "3|1", "marker:B + 1 s", ""])
def test_distances_that_are_none(look: Any, every: str) -> None:
    with pytest.raises(AutomationError, match="--every is "):
        moments_s(look(LINE), [], every, None, None)


def test_the_last_shape_of_thousands_is_told(look: Any) -> None:
    line: list[dict[str, Any]] = [{"at": at, "value": at % 2} for at in range(2500)]
    line[2400]["shape"] = "smooth"
    line[2499]["shape"] = "hold"  # nothing follows it
    words = describe_view(look({"target": "mix", "time": "seconds", "points": line}))
    assert "2500 points (linear, smooth), 0 s" in words


@pytest.mark.parametrize(("every", "many"), [("0.0001", "100001"), ("1e-320", "endlessly many")])
def test_too_many_moments(look: Any, every: str, many: str) -> None:
    with pytest.raises(AutomationError, match=f"gives {many} moments"):
        moments_s(look(LINE), [], every, None, None)


@pytest.mark.parametrize(("start", "end"), [("5", "5"), ("8", "2"), ("11", None)])
def test_stretches_that_are_none(look: Any, start: str, end: str | None) -> None:
    with pytest.raises(AutomationError, match=r"--(from|to) is "):
        stretch_s(look(LINE), start, end)


def test_a_table_for_people(look: Any) -> None:
    view = look(LINE, {"target": "gain_db", "value": -3})
    assert table_of(view, np.array([0.0, 8.0])).split("\n") == [
        "seconds  bar|beat|tick  mix  gain_db (dB)",
        "      0        1|1|000    0            -3",
        "      8        3|1|000  0.5            -3",
    ]


def test_a_table_for_programs_holds_every_digit(look: Any) -> None:
    view = look(LINE)
    moments = np.linspace(4.0, 10.0, 50)
    heads, *rows = csv.reader(io.StringIO(csv_of(view, moments)))
    assert heads == ["seconds", "beats", "mix"]
    numbers = np.array(rows, dtype=np.float64).T
    np.testing.assert_array_equal(numbers[0], moments)
    np.testing.assert_array_equal(numbers[1], TIME.tempo.beats_at(moments))
    np.testing.assert_array_equal(numbers[2], view.lanes[0].lane.at(moments))


def test_steps_that_do_not_begin_again_have_an_end(look: Any) -> None:
    steps = {"values": [0, 1, 0.5], "every_beats": 4, "loop": False}
    view = look({"target": "mix", "steps": steps})
    assert view.span() == (0.0, 10.0)
    assert "0 s (1|1|000) to 10 s (4|1|000)" in describe_view(view)
    steps["loop"] = True
    assert "for ever" in describe_view(look({"target": "mix", "steps": steps}))


def test_steps_are_told_by_their_length(look: Any) -> None:
    (shown,) = look({"target": "mix", "steps": {"values": [0, 1], "every_s": 0.115}}).lanes
    assert movement_words(shown.lane.movement) == "2 steps, one every 0.115 s"
