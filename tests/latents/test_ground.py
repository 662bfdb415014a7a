"""The guard: what it holds, what it bends, and what it never touches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.latents import (
    Anchor,
    FrameGrid,
    LatentPath,
    Space,
    Steering,
    known_ground,
    place_sound,
    trace_path,
)
from ltsrender.latents.ground import LIMIT, bent, distances, guarded
from ltsrender.latents.space import Ground, weights_of

GROUND = Ground(
    np.array([0.1, 0.5, -1.0, 0.0], np.float32), np.array([0.0, 2.0, 0.5, 0.0], np.float32), 1.5
)
POINTS = st.integers(0, 10_000).map(
    lambda seed: (8.0 * np.random.default_rng(seed).normal(size=(30, 4))).astype(np.float32)
)


@given(points=POINTS)
def test_clamp_never_leaves_known_ground(points: np.ndarray) -> None:
    held = guarded(points, GROUND, "clamp")
    assert distances(held, GROUND).max() <= GROUND.edge * (1.0 + 1e-5)
    inside = distances(points, GROUND) <= GROUND.edge
    np.testing.assert_array_equal(held[inside], points[inside])


@given(points=POINTS)
def test_a_guard_never_moves_the_level_nor_what_tells_nothing(points: np.ndarray) -> None:
    for guard in ("soft", "clamp"):
        held = guarded(points, GROUND, guard)
        np.testing.assert_array_equal(held[:, [0, 3]], points[:, [0, 3]])


@given(points=POINTS)
def test_a_guard_moves_towards_the_mean_in_a_straight_line(points: np.ndarray) -> None:
    for guard in ("soft", "clamp"):
        moved = guarded(points, GROUND, guard)[:, 1:3] - GROUND.mean[1:3]
        whole = points[:, 1:3] - GROUND.mean[1:3]
        cross = moved[:, 0] * whole[:, 1] - moved[:, 1] * whole[:, 0]
        np.testing.assert_allclose(cross, 0.0, atol=1e-2)
        assert ((moved * whole).sum(axis=1) >= 0.0).all()


@given(far=st.floats(0.0, 100.0), more=st.floats(1e-6, 1.0))
def test_soft_rises_and_has_a_limit(far: float, more: float) -> None:
    here, there = bent(np.array([far, far + more]), 1.5)
    assert here <= there <= 1.5 * LIMIT
    assert there - here <= more * (1.0 + 1e-9)  # it bends, it never jumps
    if far <= 1.5:
        assert here == far


@pytest.mark.parametrize("guard", ["off", "warn"])
def test_off_and_warn_change_nothing(guard: str) -> None:
    points = np.full((3, 4), 50.0, np.float32)
    np.testing.assert_array_equal(guarded(points, GROUND, guard), points)


@given(points=POINTS, share=st.floats(0.0, 1.0))
def test_no_mixture_is_farther_than_its_sounds(points: np.ndarray, share: float) -> None:
    one, other = points[:15], points[15:]
    mixed = distances(share * one + (1.0 - share) * other, GROUND)
    assert (mixed <= np.maximum(distances(one, GROUND), distances(other, GROUND)) + 1e-4).all()


def test_latents_that_tell_nothing_have_no_weight() -> None:
    found = weights_of(np.array([5.0, 1.0, 0.05, 2.0]), has_level=True)
    np.testing.assert_allclose(found, [0.0, 1.0, 0.0, 0.5])


@dataclass(frozen=True)
class Ramp:
    low: float
    high: float

    def at(self, seconds: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * seconds


def path_of(guard: str, ground: Ground | None = GROUND) -> LatentPath:
    anchors = []
    for value in (1.0, 0.0):
        placed = place_sound(np.ones((1, 1_000), np.float32), "hold", sample_rate_hz=1_000)
        mean = np.full((1, 300, 4), value, np.float32)
        mean[..., 0] = 0.2
        spread = np.zeros_like(mean)
        anchors.append(Anchor(placed, mean, spread, np.zeros((2, 4), np.float32), 0.1))
    space = Space(has_level=True, ground=ground)
    grid = FrameGrid(250, 4, 1_000)
    lanes = {"mix": Ramp(0.0, 4.0)}
    return trace_path(anchors, ["a", "b"], lanes, grid, steering=Steering(guard=guard), space=space)


def test_a_path_is_held_where_it_leaves_and_nowhere_else() -> None:
    plain, held = (path_of(guard).block(0, 250) for guard in ("off", "clamp"))
    far, edge = known_ground(path_of("clamp"))
    assert far[0] < edge < far[-1]
    beyond = far > edge
    np.testing.assert_array_equal(held[0, ~beyond], plain[0, ~beyond])
    np.testing.assert_allclose(distances(held[0, beyond], GROUND), edge, rtol=1e-5)
    np.testing.assert_array_equal(path_of("warn").block(0, 250), plain)


def test_silence_is_known_and_never_moved() -> None:
    path = path_of("clamp")
    still = replace(path, anchors=[replace(a, mean=0.0 * a.mean) for a in path.anchors])
    np.testing.assert_array_equal(still.block(0, 250), 0.0)
    np.testing.assert_array_equal(known_ground(still)[0], 0.0)


def test_a_model_that_knows_no_ground_says_so() -> None:
    with pytest.raises(ValueError, match="does not tell"):
        known_ground(path_of("off", None))
