"""Fewer points in an automation file: what goes, what stays, and what the text looks like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.automation import MusicalTime, read_lanes
from ltsrender.automation.simplify import kept_points, simplify_file, text_of, usual_error
from ltsrender.errors import AutomationError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

HEAD = {"format": "ltsrender automation", "schema_version": 1}


def points(*written: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return points from (at, value) or (at, value, shape)."""
    return [dict(zip(("at", "value", "shape"), each, strict=False)) for each in written]


def write(folder: Path, *lanes: dict[str, Any], name: str = "old.json") -> Documents:
    (folder / name).write_text(json.dumps(HEAD | {"lanes": list(lanes)}), "utf-8")
    return Documents(folder)


def test_points_on_a_line_go_and_corners_stay() -> None:
    line = points((0, 0), (1, 1), (2, 2), (3, 3), (4, 0))
    assert kept_points(line, 0.0) == [0, 3, 4]


def test_steps_go_where_they_are_smaller_than_the_error() -> None:
    steps = points(*((at, value, "hold") for at, value in enumerate([0, 0.1, 0.2, 0.3, 1, 1])))
    assert kept_points(steps, 0.15) == [0, 2, 4, 5]
    assert kept_points(steps, 0.0) == [0, 1, 2, 3, 4, 5]


def test_jumps_stay_and_what_follows_them_is_thinned() -> None:
    jump = points((0, 0), (1, 0), (2, 0), (2, 1), (3, 1), (4, 1), (5, 1))
    assert kept_points(jump, 0.01) == [0, 2, 3, 6]


@pytest.mark.parametrize("shape", ["smooth", "exponential", "bezier", "spline"])
def test_other_shapes_keep_their_ends(shape: str) -> None:
    curve = points((0, 1), (1, 1), (2, 1, shape), (3, 1, shape), (4, 1), (5, 1), (6, 1))
    assert kept_points(curve, 0.5) == [0, 2, 3, 4, 6]


def test_in_decibels_an_exponential_way_is_a_line() -> None:
    ways = points((0, -40, "exponential"), (1, -20, "exponential"), (2, 0))
    assert kept_points(ways, 0.1, unit="dB") == [0, 2]
    assert kept_points(ways, 0.1) == [0, 1, 2]
    ways[0]["curvature"] = 3.0
    assert kept_points(ways, 0.1, unit="dB") == [0, 1, 2]


def test_what_is_written_as_a_text_stays() -> None:
    texts = points((0, 0), (1, "0 dB"), (2, 0), (3, 0), ("marker:B", 0), (5, 0), (6, 0), (7, 0))
    assert kept_points(texts, 1.0) == [0, 1, 2, 3, 4, 5, 7]


def test_the_usual_error_is_a_thousandth_of_the_span() -> None:
    assert usual_error(points((0, -20), (1, "30 %"), (2, 20))) == pytest.approx(0.04)
    assert usual_error(points((0, "-3 dB"))) == 0.0


def test_everything_else_in_the_file_stays_as_it_was(tmp_path: Path) -> None:
    wave = {"target": "pan", "note": "To and fro.", "lfo": {"rate_hz": 0.5}}
    line = {"target": "mix", "note": "Home.", "points": points((0, 1), (1, 0.5), (2, 0))}
    documents = write(tmp_path, wave, line)
    (thin,) = simplify_file("old.json", documents, tmp_path / "new.json")
    assert (thin.label, thin.before, thin.after, thin.max_error) == ("mix", 3, 2, 0.001)
    tree = json.loads((tmp_path / "new.json").read_text("utf-8"))
    line["points"] = points((0, 1), (2, 0))
    assert tree == HEAD | {"lanes": [wave, line]}


def test_a_lane_that_others_use_stays(tmp_path: Path) -> None:
    shape = {"name": "shape", "points": points((0, 1), (1, 1), (2, 1))}
    alone = {"name": "alone", "points": points((0, 1), (1, 1), (2, 1))}
    times = {"target": "mix", "multiply": ["shape", 0.5]}
    documents = write(tmp_path, shape, alone, times)
    thin = simplify_file("old.json", documents, tmp_path / "new.json")
    assert [lane.label for lane in thin] == ["alone"]


def test_one_lane_of_several(tmp_path: Path) -> None:
    level = points((0, 1), (1, 1), (2, 1))
    documents = write(
        tmp_path, {"target": "mix", "points": level}, {"target": "pan", "points": level}
    )
    thin = simplify_file("old.json", documents, tmp_path / "new.json", targets=["pan"])
    assert [(lane.label, lane.after) for lane in thin] == [("pan", 2)]
    with pytest.raises(AutomationError, match=r'--target is "pam"; drawn.*did you mean "pan"'):
        simplify_file("old.json", documents, tmp_path / "other.json", targets=["pam"])
    assert not (tmp_path / "other.json").exists()


def test_the_text_has_a_point_on_each_line() -> None:
    lane = {"target": "mix", "points": points((0, 1, "smooth"), (2, "30 %"))}
    lane["points"][0]["handles"] = [[0.1, 0.2], [0.3, 0.4]]
    tree = {**HEAD, "lanes": [lane]}
    text = text_of(tree)
    assert json.loads(text) == tree
    assert '{"at": 2, "value": "30 %"}' in text


@pytest.mark.parametrize("note", ["a } b", "{ a", 'say "}  " [c]', "\\ } \\", "a ,\n  b"])
def test_notes_stay_as_they_were_written(note: str) -> None:
    tree = {"points": [{"at": 0, "value": 1, "note": note}, {"at": 1, "value": 0}]}
    text = text_of(tree)
    assert json.loads(text) == tree
    assert len(text.splitlines()) == 6


def test_a_recorded_hand_becomes_a_few_points(tmp_path: Path) -> None:
    """A controller's steps over a wave: a thinned copy is as near as was said."""
    at = np.arange(0.0, 60.0, 0.02).round(6)
    value = (np.round(63.5 + 63.5 * np.sin(at / 3.0)) / 127.0).round(6)
    hand = {"target": "mix", "points": points(*zip(at.tolist(), value.tolist(), strict=True))}
    documents = write(tmp_path, hand)
    (thin,) = simplify_file("old.json", documents, tmp_path / "new.json", max_error=0.01)
    assert thin.before == 3000
    assert thin.after < 150
    times = np.linspace(0.0, 60.0, 20_001)
    (old,) = read_lanes("old.json", documents, MusicalTime())
    (new,) = read_lanes("new.json", Documents(tmp_path), MusicalTime())
    assert np.abs(new.at(times) - old.at(times)).max() <= 0.01 + 1e-12


def test_midi_has_no_points(repository: Path, tmp_path: Path) -> None:
    documents = Documents(repository)
    with pytest.raises(AutomationError, match="is a MIDI file with 2 "):
        simplify_file("two-breaths.mid", documents, tmp_path / "new.json")
