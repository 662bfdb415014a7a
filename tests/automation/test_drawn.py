"""Curves drawn for the original: read, turned into mix, and written as lanes that move the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.automation import Breakpoint, Curve, MusicalTime, import_curve, read_lanes
from ltsrender.automation.drawn import STRAIGHT, corners_of, points_of, read_drawn_curve
from ltsrender.errors import AutomationError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

RAMP = np.linspace(-1, 1, 1000).astype(np.float32).tolist()


def message(*numbers: Any, address: str = "/set_alfa") -> dict[str, Any]:
    return {"t": 1.0, "dir": "to_app", "address": address, "args": list(numbers)}


READ: dict[str, tuple[str, list[float]]] = {
    "one a line": ("-1\n0.5\n1e0\n", [-1, 0.5, 1]),
    "windows lines": ("-1\r\n0.5\r\n", [-1, 0.5]),
    "blanks": ("  -1 .5\t1. ", [-1, 0.5, 1]),
    "commas": ("-1, 0.5,1,", [-1, 0.5, 1]),
    "Max": ("-1 0.5 1;\n", [-1, 0.5, 1]),
    "a mark and a remark": ("\ufeff# drawn on Monday: 3\n-1\n1", [-1, 1]),
    "JSON": ("[-1, 0.5, 1]", [-1, 0.5, 1]),
    "one message": (json.dumps(message(-1, 1)), [-1, 1]),
    "messages": (
        json.dumps([message(3, 3), message(-1, 1), message(1, 2, address="/report")]),
        [-1, 1],
    ),
    "a transcript": (json.dumps({"transcript": [message(0.25, 1.0)], "played": []}), [0.25, 1]),
    "an OSC dump": ("e7.f /report s hello\ne8.1 /set_alfa fff -1.0 0.5 1.0\n", [-1, 0.5, 1]),
    "another dump": ("/set_alfa: [0.0, 1.0]\n/set_alfa: [-1.0, 1.0]", [-1, 1]),
    "types of OSC": ("/set_alfa ,ff -1 1", [-1, 1]),
}


@pytest.mark.parametrize("case", READ)
def test_reading(tmp_path: Path, case: str) -> None:
    text, wanted = READ[case]
    (tmp_path / "curve.txt").write_bytes(text.encode())
    assert read_drawn_curve(tmp_path / "curve.txt") == wanted


def test_the_transcript_of_a_real_session(shared_runs: Path) -> None:
    assert read_drawn_curve(shared_runs / "osc_transcript.json") == [0.0, 1.0, -1.0]


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "has 0 numbers; a curve has 2..500000"),
    "one number": (b"1", "has 1 numbers"),
    "words": (b"0.5\nabc 1\nnan", "line 2 has 'abc'; a number is needed\n.*line 3 has 'nan'"),
    "infinity": (b"0 1e999", "line 1 has '1e999'; a number is needed"),
    "a great number": (b"0 " + b"9" * 100_000, "line 1 has '9999"),
    "underscores": (b"0 1_0", "line 1 has '1_0'"),
    "noise": (b"\xff\x00\xfe", "is neither text with numbers nor JSON"),
    "OSC itself": (b"/set_alfa\0\0\0,ff\0" + b"\xbf\x80\0\0\x3f\x80\0\0", "is neither text with"),
    "broken JSON": (b"[1, 2", "line 1, column"),
    "text in JSON": (
        b'[0, "1", true, null]',
        r'\[1\] is "1"; .*\n.*\[2\] is true.*\n.*\[3\] is nu',
    ),
    "infinite JSON": (b"[0, 1e999]", "is inf; only finite numbers"),
    "no message": (b'{"transcript": []}', "has 0 numbers"),
    "other messages": (b'[{"address": "/report", "args": [1, 2]}]', "has no message /set_alfa"),
    "an object": (b'{"a": 1}', "has no message /set_alfa"),
    "a summary": (
        json.dumps([message(0, 1), {"address": "/set_alfa", "args": {"n": 1000}}]).encode(),
        r"\[1\]\.args is no list of numbers .a summary",
    ),
    "too far": (
        b"0 9 -4",
        r"number 2 is 9, mix 5; mix takes -1..2, so -3..3 can be drawn\n.*ber 3",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusing(tmp_path: Path, case: str) -> None:
    data, words = REFUSED[case]
    (tmp_path / "curve.txt").write_bytes(data)
    with pytest.raises(AutomationError, match=rf"(?m)^.*curve\.txt: .*{words}"):
        import_curve(tmp_path / "curve.txt", tmp_path / "lane.json", length_s=1)
    assert not (tmp_path / "lane.json").exists()


def test_only_the_first_of_many_problems_are_told(tmp_path: Path) -> None:
    (tmp_path / "curve.txt").write_text("x\n" * 1000)
    with pytest.raises(AutomationError, match="and 980 more problems"):
        read_drawn_curve(tmp_path / "curve.txt")


@pytest.mark.parametrize("target", ["nix", "mix/2", "weight"])
def test_a_target_that_is_none(tmp_path: Path, target: str) -> None:
    (tmp_path / "curve.txt").write_text("0 1")
    with pytest.raises(AutomationError, match=r"lanes\[0\]\.target"):
        import_curve(tmp_path / "curve.txt", tmp_path / "a.json", length_s=1, target=target)


def lane_of(folder: Path, name: str = "lane.json") -> Any:
    (lane,) = read_lanes(name, Documents(folder), MusicalTime())
    return lane


def test_the_lane_is_the_originals_alfa(shared_runs: Path, tmp_path: Path) -> None:
    """For every curve that the original's own results were made with, beyond 0..1 too."""
    cases = sorted((shared_runs / "refs").glob("*/*.npz"))
    assert len(cases) > 30
    for case in cases:
        with np.load(case, allow_pickle=False) as wanted:
            raw, alfa = wanted["raw_curve"], wanted["alfa"]
        (tmp_path / "curve.txt").write_text("\n".join(map(str, raw.tolist())))
        import_curve(tmp_path / "curve.txt", tmp_path / "lane.json", length_s=8.0)
        lane = lane_of(tmp_path)
        assert lane.target == "mix"
        assert np.abs(lane.at(np.linspace(0, 8.0, len(alfa))) - alfa).max() < 2e-6


