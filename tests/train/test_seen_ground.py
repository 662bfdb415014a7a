"""What a card says of known ground is what the frames do."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.latents.ground import distances
from ltsrender.latents.space import ground_of
from ltsrender.models import KnownGround, load_model, read_card
from ltsrender.models.container import rewrite_card
from ltsrender.models.tell import card_in_words
from ltsrender.train import describe_model, train_model
from ltsrender.train.ground import ground_of_latents

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.train import TrainOptions


def spread(n: int = 4_000) -> np.ndarray:
    """Points of a level and three latents, the second three times as wide as the others."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(n, 4)) * [1.0, 1.0, 3.0, 1.0] + [9.0, 0.0, 5.0, 0.0]
    z[:, 0] = np.abs(z[:, 0])
    return z


def test_the_first_axis_is_the_widest_and_never_the_level() -> None:
    found = ground_of_latents(spread(), has_level=True)
    np.testing.assert_allclose(np.abs(found.axes[0]), [0.0, 0.0, 1.0, 0.0], atol=0.05)
    assert found.axis_deviations[0] == pytest.approx(3.0, rel=0.05)
    assert len(found.axes) == 3
    assert all(axis[0] == 0.0 for axis in found.axes)
    assert len(ground_of_latents(spread(), has_level=False).axes) == 4


def test_distances_are_those_of_the_frames() -> None:
    z = spread()
    found = ground_of_latents(z, has_level=True)
    normal = (z[:, 1:] - z[:, 1:].mean(axis=0)) / z[:, 1:].std(axis=0)
    far = np.sqrt(np.square(normal).mean(axis=1))
    assert found.distances.largest == pytest.approx(far.max(), rel=1e-4)
    assert found.distances.half == pytest.approx(np.median(far), rel=1e-4)
    assert np.mean(far <= found.distances.p99) == pytest.approx(0.99, abs=1e-3)


def test_frames_that_are_all_alike_have_no_axes() -> None:
    found = ground_of_latents(np.ones((9, 3)), has_level=True)
    assert found.axes == ()
    assert found.distances.largest == 0.0


def test_numbers_that_do_not_fit_are_no_ground() -> None:
    facts = ground_of_latents(spread(), has_level=True).model_dump()
    with pytest.raises(ValueError, match="do not fit together"):
        KnownGround.model_validate(facts | {"mean": (0.0,)})


def test_a_new_model_knows_its_ground_and_an_older_one_learns_it(
    sounds: list[Path], tmp_path: Path, tiny: TrainOptions
) -> None:
    file = tmp_path / "new.ltsmodel"
    card = train_model(sounds, file, tiny)
    assert card.ground is not None
    assert "known ground: axes pca/1 to" in card_in_words(card)
    old = tmp_path / "old.ltsmodel"
    shutil.copy(file, old)
    rewrite_card(old, card.model_copy(update={"ground": None}))
    assert ground_of(read_card(old)) is None
    assert "known ground: none; ltsrender model describe" in card_in_words(read_card(old))
    described = describe_model(old, sounds[0].parent)
    assert described.ground is not None
    ground = ground_of(described)
    assert ground is not None
    z = np.tile(np.asarray(described.ground.mean, np.float32), (2, 1))
    assert distances(z, ground).max() < 1e-5
    assert load_model(old).has_level


def test_the_examples_point_is_what_its_note_says(repository: Path) -> None:
    """Made by: ltsrender model save-point ... bell.flac --at 0.8 --length 0.2."""
    import json  # noqa: PLC0415

    from ltsrender.render.point import point_of_sound  # noqa: PLC0415

    example = repository / "examples" / "first-light"
    kept = json.loads((example / "presets" / "latents" / "bell.json").read_text("utf-8"))
    assert kept["note"] == "bell.flac, at 0.8 s, mean of 0.2 s"
    model = load_model(example / "first-light.ltsmodel")
    found = point_of_sound(model, example / "sounds" / "bell.flac", 0.8, 0.2)
    np.testing.assert_allclose(found, list(kept["latents"].values()), atol=1e-3)
