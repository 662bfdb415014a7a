"""The pictures of the movements that come along: none is missing, out of date, or big."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).resolve().parents[2] / "ltsrender" / "docs"
MOVEMENTS = sorted(path.stem for path in (DOCS.parents[1] / "automation").glob("*.json"))
LARGEST_BYTES = 30_000


@pytest.fixture(scope="module")
def write_gestures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_gestures", DOCS / "write_gestures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_movement_has_a_picture_and_every_picture_a_movement() -> None:
    pictures = sorted(path.stem for path in (DOCS / "images" / "gestures").iterdir())
    assert pictures == MOVEMENTS


@pytest.mark.parametrize("name", MOVEMENTS)
def test_a_picture_is_what_its_maker_draws(
    write_gestures: ModuleType, tmp_path: Path, name: str
) -> None:
    """Dot by dot where the same matplotlib drew it; else by the text that it was drawn from."""
    picture = DOCS / "images" / "gestures" / f"{name}.png"
    movement = write_gestures.MOVEMENTS / f"{name}.json"
    assert picture.stat().st_size < LARGEST_BYTES
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = write_gestures.draw(movement, tmp_path)
    with Image.open(picture) as kept, Image.open(drawn) as fresh:
        assert kept.text["Source"] == fresh.text["Source"], "run: poe gestures"
        assert kept.size == fresh.size
        if kept.text["Drawn-by"] == fresh.text["Drawn-by"]:
            before, after = (np.asarray(each.convert("RGB")) for each in (kept, fresh))
            assert np.array_equal(before, after), "run: poe gestures"


def test_every_movement_is_on_the_page() -> None:
    page = (DOCS / "reference" / "gestures.md").read_text("utf-8")
    for name in MOVEMENTS:
        assert page.count(f"`{name}.json`") == 1
        assert page.count(f"images/gestures/{name}.png") == 1
