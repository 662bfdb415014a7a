"""Blocks on their way: one size, all together, ended where the last tail ends."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.render.streams import Lineup, ended, passage, recut

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 100


def counted(n_samples: int) -> np.ndarray:
    return np.arange(1, n_samples + 1, dtype=np.float32)[None]


def pieces(sound: np.ndarray, cuts: list[int]) -> list[np.ndarray]:
    edges = [0, *sorted(cuts), sound.shape[1]]
    return [sound[:, a:b] for a, b in itertools.pairwise(edges)]


def joined(mixdowns: list[tuple[np.ndarray, ...]]) -> np.ndarray:
    return np.concatenate([m[0] for m in mixdowns], axis=1)


@given(cuts=st.lists(st.integers(0, 50), max_size=8), size=st.integers(1, 60))
def test_recut_keeps_every_sample_in_blocks_of_one_size(cuts: list[int], size: int) -> None:
    blocks = list(recut(pieces(counted(50), cuts), size))
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), counted(50))
    assert all(block.shape[1] == size for block in blocks[:-1])


def test_a_lineup_hands_on_what_all_have_reached() -> None:
    lineup = Lineup(2, 1)
    (a, b) = lineup.advance([counted(10), counted(7)])
    assert a.shape == b.shape == (1, 7)
    (a, b) = lineup.advance([counted(10), counted(10)])
    np.testing.assert_array_equal(a[0], [8, 9, 10, *range(1, 8)])
    np.testing.assert_array_equal(b[0], range(1, 11))


def tail_ending_at(last: int, block: int) -> list[tuple[np.ndarray, ...]]:
    sound = np.zeros((1, 2_000), np.float32)
    sound[0, :last] = 0.5
    cut = [sound[:, i : i + block] for i in range(0, 2_000, block)]
    return [(piece, np.zeros_like(piece)) for piece in cut]


@given(last=st.integers(0, 700), block=st.integers(1, 300))
def test_stems_end_together_with_the_last_audible_tail(last: int, block: int) -> None:
    stems = list(ended(tail_ending_at(last, block), 250, 600, RATE))
    assert sum(m[0].shape[1] for m in stems) == min(max(last, 250), 850)
    assert all(m[0].shape == m[1].shape for m in stems)


def test_a_gap_shorter_than_a_second_does_not_end_the_tail() -> None:
    sound = np.zeros((1, 1_000), np.float32)
    sound[0, [100, 190]] = 0.1
    stems = ended(((sound[:, i : i + 10],) for i in range(0, 1_000, 10)), 50, 900, RATE)
    assert joined(list(stems)).shape[1] == 191


def test_an_echo_may_come_after_a_longer_gap() -> None:
    sound = np.zeros((1, 2_000), np.float32)
    sound[0, [100, 390]] = 0.1
    blocks = ((sound[:, i : i + 10],) for i in range(0, 2_000, 10))
    stems = ended(blocks, 50, 1_900, RATE, longest_gap_s=2.9)
    assert joined(list(stems)).shape[1] == 391


def test_what_was_handed_on_is_not_kept() -> None:
    alive = []

    def blocks() -> Iterator[tuple[np.ndarray, ...]]:
        for _ in range(50):
            block = np.ones((1, 100), np.float32)
            alive.append(weakref.ref(block))
            yield (block,)

    stems = ended(blocks(), 4_000, 0, RATE)
    for _ in range(30):
        next(stems)
    assert sum(block() is not None for block in alive) <= 2


def test_no_more_is_asked_for_than_is_needed() -> None:
    silence = (np.zeros((1, 10), np.float32),)
    assert joined(list(ended(itertools.repeat(silence), 55, 10**9, RATE))).shape[1] == 55


@given(start=st.integers(0, 60), length=st.integers(1, 60), size=st.integers(1, 20))
def test_a_passage_is_a_slice_of_the_whole(start: int, length: int, size: int) -> None:
    blocks = [(block,) for block in recut([counted(50)], size)]
    kept = list(passage(blocks, start, start + length))
    expected = counted(50)[:, start : start + length]
    got = joined(kept) if kept else counted(0)
    np.testing.assert_array_equal(got, expected)
