"""Laws of all that moves: each moment for itself, within its bounds, read as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import Lane, MusicalTime, TempoMap, read_lanes
from ltsrender.session import Documents
from ltsrender.session.automationfile import open_automation

TIME = MusicalTime(TempoMap([(0, 75, "linear"), (9, 140), (20, 60)]))
LONGEST_S = 40.0

numbers = st.integers(-4000, 4000).map(lambda n: n / 1000)
parts = st.integers(0, 1000).map(lambda n: n / 1000)
paces = st.sampled_from([{"rate_hz": 0.7}, {"rate_hz": 6.5}, {"every_beats": 1.5}])
ways = st.sampled_from(["hold", "linear", "smooth", "exponential", "spline"])


@st.composite
def points(draw: st.DrawFn) -> dict[str, Any]:
    at = sorted(draw(st.lists(parts.map(lambda p: 30 * p), min_size=1, max_size=6, unique=True)))
    written = [{"at": t, "value": draw(numbers), "shape": draw(ways)} for t in at]
    handles = [[draw(parts), draw(parts)], [draw(parts), draw(parts)]]
    written[0] |= draw(st.sampled_from([{}, {"shape": "bezier", "handles": handles}]))
    return {"time": draw(st.sampled_from(["beats", "seconds"])), "points": written}


@st.composite
def lfos(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    shapes = ["sine", "triangle", "saw", "square", "sample_and_hold", "random"]
    moving = draw(st.sampled_from(["", "depth", "centre", "phase", "rate_hz"]))
    wave: dict[str, Any] = draw(paces) | {"shape": draw(st.sampled_from(shapes))}
    if moving == "rate_hz":
        wave.pop("every_beats", None)
    return {"lfo": wave | ({moving: draw(inner)} if moving else {})}


@st.composite
def walks(draw: st.DrawFn) -> dict[str, Any]:
    low = draw(numbers)
    bounds = {"minimum": low, "maximum": low + draw(st.floats(0.01, 5.0))}
    shape = draw(st.sampled_from(["hold", "linear", "smooth"]))
    return {"random_walk": bounds | draw(paces) | {"shape": shape}}


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    values = draw(st.lists(numbers, min_size=1, max_size=5))
    pace = draw(st.sampled_from([{"every_s": 0.7}, {"every_beats": 0.5}]))
    return {"steps": pace | {"values": values, "glide": draw(parts), "loop": draw(st.booleans())}}


def combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(st.one_of(numbers, inner), min_size=1, max_size=3)
    ranges = st.tuples(numbers, numbers).filter(lambda ends: abs(ends[0] - ends[1]) > 0.1)
    return st.one_of(
        lfos(inner),
        *[several.map(lambda each, key=key: {key: each}) for key in ("add", "multiply", "max")],
        st.builds(
            lambda of, a, b, hold: {"scale": {"of": of, "from": [*a], "to": [*b], "hold": hold}},
            inner,
            ranges,
            st.tuples(numbers, numbers),
            st.booleans(),
        ),
        st.builds(
            lambda of, up, down: {"lag": {"of": of, "rise_s": up, "fall_s": down}},
            inner,
            parts,
            parts,
        ),
        inner.map(lambda of: {"quantise": {"of": of, "step": 0.25}}),
        inner.map(lambda of: {"quantise": {"of": of, "values": [-2.0, 0.3, 1.0]}}),
    )


plain = st.one_of(points(), walks(), steps(), numbers.map(lambda value: {"value": value}))
sources = st.recursive(plain, combined, max_leaves=4)
moments = st.lists(
    st.floats(-1.0, LONGEST_S, allow_nan=False), min_size=1, max_size=40, unique=True
).map(np.array)


def document(source: dict[str, Any]) -> bytes:
    lane = {"target": "insert/any/thing"} | source
    tree = {"format": "ltsrender automation", "schema_version": 1, "lanes": [lane]}
    return json.dumps(tree).encode()


def lane_of(source: dict[str, Any]) -> Lane:
    """Return a lane made anew, which remembers nothing."""
    documents = Documents(Path(), {"a.json": document(source)})
    (lane,) = read_lanes("a.json", documents, TIME, seed=7)
    return lane


@given(sources, moments, st.data())
def test_values_do_not_depend_on_what_else_is_asked(
    source: dict[str, Any], times: np.ndarray, data: st.DataObject
) -> None:
    whole = lane_of(source).at(times)
    cut = data.draw(st.integers(0, len(times)))
    later_first = lane_of(source)
    second, first = later_first.at(times[cut:]), later_first.at(times[:cut])
    assert np.array_equal(np.concatenate([first, second]), whole)
    order = np.array(data.draw(st.permutations(range(len(times)))))
    assert np.array_equal(lane_of(source).at(times[order]), whole[order])


@given(sources)
def test_values_stay_within_the_bounds_that_are_told(source: dict[str, Any]) -> None:
    lane = lane_of(source)
    values = lane.at(np.linspace(0.0, LONGEST_S, 2_001))
    assert np.all(np.isfinite(values))
    rounding = 1e-9 * (1.0 + abs(lane.minimum) + abs(lane.maximum))
    assert lane.minimum - rounding <= values.min()
    assert values.max() <= lane.maximum + rounding


@given(sources)
def test_writing_a_lane_and_reading_it_again_changes_nothing(source: dict[str, Any]) -> None:
    opened = open_automation(document(source), "a.json")
    assert opened.content is not None, opened.problems
    text = opened.content.model_dump_json(by_alias=True, exclude_none=True)  # type: ignore[union-attr]
    again = open_automation(text.encode(), "a.json")
    assert again.content == opened.content
