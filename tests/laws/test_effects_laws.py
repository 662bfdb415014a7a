"""Laws of every effect in the catalog, with everything moving that may move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.effects import (
    EFFECTS,
    EffectInfo,
    Impulse,
    Insert,
    apply_chain,
    complete,
    targets_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 44_100
N_SAMPLES = 7_000
LOUDEST = 64.0  # +36 dB: a shelf of 30 dB that resonates; a biquad that jumped is 50 dB above
BELL = Path(__file__).parents[2] / "examples" / "first-light" / "sounds" / "bell.flac"
NOISE = np.random.default_rng(11).uniform(-0.7, 0.7, (2, N_SAMPLES)).astype(np.float32)
RINGING = np.concatenate([NOISE[:, :500], np.zeros((2, N_SAMPLES - 500), np.float32)], axis=1)


class Wander:
    """A lane that jumps at every control block, anywhere in its range."""

    def __init__(self, minimum: float, maximum: float, seed: int) -> None:
        self.minimum, self.maximum = minimum, maximum
        self.values = np.random.default_rng(seed).uniform(size=10_000)

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        share = self.values[np.rint(seconds * 44_100 / 64).astype(int) % len(self.values)]
        return self.minimum + (self.maximum - self.minimum) * share


def insert_of(effect: EffectInfo, id_: str = "x") -> Insert:
    impulse = Impulse(BELL, "") if effect.id == "convolution" else None
    return Insert(id_, effect.id, complete(effect, {}), impulse=impulse)


def moving(insert: Insert, seed: int) -> dict[str, Wander]:
    return {
        target: Wander(parameter.minimum, parameter.maximum, seed + number)
        for number, (target, parameter) in enumerate(targets_of([insert]).items())
        if parameter.automatable
    }


def through(
    audio: NDArray[np.float32], insert: Insert, lanes: dict[str, Wander], rate_hz: int = RATE_HZ
) -> NDArray[np.float32]:
    made = apply_chain([audio], [insert], lanes, rate_hz, audio.shape[0])
    return np.concatenate(list(made), axis=1)


def pieces_of(audio: NDArray[np.float32], cuts: list[int]) -> list[NDArray[np.float32]]:
    return np.split(audio, sorted(cuts), axis=1)


every_effect = pytest.mark.parametrize("effect", EFFECTS.values(), ids=lambda effect: effect.id)
cuts_of_the_sound = st.lists(st.integers(0, N_SAMPLES), max_size=6)


@every_effect
@pytest.mark.parametrize("automated", [False, True])
@settings(max_examples=6)
@given(cuts=cuts_of_the_sound, seed=st.integers(0, 1_000))
def test_blocks_equal_the_whole(
    effect: EffectInfo, automated: bool, cuts: list[int], seed: int
) -> None:
    insert = insert_of(effect)
    lanes = moving(insert, seed) if automated else {}
    whole = through(NOISE, insert, lanes)
    pieces = apply_chain(pieces_of(NOISE, cuts), [insert], lanes, RATE_HZ, 2)
    np.testing.assert_array_equal(np.concatenate(list(pieces), axis=1), whole)


@every_effect
@settings(max_examples=6)
@given(cuts=cuts_of_the_sound, seed=st.integers(0, 1_000))
def test_what_rings_on_dies_at_the_same_sample(
    effect: EffectInfo, cuts: list[int], seed: int
) -> None:
    """Memory is set to zero somewhere below -480 dB, and not where a piece ends."""
    insert = insert_of(effect)
    whole = through(RINGING, insert, moving(insert, seed))
    pieces = apply_chain(pieces_of(RINGING, cuts), [insert], moving(insert, seed), RATE_HZ, 2)
    np.testing.assert_array_equal(np.concatenate(list(pieces), axis=1), whole)


@settings(max_examples=8)
@given(cuts=cuts_of_the_sound, names=st.lists(st.sampled_from(list(EFFECTS)), max_size=4))
def test_blocks_equal_the_whole_through_any_chain(cuts: list[int], names: list[str]) -> None:
    chain = [insert_of(EFFECTS[name], f"i{n}") for n, name in enumerate(names)]
    lanes = moving(chain[0], 3) if chain else {}
    whole = list(apply_chain([NOISE], chain, lanes, RATE_HZ, 2))
    pieces = list(apply_chain(pieces_of(NOISE, cuts), chain, lanes, RATE_HZ, 2))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), np.concatenate(whole, axis=1))


@every_effect
def test_silence_stays_silent(effect: EffectInfo) -> None:
    """Without exception: no effect of ours makes sound by itself."""
    silence = np.zeros((2, N_SAMPLES), np.float32)
    insert = insert_of(effect)
    assert not through(silence, insert, {}).any()
    assert not through(silence, insert, moving(insert, 7)).any()


@every_effect
@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
@settings(max_examples=5)
@given(seed=st.integers(0, 1_000))
def test_what_comes_out_is_finite_whatever_moves(
    effect: EffectInfo, rate_hz: int, seed: int
) -> None:
    insert = insert_of(effect)
    made = through(NOISE, insert, moving(insert, seed), rate_hz)
    assert np.isfinite(made).all()
    assert np.abs(made).max() < LOUDEST


@every_effect
def test_two_renders_are_the_same(effect: EffectInfo) -> None:
    insert = insert_of(effect)
    once, twice = (through(NOISE, insert, moving(insert, 2)) for _ in range(2))
    np.testing.assert_array_equal(once, twice)
