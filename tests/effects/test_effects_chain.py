from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pedalboard
import pytest

from ltsrender.effects import EFFECTS, ChainProcessor, Insert, Value, apply_chain, complete
from ltsrender.effects.ramp import Ramp

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 44_100
NOISE = np.random.default_rng(5).uniform(-0.5, 0.5, (2, 20_000)).astype(np.float32)


class Line:
    """A lane from one value to another over a stretch of time."""

    def __init__(self, first: float, last: float, end_s: float) -> None:
        self.first, self.last, self.end_s = first, last, end_s

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.clip(seconds / self.end_s, 0.0, 1.0)
        return self.first + (self.last - self.first) * share


class Constant:
    def __init__(self, value: float) -> None:
        self.value = value

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(seconds.shape, self.value)


def insert(effect: str, id_: str = "x", **given: Value) -> Insert:
    return Insert(id_, effect, complete(EFFECTS[effect], given))


def through(
    audio: NDArray[np.float32], *inserts: Insert, lanes: dict[str, object] | None = None
) -> NDArray[np.float32]:
    made = apply_chain([audio], inserts, lanes or {}, RATE_HZ, audio.shape[0])  # type: ignore[arg-type]
    return np.concatenate(list(made), axis=1)


def test_an_empty_chain_and_bypassed_inserts_change_nothing() -> None:
    np.testing.assert_array_equal(through(NOISE), NOISE)
    bypassed = Insert("x", "reverb", complete(EFFECTS["reverb"], {}), bypass=True)
    np.testing.assert_array_equal(through(NOISE, bypassed), NOISE)


def test_no_sound_gives_no_sound() -> None:
    assert list(apply_chain([], [insert("reverb")], {}, RATE_HZ, 2)) == []
    assert list(apply_chain([NOISE[:, :0]], [insert("brickwall_limiter")], {}, RATE_HZ, 2)) == []


@pytest.mark.parametrize("n_samples", [1, 2, 63, 64, 65, 2_049])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_as_many_samples_come_out_as_went_in(n_samples: int, n_channels: int) -> None:
    audio = NOISE[:n_channels, :n_samples]
    chain = [insert("reverb"), insert("brickwall_limiter", "y"), insert("gain", "z")]
    lanes = {"insert/x/wet": Line(0.0, 1.0, 1.0)}
    assert through(audio, *chain, lanes=lanes).shape == audio.shape


def test_a_chain_is_what_pedalboard_makes_of_the_whole() -> None:
    chain = [insert("ladder", "a", cutoff_hz=900.0), insert("chorus", "b"), insert("reverb", "c")]
    board = pedalboard.Pedalboard(
        [pedalboard.LadderFilter(cutoff_hz=900.0), pedalboard.Chorus(), pedalboard.Reverb()]
    )
    np.testing.assert_array_equal(through(NOISE, *chain), board(NOISE, RATE_HZ))


@pytest.mark.parametrize("lookahead_ms", [0.1, 1.0, 5.0, 37.0, 100.0])
@pytest.mark.parametrize("true_peak", [False, True])
@pytest.mark.parametrize("moving", [False, True])
def test_latency_is_compensated_to_the_sample(
    lookahead_ms: float, true_peak: bool, moving: bool
) -> None:
    audio = np.zeros((2, 12_000), np.float32)
    audio[:, [0, 5_000, 11_999]] = 0.1
    chain = [
        insert("brickwall_limiter", "a", lookahead_ms=lookahead_ms, true_peak=true_peak),
        insert("brickwall_limiter", "b", lookahead_ms=lookahead_ms),
    ]
    lanes = {"insert/a/ceiling_db": Constant(-1.0)} if moving else {}
    np.testing.assert_allclose(through(audio, *chain, lanes=lanes), audio, atol=1e-6)


def test_a_late_insert_does_not_shift_the_automation_behind_it() -> None:
    chain = [insert("brickwall_limiter", "a"), insert("gain", "g")]
    lanes = {"insert/g/gain_db": Line(-60.0, 0.0, 0.4)}
    alone = through(NOISE, chain[1], lanes=lanes)
    np.testing.assert_allclose(through(NOISE, *chain, lanes=lanes), alone, atol=1e-6)


def test_a_value_is_exact_at_the_control_times_and_goes_straight_between() -> None:
    line = Line(0.0, -24.0, 0.2)
    audio = np.full((1, 1_000), 0.9, np.float32)
    clipped = through(audio, insert("clipping"), lanes={"insert/x/threshold_db": line})
    wanted = np.minimum(0.9, 10 ** (line.at(np.arange(1_000) / RATE_HZ) / 20))
    np.testing.assert_allclose(clipped[0], wanted, atol=1e-6)


