"""From one rate to another: in time to the sample, and the same for every cut."""

from __future__ import annotations

import tempfile
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.stems import StemFormat, StemWriter
from ltsrender.stems.resample import Resampler, resampled_length

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAIRS = [(44_100, 48_000), (48_000, 44_100), (48_000, 96_000), (44_100, 22_050), (96_000, 44_100)]
every_pair = pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
SWEPT_ERROR = 1e-6
"""-120 dB: soxr's VHQ keeps 28 bits in its pass band; a sample late would be an error of 0.3."""


def resampled(audio: NDArray[np.float64], from_hz: int, to_hz: int) -> NDArray[np.float64]:
    stream = Resampler(from_hz, to_hz, len(audio))
    return np.concatenate([stream.resample(audio), stream.finish()], axis=1)


@every_pair
@pytest.mark.parametrize("turn", [3, 20])
def test_an_impulse_stays_where_it_was(from_hz: int, to_hz: int, turn: int) -> None:
    """It stands where a sample of both rates stands, so its image is symmetric about a sample."""
    common = gcd(from_hz, to_hz)
    where, wanted = turn * 50 * from_hz // common, turn * 50 * to_hz // common
    audio = np.zeros((1, 2 * where + 8_000))
    audio[0, where] = 1.0
    made = resampled(audio, from_hz, to_hz)[0]
    assert int(np.argmax(made)) == wanted
    reach = min(200, wanted)
    after, before = made[wanted : wanted + reach], made[wanted - reach + 1 : wanted + 1][::-1]
    np.testing.assert_allclose(after, before, atol=1e-7)


@every_pair
def test_a_sweep_is_the_same_sweep(from_hz: int, to_hz: int) -> None:
    """A glide from 100 Hz to 0.35 of the lower rate, against the same formula at the other rate."""
    length_s, low_hz, high_hz = 2.0, 100.0, 0.35 * min(from_hz, to_hz)

    def sweep(rate_hz: int) -> NDArray[np.float64]:
        seconds = np.arange(round(length_s * rate_hz)) / rate_hz
        phase = low_hz * seconds + (high_hz - low_hz) * seconds**2 / (2 * length_s)
        return np.sin(2 * np.pi * phase) * np.sin(np.pi * seconds / length_s) ** 2

    made = resampled(sweep(from_hz)[np.newaxis], from_hz, to_hz)[0]
    assert np.abs(made - sweep(to_hz)).max() < SWEPT_ERROR


@given(
    n_samples=st.integers(0, 10**10),
    pair=st.sampled_from([*PAIRS, (8_000, 192_000), (44_100, 44_100), (192_000, 8_000)]),
)
def test_a_length_is_rounded_to_the_nearest_sample(n_samples: int, pair: tuple[int, int]) -> None:
    from_hz, to_hz = pair
    length = resampled_length(n_samples, from_hz, to_hz)
    if n_samples == 0:
        assert length == 0
    elif length > 1:
        assert -from_hz <= 2 * (n_samples * to_hz - length * from_hz) < from_hz
    else:
        assert length == 1


@pytest.mark.parametrize(
    ("n_samples", "from_hz", "to_hz", "wanted"),
    [
        (44_101, 44_100, 48_000, 48_001),
        (1, 48_000, 44_100, 1),
        (1, 96_000, 8_000, 1),
        (3, 44_100, 22_050, 2),  # one and a half: halves go up
        (5, 44_100, 88_200, 10),
    ],
)
def test_lengths_to_look_at(n_samples: int, from_hz: int, to_hz: int, wanted: int) -> None:
    audio = np.random.default_rng(2).normal(0, 0.1, (2, n_samples))
    assert resampled(audio, from_hz, to_hz).shape == (2, wanted)


@given(
    pair=st.sampled_from(PAIRS),
    n_samples=st.integers(1, 20_000),
    cuts=st.lists(st.integers(0, 20_000), max_size=6),
)
@settings(max_examples=40)
def test_blocks_of_any_length_give_the_same_samples(
    pair: tuple[int, int], n_samples: int, cuts: list[int]
) -> None:
    from_hz, to_hz = pair
    audio = np.random.default_rng(3).normal(0, 0.1, (2, n_samples))
    whole = resampled(audio, from_hz, to_hz)
    stream = Resampler(from_hz, to_hz, 2)
    made = [stream.resample(piece) for piece in np.split(audio, sorted(cuts), axis=1)]
    np.testing.assert_array_equal(np.concatenate([*made, stream.finish()], axis=1), whole)
    assert whole.shape[1] == resampled_length(n_samples, from_hz, to_hz)


@given(
    form=st.sampled_from(
        [
            StemFormat("wav", "24", 44_100),
            StemFormat("wav", "16", 44_100, "shaped", mono=True),
            StemFormat("wav", "32f", 96_000),
            StemFormat("flac", "16", 22_050, mono=True),
            StemFormat("aiff", "24", 48_000, "shaped"),
        ]
    ),
    cuts=st.lists(st.integers(0, 30_000), min_size=1, max_size=6),
)
@settings(max_examples=20)
def test_a_resampled_stem_is_the_same_bytes_for_every_cut(
    form: StemFormat, cuts: list[int]
) -> None:
    audio = np.random.default_rng(3).normal(0, 0.2, (2, 30_000)).astype(np.float32)
    audio[:, 9_000:20_000] = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path, hashes = Path(folder) / "a", set()
        for pieces in ([audio], np.split(audio, sorted(cuts), axis=1)):
            with StemWriter(path, 48_000, 2, form, 5, gain=0.7) as writer:
                for piece in pieces:
                    writer.write(piece)
            hashes.add((writer.stem.sha256, writer.stem.loudness, writer.stem.dc))
    assert len(hashes) == 1


def test_a_stem_at_another_rate_says_so_in_all_its_facts(tmp_path: Path) -> None:
    form = StemFormat("wav", "24", 44_100, mono=True)
    with StemWriter(tmp_path / "a.wav", 48_000, 2, form, 5) as writer:
        writer.write(np.full((2, 48_001), 0.25, np.float32))
    stem, info = writer.stem, soundfile.info(tmp_path / "a.wav")
    assert (info.samplerate, info.channels, info.frames) == (44_100, 1, 44_101)
    assert (stem.sample_rate_hz, stem.n_channels, stem.n_samples) == (44_100, 1, 44_101)
    assert stem.mono
    assert stem.dc[0] == pytest.approx(0.25, abs=1e-4)
