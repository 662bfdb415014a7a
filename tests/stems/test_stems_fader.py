from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.stems import Fader, balance

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 44_100
NOISE = np.random.default_rng(1).uniform(-1, 1, (2, 5_000)).astype(np.float32)


class Line:
    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, last

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.first + (self.last - self.first) * np.clip(seconds / 0.1, 0.0, 1.0)


def test_0_db_in_the_centre_is_transparent() -> None:
    made = Fader(Line(0, 0), Line(0, 0), RATE_HZ).apply(NOISE)
    np.testing.assert_array_equal(made, NOISE)
    assert made.dtype == np.float32


def test_the_gain_is_exact_at_control_times_and_straight_in_decibels_between() -> None:
    line = Line(0.0, -60.0)
    made = Fader(line, Line(0, 0), RATE_HZ).apply(np.ones((2, 4_096), np.float32))
    times_s = np.arange(0, 4_096, 64) / RATE_HZ
    np.testing.assert_allclose(made[0, ::64], 10 ** (line.at(times_s) / 20), rtol=1e-6)
    inside = np.log(made[0].reshape(-1, 64))
    np.testing.assert_allclose(np.diff(inside, n=2, axis=1), 0.0, atol=1e-6)


def test_a_step_becomes_a_fade_of_one_control_block() -> None:
    class Step:
        def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.where(seconds < 0.05, 0.0, -120.0)

    made = Fader(Step(), Line(0, 0), RATE_HZ).apply(np.ones((1, 4_000), np.float32))[0]
    assert np.abs(np.diff(made)).max() == pytest.approx(1 / 64, rel=1e-4)
    assert made[-1] == 0.0


def test_pan_keeps_the_power_between_the_sides() -> None:
    left, right = balance(np.linspace(-1, 1, 201))
    np.testing.assert_allclose(left**2 + right**2, 2.0)
    np.testing.assert_array_equal(balance(np.array([0.0])), [[1.0], [1.0]])
    np.testing.assert_allclose(left, right[::-1], atol=1e-12)
    assert left[-1] == right[0] == 0.0


def test_pan_moves_stereo_and_leaves_mono() -> None:
    made = Fader(Line(0, 0), Line(-1, -1), RATE_HZ).apply(NOISE)
    np.testing.assert_allclose(made[0], NOISE[0] * np.sqrt(2), rtol=1e-6)
    assert not made[1].any()
    mono = Fader(Line(0, 0), Line(-1, -1), RATE_HZ).apply(NOISE[:1])
    np.testing.assert_array_equal(mono, NOISE[:1])


def test_nonsense_is_silence_and_the_centre() -> None:
    for value in (np.nan, np.inf, -np.inf):
        assert not Fader(Line(value, value), Line(0, 0), RATE_HZ).apply(NOISE).any()
        made = Fader(Line(0, 0), Line(value, value), RATE_HZ).apply(NOISE)
        np.testing.assert_array_equal(made, NOISE)


def test_a_fader_may_begin_later() -> None:
    whole = Fader(Line(0, -60), Line(-1, 1), RATE_HZ).apply(NOISE)
    late = Fader(Line(0, -60), Line(-1, 1), RATE_HZ, first_sample=640).apply(NOISE[:, 640:])
    np.testing.assert_allclose(late, whole[:, 640:], atol=1e-6)
