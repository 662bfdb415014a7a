from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from ltsrender.train.split import HELD_OUT_PART, LEAST_SOUNDS, MOST_OF_A_PIECE, held_out_sounds


def hashes(n: int) -> list[str]:
    return [hashlib.sha256(bytes([index])).hexdigest() for index in range(n)]


def test_small_collections_are_learnt_whole() -> None:
    for n in range(LEAST_SOUNDS):
        assert held_out_sounds(hashes(n), 0.5, seed=0) == [False] * n
    assert held_out_sounds(hashes(40), 0.0, seed=0) == [False] * 40


def test_the_sounds_of_a_piece_are_learnt_and_larger_collections_are_measured() -> None:
    assert not any(held_out_sounds(hashes(MOST_OF_A_PIECE), None, seed=0))
    assert held_out_sounds(hashes(MOST_OF_A_PIECE + 1), None, seed=0).count(True) == 2
    assert held_out_sounds(hashes(40), None, 0) == held_out_sounds(hashes(40), HELD_OUT_PART, 0)


def test_the_part_is_as_asked_and_the_seed_decides_which() -> None:
    first, second = (held_out_sounds(hashes(40), 0.15, seed) for seed in (0, 1))
    assert first.count(True) == second.count(True) == 6
    assert first != second
    assert held_out_sounds(hashes(5), 0.01, seed=0).count(True) == 1


@given(
    n=st.integers(LEAST_SOUNDS, 60),
    seed=st.integers(0, 99),
    part=st.floats(0.01, 0.5),
    place=st.integers(0, 59),
)
def test_one_more_recording_moves_few_others(n: int, seed: int, part: float, place: int) -> None:
    before = hashes(n)
    new = hashlib.sha256(b"the new one").hexdigest()
    after = [*before[:place], new, *before[place:]]
    sides = dict(zip(before, held_out_sounds(before, part, seed), strict=True))
    new_sides = dict(zip(after, held_out_sounds(after, part, seed), strict=True))
    moved = [sha for sha in before if sides[sha] != new_sides[sha]]
    assert len(moved) <= 1
    assert new_sides == dict(
        zip(reversed(after), held_out_sounds(after[::-1], part, seed), strict=True)
    )
