"""The time map: what the lane says, onsets at rate 1, wandering where time stands still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.latents import PlacedSound, TimeMap, move_in_time, place_sound
from ltsrender.latents.timemap import AFTER_ONSET_S, FASTEST_BENT, WANDER_S

RATE = 1_000
MOMENTS = np.arange(-200, 5_000)


@dataclass
class Line:
    """A lane through points, straight between them."""

    at_s: tuple[float, ...]
    position_s: tuple[float, ...]

    @property
    def maximum(self) -> float:
        return max(self.position_s)

    def at(self, seconds: np.ndarray) -> np.ndarray:
        return np.interp(seconds, self.at_s, self.position_s)


def ramp(rate: float, first_s: float = 0.0) -> Line:
    return Line((0.0, 100.0), (first_s, first_s + 100.0 * rate))


def time_map(lane: Line, onsets: list[float] | None = None, **settings: object) -> TimeMap:
    return TimeMap(lane, np.array(onsets or [], dtype=float), RATE, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0, -1.0])
def test_without_onsets_the_lane_is_followed(rate: float) -> None:
    found = time_map(ramp(rate, 200.0)).at(np.arange(0, 5_000))
    np.testing.assert_allclose(found, 200_000 + rate * np.arange(5_000), atol=1e-6)


def test_before_the_start_time_runs_at_rate_one() -> None:
    moments = np.arange(-50, 20)
    np.testing.assert_allclose(time_map(ramp(0.5, 3.0)).at(moments)[:51], 3_000 + moments[:51])
    backwards = time_map(ramp(-0.5, 90.0))
    assert backwards.run_up_rate == -1
    np.testing.assert_allclose(backwards.at(moments)[:51], 90_000 - moments[:51])


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.7, -0.5])
def test_an_onset_is_played_at_rate_one(rate: float) -> None:
    first_s = 1.0 if rate > 0 else 3.0
    chosen = time_map(ramp(rate, first_s), [2_000.0])
    moment = round(1_000 / abs(rate))
    around = chosen.steady(np.arange(moment - 8, moment + 8))
    np.testing.assert_allclose(np.diff(around), np.sign(rate), atol=1e-6)
    assert chosen.steady(np.array([moment]))[0] == pytest.approx(2_000, abs=1)


@given(
    rate=st.floats(0.05, 4.0),
    onsets=st.lists(st.integers(0, 3_000), max_size=12, unique=True).map(sorted),
)
def test_time_never_runs_backwards_and_never_strays(rate: float, onsets: list[int]) -> None:
    chosen = time_map(ramp(rate), [float(onset) for onset in onsets])
    steady = chosen.steady(MOMENTS)
    assert np.diff(steady).min() >= -1e-6
    strayed = np.abs(steady - chosen.written(MOMENTS)).max()
    assert strayed <= AFTER_ONSET_S * RATE * max(1.0, FASTEST_BENT) + 1e-6
    assert steady.max() <= chosen.farthest


def test_at_rate_one_nothing_is_bent() -> None:
    chosen = time_map(ramp(1.0, 0.25), [500.0, 900.0, 2_000.0])
    np.testing.assert_allclose(chosen.at(MOMENTS), MOMENTS + 250, atol=1e-6)


def test_a_frozen_position_wanders_around_its_moment_and_across_no_onset() -> None:
    chosen = time_map(ramp(0.0, 2.0), [1_980.0, 2_030.0], seed=5)
    found = chosen.at(np.arange(0, 60_000))
    assert found.min() >= 1_980
    assert found.max() <= 2_030
    assert found.std() > 2
    assert np.abs(np.diff(found)).max() < 2
    np.testing.assert_array_equal(chosen.steady(MOMENTS[200:]), 2_000)


def test_wandering_is_chance_from_the_seed_whoever_asks() -> None:
    moments = np.arange(0, 40_000)
    one = time_map(ramp(0.0, 2.0), seed=1)
    whole = one.at(moments)
    pieces = [one.at(moments[cut : cut + 977]) for cut in range(0, 40_000, 977)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert np.abs(whole - 2_000).max() <= WANDER_S * RATE
    assert np.abs(time_map(ramp(0.0, 2.0), seed=2).at(moments) - whole).max() > 1


def test_a_jump_is_no_rate() -> None:
    jump = Line((0.0, 1.0, 1.0, 4.0), (1.0, 1.5, 7.0, 8.5))
    chosen = time_map(jump, [1_400.0, 7_100.0])
    np.testing.assert_allclose(np.diff(chosen.steady(np.arange(1_190, 1_210))), 1.0, atol=1e-6)
    after = chosen.steady(np.arange(1_000, 1_040))
    assert after[0] == pytest.approx(7_000, abs=1)


def placed(when_short: str, n_samples: int = 1_000) -> PlacedSound:
    sound = np.random.default_rng(0).standard_normal((1, n_samples)).astype(np.float32) * 1e-3
    sound[0, 300:330] += 1.0
    return place_sound(sound, when_short, sample_rate_hz=RATE, crossfade_s=0.05)  # type: ignore[arg-type]


@pytest.mark.parametrize(("when_short", "frames"), [("hold", 999 / 4), ("once", np.nan)])
def test_past_the_end_when_short_rules(when_short: str, frames: float) -> None:
    moved = move_in_time(placed(when_short), ramp(1.0, 5.0), sample_rate_hz=RATE)
    found = moved.frame_positions(np.arange(0, 40, 4), 4)
    np.testing.assert_allclose(found, frames)


@pytest.mark.parametrize("when_short", ["hold", "once"])
def test_a_sound_frozen_at_its_end_does_not_wander_into_nothing(when_short: str) -> None:
    moved = move_in_time(placed(when_short), ramp(0.0, 0.999), sample_rate_hz=RATE, seed=1)
    assert moved.time_map is not None
    found = moved.time_map.at(np.arange(0, 20_000))
    assert found.max() <= 999
    assert found.std() > 1


def test_every_turn_of_a_loop_has_its_onsets() -> None:
    loop = placed("loop")
    found = loop.onsets(3_500, RATE)
    strokes = found[np.isin(np.arange(found.size), np.flatnonzero(found > 100))]
    expected = 300 + np.arange(4) * loop.cycle_samples
    for onset in expected[expected < 3_400]:
        assert np.abs(strokes - onset).min() <= 4


@pytest.mark.parametrize("when_short", ["loop", "ping_pong", "hold", "once"])
def test_every_position_has_been_encoded(when_short: str) -> None:
    lane = Line((0.0, 1.0, 1.0, 4.0), (0.0, 30.0, 0.2, 0.9))
    moved = move_in_time(placed(when_short), lane, sample_rate_hz=RATE)
    assert moved.time_map is not None
    needed = min(moved.encoded_samples(), int(moved.time_map.farthest) + 1)
    found = moved.frame_positions(np.arange(0, 5_000, 4), 4)
    known = found[~np.isnan(found)]
    assert known.min() >= 0
    assert known.max() * 4 <= needed
