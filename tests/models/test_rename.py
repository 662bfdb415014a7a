"""Names for latents: what is written, what stays, and what is refused."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ltsrender.errors import ModelError
from ltsrender.models import card_in_words, load_model, read_card, rename_latents

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def model(model_file: Path, tmp_path: Path) -> Path:
    return shutil.copy(model_file, tmp_path / "tiny.ltsmodel")


def weights_of(path: Path) -> bytes:
    content = path.read_bytes()
    return content[8 + int.from_bytes(content[:8], "little") :]


def test_names_change_and_weights_do_not(model: Path) -> None:
    before, card = weights_of(model), read_card(model)
    rename_latents(model, [("z1", "breath"), ("z3", "brightness")])
    assert read_card(model).latent_names == ("level", "breath", "z2", "brightness", "z4")
    assert weights_of(model) == before
    rename_latents(model, [("breath", "z1"), ("brightness", "z3")])
    assert read_card(model) == card
    assert load_model(model).n_latents == 5


def test_two_names_change_places(model: Path) -> None:
    rename_latents(model, [("z1", "z2"), ("z2", "z1")])
    assert read_card(model).latent_names == ("level", "z2", "z1", "z3", "z4")


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (("zz3", "x"), 'names no latent.*did you mean "z3"'),
        (("level", "x"), "level"),
        (("z1", "level"), "level"),
        (("z1", "z2"), "leave 2 latents called 'z2'"),
        (("z1", ""), "0 letters"),
        (("z1", "a" * 101), "101 letters"),
        (("z1", "a/b"), "must not hold"),
        (("z1", " a"), "begin or end with a space"),
        (("z1", "7"), "is a number"),
    ],
)
def test_what_is_refused(model: Path, pair: tuple[str, str], says: str) -> None:
    before = model.read_bytes()
    with pytest.raises(ModelError, match=says):
        rename_latents(model, [pair])
    assert model.read_bytes() == before


def test_all_mistakes_at_once(model: Path) -> None:
    with pytest.raises(ModelError) as caught:
        rename_latents(model, [("zz3", "x"), ("z1", "a/b"), ("z2", "p"), ("z2", "q")])
    assert len(caught.value.problems) == 4


def test_the_card_in_words(model: Path) -> None:
    words = card_in_words(read_card(model), "0" * 64)
    for part in ("tiny", "5 latents", "none given", "trained on: unknown", "0.000..0.500", "level"):
        assert part in words
