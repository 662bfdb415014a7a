"""How far a model glides: all the way when it is perfect, and no way when it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.latents.edits import moved_along
from ltsrender.train.glide import REACHES, follow_glide, risen

CENTRES_HZ = 50.0 * 2.0 ** (np.arange(96) / 12)


class Mirror:
    """A model whose latents are the frames themselves; bands above some are never heard of."""

    has_level = False
    centres_hz = CENTRES_HZ

    def __init__(self, deaf_from: int = 96) -> None:
        self.deaf_from = deaf_from

    def encode(self, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return frames, frames

    def decode(self, z: np.ndarray) -> np.ndarray:
        heard = np.arange(96) < self.deaf_from
        return np.where(heard, np.maximum(z, 0.0), 0.01).astype(np.float32)


def partials(seed: int, n_frames: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    frames = np.full((n_frames, 96), 1e-3)
    for frame in frames:
        frame[rng.choice(np.arange(36, 60), 5, replace=False)] = 0.2 + rng.random(5)
    return frames.astype(np.float32)


@given(seed=st.integers(0, 99), bands=st.integers(-20, 20))
def test_partials_are_seen_to_rise_by_what_they_rose(seed: int, bands: int) -> None:
    frames = partials(seed)
    moved = moved_along(frames, bands / 12, CENTRES_HZ)
    np.testing.assert_allclose(risen(frames, moved, CENTRES_HZ), bands / 12, atol=1e-9)


def followed_by(model: Mirror) -> Any:
    frames: Any = partials(1)
    any_model: Any = model
    return follow_glide(any_model, frames, frames, np.array([0, 0, 1, 1]))


def test_a_perfect_model_glides_as_far_as_is_asked() -> None:
    found, reach = followed_by(Mirror())
    assert reach == REACHES[-1]
    assert found.followed > 0.99
    assert found.slopes == pytest.approx((1.0, 1.0), abs=0.01)


def test_a_reach_ends_where_the_model_knows_no_frames() -> None:
    reach = followed_by(Mirror(deaf_from=62))[1]
    assert 0.0 < reach < 1.0
    assert followed_by(Mirror(deaf_from=40))[1] == 0.0