def test_one_is_all_first_sound() -> None:
    assert points_of([1, -1, 1.6], 4)[:2] == [(0, 1.0), (2, 0.0)]
    assert points_of([1, -1, 1.6], 4)[2] == (4, pytest.approx(1.3))


def test_straight_lines_need_two_points(tmp_path: Path) -> None:
    (tmp_path / "curve.json").write_text(json.dumps(RAMP))
    facts = import_curve(tmp_path / "curve.json", tmp_path / "lane.json", length_s=10.0)
    assert facts == (1000, 2)
    np.testing.assert_allclose(lane_of(tmp_path).at(np.array([0.0, 2.5, 10, 11])), [0, 0.25, 1, 1])


@given(
    drawn=st.lists(st.floats(-3, 3, width=32), min_size=2, max_size=60),
    length_s=st.floats(0.01, 86_400),
)
def test_what_is_left_out_lies_on_the_lines(drawn: list[float], length_s: float) -> None:
    curve = Curve([Breakpoint(at, value) for at, value in points_of(drawn, length_s)])
    times = np.arange(len(drawn)) * (length_s / (len(drawn) - 1))
    assert np.abs(curve.at(times) - (np.array(drawn) + 1) / 2).max() < STRAIGHT


@given(st.lists(st.sampled_from([0.0, 1e-7, 1e-6, 3e-6, 0.5]), min_size=2, max_size=80))
def test_corners_are_in_order_and_hold_both_ends(values: list[float]) -> None:
    corners = corners_of(values)
    assert corners == sorted(set(corners))
    assert (corners[0], corners[-1]) == (0, len(values) - 1)
    between = np.interp(np.arange(len(values)), corners, np.array(values)[corners])
    assert np.abs(between - values).max() < STRAIGHT
