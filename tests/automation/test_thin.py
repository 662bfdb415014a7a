"""Thinning: what is left out lies near the lines, whatever the points and the portions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation.thin import _ONE_BY_ONE, Thinning, thinned

steps = st.lists(st.sampled_from([0.25, 0.5, 1.0, 3.0]), min_size=1, max_size=120)
errors = st.sampled_from([0.0, 1e-6, 0.01, 0.3, 2.0])


@st.composite
def points(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Uneven times and values of many kinds: noise, lines, plateaus, wiggles."""
    width = np.array(draw(steps))
    value = draw(
        st.lists(
            st.sampled_from([0.0, 0.25, 1.0, -2.0]) | st.floats(-100, 100),
            min_size=width.size,
            max_size=width.size,
        )
    )
    if draw(st.booleans()):
        return np.cumsum(width), np.cumsum(value)
    return np.cumsum(width), np.array(value)


def farthest(at: np.ndarray, value: np.ndarray, kept: np.ndarray) -> float:
    return float(np.abs(np.interp(at, at[kept], value[kept]) - value).max())


@given(points(), errors)
def test_every_point_is_within_the_error_of_the_lines(
    drawn: tuple[np.ndarray, np.ndarray], max_error: float
) -> None:
    at, value = drawn
    kept = thinned(at, value, max_error)
    assert kept.dtype == np.int64
    assert (kept[0], kept[-1]) == (0, at.size - 1)
    assert np.all(np.diff(kept) > 0)
    assert farthest(at, value, kept) <= max_error + 1e-12 * np.abs(value).max()


@given(points(), errors, st.integers(1, 50))
def test_portions_make_no_difference(
    drawn: tuple[np.ndarray, np.ndarray], max_error: float, size: int
) -> None:
    at, value = drawn
    thinning = Thinning(max_error)
    found = [
        thinning.take(at[start : start + size], value[start : start + size])
        for start in range(0, at.size, size)
    ]
    kept = np.concatenate([*found, thinning.end()])
    np.testing.assert_array_equal(kept, thinned(at, value, max_error))


@given(points(), errors)
def test_thinned_twice_the_error_counts_twice_and_no_more(
    drawn: tuple[np.ndarray, np.ndarray], max_error: float
) -> None:
    at, value = drawn
    once = thinned(at, value, max_error)
    twice = once[thinned(at[once], value[once], max_error)]
    assert farthest(at, value, twice) <= 2 * max_error + 1e-12 * np.abs(value).max()


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=60))
def test_without_an_error_a_second_thinning_finds_nothing_to_do(rises: list[int]) -> None:
    at, value = np.arange(len(rises), dtype=float), np.cumsum(rises).astype(float)
    once = thinned(at, value, 0.0)
    np.testing.assert_array_equal(thinned(at[once], value[once], 0.0), np.arange(once.size))


@pytest.mark.parametrize("n", [2, _ONE_BY_ONE, _ONE_BY_ONE + 1, 1000, 50_000])
def test_a_straight_line_needs_its_ends(n: int) -> None:
    at = np.arange(n, dtype=float)
    assert thinned(at, at * 0.25, 1e-9).tolist() == [0, n - 1]


@pytest.mark.parametrize("n", [20, 200, 40_000])
def test_a_corner_stays_where_it_is(n: int) -> None:
    at = np.arange(2 * n, dtype=float)
    assert thinned(at, np.abs(at - n), 1e-9).tolist() == [0, n, 2 * n - 1]


def test_a_sine_needs_about_as_many_lines_as_it_must() -> None:
    """A chord on a bow of curvature c and width w passes c w^2 / 8 from it."""
    at = np.linspace(0, 1, 100_000)
    for max_error in (1e-2, 1e-3, 1e-4):
        kept = thinned(at, np.sin(2 * np.pi * at), max_error)
        # the integral of sqrt(|c| / 8 e), with |c| = (2 pi)^2 |sin|
        needed = 2 * np.pi / math.sqrt(8 * max_error) * 0.7628
        assert kept.size - 1 <= 1.1 * needed + 4


