"""Laws of resynthesis: pieces, silence, channels, time and chance."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.audio import PhaseSettings, make_guide, resynthesize
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames

SPEC = TransformSpec(bins_per_octave=12, f_min_hz=220.0, slice_samples=2**14, padding_samples=2**12)
# A delay moves the block grid over the sound; what windows lose past the padding moves with it.
DELAY_DB = -60.0

phases = st.builds(
    PhaseSettings,
    method=st.sampled_from(["hybrid", "source", "pghi", "vocoder", "griffinlim"]),
    iterations=st.integers(0, 3),
    seed=st.integers(-(2**40), 2**40),
)
seeds = st.integers(0, 2**32 - 1)


def _noise(n_channels: int, n_samples: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.1 * rng.standard_normal((n_channels, n_samples)).astype(np.float32)


def _resounded(
    sound: np.ndarray, phase: PhaseSettings, pieces: list[np.ndarray] | None = None
) -> np.ndarray:
    def weights(first: int, last: int) -> np.ndarray:
        return np.ones((1, last - first), dtype=np.float32)

    guide = make_guide([ArrayReader(sound)], weights, SPEC, sound.shape[0])
    found = resynthesize(
        pieces or [magnitude_frames(sound, SPEC)],
        SPEC,
        phase,
        guide=guide,
        n_samples=sound.shape[1],
    )
    return np.concatenate(list(found), axis=1)


@settings(max_examples=15)
@given(data=st.data(), phase=phases, n_samples=st.integers(1, 40_000), seed=seeds)
def test_pieces_do_not_matter(
    data: st.DataObject, phase: PhaseSettings, n_samples: int, seed: int
) -> None:
    sound = _noise(1, n_samples, seed)
    frames = magnitude_frames(sound, SPEC)
    cuts = data.draw(st.lists(st.integers(0, frames.shape[1]), max_size=6).map(sorted))
    pieces = np.split(frames, cuts, axis=1)
    np.testing.assert_array_equal(
        _resounded(sound, phase, [frames]), _resounded(sound, phase, pieces)
    )


@settings(max_examples=8)
@given(phase=phases, n_samples=st.integers(1, 30_000), seed=seeds)
def test_silence_stays_silent(phase: PhaseSettings, n_samples: int, seed: int) -> None:
    silent = np.zeros((1, -(-n_samples // SPEC.hop_samples), SPEC.n_bands), dtype=np.float32)
    assert not _resounded(_noise(1, n_samples, seed), phase, [silent]).any()


@settings(max_examples=8)
@given(phase=phases, n_samples=st.integers(1, 20_000), seed=seeds)
def test_equal_channels_get_equal_bytes(phase: PhaseSettings, n_samples: int, seed: int) -> None:
    mono = _noise(1, n_samples, seed)
    found = _resounded(np.repeat(mono, 2, axis=0), phase)
    assert found[0].tobytes() == found[1].tobytes()
    assert found[0].tobytes() == _resounded(mono, phase)[0].tobytes()


@settings(max_examples=8)
@given(seed=seeds)
def test_with_the_sources_phases_channels_know_nothing_of_each_other(seed: int) -> None:
    # All other methods decide for both together; tests/audio/test_phase_integration.py says why.
    phase = PhaseSettings("source")
    stereo = _noise(2, 12_000, seed)
    both = _resounded(stereo, phase)
    for channel in (0, 1):
        alone = _resounded(stereo[channel : channel + 1], phase)
        np.testing.assert_array_equal(both[channel], alone[0])


@settings(max_examples=6)
@given(n_hops=st.integers(1, 100), seed=seeds)
def test_a_delay_by_hops_delays_the_sound(n_hops: int, seed: int) -> None:
    delay = n_hops * SPEC.hop_samples
    whole = _noise(1, 18_000 + delay, seed)
    # One begins later in the same noise; around its own beginning and end it must differ.
    here = _resounded(whole[:, delay:], PhaseSettings("source"))[:, 4_096:-4_096]
    there = _resounded(whole, PhaseSettings("source"))[:, delay + 4_096 : -4_096]
    error = np.linalg.norm(there - here) / np.linalg.norm(here)
    assert 20 * np.log10(error + 1e-12) < DELAY_DB


@settings(max_examples=6)
@given(phase=phases, n_samples=st.integers(1, 20_000), seed=seeds)
def test_the_same_render_gives_the_same_bytes(
    phase: PhaseSettings, n_samples: int, seed: int
) -> None:
    sound = _noise(1, n_samples, seed)
    assert _resounded(sound, phase).tobytes() == _resounded(sound, phase).tobytes()
