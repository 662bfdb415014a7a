from __future__ import annotations

import numpy as np
import pytest

from ltsrender.automation import SHAPES, Breakpoint, Curve


def values(curve: Curve, *positions: float) -> list[float]:
    return [float(value) for value in curve.at(np.array(positions))]


@pytest.mark.parametrize(
    ("shape", "quarter", "half"),
    [
        ("hold", 1.0, 1.0),
        ("linear", 4.75, 8.5),
        ("smooth", 1.0 + 15.0 * (3 / 16 - 2 / 64), 8.5),
        ("exponential", 2.0, 4.0),
    ],
)
def test_each_shape_goes_its_way(shape: str, quarter: float, half: float) -> None:
    curve = Curve([Breakpoint(10.0, 1.0, shape), Breakpoint(14.0, 16.0)])
    assert values(curve, 11.0, 12.0) == pytest.approx([quarter, half], rel=1e-14)
    assert values(curve, 9.0, 10.0, 14.0, 15.0) == [1.0, 1.0, 16.0, 16.0]


def test_exponential_runs_through_negative_values_by_ratios_too() -> None:
    curve = Curve([Breakpoint(0.0, -64.0, "exponential"), Breakpoint(2.0, -4.0)])
    assert values(curve, 1.0) == pytest.approx([-16.0])


def test_rounding_never_carries_a_value_past_its_breakpoint() -> None:
    curve = Curve([Breakpoint(0.0, 13.4, "exponential"), Breakpoint(1.0, 13.6)])
    assert values(curve, np.nextafter(1.0, 0.0))[0] <= 13.6


@pytest.mark.parametrize(("start", "stop"), [(0.0, 8.0), (8.0, 0.0), (-8.0, 8.0), (1e-13, 8.0)])
def test_exponential_through_zero_is_linear(start: float, stop: float) -> None:
    curve = Curve([Breakpoint(0.0, start, "exponential"), Breakpoint(4.0, stop)])
    straight = Curve([Breakpoint(0.0, start, "linear"), Breakpoint(4.0, stop)])
    moments = np.linspace(-1.0, 5.0, 100)
    assert np.array_equal(curve.at(moments), straight.at(moments))


def test_two_points_at_one_position_are_a_jump() -> None:
    points = [
        Breakpoint(0.0, 0.0),
        Breakpoint(4.0, 1.0),
        Breakpoint(4.0, 5.0),
        Breakpoint(8.0, 5.0),
    ]
    curve = Curve(points)
    assert values(curve, 2.0, np.nextafter(4.0, 0.0), 4.0, 6.0) == pytest.approx([0.5, 1, 5, 5])
    assert values(curve, 4.0) == [5.0]


def test_a_jump_may_stand_at_either_end() -> None:
    curve = Curve([Breakpoint(0, 1), Breakpoint(0, 2), Breakpoint(4, 3), Breakpoint(4, 9)])
    assert values(curve, -1.0, 0.0, 4.0, 5.0) == [1.0, 2.0, 9.0, 9.0]


def test_slack_makes_a_jump_punctual() -> None:
    curve = Curve([Breakpoint(0.0, 0.0, "hold"), Breakpoint(4.0, 1.0)])
    early = np.array([4.0 - 1e-12])
    assert curve.at(early) == [0.0]
    assert curve.at(early, slack=1e-9) == [1.0]


def test_one_point_is_a_constant() -> None:
    curve = Curve([Breakpoint(3.0, 7.0)])
    assert values(curve, -9.0, 3.0, 9.0) == [7.0, 7.0, 7.0]
    assert (curve.minimum, curve.maximum) == (7.0, 7.0)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], "at least one breakpoint"),
        ([Breakpoint(1, 0), Breakpoint(0, 0)], "in order of position"),
        ([Breakpoint(0, 0)] * 3, "at most two breakpoints"),
        ([Breakpoint(float("nan"), 0)], "finite position"),
        ([Breakpoint(0, float("inf"))], "within ±1e12"),
        ([Breakpoint(0, 0, "wobble")], f"shapes are {', '.join(SHAPES)}"),
    ],
)
def test_a_curve_that_cannot_be_is_refused(points: list[Breakpoint], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Curve(points)
