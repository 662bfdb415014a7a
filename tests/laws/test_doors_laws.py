"""Laws of the doors: what was written comes back, and any bytes are answered in words."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.automation import MusicalTime, Wanted, import_file, read_lanes
from ltsrender.automation.doors.imported import KINDS, kind_of
from ltsrender.errors import AutomationError
from ltsrender.session import Documents

ENVELOPES = (
    b"<VOLENV2\nVOLTYPE 1\nPT 0 1 2\nPT 1.5 0 5 0 0 0 -0.5\nPT 2 0.5 0\n>\n"
    b"<PANENV2\nPT 0 1 3\nPT 1 -1 4\nPT 2 0 1\n>\n<PARMENV 5:_1__Mix 0 2 1\nPT 0 2 0\n>\n"
)
VALID: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "table": ("csv", b"time,mix,pan\n0,0.5,-1\n1|2,1,0.5\n2:05,50 %,\n", {}),
    "spreadsheet": ("csv", b"time_s;value;shape\n0;0,5;hold\n2,5;1;\n", {"targets": ("mix",)}),
    "breakpoints": ("csv", b"0 0.5\n1 1\n2 0\n", {"targets": ("gain_db",), "maximum": -6.0}),
    "labels": (
        "audacity",
        b"1.000000\t1.000000\t0.25\n\\\t1.0\t2.0\n2.000000\t3.000000\t50 % smooth\n",
        {"targets": ("mix",)},
    ),
    "markers": ("markers", b"1.000000\t1.000000\tA\n2.000000\t3.000000\tB\n", {}),
    "envelopes": (
        "reaper",
        ENVELOPES,
        {"targets": ("noise",)},
    ),
    "clipboard": ("reaper", b"<ENVPTS\0  PT 0 0.5 0\0  PT 1 1 1\0>\0\0", {"targets": ("mix",)}),
    "drawn": ("original", b"-1 0.5\n1 /set_alfa 3", {"length_s": 2.0}),
}
PIECES = [
    b"\n",
    b"\t",
    b";",
    b",",
    b'"',
    b"\0",
    b">",
    b"<",
    b"PT ",
    b"-",
    b"1e999",
    b"1e-400",
    b"nan",
]
PIECES += [
    b"9" * 400,
    b"\xff\xfe",
    b"\xc3\xa9",
    b"0.000000\t",
    b"<EXT\n",
    b"-3 dB",
    b"A4",
    b"#",
    b" ",
]


def answered(data: bytes, kind: str, said: dict[str, Any]) -> None:
    """Import bytes: a file that our own reader reads, or problems in words and no file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source").write_bytes(data)
        target = folder / "lane.json"
        try:
            answer = import_file(folder / "source", target, Wanted(**said), kind)
        except AutomationError as error:
            told = [str(problem) for problem in error.problems]
            assert told
            assert all("\n" not in words and len(words) < 2000 for words in told)
            assert not target.exists()
            return
        if answer.kind == "markers":
            return
        assert sum(n for _, n in answer.lanes) > 0
        # Moments mean something only where bars and markers are.
        assert all(".at is" in words for words in told_of_lanes(folder))


def told_of_lanes(folder: Path) -> list[str]:
    try:
        read_lanes("lane.json", Documents(folder), MusicalTime())
    except AutomationError as error:
        return [str(problem) for problem in error.problems]
    return []


@settings(max_examples=600)
@given(st.data())
def test_whatever_bytes_a_file_holds_are_answered(data: st.DataObject) -> None:
    kind, valid, said = VALID[data.draw(st.sampled_from(sorted(VALID)))]
    broken = valid
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(broken)))
        stop = min(len(broken), start + data.draw(st.integers(0, 12)))
        piece = data.draw(st.sampled_from(PIECES) | st.binary(max_size=6) | st.just(broken[:40]))
        broken = broken[:start] + piece + broken[stop:]
    given_kind = data.draw(st.sampled_from([kind, kind, "", *KINDS]))
    if given_kind == "original" and "length_s" not in said:
        said = said | {"length_s": 1.0}
    answered(broken, given_kind, said)


@given(st.binary(max_size=200))
def test_noise_is_answered(data: bytes) -> None:
    for kind in ("", *KINDS):
        answered(data, kind, {"targets": ("mix",)})


recording = st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=60)


@given(recording, st.sampled_from([1e-6, 0.01, 0.3]), st.booleans(), st.integers(0, 200))
def test_recordings_are_followed_or_refused(
    samples: list[float], max_error: float, unipolar: bool, cut: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "cv.wav"
        soundfile.write(path, np.array(samples, np.float32), 8000, subtype="FLOAT")
        whole = path.read_bytes()
        said = {"error": max_error, "unipolar": unipolar, "minimum": 0.0, "maximum": 1.0}
        import_file(path, Path(name) / "cv.json", Wanted(**said))
        (lane,) = read_lanes("cv.json", Documents(Path(name)), MusicalTime())
        heard = np.array(samples, np.float32).astype(float)
        wanted = np.clip(heard if unipolar else (heard + 1) / 2, 0, 1)
        at = np.arange(len(samples)) / 8000
        assert np.abs(lane.at(at) - wanted).max() <= max_error + 1e-9
        answered(whole[:cut] + whole[cut + 3 :], "signal", said)


times = st.lists(st.integers(0, 10**9), min_size=1, max_size=30, unique=True).map(sorted)


@given(times, st.data(), st.sampled_from([",", ";", "\t", " "]), st.booleans())
def test_a_table_comes_back(
    at: list[int], data: st.DataObject, separator: str, has_header: bool
) -> None:
    """Written with any separator, and with decimal commas where they are not between columns."""
    values = [data.draw(st.integers(-(10**6), 2 * 10**6)) / 10**6 for _ in at]
    rows = [(f"{t / 10**5:.5f}", f"{v:.6f}") for t, v in zip(at, values, strict=True)]
    rows = [("time", "mix"), *rows] if has_header else rows
    text = "".join(f"{separator.join(row)}\n" for row in rows)
    if separator in (";", "\t"):
        text = text.replace(".", ",")
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "table").write_text(text)
        said = {} if has_header else {"targets": ("mix",)}
        import_file(Path(name) / "table", Path(name) / "lane.json", Wanted(**said), "csv")
        (lane,) = read_lanes("lane.json", Documents(Path(name)), MusicalTime())
    assert lane.at(np.array(at) / 10**5).tolist() == pytest.approx(values, abs=1e-12)


def test_no_kind_takes_another_for_its_own(tmp_path: Path) -> None:
    for name, (kind, data, said) in VALID.items():
        (tmp_path / "source").write_bytes(data)
        found = kind_of(tmp_path / "source", has_length="length_s" in said)
        assert found == {"markers": "audacity"}.get(kind, kind), name
