from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.models import TimbreModel, load_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def model(model_file: Path) -> TimbreModel:
    return load_model(model_file)


def test_the_decoded_rms_is_the_level(model: TimbreModel) -> None:
    z = np.random.default_rng(0).normal(size=(50, model.n_latents)).astype(np.float32)
    z[:, 0] = np.linspace(0.01, 0.5, 50)
    frames = model.decode(z)
    np.testing.assert_allclose(np.sqrt((frames**2).mean(1)), z[:, 0] ** (1 / 0.6), rtol=1e-5)


def test_a_level_of_nothing_or_less_is_silence(model: TimbreModel) -> None:
    z = np.ones((3, model.n_latents), np.float32)
    z[:, 0] = [0.0, -0.0, -5.0]
    assert not model.decode(z).any()


def test_decoded_levels_have_a_ceiling(model: TimbreModel) -> None:
    z = np.full((1, model.n_latents), 1e3, np.float32)
    loudest_rms = model.card.latents.maximum[0] ** (1 / 0.6)
    decoded_rms = np.sqrt((model.decode(z) ** 2).mean())
    assert 20 * np.log10(decoded_rms / loudest_rms) == pytest.approx(12.0, abs=0.001)


def test_no_frames_are_no_frames(model: TimbreModel) -> None:
    mean, log_var = model.encode(np.zeros((0, model.n_bands), np.float32))
    assert mean.shape == log_var.shape == (0, model.n_latents)
    assert model.decode(mean).shape == (0, model.n_bands)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (np.zeros((2, 3), np.float32), r"shape \(2, 3\)"),
        (np.zeros(28, np.float32), "shape"),
        (np.full((2, 28), np.nan, np.float32), "not finite"),
        (np.full((2, 28), np.inf, np.float32), "not finite"),
        (np.full((2, 28), -0.1, np.float32), "0 or more"),
    ],
)
def test_what_is_no_frame_is_refused(model: TimbreModel, frames: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        model.encode(frames)


def test_latents_that_are_not_finite_are_refused(model: TimbreModel) -> None:
    with pytest.raises(ValueError, match="not finite"):
        model.decode(np.full((1, model.n_latents), np.nan, np.float32))


def test_the_card_gives_the_transform(model: TimbreModel) -> None:
    assert model.spec.to_dict() == model.card.transform
    assert model.spec.n_bands == model.n_bands
