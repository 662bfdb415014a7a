"""Laws of attacks: pieces, silence, channels, length, and never louder in the whole."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.audio import Attacks
from ltsrender.audio.transients import with_attacks
from ltsrender.signal import ArrayReader, TransformSpec

SPECS = [TransformSpec(sample_rate_hz=rate, hop_samples=256) for rate in (44_100, 48_000)]

specs = st.sampled_from(SPECS)
seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(1, 180_000)


def _source(seed: int, n_samples: int) -> np.ndarray:
    """Hits of noise at random moments: float32[1, sample]."""
    rng = np.random.default_rng(seed)
    sound = 1e-4 * rng.standard_normal(n_samples)
    for at in rng.integers(0, n_samples, 1 + n_samples // 20_000):
        after = np.arange(n_samples - at)
        sound[at:] += rng.uniform(0.05, 0.5) * rng.standard_normal(after.size) * 0.9997**after
    return sound.astype(np.float32)[None]


def _made(source: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed + 1).standard_normal(source.shape)
    return (source + 0.02 * noise).astype(np.float32)


def _attacks(source: np.ndarray) -> Attacks:
    return Attacks([ArrayReader(source)], lambda a, b: np.ones((1, b - a), dtype=np.float32))


def _sharpened(pieces: list[np.ndarray], attacks: Attacks, spec: TransformSpec) -> np.ndarray:
    return np.concatenate([pieces[0][:, :0], *with_attacks(pieces, attacks, spec)], axis=1)


@settings(max_examples=15)
@given(data=st.data(), spec=specs, n_samples=lengths, seed=seeds)
def test_pieces_do_not_matter(
    data: st.DataObject, spec: TransformSpec, n_samples: int, seed: int
) -> None:
    source = _source(seed, n_samples)
    made = _made(source, seed)
    cuts = data.draw(st.lists(st.integers(0, n_samples), max_size=6).map(sorted))
    whole = _sharpened([made], _attacks(source), spec)
    assert whole.shape == made.shape
    np.testing.assert_array_equal(
        whole, _sharpened(np.split(made, cuts, axis=1), _attacks(source), spec)
    )


@settings(max_examples=10)
@given(spec=specs, n_samples=lengths, seed=seeds)
def test_the_source_itself_is_left_alone(spec: TransformSpec, n_samples: int, seed: int) -> None:
    source = _source(seed, n_samples)
    np.testing.assert_array_equal(_sharpened([source], _attacks(source), spec), source)


@settings(max_examples=10)
@given(spec=specs, n_samples=lengths, seed=seeds)
def test_silence_stays_silent(spec: TransformSpec, n_samples: int, seed: int) -> None:
    source = _source(seed, n_samples)
    assert not _sharpened([0 * source], _attacks(source), spec).any()
    made = _made(source, seed)
    made[:, n_samples // 2 :] = 0.0
    found = _sharpened([made], _attacks(source), spec)
    assert not found[:, n_samples // 2 + spec.sample_rate_hz // 100 :].any()


@settings(max_examples=10)
@given(spec=specs, n_samples=lengths, seed=seeds)
def test_channels_share_their_gain(spec: TransformSpec, n_samples: int, seed: int) -> None:
    source = _source(seed, n_samples)
    made = _made(source, seed)
    mono = _sharpened([made], _attacks(source), spec)
    equal = _sharpened([np.repeat(made, 2, axis=0)], _attacks(source), spec)
    np.testing.assert_array_equal(equal, np.repeat(mono, 2, axis=0))
    # A channel of half the level, and one turned over, go down as far as the other.
    related = _sharpened([np.concatenate([made, -0.5 * made])], _attacks(source), spec)
    np.testing.assert_allclose(related[1], -0.5 * related[0], atol=1e-7)


@settings(max_examples=10)
@given(spec=specs, n_samples=lengths, seed=seeds)
def test_nothing_becomes_louder(spec: TransformSpec, n_samples: int, seed: int) -> None:
    source = _source(seed, n_samples)
    made = _made(source, seed)
    found = _sharpened([made], _attacks(source), spec)
    assert np.linalg.norm(found) <= np.linalg.norm(made)
