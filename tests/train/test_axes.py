"""Descriptors of frames, and the directions in latent space that follow them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.latents.descriptors import DESCRIPTORS
from ltsrender.latents.moves import moves_of
from ltsrender.models import card_in_words, load_model, read_card
from ltsrender.train import describe_model, train_model
from ltsrender.train.axes import descriptor_axes
from ltsrender.train.material import read_material

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

    from ltsrender.models import TimbreModel
    from ltsrender.train import TrainOptions

CENTRES_HZ = 50.0 * 2.0 ** (np.arange(32) / 4)
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, sounds: list[Path], tiny: TrainOptions) -> Path:
    path = tmp_path_factory.mktemp("described") / "tiny.ltsmodel"
    train_model(sounds, path, tiny)
    return path


def partial(band: int) -> np.ndarray:
    frames = np.zeros((1, 32), np.float32)
    frames[0, band] = 1.0
    return frames


@pytest.mark.parametrize("name", ["brightness", "pitch"])
def test_a_partial_is_as_bright_and_high_as_its_frequency(name: str) -> None:
    for band in (4, 20):
        found = DESCRIPTORS[name](partial(band), CENTRES_HZ)
        assert found[0] == pytest.approx(np.log2(CENTRES_HZ[band]))


def test_pitch_is_the_lowest_strong_peak_not_the_strongest() -> None:
    frames = partial(12) + 0.1 * partial(4) + 0.01 * partial(1)
    assert DESCRIPTORS["pitch"](frames, CENTRES_HZ)[0] == pytest.approx(np.log2(CENTRES_HZ[4]))


def test_noise_is_flatter_than_a_tone_and_loudness_changes_neither() -> None:
    noise = (RNG.random((1, 32)) + 0.5).astype(np.float32)
    noisy, tonal = (DESCRIPTORS["noisiness"](f, CENTRES_HZ)[0] for f in (noise, partial(9)))
    assert tonal < -50.0 < -3.0 < noisy <= 0.1
    for name in ("brightness", "noisiness", "pitch"):
        one, other = (DESCRIPTORS[name](gain * noise, CENTRES_HZ)[0] for gain in (1.0, 0.01))
        assert one == pytest.approx(other)
    quiet = DESCRIPTORS["loudness"](0.1 * noise, CENTRES_HZ)[0]
    assert quiet == pytest.approx(DESCRIPTORS["loudness"](noise, CENTRES_HZ)[0] - 20.0, abs=1e-4)


def test_silence_has_finite_descriptors() -> None:
    for name, describe in DESCRIPTORS.items():
        assert np.isfinite(describe(np.zeros((2, 32), np.float32), CENTRES_HZ)).all(), name


def test_training_describes_what_it_has_made(model: Path) -> None:
    card = read_card(model)
    assert [axis.name for axis in card.descriptors] == ["brightness", "noisiness", "pitch"]
    for axis in card.descriptors:
        assert len(axis.direction) == card.n_latents
        assert axis.direction[0] == 0.0  # a shape never moves the level
        assert axis.minimum <= axis.maximum
    assert "macro/<name>" in card_in_words(card)


def test_what_is_the_same_in_all_sounds_is_no_macro(
    workshop: SimpleNamespace, tiny: TrainOptions, tmp_path: Path
) -> None:
    breaths = [
        workshop.write(tmp_path / f"{seed}.wav", workshop.breath(seed, 0.2)) for seed in range(4)
    ]
    card = train_model(breaths, tmp_path / "m.ltsmodel", tiny)
    found = {axis.name: axis for axis in card.descriptors}
    assert found["pitch"].minimum == found["pitch"].maximum
    assert found["pitch"].fault


def described(model: Path, sounds: list[Path]) -> tuple[TimbreModel, np.ndarray, dict]:
    read = load_model(model)
    material = read_material(sounds, read)
    frames = np.concatenate([sound.frames[sound.audible] for sound in material])
    owner = np.repeat(np.arange(3), [sound.audible.sum() for sound in material])
    return read, frames, {axis.name: axis for axis in descriptor_axes(read, frames, owner)}


def test_frames_go_their_own_way_by_what_is_said(model: Path, sounds: list[Path]) -> None:
    read, frames, axes = described(model, sounds)
    axis, centres = axes["brightness"], read.centres_hz
    assert axis.way == "edited"
    assert axis.fault == ""
    z = read.encode(frames)[0]
    down, up = moves_of("brightness", (-0.5, 0.5), frames, z, read).astype(np.float32)
    high, low = (DESCRIPTORS["brightness"](read.decode(z + way), centres) for way in (up, down))
    assert axis.slopes is not None
    assert axis.slopes[0] - 0.1 < (high - low).mean() < axis.slopes[1] + 0.1


def test_a_model_that_never_heard_frames_shifted_does_not_glide(
    model: Path, sounds: list[Path]
) -> None:
    axis = described(model, sounds)[2]["pitch"]
    assert axis.reach == 0.0
    assert "--shift-bands" in axis.fault
    assert axis.worth.startswith("not to be used: ")


def test_describing_again_gives_the_same_and_leaves_weights(
    model: Path, sounds: list[Path], tmp_path: Path
) -> None:
    copy = shutil.copy(model, tmp_path / "copy.ltsmodel")
    first = describe_model(copy, sounds[0].parent)
    content = copy.read_bytes()
    assert describe_model(copy, sounds[0].parent) == first == read_card(copy)
    assert copy.read_bytes() == content
    before, after = load_model(model).network.state_dict(), load_model(copy).network.state_dict()
    assert all((before[name] == after[name]).all() for name in before)
