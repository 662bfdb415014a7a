"""Laws of chains of any shape: pieces equal the whole, dry stays dry, keys stay in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.effects import (
    EFFECTS,
    Branch,
    ChainPart,
    ChainProcessor,
    Group,
    Insert,
    complete,
    targets_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 44_100
N_SAMPLES = 6_000
RNG = np.random.default_rng(3)
NOISE = RNG.uniform(-0.7, 0.7, (2, N_SAMPLES)).astype(np.float32)
KEY = RNG.uniform(-0.7, 0.7, (2, N_SAMPLES)).astype(np.float32)
SOME = ("gain", "reverb", "lowpass", "brickwall_limiter", "distortion", "peak", "gsm")


class Wander:
    """A lane that jumps at every control block, anywhere in its range."""

    def __init__(self, minimum: float, maximum: float, seed: int) -> None:
        self.minimum, self.maximum = minimum, maximum
        self.values = np.random.default_rng(seed).uniform(size=1_000)

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        share = self.values[np.rint(seconds * RATE_HZ / 64).astype(int) % len(self.values)]
        return self.minimum + (self.maximum - self.minimum) * share


def inserts(number: int, effect: str, dry_wet: float, is_keyed: bool) -> Insert:
    if is_keyed:
        parameters = complete(EFFECTS["compressor"], {"threshold_db": -30.0})
        return Insert(f"i{number}", "compressor", parameters, dry_wet=dry_wet, sidechain="key")
    return Insert(f"i{number}", effect, complete(EFFECTS[effect], {}), dry_wet=dry_wet)


leaves = st.builds(
    inserts,
    st.integers(0, 10**9),
    st.sampled_from(SOME),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.booleans(),
)


def groups(parts: st.SearchStrategy[ChainPart]) -> st.SearchStrategy[Group]:
    chains = st.lists(parts, max_size=2).map(tuple)
    branches = st.lists(chains, min_size=1, max_size=3).map(
        lambda each: tuple(Branch(f"b{n}", chain, -3.0 * n) for n, chain in enumerate(each))
    )
    names = st.integers(0, 10**9).map(lambda n: f"g{n}")
    return st.builds(Group, names, branches, dry_wet=st.sampled_from([0.5, 1.0]))


parts_of_a_chain = st.recursive(leaves, groups, max_leaves=4)
chains = st.lists(parts_of_a_chain, max_size=3)
cuts_of_the_sound = st.lists(st.integers(0, N_SAMPLES), max_size=5).map(sorted)


def moving(chain: list[ChainPart], seed: int, every: int) -> dict[str, Any]:
    found = [(t, p) for t, p in targets_of(chain).items() if p.automatable]
    return {
        target: Wander(parameter.minimum, parameter.maximum, seed + number)
        for number, (target, parameter) in enumerate(found)
        if number % every == 0
    }


def through(
    chain: list[ChainPart],
    lanes: dict[str, Any],
    cuts: list[int],
    longest_samples: int | None = None,
) -> NDArray[np.float32]:
    processor = ChainProcessor(chain, lanes, RATE_HZ, 2, longest_samples=longest_samples)
    pieces = zip(np.split(NOISE, cuts, axis=1), np.split(KEY, cuts, axis=1), strict=True)
    made = [processor.process(sound, {"key": key}) for sound, key in pieces]
    return np.concatenate([*made, processor.flush()], axis=1)


@settings(max_examples=30)
@given(
    chain=chains,
    cuts=cuts_of_the_sound,
    seed=st.integers(0, 1_000),
    every=st.integers(1, 4),
    longest=st.sampled_from([None, N_SAMPLES]),
)
def test_pieces_of_any_length_give_the_same_bits(
    chain: list[ChainPart], cuts: list[int], seed: int, every: int, longest: int | None
) -> None:
    lanes = moving(chain, seed, every)
    whole = through(chain, lanes, [], longest)
    assert whole.shape == NOISE.shape
    np.testing.assert_array_equal(through(chain, lanes, cuts, longest), whole)


@settings(max_examples=15)
@given(chain=chains, cuts=cuts_of_the_sound, by_lane=st.booleans())
def test_a_bypassed_group_is_the_dry_sound_to_the_bit(
    chain: list[ChainPart], cuts: list[int], by_lane: bool
) -> None:
    group = Group("all", (Branch("", tuple(chain)),), bypass=not by_lane)
    lanes = {"insert/all/bypass": Wander(0.5, 1.0, 1)} if by_lane else {}
    np.testing.assert_array_equal(through([group], lanes, cuts), NOISE)


@settings(max_examples=15)
@given(chain=chains, cuts=cuts_of_the_sound)
def test_a_group_of_one_is_its_chain(chain: list[ChainPart], cuts: list[int]) -> None:
    group = Group("all", (Branch("only", tuple(chain)),))
    np.testing.assert_array_equal(through([group], {}, cuts), through(chain, {}, []))
