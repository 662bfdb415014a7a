"""Envelopes of REAPER: every way against its published formula, evaluated here by itself.

Formulas: SWS extension, ``BR_Envelope::ValueAtPosition``. The layout of the text is that of saved
projects; numbers of the first are those of a real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.automation import MusicalTime, Wanted, import_file, read_lanes
from ltsrender.errors import AutomationError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation import Imported, Lane

TRACK = """<TRACK {4830A644-41E5-C39E-2F21-0E4D38CF4670}
  NAME "Piano"
  VOLPAN 1 0 -1 -1 1
  <VOLENV2
    EGUID {E1A0A26B-6BF4-C6BD-873D-DB57E2C20775}
    ACT 0 -1
    VIS 1 1 1
    LANEHEIGHT 0 0
    ARM 0
    DEFSHAPE 0 -1 -1
    <EXT
      key "PT 9 9 9"
    >
    PT 0 1 0
    PT 1.9995 0.02077026 0
    PT 5.0005 0.25703958 0
    PT 6.5 0.02073425 1 1 0 0 0.3030303
    PT 8.48 0.25703958 2
    PT 9.5 2 0
  >
  <PANENV2
    ACT 1 -1
    PT 0 0.5 0
    PT 4 -1 0
  >
  <FXCHAIN
    <VST "VST: ReaDelay (Cockos)" readelay.dll 0 "" 1{00} ""
      UFQgMSAyIDMgNAo=
    >
    <PARMENV 5:_1__Feedback 0 2 1
      ACT 1 -1
      PT 0 0 0
      PT 2 1.5 4
      PT 3 0.5 3
      PT 4 2 0
    >
  >
