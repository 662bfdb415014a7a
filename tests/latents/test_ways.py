"""Ways through latent space: circles, even speed, gains, the level by itself, and what moves them.

The laws that hold for all of them: a path does not depend on how it is cut, silence stays silent,
and what a lane leaves alone stays the same bytes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ltsrender.automation import Constant
from ltsrender.latents import (
    Anchor,
    FrameGrid,
    LatentPath,
    Space,
    Steering,
    place_sound,
    trace_path,
)
from ltsrender.latents.averaging import averaged
from ltsrender.latents.circle import _slerp, _sphere_mean, on_a_circle
from ltsrender.latents.space import Ground
from ltsrender.latents.speed import PLACES, inverse, lengths_of

HOP = 64
RATE = 8_000
N_LATENTS = 6
N_FRAMES = 1_300


@dataclass(frozen=True)
class Swing:
    """Between two values, a few times a second: what a lane may do at its wildest."""

    low: float
    high: float

    def at(self, seconds: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * (0.5 + 0.5 * np.sin(7.0 * seconds))


def moving_anchor(
    seed: int, mode: str = "loop", n_channels: int = 1, length: int = 9_000
) -> Anchor:
    """A sound whose latents wander; latent 0 is a level above 0."""
    rng = np.random.default_rng(seed)
    placed = place_sound(np.ones((n_channels, length), np.float32), mode, sample_rate_hz=RATE)
    shape = (n_channels, placed.encoded_samples() // HOP + 2, N_LATENTS)
    mean = (rng.normal(size=N_LATENTS) + 0.3 * rng.normal(size=shape)).astype(np.float32)
    mean[..., 0] = 0.1 + 0.05 * rng.random(shape[:2])
    log_var = np.full(shape, -1.0, np.float32)
    return Anchor(placed, mean, log_var, np.zeros((2, N_LATENTS), np.float32), 0.1)


MEAN = np.array([0.1, 0.2, -0.3, 0.1, 0.0, 0.4], np.float32)
GROUND = Ground(MEAN, np.array([0.0, 1.0, 1.0, 1.0, 1.0, 1.0], np.float32), 0.8)


def decode(z: np.ndarray) -> np.ndarray:
    """Something that is no straight line: bands that rise and fall with the latents."""
    places = np.linspace(-1.0, 1.0, 12)
    return (z[:, :1] * np.exp(3.0 * np.tanh(z[:, 1:2] * places + z[:, 2:3]))).astype(np.float32)


SPACE = Space(has_level=True, mean=MEAN, ground=GROUND, decode=decode)
AXES = {"pca/1": np.array([0, 0.5, 0.5, 0, 0, 0], np.float32)}
LANES = {
    "circle": ({"mix": Swing(-0.5, 1.5)}, Steering(interpolation="spherical")),
    "speed": ({"mix": Swing(-0.2, 1.2)}, Steering(interpolation="constant_speed")),
    "free": ({"weight/s0": Swing(0, 2), "weight/s1": Swing(2, -1)}, Steering(weights="free")),
    "scale": ({"mix": Swing(0, 1), "scale": Swing(0, 3)}, Steering()),
    "pca": ({"mix": Swing(0, 1), "pca/1": Swing(-2, 2)}, Steering()),
    "replace": (
        {"mix": Swing(0, 1), "replace/3": Swing(-9, 9)},
        Steering(replaced={"replace/3": 3}),
    ),
    "smoothing": ({"mix": Swing(0, 1), "smoothing": Swing(0.0, 1.2)}, Steering()),
    "level": ({"mix": Swing(0, 1), "level_mix": Swing(1, 0)}, Steering()),
    "level weights": ({"mix": Constant(1), "level_weight/s1": Swing(1, 2)}, Steering()),
    "soft": ({"mix": Swing(-1, 2)}, Steering(guard="soft")),
    "clamp": ({"mix": Swing(-1, 2), "noise": Constant(0.5)}, Steering(guard="clamp")),
    "noise": ({"mix": Swing(0, 1), "noise": Constant(2.0)}, Steering()),
}
LANES["all"] = (
    {
        name: lane
        for lanes, _ in LANES.values()
        for name, lane in lanes.items()
        if "weight/" not in name
    },
    Steering("normalised", "spherical", "soft", {"replace/3": 3}),
)


def path_of(name: str, anchors: list[Anchor] | None = None, space: Space = SPACE) -> LatentPath:
    lanes, steering = LANES[name]
    return traced(lanes, steering, anchors, space)


def traced(
    lanes: dict,
    steering: Steering | None = None,
    anchors: list[Anchor] | None = None,
    space: Space = SPACE,
) -> LatentPath:
    sounds = anchors or [moving_anchor(1), moving_anchor(2, "once", 2)]
    names = [f"s{index}" for index in range(len(sounds))]
    grid = FrameGrid(N_FRAMES, HOP, RATE)
    return trace_path(sounds, names, lanes, grid, seed=3, axes=AXES, steering=steering, space=space)


@pytest.mark.parametrize("name", LANES)
@given(cuts=st.lists(st.integers(1, N_FRAMES - 1), max_size=5))
def test_a_way_does_not_depend_on_how_it_is_cut(name: str, cuts: list[int]) -> None:
    whole = path_of(name).block(0, N_FRAMES)
    path = path_of(name)  # remembers nothing of the whole
    edges = [0, *sorted(set(cuts)), N_FRAMES]
    pieces = [path.block(a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole)
    assert np.isfinite(whole).all()


@pytest.mark.parametrize("name", [n for n in LANES if n not in ("smoothing", "all")])
def test_silence_stays_silent(name: str) -> None:
    ended = [moving_anchor(seed, "once", length=64 * HOP) for seed in (1, 2)]
    frames = path_of(name, ended).block(100, 300)
    np.testing.assert_array_equal(frames[..., 0], 0.0)
    no_level = path_of(name, ended, Space(mean=MEAN)).block(100, 300)
    if "noise" in LANES[name][0]:
        np.testing.assert_array_equal(no_level, 0.0)


def test_chance_never_moves_the_level() -> None:
    for lanes in ({"weight/s0": Constant(0.0)}, {"weight/s0": Swing(0, 2)}):
        plain, astray = (
            traced(lanes | noise, Steering(weights="free")).block(0, 200)
            for noise in ({}, {"noise": Constant(2.0)})
        )
        np.testing.assert_array_equal(astray[..., 0], plain[..., 0])
        assert not np.array_equal(astray, plain) or not plain.any()


WEIGHT = st.floats(-1.0, 2.0)
POINTS = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).normal(size=(2, 1, N_LATENTS))
)


@given(points=POINTS, mix=WEIGHT)
def test_a_circle_keeps_lengths_in_a_straight_line(points: np.ndarray, mix: float) -> None:
    lengths = np.linalg.norm(points, axis=-1)[:, 0]
    mean = on_a_circle(np.array([[mix], [1.0 - mix]]), points)
    wanted = max(mix * lengths[0] + (1.0 - mix) * lengths[1], 0.0)
    np.testing.assert_allclose(np.linalg.norm(mean), wanted, atol=1e-9)


@given(points=POINTS)
def test_a_circle_ends_exactly_at_its_points(points: np.ndarray) -> None:
    for weights, end in (([1.0, 0.0], points[0]), ([0.0, 1.0], points[1])):
        np.testing.assert_array_equal(on_a_circle(np.array(weights)[:, None], points), end)


@given(points=POINTS, mix=WEIGHT)
def test_the_way_beyond_stays_on_the_same_circle(points: np.ndarray, mix: float) -> None:
    mean = on_a_circle(np.array([[mix], [1.0 - mix]]), points)[0]
    plane = np.linalg.qr(points[:, 0].T)[0]
    np.testing.assert_allclose(plane @ (plane.T @ mean), mean, atol=1e-9)


@given(points=POINTS, mix=st.floats(0.0, 1.0))
def test_the_mean_of_many_is_the_way_between_two(points: np.ndarray, mix: float) -> None:
    directions = points / np.linalg.norm(points, axis=-1, keepdims=True)
    assume(float((directions[0] * directions[1]).sum()) > -0.99)
    weights = np.array([mix, 1.0 - mix]).reshape(2, 1, 1)
    two, is_way = _slerp(weights, directions)
    many, is_mean = _sphere_mean(weights, directions)
    assert is_way.all()
    assert is_mean.all()
    np.testing.assert_allclose(many, two, atol=1e-9)


def test_the_mean_of_three_has_nothing_left_to_go() -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(size=(3, 50, N_LATENTS)) + 1.0
    weights = rng.dirichlet((1.0, 1.0, 1.0), 50).T
    mean = on_a_circle(weights, points)
    directions = points / np.linalg.norm(points, axis=-1, keepdims=True)
    middle = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
    along = (directions * middle).sum(axis=-1, keepdims=True)
    across = directions - along * middle
    sine = np.linalg.norm(across, axis=-1, keepdims=True)
    pull = (weights[..., None] * across * np.arctan2(sine, along) / sine).sum(axis=0)
    assert np.abs(pull).max() < 1e-3


def test_opposite_points_have_a_straight_way() -> None:
    point = np.random.default_rng(0).normal(size=(1, N_LATENTS))
    mean = on_a_circle(np.array([[0.25], [0.75]]), np.stack([point, -point]))
    np.testing.assert_allclose(mean, -0.5 * point)


STEPS = st.lists(st.floats(0.0, 100.0), min_size=PLACES - 1, max_size=PLACES - 1)


@given(steps=STEPS)
def test_even_speed_rises_and_is_exact_at_both_ends(steps: list[float]) -> None:
    lengths = lengths_of(np.array(steps))
    mix = np.linspace(-1.0, 2.0, 301)
    found = inverse(lengths, mix)
    assert (np.diff(found) > 0.0).all()
    np.testing.assert_array_equal(inverse(lengths, np.array([0.0, 1.0])), [0.0, 1.0])


def test_a_way_without_a_measure_is_straight() -> None:
    mix = np.linspace(-1.0, 2.0, 31)
    np.testing.assert_allclose(inverse(lengths_of(np.zeros(PLACES - 1)), mix), mix, atol=1e-9)


def test_even_speed_is_more_even_than_a_straight_line() -> None:
    held = [
        replace(a, mean=a.mean[:, :1]) for a in (moving_anchor(5, "hold"), moving_anchor(6, "hold"))
    ]

    @dataclass(frozen=True)
    class Ramp:
        def at(self, seconds: np.ndarray) -> np.ndarray:
            return seconds * RATE / HOP / N_FRAMES

    def unevenness(steering: Steering) -> float:
        frames = decode(traced({"mix": Ramp()}, steering, held).block(0, N_FRAMES)[0])
        shapes = frames / np.sqrt(np.square(frames).mean(axis=1, keepdims=True)) + 1e-3
        steps = np.sqrt(np.square(np.diff(20.0 * np.log10(shapes), axis=0)).mean(axis=1))
        return float(steps.std() / steps.mean())

    straight, even = (unevenness(Steering(interpolation=i)) for i in ("linear", "constant_speed"))
    assert even < 0.5 * straight


@given(weight=st.floats(0.0, 1.0))
def test_free_weights_that_sum_to_one_are_normalised_ones(weight: float) -> None:
    lanes = {"weight/s0": Constant(weight), "weight/s1": Constant(1.0 - weight)}
    normal, free = (traced(lanes, Steering(weights=w)) for w in ("normalised", "free"))
    np.testing.assert_allclose(normal.block(0, 9), free.block(0, 9), atol=1e-6)
    np.testing.assert_allclose(normal.shares(0, 9), free.shares(0, 9), atol=1e-6)


def test_free_weights_are_gains() -> None:
    path = traced(
        {"weight/s0": Constant(2.0), "weight/s1": Constant(-1.0)}, Steering(weights="free")
    )
    own = [path.anchor_block(index, 0, 9) for index in (0, 1)]
    np.testing.assert_allclose(path.block(0, 9), 2.0 * own[0] - own[1], atol=1e-6)
    nothing = traced({"weight/s0": Constant(0.0)}, Steering(weights="free"))
    np.testing.assert_array_equal(nothing.block(0, 9), 0.0)
    np.testing.assert_array_equal(nothing.shares(0, 9), 0.0)


def test_the_level_goes_its_own_way() -> None:
    path = traced({"mix": Constant(1.0), "level_mix": Constant(0.0)})
    block = path.block(0, 9)
    np.testing.assert_array_equal(block[..., 0], path.anchor_block(1, 0, 9)[..., 0])
    own = np.broadcast_to(path.anchor_block(0, 0, 9), block.shape)
    np.testing.assert_array_equal(block[..., 1:], own[..., 1:])
    np.testing.assert_array_equal(path.shares(0, 9)[0], 1.0)
    np.testing.assert_array_equal(path.level_shares(0, 9)[0], 0.0)


def test_scale_is_nothing_at_one_and_the_mean_at_nothing() -> None:
    plain = traced({"mix": Constant(0.3)}).block(0, 9)
    np.testing.assert_array_equal(
        traced({"mix": Constant(0.3), "scale": Constant(1.0)}).block(0, 9), plain
    )
    none = traced({"mix": Constant(0.3), "scale": Constant(0.0)}).block(0, 9)
    np.testing.assert_allclose(none[..., 1:] - MEAN[1:], 0.0, atol=1e-6)
    np.testing.assert_array_equal(none[..., 0], plain[..., 0])


def test_a_replaced_latent_is_what_the_lane_says_and_the_others_stay() -> None:
    lanes = {"mix": Constant(0.3), "replace/3": Constant(-4.5)}
    block = traced(lanes, Steering(replaced={"replace/3": 3})).block(0, 9)
    plain = traced({"mix": Constant(0.3)}).block(0, 9)
    np.testing.assert_array_equal(block[..., 3], np.float32(-4.5))
    np.testing.assert_array_equal(np.delete(block, 3, axis=-1), np.delete(plain, 3, axis=-1))


def test_no_smoothing_leaves_the_path_its_bytes() -> None:
    plain = traced({"mix": Swing(0, 1)}).block(0, 700)
    still = traced({"mix": Swing(0, 1), "smoothing": Constant(0.0)}).block(0, 700)
    np.testing.assert_array_equal(plain, still)


@given(width=st.floats(1.0, 40.0), at=st.integers(45, 60))
def test_an_average_keeps_straight_lines(width: float, at: int) -> None:
    line = np.arange(100.0, dtype=np.float32)[None, :, None] * np.ones(3, np.float32)
    found = averaged(line, None, np.full(1, width), at, 1_000)
    np.testing.assert_allclose(found[0, 0], at, atol=1e-3)


def test_an_average_is_the_mean_of_its_frames_and_none_before_the_first() -> None:
    values = np.random.default_rng(1).normal(size=(1, 40, 2)).astype(np.float32)
    found = averaged(values, None, np.full(2, 5.0), 10, 1_000)
    np.testing.assert_allclose(found[0, 0], values[0, 8:13].mean(axis=0), atol=1e-6)
    start = averaged(values, None, np.full(2, 5.0), 10, 0)
    np.testing.assert_allclose(start[0, 0], values[0, 10:13].mean(axis=0), atol=1e-6)


def test_what_smoothing_looks_round_at_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = LatentPath.unsmoothed

    def counted(path: LatentPath, first: int, last: int) -> np.ndarray:
        made.append(first)
        return real(path, first, last)

    monkeypatch.setattr(LatentPath, "unsmoothed", counted)
    lanes = {"mix": Swing(0, 1), "smoothing": Constant(0.1)}
    path = replace(traced(lanes), grid=FrameGrid(N_FRAMES, 32, 48_000))  # many frames in 4 s
    for first in range(0, N_FRAMES, 100):
        path.block(first, first + 100)
    assert len(made) == len(set(made))


def test_smoothing_fades_into_silence_and_keeps_the_shape_there() -> None:
    sound = moving_anchor(1, "once", length=100 * HOP)
    sound = replace(sound, mean=np.repeat(sound.mean[:, :1], sound.mean.shape[1], axis=1))
    path = traced({"smoothing": Constant(20.0 * HOP / RATE)}, None, [sound])
    block, own = path.block(0, 200)[0], sound.mean[0, 0]
    assert 0.0 < block[104, 0] < block[95, 0] < block[60, 0]
    np.testing.assert_allclose(block[104, 1:], own[1:], atol=1e-5)
    np.testing.assert_array_equal(block[115:, 0], 0.0)
