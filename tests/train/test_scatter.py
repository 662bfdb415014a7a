"""Latents on a plane: what the axes mean, and what a picture needs."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.errors import InputError
from ltsrender.models import load_model
from ltsrender.train import train_model
from ltsrender.train.projection import projected
from ltsrender.train.scatter import map_latents
from ltsrender.train.scatter_picture import draw_map
from ltsrender.train.sensitivity import db_per_unit

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.train import TrainOptions


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, sounds: list[Path], tiny: TrainOptions) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "tiny.ltsmodel"
    train_model(sounds, path, tiny)
    return path


def test_components_keep_the_largest_distances() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 4)) * [10.0, 5.0, 0.1, 0.1]
    flat, names = projected(points, "pca")
    assert np.allclose(np.abs(flat), np.abs(points - points.mean(0))[:, :2], atol=1.0)
    assert "(81 % of the spread)" in names[0]  # 100 of 125 drawn


def test_the_level_changes_no_shape_and_other_latents_do(model: Path) -> None:
    read = load_model(model)
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, read.n_latents)).astype(np.float32)
    z[:, 0] = 0.1
    change = db_per_unit(read, z)
    assert change[0] == 0.0
    assert (change[1:] > 0.0).all()


def test_every_sound_has_a_cloud_and_the_picture_is_the_same_twice(
    model: Path, sounds: list[Path], tmp_path: Path
) -> None:
    found = map_latents(model, [sounds[0].parent])
    assert [cloud.name for cloud in found.clouds] == ["breath.wav", "high.wav", "low.wav"]
    assert not len(found.path)
    for name in ("a.svg", "b.svg"):
        draw_map(found, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.skipif(importlib.util.find_spec("umap") is not None, reason="it is installed here")
def test_a_projection_that_is_not_installed_says_what_to_install(
    model: Path, sounds: list[Path]
) -> None:
    with pytest.raises(InputError, match="pip install umap-learn"):
        map_latents(model, sounds, projection="umap")