def fewest(value: np.ndarray, max_error: float) -> int:
    """How many of evenly spaced points are needed, by trying all ways."""
    n = value.size
    best = [1, *[n + 1] * (n - 1)]
    for i in range(n - 1):
        lowest, highest = -math.inf, math.inf
        for j in range(i + 1, n):
            rise = value[j] - value[i]
            if lowest <= rise / (j - i) <= highest:
                best[j] = min(best[j], best[i] + 1)
            lowest = max(lowest, (rise - max_error) / (j - i))
            highest = min(highest, (rise + max_error) / (j - i))
            if lowest > highest:
                break
    return best[-1]


@pytest.mark.parametrize("kind", ["wave", "rough wave", "walk", "steps"])
def test_hardly_more_points_stay_than_are_needed(kind: str) -> None:
    rng = np.random.default_rng(3)
    wave = np.sin(np.arange(2000) / 100)
    value, max_error = {
        "wave": (wave, 0.01),
        "rough wave": (wave + rng.normal(0, 0.003, wave.size), 0.01),
        "walk": (np.cumsum(rng.normal(0, 0.01, wave.size)), 0.05),
        "steps": (np.round(64 + 60 * wave), 0.99),
    }[kind]
    kept = thinned(np.arange(value.size, dtype=float), value, max_error)
    assert kept.size <= 1.3 * fewest(value, max_error)


@pytest.mark.parametrize("size", [100, 5000, 20_000])
def test_long_portions_make_no_difference_either(size: int) -> None:
    rng = np.random.default_rng(4)
    at = np.cumsum(rng.choice([1.0, 0.5, 0.0], 60_000, p=[0.7, 0.299, 0.001]))
    value = np.sin(at / 3000) + rng.normal(0, 0.004, at.size)
    thinning = Thinning(0.01)
    found = [
        thinning.take(at[start : start + size], value[start : start + size])
        for start in range(0, at.size, size)
    ]
    kept = np.concatenate([*found, thinning.end()])
    np.testing.assert_array_equal(kept, thinned(at, value, 0.01))
    jumps = np.flatnonzero(np.diff(at) == 0.0)
    assert set(jumps) | set(jumps + 1) <= set(kept.tolist())
    level = np.delete(np.arange(at.size), jumps)  # np.interp knows no jumps
    line = np.interp(at[level], at[kept], value[kept])
    assert np.abs(line - value[level])[~np.isin(at[level], at[jumps])].max() <= 0.01 + 1e-12


def test_looking_ahead_may_be_left() -> None:
    value, at = np.array([0.0, 1.4, 1.6, 3.0, 4.0]), np.arange(5.0)
    assert thinned(at, value, 0.5).tolist() == [0, 4]
    assert thinned(at, value, 0.5, look_ahead=0).tolist() == [0, 1, 2, 4]


def test_a_jump_stays() -> None:
    at = np.array([0.0, 1, 2, 2, 3, 4, 4])
    value = np.array([0.0, 0, 0, 1, 1, 1, 1])
    assert thinned(at, value, 0.1).tolist() == [0, 2, 3, 5, 6]


def test_a_jump_between_portions_stays() -> None:
    thinning = Thinning(0.1)
    first = thinning.take(np.array([0.0, 1, 2]), np.zeros(3))
    second = thinning.take(np.array([2.0, 3]), np.ones(2))
    assert [*first, *second, *thinning.end()] == [0, 2, 3, 4]


def test_nothing_and_one() -> None:
    assert thinned(np.zeros(0), np.zeros(0), 0.1).tolist() == []
    assert thinned(np.zeros(1), np.zeros(1), 0.1).tolist() == [0]


@pytest.mark.parametrize(
    ("at", "value", "max_error", "words"),
    [
        ([0.0, 1.0], [0.0], 0.1, "as many"),
        ([1.0, 0.0], [0.0, 0.0], 0.1, "in order"),
        ([0.0, math.inf], [0.0, 0.0], 0.1, "finite"),
        ([0.0, 1.0], [0.0, math.nan], 0.1, "finite"),
        ([0.0, 1.0], [0.0, 0.0], -0.1, "0 or more"),
        ([0.0, 1.0], [0.0, 0.0], math.nan, "0 or more"),
    ],
)
def test_what_cannot_be_thinned(
    at: list[float], value: list[float], max_error: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        thinned(np.array(at), np.array(value), max_error)
