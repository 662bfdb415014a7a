"""Labels of Audacity, laid out as its manual shows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.automation import MusicalTime, Wanted, import_file, read_lanes
from ltsrender.errors import AutomationError
from ltsrender.session import Documents
from ltsrender.session.document import Marker

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation import Lane

LABELS = (
    "1.000000\t1.000000\t0.25\n"
    "\\\t6928.456055\t6928.456055\n"
    "2.000000\t3.500000\t50 % smooth\n"
    "\\\t-1.000000\t6334.588867\n"
    "4.500000\t4.500000\t1\n"
)


def imported(folder: Path, text: str, kind: str = "", **said: Any) -> tuple[Lane, ...]:
    (folder / "labels.txt").write_text(text)
    import_file(folder / "labels.txt", folder / "lane.json", Wanted(**said), kind)
    return read_lanes("lane.json", Documents(folder), MusicalTime())


def test_points_are_breakpoints_and_regions_keep_their_value(tmp_path: Path) -> None:
    (lane,) = imported(tmp_path, LABELS, targets=("mix",))
    at = np.array([0, 1, 1.5, 2, 3, 3.5, 3.75, 4.5, 9])
    smooth = 0.5 + 0.5 * (3 * 0.25**2 - 2 * 0.25**3)
    np.testing.assert_allclose(lane.at(at), [0.25, 0.25, 0.375, 0.5, 0.5, 0.5, smooth, 1, 1])


def test_regions_that_touch_jump(tmp_path: Path) -> None:
    text = "0.000000\t1.000000\t-60 dB\n1.000000\t2.000000\t-6 dB\n"
    (lane,) = imported(tmp_path, text, targets=("gain_db",))
    np.testing.assert_allclose(lane.at(np.array([0.999, 1.0, 1.5])), [-60, -6, -6])


def test_a_range_is_mapped(tmp_path: Path) -> None:
    said = {"targets": ("send/hall",), "minimum": -40.0, "maximum": 0.0}
    (lane,) = imported(tmp_path, "1.000000\t1.000000\t0,25\n", **said)
    assert lane.at(np.array([0.0])).tolist() == [-30.0]


def test_label_tracks_one_after_another(tmp_path: Path) -> None:
    text = "1.000000\t1.000000\t0\n5.000000\t5.000000\t1\n0.500000\t0.500000\t-1\n"
    lanes = imported(tmp_path, text, targets=("mix", "pan"))
    assert [lane.target for lane in lanes] == ["mix", "pan"]
    assert [lane.at(np.array([9.0])).item() for lane in lanes] == [1.0, -1.0]
    with pytest.raises(AutomationError, match=r"--target 2 times.*line 1 on, .*from line 3 on"):
        imported(tmp_path, text, targets=("mix",))


def test_names_become_markers(tmp_path: Path) -> None:
    text = "4.250000\t9.000000\tThe end\n0.000000\t0.000000\tÄnderung\n\\\t1.0\t2.0\n"
    (tmp_path / "labels.txt").write_text(text, "utf-8")
    answer = import_file(tmp_path / "labels.txt", tmp_path / "m.json", Wanted(), "markers")
    markers = json.loads((tmp_path / "m.json").read_text("utf-8"))["markers"]
    assert answer.n_markers == 2
    assert markers == [{"at": "0 s", "name": "Änderung"}, {"at": "4.25 s", "name": "The end"}]
    assert [Marker.model_validate(marker).name for marker in markers] == ["Änderung", "The end"]


REFUSED = {
    "a name": ("1.000000\t1.000000\tB\n", 'line 1 is "B".*--as markers makes markers of names'),
    "no text": ("1.000000\t1.000000\t\n", 'line 1 is "".*takes a number'),
    "no tabs": ("1.0 1.0 0.5\n", r'line 1 is "1.0 1.0 0.5"; takes a start, an end'),
    "no time": ("x\t1.000000\t1\n", 'line 1, column 1 is "x"; a label has a start and an end'),
    "backwards": ("2.000000\t1.000000\t1\n", "line 1 ends at 1 s, before it starts, at 2 s"),
    "below zero": ("-1.000000\t1.000000\t1\n", "line 1, column 1 is .* 0..86400 s"),
    "too much": ("0.000000\t0.000000\t7\n", 'line 1 is "7"; mix takes -1..2'),
    "overlapping": (
        "0.000000\t2.000000\t0\n1.000000\t1.000000\t1\n",
        "line 2 is at 1 s; it comes before the point before it, at 2",
    ),
    "nothing": ("\\\t1.0\t2.0\n", "has no labels"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusing(tmp_path: Path, case: str) -> None:
    text, words = REFUSED[case]
    with pytest.raises(AutomationError, match=rf"labels\.txt: .*{words}"):
        imported(tmp_path, text, "audacity", targets=("mix",))
    assert not (tmp_path / "lane.json").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1.000000\t1.000000\t \n", "line 1 has a label without a text"),
        ("1.000000\t1.000000\tB\n2.000000\t2.000000\tB\n", 'line 2 is "B", as is line 1'),
        ("", "has no labels"),
    ],
)
def test_markers_that_are_none(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(AutomationError, match=words):
        imported(tmp_path, text, "markers")


def test_markers_move_nothing(tmp_path: Path) -> None:
    with pytest.raises(AutomationError, match="leave out --target"):
        imported(tmp_path, LABELS, "markers", targets=("mix",))
