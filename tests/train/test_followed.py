"""What decoded frames do, held against what was said: on every sound, not on average."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.train.followed import PROBES, follow, probes


class LoudnessModel:
    """Latent 0 is the level in dB; latent 1 says how much of a move the frame makes."""

    n_bands = 4
    centres_hz = np.array([100.0, 200.0, 400.0, 800.0])

    def decode(self, z: np.ndarray) -> np.ndarray:
        level_db = z[:, 1:2] * z[:, 0:1]
        return (10.0 ** (level_db / 20.0) * np.ones(4)).astype(np.float32)


def followed_by(shares: list[float]) -> Any:
    z = np.array([[0.0, share] for share in shares], np.float32)
    model: Any = LoudnessModel()
    owner = np.arange(len(shares))
    return follow("loudness", model, z, lambda amount: np.array([amount, 0.0]), owner)


def test_sounds_that_do_what_is_said_follow_exactly() -> None:
    found = followed_by([1.0, 1.0])
    assert found.slope == pytest.approx(1.0, abs=1e-4)
    assert found.followed == pytest.approx(1.0, abs=1e-4)


def test_an_average_that_is_right_hides_nothing() -> None:
    found = followed_by([2.0, 0.0])
    assert found.slope == pytest.approx(1.0, abs=1e-4)
    assert found.slopes == pytest.approx((0.0, 2.0), abs=1e-4)
    assert found.followed == pytest.approx(0.0, abs=1e-4)


@given(lengths=st.lists(st.integers(1, 4_000), min_size=1, max_size=30))
def test_probes_are_as_many_of_every_sound(lengths: list[int]) -> None:
    owner = np.repeat(np.arange(len(lengths)), lengths)
    chosen = probes(owner)
    assert len(chosen) <= 2 * PROBES
    assert set(owner[chosen]) == set(range(len(lengths)))
    assert (np.diff(chosen) > 0).all()
    most = np.bincount(owner[chosen]).max()
    assert most <= max(1, PROBES // len(lengths))


def test_many_sounds_are_not_too_many() -> None:
    assert len(probes(np.arange(9_000))) <= 2 * PROBES