def test_a_later_start_finds_its_place_on_the_time_line() -> None:
    line = {"insert/x/gain_db": Line(0.0, -40.0, 0.4)}
    whole = through(NOISE, insert("gain"), lanes=line)
    late = apply_chain([NOISE[:, 6_400:]], [insert("gain")], line, RATE_HZ, 2, first_sample=6_400)
    np.testing.assert_allclose(np.concatenate(list(late), axis=1), whole[:, 6_400:], atol=1e-7)


def test_gain_is_exact_at_the_control_times_and_never_steps() -> None:
    line = Line(0.0, -40.0, 0.02)
    audio = np.ones((2, 1_000), np.float32)
    made = through(audio, insert("gain"), lanes={"insert/x/gain_db": line})
    control_s = np.arange(0, 1_000, 64) / RATE_HZ
    np.testing.assert_allclose(made[0, ::64], 10 ** (line.at(control_s) / 20), rtol=1e-6)
    steps = np.abs(np.diff(made[0]))
    control_steps = np.abs(np.diff(made[0, ::64]))
    assert steps.max() <= control_steps.max() / 50  # straight in dB: the first are the longest


def test_an_equaliser_stays_calm_where_its_lane_jumps() -> None:
    class Jump:
        def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.where(seconds < 0.2, 20.0, 15_000.0)

    lanes = {"insert/x/cutoff_hz": Jump()}
    made = through(NOISE, insert("low_shelf", gain_db=12.0), lanes=lanes)
    settled = np.abs(through(NOISE, insert("low_shelf", gain_db=12.0, cutoff_hz=15_000.0)))
    assert np.abs(made).max() < 1.5 * settled.max()
    np.testing.assert_allclose(np.abs(made[:, -4_000:]), settled[:, -4_000:], atol=0.05)


def test_minus_120_db_is_silent_and_0_db_transparent() -> None:
    assert not through(NOISE, insert("gain", gain_db=-120.0)).any()
    np.testing.assert_array_equal(through(NOISE, insert("gain")), NOISE)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
@pytest.mark.parametrize("effect", ["ladder", "reverb", "chorus", "gain", "peak"])
def test_nonsense_in_a_lane_never_becomes_nonsense_in_the_sound(value: float, effect: str) -> None:
    chain = [insert(effect)]
    lanes = {
        chain[0].target(name): Constant(value)
        for name, parameter in EFFECTS[effect].parameters.items()
        if parameter.automatable
    }
    made = through(NOISE[:, :2_000], *chain, lanes=lanes)
    assert np.isfinite(made).all()
    assert np.abs(made).max() < 100


def test_where_a_lane_is_no_number_the_insert_s_own_value_stands() -> None:
    own = insert("lowpass", cutoff_hz=300.0)
    lanes = {"insert/x/cutoff_hz": Constant(np.nan)}
    np.testing.assert_allclose(through(NOISE, own, lanes=lanes), through(NOISE, own), atol=1e-6)


def test_what_cannot_move_is_refused() -> None:
    lanes = {"insert/x/lookahead_ms": Constant(5.0)}
    with pytest.raises(ValueError, match="insert/x/lookahead_ms cannot be automated"):
        ChainProcessor([insert("brickwall_limiter")], lanes, RATE_HZ, 2)


def test_sound_of_another_shape_is_refused() -> None:
    processor = ChainProcessor([], {}, RATE_HZ, 2)
    with pytest.raises(ValueError, match=r"\[2, sample\]"):
        processor.process(NOISE[:1])


def test_zeros_fed_after_the_sound_bring_its_tail() -> None:
    audio = np.concatenate([NOISE[:, :2_000], np.zeros((2, 10_000), np.float32)], axis=1)
    made = through(audio, insert("delay", delay_s=0.1, mix=1.0))
    np.testing.assert_allclose(made[:, 4_410:6_410], NOISE[:, :2_000], atol=1e-6)


def test_a_ramp_has_the_shape_of_its_gains() -> None:
    ramp = Ramp(lambda seconds: np.stack([seconds, -seconds]), 64)
    assert ramp.gains(10, 10).shape == (2, 0)
    np.testing.assert_allclose(ramp.gains(4_000, 5_000)[0], np.arange(4_000, 5_000) / 64)


def test_equal_inserts_hash_alike() -> None:
    assert hash(insert("ladder")) == hash(insert("ladder"))
