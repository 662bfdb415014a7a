"""Chance that can be asked in any order: numbers by their index, from a counter-based generator."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 512  # numbers are drawn in blocks on an absolute grid
_REMEMBERED = 256  # blocks, of 4 KB each


def numbers_at(seed: int, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a number of even chance within -1..1 for every index (any shape, negative too)."""
    block, place = np.divmod(index, _BLOCK)
    found = np.empty(index.shape)
    for each in np.unique(block).tolist():
        here = block == each
        found[here] = _even(seed, each)[place[here]]
    return found


@lru_cache(maxsize=_REMEMBERED)
def steps_in(seed: int, block: int, n: int) -> NDArray[np.float64]:
    """Return block ``block`` of n numbers each from a normal distribution of deviation 1."""
    return np.random.Generator(_bits(seed, block)).standard_normal(n)


@lru_cache(maxsize=_REMEMBERED)
def _even(seed: int, block: int) -> NDArray[np.float64]:
    """Return a block of numbers of even chance within -1..1."""
    return 2.0 * np.random.Generator(_bits(seed, block)).random(_BLOCK) - 1.0


def _bits(seed: int, block: int) -> np.random.Philox:
    # A counter has 256 bits; negative blocks count from its other end.
    return np.random.Philox(key=seed, counter=(block % 2**64) << 64)


def seed_of(seed: int, *words: str) -> int:
    """Return a seed, 0..2**63 - 1, that words make of another: the same whatever else there is."""
    digest = hashlib.sha256("\n".join([str(seed), *words]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
