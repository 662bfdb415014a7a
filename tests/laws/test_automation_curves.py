"""Laws of curves: through their points, between them, and alike however they are asked."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import SHAPES, Breakpoint, Curve

ROUNDING = 1e-12  # of the span between two values: the polynomial of smoothstep rounds three times

units = st.sampled_from(["", "dB", "Hz"])
numbers = st.floats(-1e6, 1e6, allow_nan=False)
times = st.floats(0.0, 1e5, allow_nan=False)
milliseconds = st.integers(0, 10**8).map(lambda n: n / 1000)  # where a test divides by a distance


@st.composite
def curves(
    draw: st.DrawFn,
    shapes: tuple[str, ...] = SHAPES,
    positions: st.SearchStrategy[float] = times,
) -> Curve:
    """Draw a curve whose breakpoints are in order, with jumps here and there."""
    at: list[float] = []
    for time in sorted(draw(st.lists(positions, min_size=1, max_size=12))):
        if at[-2:] != [time, time]:
            at.append(time)
    return Curve([breakpoint_at(draw, t, shapes) for t in at], unit=draw(units))


def breakpoint_at(draw: st.DrawFn, at: float, shapes: tuple[str, ...]) -> Breakpoint:
    shape = draw(st.sampled_from(shapes))
    curvature = draw(st.none() | st.floats(-20.0, 20.0)) if shape == "exponential" else None
    parts = st.tuples(*[st.floats(0.0, 1.0)] * 4)
    handles = draw(st.none() | parts) if shape == "bezier" else None
    return Breakpoint(at, draw(numbers), shape, curvature, handles)


def moments_of(curve: Curve) -> np.ndarray:
    at = np.array([point.at for point in curve.points])
    return np.unique(np.concatenate([at, np.linspace(at[0] - 1.0, at[-1] + 1.0, 257)]))


@given(curves())
def test_a_curve_passes_through_its_breakpoints_exactly(curve: Curve) -> None:
    later = {point.at: point.value for point in curve.points}  # of a jump, the second value
    found = curve.at(np.array(list(later)))
    assert found.tolist() == list(later.values())


@given(curves())
def test_a_curve_stays_within_the_ends_of_each_piece(curve: Curve) -> None:
    moments = moments_of(curve)
    values = curve.at(moments)
    assert np.all(np.isfinite(values))
    assert curve.minimum <= values.min()
    assert values.max() <= curve.maximum
    for start, stop in zip(curve.points, curve.points[1:], strict=False):
        inside = values[(moments >= start.at) & (moments < stop.at)]
        low, high = sorted((start.value, stop.value))
        assert np.all((low <= inside) & (inside <= high))


@given(curves(positions=milliseconds))
def test_a_curve_never_turns_inside_a_piece(curve: Curve) -> None:
    for start, stop in zip(curve.points, curve.points[1:], strict=False):
        values = curve.at(np.linspace(start.at, stop.at, 100, endpoint=False))
        way = np.sign(stop.value - start.value) * np.diff(values)
        assert np.all(way >= -ROUNDING * abs(stop.value - start.value))


@given(curves())
def test_before_and_after_its_points_a_curve_is_level(curve: Curve) -> None:
    first, last = curve.points[0], curve.points[-1]
    before, after = np.nextafter(first.at, -np.inf), np.nextafter(last.at, np.inf)
    assert curve.at(np.array([before, -1e9])).tolist() == [first.value] * 2
    assert curve.at(np.array([after, 1e9])).tolist() == [last.value] * 2


@given(curves(), st.data())
def test_values_do_not_depend_on_what_else_is_asked(curve: Curve, data: st.DataObject) -> None:
    moments = moments_of(curve)
    whole = curve.at(moments)
    cut = data.draw(st.integers(0, len(moments)))
    assert np.array_equal(np.concatenate([curve.at(moments[:cut]), curve.at(moments[cut:])]), whole)
    order = data.draw(st.permutations(range(len(moments))))
    assert np.array_equal(curve.at(moments[order]), whole[order])
    one = data.draw(st.integers(0, len(moments) - 1))
    assert curve.at(moments[one : one + 1])[0] == whole[one]


@given(curves(("linear", "smooth", "exponential"), milliseconds))
def test_a_curve_without_jumps_has_none(curve: Curve) -> None:
    for start, stop in zip(curve.points, curve.points[1:], strict=False):
        if stop.at > start.at:
            nearly = curve.at(np.array([np.nextafter(stop.at, -np.inf)]))[0]
            largest = max(abs(start.value), abs(stop.value))
            steepest = 60.0 * largest  # the logarithm of the widest ratio is 55
            reach = steepest * np.spacing(stop.at) / (stop.at - start.at)
            assert abs(nearly - stop.value) <= reach + 1e-9 * largest


@given(curves(("hold", "linear", "smooth", "spline")), st.floats(0.0, 1e-3))
def test_compiled_or_not_a_value_is_the_same_to_the_last_bit(curve: Curve, slack: float) -> None:
    first, last = curve.positions[[0, -1]]
    moments = np.sort(np.concatenate([moments_of(curve), np.linspace(first - 2, last + 2, 997)]))
    if curve.is_level:
        return
    one_by_one = [curve.at(moments[i : i + 1], slack=slack)[0] for i in range(moments.size)]
    assert curve._compiled(moments, slack).tolist() == one_by_one
