"""Laws of the models room: partition independence, silence, finiteness."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from ltsrender.models import FrameVAE, LatentStatistics, ModelCard, Sizes, TimbreModel
from ltsrender.models.card import default_latent_names
from ltsrender.signal.spec import TransformSpec

SPEC = TransformSpec(
    sample_rate_hz=8_000, bins_per_octave=8, slice_samples=2**13, padding_samples=2**11
)
N_LATENTS = 7
LARGEST = float(np.finfo(np.float32).max)
SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def model() -> TimbreModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = FrameVAE(Sizes(n_bands=SPEC.n_bands, n_latents=N_LATENTS, width=37, n_hidden=2))
    ones = (1.0,) * N_LATENTS
    card = ModelCard(
        name="law",
        transform=SPEC.to_dict(),
        sizes=network.sizes,
        latent_names=default_latent_names(N_LATENTS),
        latents=LatentStatistics(mean=ones, deviation=ones, minimum=ones, maximum=ones),
    )
    return TimbreModel(network, card)


@given(seed=SEEDS, cuts=st.lists(st.integers(0, 600), max_size=5))
def test_how_the_frames_are_cut_changes_no_bit(
    model: TimbreModel, seed: int, cuts: list[int]
) -> None:
    frames = np.random.default_rng(seed).random((600, model.n_bands), np.float32) ** 4
    pieces = np.split(frames, sorted(cuts))
    whole_mean, whole_log_var = model.encode(frames)
    means, log_vars = zip(*(model.encode(piece) for piece in pieces), strict=True)
    np.testing.assert_array_equal(np.concatenate(means), whole_mean)
    np.testing.assert_array_equal(np.concatenate(log_vars), whole_log_var)
    decoded = np.concatenate([model.decode(mean) for mean in means])
    np.testing.assert_array_equal(decoded, model.decode(whole_mean))


@given(
    z=st.lists(
        st.lists(st.floats(-1e3, 1e3, width=32), min_size=N_LATENTS, max_size=N_LATENTS),
        min_size=1,
        max_size=5,
    )
)
def test_any_latents_decode_to_finite_magnitudes(model: TimbreModel, z: list[list[float]]) -> None:
    frames = model.decode(np.array(z, np.float32))
    assert np.isfinite(frames).all()
    assert (frames >= 0.0).all()
    assert frames.max() <= 4.0 * np.sqrt(model.n_bands)  # 12 dB over the loudest, all in one band


@example(z=[1.0] + [LARGEST, -LARGEST] * 3)
@given(
    z=st.lists(
        st.floats(allow_nan=False, allow_infinity=False, width=32),
        min_size=N_LATENTS,
        max_size=N_LATENTS,
    )
)
def test_the_largest_numbers_there_are_decode_too(model: TimbreModel, z: list[float]) -> None:
    assert np.isfinite(model.decode(np.array([z], np.float32))).all()


@given(seed=SEEDS, n_silent=st.integers(1, 20))
def test_silence_stays_silent(model: TimbreModel, seed: int, n_silent: int) -> None:
    frames = np.random.default_rng(seed).random((40, model.n_bands), np.float32)
    frames[:n_silent] = 0.0
    mean, log_var = model.encode(frames)
    assert not mean[:n_silent].any()
    noisy = mean + np.exp(0.5 * log_var) * np.random.default_rng(seed).normal(size=mean.shape)
    decoded = model.decode(noisy.astype(np.float32))
    assert not decoded[:n_silent].any()
    assert decoded[n_silent:].any(axis=1).all()
    assert not model.decode(0.5 * mean)[:n_silent].any()


@given(seed=SEEDS, gain=st.floats(1e-3, 1.0))
def test_a_gain_passes_through(model: TimbreModel, seed: int, gain: float) -> None:
    frames = np.random.default_rng(seed).random((4, model.n_bands), np.float32)
    loud = model.decode(model.encode(frames)[0])
    quiet = model.decode(model.encode(np.float32(gain) * frames)[0])
    np.testing.assert_allclose(quiet, gain * loud, rtol=2e-4, atol=1e-7)
