from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ltsrender.errors import ModelError
from ltsrender.train import TrainOptions, options_from, read_training_preset

BUILT_IN = sorted((Path(__file__).parents[2] / "presets" / "training").glob("*.json"))


def written(folder: Path, **changes: Any) -> Path:
    tree = {
        "format": "ltsrender training",
        "schema_version": 1,
        "name": "Mine",
        "intent": "For a test.",
        "options": {"minutes": 3},
    }
    file = folder / "mine.json"
    file.write_text(json.dumps(tree | changes))
    return file


def test_there_are_three() -> None:
    assert [path.stem for path in BUILT_IN] == ["long", "quick", "standard"]


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_built_in_presets_are_found_by_name_and_say_what_they_are_for(path: Path) -> None:
    preset = read_training_preset(path.stem)
    assert preset.intent.endswith(".")
    assert options_from(path.stem, {}) == TrainOptions(**preset.options)


def test_what_is_given_comes_before_the_preset() -> None:
    options = options_from("quick", {"width": 64, "seed": 5})
    assert (options.minutes, options.width, options.seed) == (2, 64, 5)


def test_only_epochs_mean_no_minutes() -> None:
    assert options_from("quick", {"epochs": 3}).minutes is None
    assert options_from("quick", {"epochs": 3, "minutes": 1.0}).minutes == 1.0
    assert options_from(None, {}) == TrainOptions()


def test_only_minutes_mean_no_epochs(tmp_path: Path) -> None:
    file = written(tmp_path, options={"minutes": None, "epochs": 7})
    assert options_from(str(file), {}).epochs == 7
    assert options_from(str(file), {"minutes": 1.0}).epochs is None


def test_a_name_that_is_nowhere_has_a_neighbour() -> None:
    with pytest.raises(ModelError, match='did you mean "quick'):
        read_training_preset("quikc")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        intent=3,
        frist=1,
        options={"minuets": 1, "width": 64.5, "epochs": True, "seed": 1},
    )
    with pytest.raises(ModelError) as caught:
        read_training_preset(str(file))
    text = str(caught.value)
    for words in (
        "intent",
        "frist",
        'options.minuets is not an option of a training preset; did you mean "minutes"?',
        "options.width is 64.5; takes a whole number",
        "options.epochs is true; takes a whole number",
        "options.seed is not an option",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"minutes": -1}}, "options.minutes is -1; 0.001..100000 is allowed"),
        ({"options": []}, "options"),
        ({"format": "ltsrender effects"}, "format"),
        ({"schema_version": 2}, "a newer ltsrender wrote this file"),
    ],
)
def test_single_mistakes(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_training_preset(str(written(tmp_path, **changes)))
    assert words in str(caught.value)
