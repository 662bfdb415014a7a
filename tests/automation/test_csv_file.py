"""Tables of spreadsheets, scripts and other programs: lanes, or refused cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.automation import Wanted, import_file
from ltsrender.automation.doors.imported import kind_of
from ltsrender.errors import AutomationError
from ltsrender.session import Documents, read_automation

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.session import AutomationDocument


def imported(folder: Path, text: str | bytes, **said: Any) -> AutomationDocument:
    data = text.encode() if isinstance(text, str) else text
    (folder / "table.csv").write_bytes(data)
    import_file(folder / "table.csv", folder / "lane.json", Wanted(**said), "csv")
    document: Any = read_automation("lane.json", Documents(folder))
    return document


def shown(document: AutomationDocument) -> dict[str, list[tuple[Any, Any]]]:
    return {
        str(lane.target): [(point.at, point.value) for point in lane.points or ()]
        for lane in document.lanes
    }


MIX = [(0.0, 0.5), (2.5, 1.0)]
READ: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "a header": ("time,mix\n0,0.5\n2.5,1\n", {}),
    "no header": ("0,0.5\n2.5,1\n", {"targets": ("mix",)}),
    "another name": ("time,value\n0,0.5\n2.5,1\n", {"targets": ("mix",)}),
    "semicolons and decimal commas": ("time;mix\r\n0;0,5\r\n2,5;1\r\n", {}),
    "tabs": ("time\tmix\n0\t0.5\n2.5\t1\n", {}),
    "tabs and decimal commas": ("time\tmix\n0\t0,5\n2,5\t1\n", {}),
    "blanks, as breakpoint files": ("  0    0.5\n  2.5  1\n", {"targets": ("mix",)}),
    "remarks and empty lines": ("# drawn on Monday\n\ntime,mix\n# here\n0,0.5\n\n2.5,1", {}),
    "quotation marks": ('"time","mix"\n"0","0.5"\n"2.5","1"\n', {}),
    "decimal commas in quotation marks": ('"time";"mix"\n"0";"0,5"\n"2,5";"1"\n', {}),
    "a separator that is said": ("sep=;\ntime;mix\n0;0,5\n2,5;1\n", {}),
    "a mark": (b"\xef\xbb\xbftime,mix\n0,0.5\n2.5,1\n", {}),
    "UTF-16": ("time\tmix\n0\t0.5\n2.5\t1\n".encode("utf-16"), {}),
    "old Windows letters": ("# für Röhren\ntime,mix\n0,0.5\n2.5,1\n".encode("cp1252"), {}),
    "time elsewhere": ("mix,time\n0.5,0\n1,2.5\n", {}),
    "milliseconds": ("time_ms,mix\n0,0.5\n2500,1\n", {}),
    "a unit in brackets": ("time [s],mix\n0,0.5\n2.5,1\n", {}),
    "percent": ("time,mix [%]\n0,50\n2.5,100\n", {}),
    "percent by cell": ("time,mix\n0,50 %\n2.5,100%\n", {}),
    "another range": ("time,mix\n0,-0.5\n2.5,0\n", {"minimum": 1.0, "maximum": 2.0}),
    "scientific": ("time,mix\n0e0,5e-1\n2.5E0,1\n", {}),
}


@pytest.mark.parametrize("case", READ)
def test_reading(tmp_path: Path, case: str) -> None:
    text, said = READ[case]
    document = imported(tmp_path, text, **said)
    assert document.lanes[0].time == "seconds"
    assert shown(document) == {"mix": MIX}


def test_several_columns_are_several_lanes(tmp_path: Path) -> None:
    text = "beats,mix,gain_db,value,weight/glass\n0,0,-60 dB,1,\n4,1,-6,,0.5\n8,,0 dB,2,1\n"
    document = imported(tmp_path, text, targets=("noise",))
    assert [lane.time for lane in document.lanes] == ["beats"] * 4
    assert shown(document) == {
        "mix": [(0, 0), (4, 1)],
        "gain_db": [(0, -60), (4, -6), (8, 0)],
        "noise": [(0, 1), (8, 2)],
        "weight/glass": [(4, 0.5), (8, 1)],
    }


@pytest.mark.parametrize(
    ("header", "unit", "at"),
    [
        ("beat", "beats", 3),
        ("samples", "samples", 3),
        ("s", "seconds", 3),
        ("ms", "seconds", 0.003),
    ],
)
def test_the_unit_of_time(tmp_path: Path, header: str, unit: str, at: float) -> None:
    (lane,) = imported(tmp_path, f"{header},mix\n3,1\n").lanes
    assert (lane.time, [point.at for point in lane.points or ()]) == (unit, [at])


def test_the_unit_of_time_is_said(tmp_path: Path) -> None:
    assert imported(tmp_path, "time,mix\n3,1\n", time="beats").lanes[0].time == "beats"


def test_moments_and_units_stay_texts_where_only_the_session_knows_them(tmp_path: Path) -> None:
    text = "time,insert/eq/cutoff_hz\n1|1|000,440 Hz\n2:05.5,A4\nmarker:B + 2 beats,1.2 kHz\n"
    document = imported(tmp_path, text)
    assert shown(document)["insert/eq/cutoff_hz"] == [
        ("1|1|000", "440 Hz"),
        ("2:05.5", "440 Hz"),
        ("marker:B + 2 beats", "1.2 kHz"),
    ]


@pytest.mark.parametrize("header", ["time,mix,shape\n", ""])
def test_shapes(tmp_path: Path, header: str) -> None:
    text = f"{header}0,0,step\n1,1,smooth\n2,0,\n3,1,Exponential\n"
    (lane,) = imported(tmp_path, text, targets=() if header else ("mix",)).lanes
    shapes = [point.shape for point in lane.points or ()]
    assert shapes == ["hold", "smooth", "linear", "exponential"]


def test_a_jump_is_two_rows(tmp_path: Path) -> None:
    assert shown(imported(tmp_path, "time,mix\n1,0\n1,1\n")) == {"mix": [(1, 0), (1, 1)]}


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "has no rows"),
    "only a header": ("time,mix\n", "has no rows"),
    "one column": ("1\n2\n", "line 1 has one column"),
    "noise": (b"\x00\x01\xff", "is no text"),
    "no number": ("time,mix\n0,0\n1,much\n", 'line 3, column 2 is "much"; takes a number'),
    "two wrong cells": ("time,mix\nx,0\n1,y\n", 'line 2, column 1 is "x".*\n.*line 3, column 2'),
    "no time": ("time,mix\n0,0\n,1\n", "line 3, column 1 is empty"),
    "before the start": ("time,mix\n-1,0\n", "line 2, column 1 is .-1.; a time lies within"),
    "far away": ("time,mix\n1e9,0\n", "line 2, column 1 is .1e9.; a time lies within 0..86400"),
    "out of order": ("time,mix\n2,0\n1,1\n", "line 3, column 1 is 1.0; it comes before"),
    "three at once": ("time,mix\n1,0\n1,1\n1,0\n", "line 4, column 1 is 1.0; so are the two"),
    "too much": ("time,mix\n0,9\n", "line 2, column 2 is .9.; mix takes -1..2"),
    "another unit": (
        "time,mix\n0,-3 dB\n",
        "column 2 is .-3 dB.; mix is written in plain numbers, %",
    ),
    "no unit": ("time,mix\n0,3 apples\n", "line 2, column 2 .*has the unit 'apples'"),
    "no shape": ("time,mix,shape\n0,0,smoth\n", 'column 3 is "smoth".*did you mean "smooth"'),
    "no target": ("time,value\n0,0\n", 'needs --target, for column 2 "value"; got 0'),
    "no targets": ("0,1,2\n", "needs --target 2 times, in this order, for column 2, column 3"),
    "one target twice": ("time,mix,mix\n0,0,0\n", "line 1 has two columns for the same target"),
    "an empty column": ("time,mix,pan\n0,0,\n", 'column 3 "pan" has 0 values'),
    "infinity": ("time,mix\n0,1e999\n", "line 2, column 2 is .1e999."),
    "nan": ("time,mix\n0,nan\n", "line 2, column 2 is .nan."),
    "long": ("time,mix\n0," + "9" * 5000, "line 2, column 2 is .9999"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusing(tmp_path: Path, case: str) -> None:
    text, words = REFUSED[case]
    with pytest.raises(AutomationError, match=rf"(?m)^.*table\.csv: .*{words}"):
        imported(tmp_path, text)
    assert not (tmp_path / "lane.json").exists()


def test_units_and_another_range_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(AutomationError, match=r"--minimum and --maximum are for plain numbers"):
        imported(tmp_path, "time,mix\n0,50 %\n", minimum=0.0, maximum=1.0)


def test_time_is_not_said_twice(tmp_path: Path) -> None:
    with pytest.raises(AutomationError, match=r"line 1, column 1 is .time_s., in seconds; --time"):
        imported(tmp_path, "time_s,mix\n0,1\n", time="beats")


def test_only_the_first_of_many_problems_are_told(tmp_path: Path) -> None:
    with pytest.raises(AutomationError, match="and 980 more problems"):
        imported(tmp_path, "time,mix\n" + "x,1\n" * 1000)


def test_large_files_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(AutomationError, match="more than 16 MB"):
        imported(tmp_path, b"1,1\n" * 2**22 + b"1")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("time,mix\n0,0.5\n", "csv"),
        ("0,0.5\n1,1\n", "csv"),
        ("0 0.5\n1 1\n", "csv"),
        ("time\tmix\n0.000000\t0.5\n", "csv"),
        ("", "csv"),
        ("# nothing yet\n", "csv"),
        ("0.5\n1\n", "original"),
        ("0,5\n", "original"),
        ("1, 0.5, -1", "original"),
        ("-1 0.5 1;\n", "original"),
        ("[1, 2]", "original"),
        ("e7.f /set_alfa fff 1 2 3\n", "original"),
        ("1.000000\t1.000000\tB\n", "audacity"),
        ("1.000000\t2.000000\t\n\\\t1.0\t2.0\n", "audacity"),
        ("<VOLENV2\nPT 0 1 0\n>", "reaper"),
        ("  <PARMENV 1 0 1 0.5\n", "reaper"),
        ("PT 0 1 0\nPT 1 2 0\n", "reaper"),
        ("<ENVPTS\0  PT 0.5 1 0 1\0>\0\0", "reaper"),
        ("fLaC", "signal"),
    ],
)
def test_kinds_are_told_apart(tmp_path: Path, text: str, kind: str) -> None:
    (tmp_path / "file").write_text(text)
    assert kind_of(tmp_path / "file") == kind
