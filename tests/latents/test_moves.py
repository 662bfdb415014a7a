"""Every frame's own way: hats that add up, and paths that go where edited frames are."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import Constant
from ltsrender.latents import Anchor, FrameGrid, LatentPath, encode_anchor, place_sound, trace_path
from ltsrender.latents.edits import edited
from ltsrender.latents.moves import STEPS, Moves, amounts_between, moves_of, shares
from ltsrender.models import load_model

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.models import TimbreModel

HOP = 4
RATE = 1_000


class Swell:
    def at(self, seconds: np.ndarray) -> np.ndarray:
        return 5.0 * np.sin(40.0 * seconds)


AMOUNTS = st.lists(
    st.floats(-60.0, 60.0).filter(lambda amount: abs(amount) > 1e-3), max_size=6, unique=True
)


@given(amounts=AMOUNTS, value=st.floats(-60.0, 60.0))
def test_shares_add_up_to_what_is_said_as_far_as_there_are_amounts(
    amounts: list[float], value: float
) -> None:
    amounts = sorted(amounts)
    found = shares(amounts, np.array([value]))[:, 0].astype(np.float64)
    said = np.clip(value, min([*amounts, 0.0]), max([*amounts, 0.0]))
    assert found @ np.array(amounts) == pytest.approx(said, abs=1e-4)
    assert np.count_nonzero(found) <= 2
    assert ((found >= 0.0) & (found <= 1.0)).all()


def test_an_amount_is_all_of_itself_and_nothing_is_none() -> None:
    amounts = (-3.0, 1.0, 2.5)
    np.testing.assert_allclose(shares(amounts, np.array(amounts)), np.eye(3), atol=1e-7)
    assert not shares(amounts, np.zeros(1)).any()


@given(
    name=st.sampled_from(sorted(STEPS)),
    ends=st.tuples(st.floats(-4.0, 4.0), st.floats(-4.0, 4.0)).map(sorted),
)
def test_amounts_reach_from_a_lanes_lowest_value_to_its_highest(
    name: str, ends: list[float]
) -> None:
    amounts = amounts_between(name, *ends)
    assert list(amounts) == sorted(set(amounts))
    assert 0.0 not in amounts
    assert {*ends} - {0.0} <= set(amounts)
    assert all(ends[0] <= amount <= ends[1] for amount in amounts)


def test_what_is_held_still_is_encoded_where_it_is() -> None:
    assert amounts_between("noisiness", 4.5, 4.5) == (4.5,)
    assert amounts_between("noisiness", 0.0, 0.0) == ()
    assert amounts_between("noisiness", -4.0, 7.0) == (-4.0, -3.0, 3.0, 6.0, 7.0)
    assert len(amounts_between("pitch", -0.5, 0.5)) == 24


def anchor(value: float, mode: str = "hold", n_channels: int = 1) -> Anchor:
    placed = place_sound(np.ones((n_channels, 400), np.float32), mode, sample_rate_hz=RATE)
    shape = (n_channels, placed.encoded_samples() // HOP + 2, 3)
    rng = np.random.default_rng(int(value))
    mean = np.full(shape, value, np.float32)
    amounts = (-6.0, -3.0, 3.0, 6.0)
    moves = {"noisiness": Moves(amounts, rng.standard_normal((4, *shape)).astype(np.float16))}
    return Anchor(placed, mean, mean, np.zeros((2, 3), np.float32), value, moves)


def path_of(anchors: list[Anchor], n_frames: int = 1_400, **lanes: object) -> LatentPath:
    names = [f"s{i}" for i in range(len(anchors))]
    targets = {name.replace("macro_", "macro/"): lane for name, lane in lanes.items()}
    return trace_path(anchors, names, targets, FrameGrid(n_frames, HOP, RATE))


def test_moves_are_mixed_as_the_sounds_are() -> None:
    sounds = [anchor(10), anchor(20)]
    plain = path_of(sounds, mix=Constant(1.3)).block(5, 9)
    moved = path_of(sounds, mix=Constant(1.3), macro_noisiness=Constant(3.0)).block(5, 9)
    one, other = (
        sound.moves["noisiness"].latents[2][:, 5:9].astype(np.float32) for sound in sounds
    )
    np.testing.assert_allclose(moved - plain, 1.3 * one - 0.3 * other, atol=1e-5)


@given(cuts=st.lists(st.integers(0, 1_400), max_size=6))
def test_a_moved_path_does_not_depend_on_how_it_is_cut(cuts: list[int]) -> None:
    path = path_of([anchor(10, "loop"), anchor(20, "once", 2)], macro_noisiness=Swell())
    edges = [0, *sorted(set(cuts) - {0, 1_400}), 1_400]
    pieces = [path.block(a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), path.block(0, 1_400))


def test_a_sound_that_has_ended_stays_silent_and_an_anchor_alone_unmoved() -> None:
    path = path_of([anchor(10, "once")], macro_noisiness=Constant(4.0))
    assert not path.block(150, 200).any()
    np.testing.assert_array_equal(path.anchor_block(0, 0, 50), 10.0)


def test_a_macro_that_one_sound_has_no_way_for_is_refused() -> None:
    still = anchor(20)
    sounds = [anchor(10), Anchor(still.placed, still.mean, still.log_var, still.silence, 1.0)]
    with pytest.raises(ValueError, match="macro/noisiness has no direction"):
        path_of(sounds, macro_noisiness=Constant(1.0))


@pytest.fixture(scope="module")
def model(repository: Path) -> TimbreModel:
    return load_model(repository / "examples" / "first-light" / "first-light.ltsmodel")


def test_an_anchor_knows_where_its_edited_frames_are(model: TimbreModel) -> None:
    rng = np.random.default_rng(4)
    audio = (0.1 * rng.standard_normal((2, 9_000))).astype(np.float32)
    audio[:, 5_000:] = 0.0
    placed = place_sound(audio, "once", sample_rate_hz=model.spec.sample_rate_hz)
    plain = encode_anchor(placed, model, n_samples=9_000)
    macros = {"brightness": (-0.5, 0.5), "noisiness": ()}
    moved = encode_anchor(placed, model, n_samples=9_000, macros=macros)
    np.testing.assert_array_equal(plain.mean, moved.mean)
    assert moved.moves["brightness"].latents.shape == (2, *plain.mean.shape)
    assert moved.moves["noisiness"].latents.shape == (0, *plain.mean.shape)
    assert not moved.moves["brightness"].latents[..., 0].any()  # the level stays
    assert plain.moves == {}


@pytest.mark.parametrize(("name", "amount"), [("noisiness", 4.0), ("pitch", -0.25)])
def test_moves_lead_to_edited_frames(model: TimbreModel, name: str, amount: float) -> None:
    frames = np.random.default_rng(5).random((6, model.n_bands)).astype(np.float32)
    frames[3] = 0.0
    z = model.encode(frames)[0]
    found = moves_of(name, (amount,), frames, z, model)[0].astype(np.float32)
    made = edited(name, frames, (amount,), model.centres_hz)[0]
    np.testing.assert_allclose((z + found)[:, 1:], model.encode(made)[0][:, 1:], atol=0.05)
    assert not found[3].any()


def glide_path(value: float, detail: float = 1.0) -> LatentPath:
    one = anchor(10)
    moves = {"pitch": one.moves["noisiness"]}
    sound = Anchor(one.placed, one.mean, one.log_var, one.silence, 1.0, moves)
    lanes = {"macro/pitch": Constant(value), "detail": Constant(detail)}
    return trace_path([sound], ["s"], lanes, FrameGrid(200, HOP, RATE))


def test_detail_goes_as_the_pitch_leaves() -> None:
    assert glide_path(0.0, 0.8).detail(0, 3) == pytest.approx([0.8] * 3)
    assert glide_path(1.0 / 48.0, 0.8).detail(0, 3) == pytest.approx([0.4] * 3)
    assert not glide_path(-0.5).detail(0, 3).any()
    assert path_of([anchor(10)], macro_noisiness=Constant(3.0)).detail(0, 2).all()
