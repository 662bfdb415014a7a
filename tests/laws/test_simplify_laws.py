"""Laws of thinning: every lane stays within its error, whatever was drawn; jumps stay jumps."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import SHAPES, Breakpoint, Curve
from ltsrender.automation.simplify import kept_points

VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5]),
    st.floats(-10.0, 10.0).map(lambda value: round(value, 6)),
)
HANDLE = st.floats(0.0, 1.0)
UNITS = st.sampled_from(["", "dB", "Hz"])


@st.composite
def drawn(draw: Any) -> list[dict[str, Any]]:
    """Return points in order: shapes in runs, some jumps, never three at one position."""
    at, jumped, points = 0.0, True, []
    for _ in range(draw(st.integers(1, 8))):
        shape = draw(st.sampled_from(SHAPES))
        for _ in range(draw(st.integers(1, 8))):
            step = draw(st.sampled_from([0.0, 0.125, 1.0, 7.3]))
            step = 0.5 if jumped and step == 0.0 else step
            jumped = step == 0.0
            at += step
            point = {"at": at, "value": draw(VALUES), "shape": shape}
            if shape == "exponential" and draw(st.booleans()):
                point["curvature"] = draw(st.floats(-6.0, 6.0))
            if shape == "bezier":
                ends = [draw(HANDLE) for _ in range(4)]
                point["handles"] = [ends[:2], ends[2:]]
            points.append(point)
    return points


def handles_of(point: dict[str, Any]) -> tuple[float, float, float, float] | None:
    if "handles" not in point:
        return None
    (x1, y1), (x2, y2) = point["handles"]
    return x1, y1, x2, y2


def curve_of(points: list[dict[str, Any]], unit: str) -> Curve:
    return Curve(
        [
            Breakpoint(
                point["at"],
                point["value"],
                point["shape"],
                point.get("curvature"),
                handles_of(point),
            )
            for point in points
        ],
        unit=unit,
    )


@given(drawn(), st.sampled_from([0.0, 1e-3, 0.1, 3.0]), UNITS)
def test_a_thinned_curve_is_within_the_error_everywhere(
    points: list[dict[str, Any]], max_error: float, unit: str
) -> None:
    kept = [points[index] for index in kept_points(points, max_error, unit=unit)]
    old, new = curve_of(points, unit), curve_of(kept, unit)
    at = old.positions
    moments = np.concatenate([at, np.nextafter(at, -1.0), np.linspace(-1.0, at[-1] + 1.0, 2_001)])
    assert np.abs(new.at(moments) - old.at(moments)).max() <= max_error + 1e-9


@given(drawn(), UNITS)
def test_the_ends_and_the_jumps_stay_and_shapes_are_not_changed(
    points: list[dict[str, Any]], unit: str
) -> None:
    kept = kept_points(points, 100.0, unit=unit)
    assert kept == sorted(set(kept))
    assert {0, len(points) - 1} <= set(kept)
    jumps = [i for i in range(len(points) - 1) if points[i]["at"] == points[i + 1]["at"]]
    assert {*jumps, *(jump + 1 for jump in jumps)} <= set(kept)
    others = [i for i in range(len(points) - 1) if points[i]["shape"] in ("bezier", "spline")]
    assert {*others, *(other + 1 for other in others)} <= set(kept)