>
"""


def imported(folder: Path, text: str | bytes, **said: Any) -> tuple[Imported, tuple[Lane, ...]]:
    (folder / "envelope.txt").write_bytes(text.encode() if isinstance(text, str) else text)
    answer = import_file(folder / "envelope.txt", folder / "lane.json", Wanted(**said))
    return answer, read_lanes("lane.json", Documents(folder), MusicalTime())


def lane_of(folder: Path, text: str, **said: Any) -> Lane:
    _, (lane,) = imported(folder, text, **said)
    return lane


def in_db(amplitude: Any) -> np.ndarray:
    return 20 * np.log10(np.maximum(amplitude, 1e-7))


def test_a_track(tmp_path: Path) -> None:
    answer, (gain, pan, echo) = imported(tmp_path, TRACK, targets=("insert/echo/feedback",))
    assert answer.kind == "reaper"
    assert [lane.target for lane in (gain, pan, echo)] == ["gain_db", "pan", "insert/echo/feedback"]
    t = np.linspace(0, 1.9995, 3000)
    straight = 1 + (0.02077026 - 1) * t / 1.9995
    assert np.abs(gain.at(t) - in_db(straight)).max() < 0.01
    t = np.linspace(8.48, 9.5, 1000)
    x = (t - 8.48) / (9.5 - 8.48)
    slow = 0.25703958 + (2 - 0.25703958) * x**2 * (3 - 2 * x)
    assert np.abs(gain.at(t) - in_db(slow)).max() < 0.01
    square = gain.at(np.array([6.5, 7.0, 8.4799]))
    np.testing.assert_allclose(square, in_db(0.02073425))
    np.testing.assert_allclose(gain.at(np.array([8.48, 99.0])), in_db([0.25703958, 2.0]))
    np.testing.assert_allclose(pan.at(np.array([0.0, 2.0, 4.0])), [-0.5, 0.25, 1.0])
    x = np.linspace(0, 1, 500)
    np.testing.assert_allclose(echo.at(2 * x[:-1]), 1.5 * x[:-1], atol=1e-9)
    np.testing.assert_allclose(echo.at(2 + x[:-1]), 1.5 - x[:-1] ** 3, atol=1e-9)
    np.testing.assert_allclose(echo.at(3 + x), 0.5 + 1.5 * (1 - (1 - x) ** 3), atol=1e-9)


def test_a_parameter_keeps_its_shapes(tmp_path: Path) -> None:
    text = "<PARMENV 3 0 1 0.5\nPT 0 0 2\nPT 1 1 3\nPT 2 0 4\nPT 3 1 1\nPT 4 0 0\n>"
    imported(tmp_path, text, targets=("mix",), minimum=2.0, maximum=-1.0)
    lane = lane_of(tmp_path, text, targets=("mix",), minimum=2.0, maximum=-1.0)
    x = np.linspace(0, 1, 200, endpoint=False)
    ways = [x**2 * (3 - 2 * x), 1 - (1 - (1 - x) ** 3), x**3, 1 + 0 * x]
    for start, way in enumerate(ways):
        np.testing.assert_allclose(lane.at(start + x), 2 - 3 * way, atol=1e-9)
    assert (tmp_path / "lane.json").read_text().count('"at"') == 5


def test_the_ends_of_a_parameter_are_what_it_says(tmp_path: Path) -> None:
    text = "<PARMENV 1 0.0 1469.0 734.5\nPT 0 734.5 0\nPT 1 1469 0\n>"
    lane = lane_of(tmp_path, text, targets=("gain_db",), minimum=-60.0, maximum=0.0)
    np.testing.assert_allclose(lane.at(np.array([0.0, 1.0])), [-30.0, 0.0])


def sws_bezier(points: list[tuple[float, float]], tension: float, at: float) -> float:
    """``ValueAtPosition`` for the way from the second of four points to the third, by bisection."""
    (t0, v0), (t1, v1), (t2, v2), (t3, v3) = points

    def inner(a: float, b: float, c: float, va: float, vc: float) -> float:
        del b
        return 0.0 if a == c else (vc - va) / (c - a)

    x1, y1 = t1 + 0.25 * (t2 - t1), v1 + inner(t0, t1, t2, v0, v2) * 0.25 * (t2 - t1)
    x2, y2 = t2 - 0.25 * (t2 - t1), v2 - inner(t1, t2, t3, v1, v3) * 0.25 * (t2 - t1)
    x1 += tension * ((t2 - x1) if tension > 0 else (x1 - t1))
    x2 += tension * ((t2 - x2) if tension > 0 else (x2 - t1))
    y1 -= tension * ((y1 - v1) if tension > 0 else (v2 - y1))
    y2 -= tension * ((y2 - v1) if tension > 0 else (v2 - y2))
    y1, y2 = min(max(y1, 0.0), 1.0), min(max(y2, 0.0), 1.0)
    low, high = 0.0, 1.0
    for _ in range(60):
        s = 0.5 * (low + high)
        r = 1 - s
        x = r**3 * t1 + 3 * r * r * s * x1 + 3 * r * s * s * x2 + s**3 * t2
        low, high = (s, high) if x < at else (low, s)
    return r**3 * v1 + 3 * r * r * s * y1 + 3 * r * s * s * y2 + s**3 * v2


@pytest.mark.parametrize("tension", [-1.0, -0.7, 0.0, 0.3030303, 1.0])
@pytest.mark.parametrize("values", [(0.1, 0.2, 0.9, 1.0), (1, 0.2, 0.8, 0), (0, 0.5, 0.5, 0.9)])
def test_bezier_ways(tmp_path: Path, tension: float, values: tuple[float, ...]) -> None:
    """Within the handles exactly, beyond them to 0.0001."""
    times = (0.0, 1.0, 3.0, 4.5)
    lines = [f"PT {t} {v} 5 0 0 0 {tension}" for t, v in zip(times, values, strict=True)]
    text = "<PARMENV 3 0 1 0.5\n" + "\n".join(lines) + "\n>"
    lane = lane_of(tmp_path, text, targets=("noise",))
    points = list(zip(times, values, strict=True))
    for at in np.linspace(1.01, 2.99, 40).tolist():
        assert lane.at(np.array([at])).item() == pytest.approx(
            sws_bezier(points, tension, at), abs=2e-4
        )


def test_two_points_and_a_tension_as_measured(tmp_path: Path) -> None:
    """Handles (b/4, 1 - 3b/4) and (3b/4, 1 - b/4) with b = 1 - |tension| below 0."""
    text = "<PARMENV 3 0 1 0.5\nPT 0 0 5 0 0 0 -0.6\nPT 1 1 0\n>"
    imported(tmp_path, text, targets=("noise",))
    written = (tmp_path / "lane.json").read_text()
    assert '"shape": "bezier", "handles": [[0.1, 0.7], [0.3, 0.9]]' in written


def test_silence_is_as_low_as_the_target_goes(tmp_path: Path) -> None:
    text = "<VOLENV2\nPT 0 1 0\nPT 2 0 0\n>"
    lane = lane_of(tmp_path, text)
    t = np.linspace(0, 2, 5001)
    wanted = np.maximum(in_db(1 - t / 2), -120)
    assert np.abs(lane.at(t) - wanted).max() < 0.01
    assert lane.at(np.array([2.0])).item() == -120
    assert len((tmp_path / "lane.json").read_text().splitlines()) < 400


def test_the_error_can_be_said(tmp_path: Path) -> None:
    text = "<VOLENV2\nPT 0 1 0\nPT 2 0.01 0\n>"
    sizes = []
    for max_error in (0.001, 0.1, 1.0):
        answer, (lane,) = imported(tmp_path, text, error=max_error)
        t = np.linspace(0, 2, 5001)
        assert np.abs(lane.at(t) - in_db(1 + (0.01 - 1) * t / 2)).max() < max_error
        sizes.append(answer.lanes[0][1])
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] / 10


def test_the_scale_of_the_faders(tmp_path: Path) -> None:
    """Points exactly; between them the fourth root, which meets what is known of the scale."""
    text = "<VOLENV2\nVOLTYPE 1\nPT 0 1 0\nPT 1 0.0625 0\nPT 2 0.0625 0\n>"
    answer, (lane,) = imported(tmp_path, text)
    np.testing.assert_allclose(lane.at(np.array([0.0, 1.0, 1.5])), in_db([1, 0.0625, 0.0625]))
    assert lane.at(np.array([0.5])).item() == pytest.approx(in_db(0.75**4), abs=0.01)
    assert "fader scale" in answer.notes[0]
    known = {716.217850312608: 0.0, 852.774454406994: 6.0206, 1000.0: 12.0}
    for position, level_db in known.items():
        assert abs(in_db((position / 716.217850312608) ** 4) - level_db) < 0.41


@pytest.mark.parametrize(
    ("tag", "target", "value", "wanted"),
    [
        ("VOLENV", "gain_db", 0.5, -6.0206),
        ("AUXVOLENV", "send/hall", 0.5, -6.0206),
        ("VOLENV2", "mix", 0.5, 0.5),
        ("PANENV", "pan", 0.25, -0.25),
        ("AUXPANENV", "mix", 1.0, -1.0),
        ("WIDTHENV2", "mix", 0.25, 0.25),
        ("MUTEENV", "mix", 1.0, 1.0),
    ],
)
def test_other_envelopes(
    tmp_path: Path, tag: str, target: str, value: float, wanted: float
) -> None:
    lane = lane_of(tmp_path, f"<{tag}\nPT 0 {value} 0\n>", targets=(target,))
    assert lane.target == target
    assert lane.at(np.array([0.0])).item() == pytest.approx(wanted, abs=1e-4)


def test_left_is_the_minimum(tmp_path: Path) -> None:
    text = "<PANENV2\nPT 0 1 0\nPT 1 -1 0\n>"
    lane = lane_of(tmp_path, text, targets=("mix",), minimum=0.0, maximum=2.0)
    assert lane.at(np.array([0.0, 0.5, 1.0])).tolist() == [0.0, 1.0, 2.0]


def test_the_clipboard_itself(tmp_path: Path) -> None:
    """Lines end with null characters there, and nothing says which envelope it was."""
    text = b"<ENVPTS\0  PT 0.5 0.25 1 1\0  PT 1.5 1 0 1\0>\0\0"
    (tmp_path / "envelope.txt").write_bytes(text)
    _, (lane,) = imported(tmp_path, text, targets=("mix",))
    assert lane.at(np.array([0.0, 1.49, 1.5])).tolist() == [0.25, 0.25, 1.0]


def test_a_file_in_utf_16(tmp_path: Path) -> None:
    """As Notepad has saved pasted text, every second byte is a null there, and none a character."""
    text = "<PANENV2\r\nPT 0 1 0\r\nPT 1 -1 0\r\n>\r\n".encode("utf-16")
    _, (lane,) = imported(tmp_path, text)
    assert lane.at(np.array([0.0, 0.5, 1.0])).tolist() == [-1.0, 0.0, 1.0]


def test_points_alone(tmp_path: Path) -> None:
    lane = lane_of(tmp_path, "PT 0 0.5 0\nPT 1 1\n", targets=("mix",))
    assert lane.at(np.array([0.0, 0.5])).tolist() == [0.5, 0.75]


def test_several_points_at_one_time_are_a_jump_from_the_first_to_the_last(tmp_path: Path) -> None:
    text = "PT 0 0 0\nPT 1 1 0\nPT 1 9 0\nPT 1 0.5 0\nPT 2 0 0\n"
    lane = lane_of(tmp_path, text, targets=("mix",))
    np.testing.assert_allclose(lane.at(np.array([0.5, 1.0, 1.5])), [0.5, 0.5, 0.25])


def test_the_tempo_is_left_out(tmp_path: Path) -> None:
    text = "<TEMPOENVEX\nPT 0 120 1 262148\n>\n" + TRACK
    answer, lanes = imported(tmp_path, text, targets=("insert/echo/feedback",))
    assert len(lanes) == 3
    assert answer.notes == ("TEMPOENVEX on line 1 is left out: tempo belongs to the session",)


REFUSED = {
    "no target": (TRACK, "needs --target, for PARMENV on line 30; got 0"),
    "two tracks": ("<VOLENV2\nPT 0 1 0\n>\n" * 2, "VOLENV2 on line 4 moves gain_db, as does"),
    "automation items": (
        "<VOLENV2\nPOOLEDENVINST 1 5 1.5 0 1 0\nPT 0 1 0\n>",
        "line 2 is an automation item, whose points are elsewhere",
    ),
    "no points": ("<VOLENV2\nACT 1 -1\n>", "has no envelope with points"),
    "no number": ("<VOLENV2\nPT 0 loud 0\n>", 'line 2 is "PT 0 loud 0"; PT takes a time'),
    "nan": ("<VOLENV2\nPT 0 nan 0\n>", "line 2 is .PT 0 nan 0"),
    "too short": ("<VOLENV2\nPT 0\n>", "line 2 is .PT 0.; PT takes a time"),
    "a shape": ("<VOLENV2\nPT 0 1 6\n>", "line 2 has the shape 6; takes 0..5"),
    "half a shape": ("<VOLENV2\nPT 0 1 1.5\n>", "line 2 has the shape 1.5; takes 0..5"),
    "a tension": ("<VOLENV2\nPT 0 1 5 0 0 0 2\n>", "line 2 has the tension 2; takes -1..1"),
    "before the start": ("<VOLENV2\nPT -1 1 0\n>", "line 2 is at -1 s; takes 0..86400 s"),
    "out of order": ("<VOLENV2\nPT 2 1 0\nPT 1 1 0\n>", "line 3 is at 1 s, before the point"),
    "too loud": ("<VOLENV2\nPT 0 100 0\n>", "line 2 has the value 100, 40; gain_db takes -120..24"),
    "no range": ("<PARMENV 3 0 0 0\nPT 0 0 0\n>", "line 1 is .*takes the parameter, its smallest"),
    "no numbers": ("<PARMENV\nPT 0 0 0\n>", "line 1 is .*takes the parameter, its smallest"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusing(tmp_path: Path, case: str) -> None:
    text, words = REFUSED[case]
    with pytest.raises(AutomationError, match=rf"envelope\.txt: .*{words}"):
        imported(tmp_path, text)
    assert not (tmp_path / "lane.json").exists()
