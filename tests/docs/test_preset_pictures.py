"""The pictures of the chains that come along: none is missing, out of date, or big."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).resolve().parents[2] / "ltsrender" / "docs"
PICTURES = DOCS / "images" / "effects"
PRESETS = sorted(path.stem for path in (DOCS.parents[1] / "presets" / "effects").glob("*.json"))
LARGEST_BYTES = 12_000
DRAWN = ("dark-tilt", "glue", "plate")  # anew; drawing all would take minutes
MOST_DIFFERENT = 0.02  # of the dots: another processor rounds the sound otherwise


@pytest.fixture(scope="module")
def write_presets() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_presets", DOCS / "write_presets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_preset_has_a_picture_and_every_picture_a_preset() -> None:
    assert sorted(path.stem for path in PICTURES.iterdir()) == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_picture_is_small_and_of_the_preset_as_it_is(
    write_presets: ModuleType, name: str
) -> None:
    picture = PICTURES / f"{name}.png"
    assert picture.stat().st_size < LARGEST_BYTES
    with Image.open(picture) as kept:
        facts = write_presets.facts_of(write_presets.PRESETS / f"{name}.json")
        assert kept.text["Source"] == facts["Source"], "run: poe presets"


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_what_its_maker_draws(
    write_presets: ModuleType, tmp_path: Path, name: str
) -> None:
    drawn = write_presets.draw(write_presets.PRESETS / f"{name}.json", tmp_path)
    with Image.open(PICTURES / f"{name}.png") as kept, Image.open(drawn) as fresh:
        assert kept.size == fresh.size
        if kept.text["Drawn-by"] == fresh.text["Drawn-by"]:
            before, after = (np.asarray(each.convert("RGB")) for each in (kept, fresh))
            assert (before != after).any(axis=2).mean() < MOST_DIFFERENT, "run: poe presets"


def test_every_preset_is_on_the_page() -> None:
    page = (DOCS / "reference" / "effect-presets.md").read_text("utf-8")
    for name in PRESETS:
        assert page.count(f"\n`{name}`. ") == 1
        assert page.count(f"images/effects/{name}.png") == 1
