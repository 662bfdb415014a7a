"""Laws of what leaves the house: blocks equal the whole, silence stays silent."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.stems import Fader, Quantiser, StemFormat, StemWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_SAMPLES = 9_000
SOUND = np.random.default_rng(4).uniform(-0.9, 0.9, (2, N_SAMPLES)).astype(np.float32)
SOUND[:, 2_000:4_000] = 0.0
SOUND[1, 6_000:6_070] = 0.0
KINDS = [
    ("wav", "16"),
    ("wav", "24"),
    ("wav", "32f"),
    ("flac", "16"),
    ("flac", "24"),
    ("aiff", "24"),
]

cuts_of_the_sound = st.lists(st.integers(0, N_SAMPLES), max_size=8)
levels_db = st.floats(-130.0, 24.0)
places = st.floats(-1.0, 1.0)


class Wave:
    """A lane that swings between two values."""

    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, last

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.first + (self.last - self.first) * (0.5 - 0.5 * np.cos(60.0 * seconds))


def pieces_of(cuts: list[int]) -> list[NDArray[np.float32]]:
    return np.split(SOUND, sorted(cuts), axis=1)


@given(cuts=cuts_of_the_sound, gain=st.tuples(levels_db, levels_db), pan=st.tuples(places, places))
def test_a_fader_s_blocks_equal_the_whole(
    cuts: list[int], gain: tuple[float, float], pan: tuple[float, float]
) -> None:
    def fader() -> Fader:
        return Fader(Wave(*gain), Wave(*pan), 44_100)

    cut = fader()
    made = np.concatenate([cut.apply(piece) for piece in pieces_of(cuts)], axis=1)
    np.testing.assert_array_equal(made, fader().apply(SOUND))


@given(cuts=cuts_of_the_sound, n_bits=st.sampled_from([16, 24]), key=st.integers(0, 2**128 - 1))
def test_a_quantiser_s_blocks_equal_the_whole(cuts: list[int], n_bits: int, key: int) -> None:
    cut = Quantiser(n_bits, 2, key)
    made = np.concatenate([cut.quantise(piece) for piece in pieces_of(cuts)], axis=1)
    np.testing.assert_array_equal(made, Quantiser(n_bits, 2, key).quantise(SOUND))


@pytest.mark.parametrize(("container", "bit_depth"), KINDS)
@settings(max_examples=8)
@given(cuts=cuts_of_the_sound, seed=st.integers(0, 2**63))
def test_a_stem_s_bytes_do_not_depend_on_the_blocks(
    container: str, bit_depth: str, cuts: list[int], seed: int
) -> None:
    form = StemFormat(container, bit_depth, 44_100)
    with tempfile.TemporaryDirectory() as folder:
        hashes = set()
        for pieces in ([SOUND], pieces_of(cuts)):
            path = Path(folder) / f"a.{container}"
            with StemWriter(path, 44_100, 2, form, seed) as writer:
                for piece in pieces:
                    writer.write(piece)
            hashes.add(writer.stem.sha256)
    assert len(hashes) == 1


@given(n_samples=st.integers(1, 500), seed=st.integers(0, 1_000), n_bits=st.sampled_from([16, 24]))
def test_silence_stays_silent(n_samples: int, seed: int, n_bits: int) -> None:
    silence = np.zeros((2, n_samples), np.float32)
    faded = Fader(Wave(0.0, 24.0), Wave(-1.0, 1.0), 44_100).apply(silence)
    assert not Quantiser(n_bits, 2, seed).quantise(faded).any()
