"""``ltsrender automation import``: every kind of file on the command line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import soundfile

IMPORT = ("automation", "import")
OUT = ("-o", "lane.json")


def test_a_table_in_a_session(folder: Any) -> None:
    folder.write("table.csv", b"time_s;mix;gain_db\n0;1;-6\n0,5;0;0 dB\n")
    answer = folder.run(*IMPORT, "table.csv", *OUT)
    assert answer.code == 0, answer.messages
    assert answer.output == "lane.json: mix, 2 points\nlane.json: gain_db, 2 points\n"
    folder.edit({"tracks.0.lanes": [], "tracks.0.automation": [{"file": "lane.json"}]})
    assert folder.run("check", "piece.lts.json").code == 0


def test_labels(folder: Any) -> None:
    folder.write("labels.txt", b"1.000000\t1.000000\t0.5\n2.000000\t3.000000\t100 %\n")
    answer = folder.run(*IMPORT, "labels.txt", *OUT, "--target", "mix")
    assert answer.output == "lane.json: mix, 3 points\n"


def test_markers_in_a_session(folder: Any) -> None:
    folder.write("labels.txt", b"0.100000\t0.100000\tA\n0.250000\t0.300000\tB\n")
    answer = folder.run(*IMPORT, "labels.txt", *OUT, "--as", "markers")
    assert answer.output == 'lane.json: 2 markers, for "markers" of a session\n'
    markers = json.loads((folder.path / "lane.json").read_text())["markers"]
    points = [{"at": "marker:A", "value": 1}, {"at": "marker:B", "value": 0}]
    folder.edit({"markers": markers, "tracks.0.lanes": [{"target": "mix", "points": points}]})
    answer = folder.run("check", "piece.lts.json")
    assert answer.code == 0, answer.messages


def test_envelopes(folder: Any) -> None:
    text = "<VOLENV2\nVOLTYPE 1\nPT 0 1 0\nPT 1 1 0\n>\n<PANENV2\nPT 0 1 0\n>\n"
    folder.write("envelope.txt", text.encode())
    answer = folder.run(*IMPORT, "envelope.txt", *OUT)
    lines = answer.output.splitlines()
    assert lines[:2] == ["lane.json: gain_db, 2 points", "lane.json: pan, 1 point"]
    assert "fader scale" in lines[2]


def test_a_recording(folder: Any) -> None:
    signal = np.linspace(-1, 1, 4001)
    soundfile.write(folder.path / "cv.wav", signal, 8000, subtype="FLOAT")
    answer = folder.run(*IMPORT, "cv.wav", *OUT, "--minimum", "0", "--maximum", "1")
    assert answer.output == (
        "lane.json: mix, 2 points\nno sample is farther than 0.001 from the lane\n"
    )


REFUSED: dict[str, tuple[bytes, tuple[str, ...], str]] = {
    "a drawn curve": (b"1\n0.5\n", (), "source: is a curve of the original; needs --length"),
    "a length of a table": (
        b"time,mix\n0,1\n",
        ("--as", "csv", "--length", "2"),
        "has times of its own; --length is for curves of the original",
    ),
    "a channel of a table": (b"time,mix\n0,1\n", ("--channel", "2"), "--channel and --unipolar"),
    "an error of a table": (b"time,mix\n0,1\n", ("--error", "0.1"), "--error is for recordings"),
    "a time of a drawn curve": (
        b"1\n0.5\n",
        ("--length", "2", "--time", "beats"),
        "takes --length and one --target only",
    ),
    "two targets of a drawn curve": (
        b"1\n0.5\n",
        ("--length", "2", "--target", "mix", "--target", "pan"),
        "takes --length and one --target only",
    ),
    "no target there is": (
        b"0,1\n2,1\n",
        ("--target", "nix"),
        r'lanes\[0\]\.target is "nix"; it is not a target',
    ),
    "no target needed": (
        b"time,mix\n0,1\n",
        ("--target", "pan"),
        "says itself what moves; leave out --target pan",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusing(folder: Any, case: str) -> None:
    data, options, says = REFUSED[case]
    folder.write("source", data)
    folder.refuses(*IMPORT, "source", *OUT, *options, says=says)
    assert not (folder.path / "lane.json").exists()


@pytest.mark.parametrize("option", ["minimum", "maximum", "error"])
@pytest.mark.parametrize("value", ["nan", "inf", "1e300", "much"])
def test_numbers_that_are_none(folder: Any, option: str, value: str) -> None:
    folder.write("source", b"time,mix\n0,1\n")
    folder.refuses(*IMPORT, "source", *OUT, f"--{option}", value, says=f"--{option}")


def test_other_suffixes_and_absent_files(folder: Any) -> None:
    folder.refuses(*IMPORT, "nothing.csv", *OUT, says=r"^nothing\.csv: cannot be read: No such")
    folder.refuses(
        *IMPORT, "nothing.wav", *OUT, "--as", "signal", says=r"^nothing\.wav: there is no"
    )
    folder.refuses(*IMPORT, "piece.lts.json", "-o", "lane.csv", says=r"must end in \.json")


def test_what_is_there_stays_where_the_import_fails(folder: Any) -> None:
    folder.write("lane.json", b"mine")
    folder.write("source", b"time,mix\n0,7\n")
    assert folder.run(*IMPORT, "source", *OUT).code == 2
    assert (folder.path / "lane.json").read_bytes() == b"mine"
