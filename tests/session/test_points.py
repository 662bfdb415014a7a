"""Points in latent space in a session: how they are written, and what is refused."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.errors import SessionError
from ltsrender.session import Documents, read_session
from ltsrender.session.anchors import anchor_name
from ltsrender.session.point import read_point
from ltsrender.session.targets import Strip, unfit_target, unknown_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POINT = {
    "format": "ltsrender latent preset",
    "schema_version": 1,
    "name": "warm",
    "model": {"name": "six", "weights_sha256": "0" * 64},
    "latents": {"level": 0.1, "z1": -2},
}


def with_anchors(*anchors: Any) -> dict[str, Any]:
    return {"tracks.0.anchors": list(anchors)}


def test_a_point_has_its_name_or_its_files(write: Callable[..., Path]) -> None:
    first = {"preset": "presets/latents/warm.json"}
    second = {"preset": "cold", "name": "winter"}
    lanes = [{"target": "weight/winter", "points": [{"at": 0, "value": 1}]}]
    file = write(with_anchors(first, second) | {"tracks.0.lanes": lanes})
    found = [anchor.called for anchor in read_session(file).document.tracks[0].anchors]
    assert found == ["warm", "winter"]


def test_mix_goes_between_a_sound_and_a_point(write: Callable[..., Path]) -> None:
    file = write(with_anchors({"sound": "glass"}, {"preset": "warm"}))
    assert len(read_session(file).document.tracks[0].anchors) == 2


@pytest.mark.parametrize(
    ("anchor", "message"),
    [
        ({}, 'needs "sound", a name from "sounds", or "preset"'),
        ({"sound": "glass", "preset": "warm"}, 'has both "sound" and "preset"'),
        ({"sound": "glass", "name": "x"}, "name is for presets"),
        ({"preset": "warm", "when_short": "hold"}, "when_short is for sounds"),
        ({"preset": "warm", "start_beats": 2}, "start_beats is for sounds"),
        ({"preset": "string"}, 'is "string", which stands twice'),
        ({"preset": ""}, "takes text, not empty"),
    ],
)
def test_what_is_neither_sound_nor_point_is_refused(
    write: Callable[..., Path], told: Callable[..., list[str]], anchor: Any, message: str
) -> None:
    found = told(write(with_anchors(anchor, {"sound": "string"})))
    assert any(message in each for each in found), found


def test_a_point_has_no_time(write: Callable[..., Path], told: Callable[..., list[str]]) -> None:
    lanes = [{"target": "position/warm", "points": [{"at": 0, "value": 1}]}]
    changes = with_anchors({"sound": "glass"}, {"preset": "warm"}) | {"tracks.0.lanes": lanes}
    assert any("which has no time" in each for each in told(write(changes)))


def read(folder: Path, **changes: Any) -> Any:
    tree = copy.deepcopy(POINT) | changes
    (folder / "warm.json").write_text(json.dumps(tree))
    return read_point("warm", Documents(folder))


def test_a_point_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read(tmp_path).latents == {"level": 0.1, "z1": -2.0}
    kept = tmp_path / "presets" / "latents"
    kept.mkdir(parents=True)
    (tmp_path / "warm.json").rename(kept / "warm.json")
    assert read_point("warm", Documents(tmp_path)).name == "warm"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "ltsrender effects"}, "format is"),
        ({"schema_version": 9}, "schema_version"),
        ({"latents": {}}, "latents"),
        ({"latents": {"z1": "loud"}}, "takes a number"),
        ({"latents": {"z1": 1e300}}, "takes -1000000000..1000000000"),
        ({"model": {"name": "x", "weights_sha256": "abc"}}, "weights_sha256"),
        ({"colour": 1}, "colour is an unknown key"),
    ],
)
def test_a_broken_point_says_where(tmp_path: Path, changes: Any, message: str) -> None:
    with pytest.raises(SessionError) as caught:
        read(tmp_path, **changes)
    assert any(message in str(each) for each in caught.value.problems), caught.value.problems


def test_a_file_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "warm.json").write_text("[1, 2]")
    with pytest.raises(SessionError):
        read_point("warm", Documents(tmp_path))


@pytest.mark.parametrize("wrong", [None, 7, {}, {"sound": 3}, {"preset": None}])
def test_what_has_no_name_has_none(wrong: Any) -> None:
    assert anchor_name(wrong) is None


TRACK = Strip("track", "the track", ("a", "b"))
NEW = ("level_mix", "level_weight/a", "scale", "smoothing", "pca/1", "replace/z3", "latent/2")


@pytest.mark.parametrize("target", NEW)
def test_the_new_targets_are_of_tracks_alone(target: str) -> None:
    assert unknown_target(target) is None
    assert unfit_target(target, TRACK) is None
    assert unfit_target(target, Strip("bus", "the bus")) is not None


@pytest.mark.parametrize(
    ("target", "near"),
    [
        ("level-mix", "level_mix"),
        ("scal", "scale"),
        ("pca", "pca/<n>"),
        ("replace", "replace/<name>"),
    ],
)
def test_a_slip_is_recognised(target: str, near: str) -> None:
    wrong = unknown_target(target)
    assert wrong is not None
    assert wrong[1] == near


def test_level_mix_needs_two_and_level_weights_name_anchors() -> None:
    three = Strip("track", "the track", ("a", "b", "c"))
    assert "exactly two anchors" in (unfit_target("level_mix", three) or ("",))[0]
    assert "names no anchor" in (unfit_target("level_weight/x", three) or ("",))[0]


@pytest.mark.parametrize(
    ("one", "other"), [("mix", "weight/glass"), ("level_mix", "level_weight/glass")]
)
def test_two_ways_to_say_the_same_exclude_each_other(
    write: Callable[..., Path], told: Callable[..., list[str]], one: str, other: str
) -> None:
    lanes = [{"target": target, "points": [{"at": 0, "value": 1}]} for target in (one, other)]
    found = told(write({"tracks.0.lanes": lanes}))
    assert any("exclude each other" in each for each in found)
    apart = [
        {"target": t, "points": [{"at": 0, "value": 1}]} for t in ("mix", "level_weight/glass")
    ]
    read_session(write({"tracks.0.lanes": apart}))
