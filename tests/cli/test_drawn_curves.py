"""``ltsrender automation import``, from a drawn curve to a session that uses it."""

from __future__ import annotations

from typing import Any

import pytest

IMPORT = ("automation", "import", "curve.txt", "-o", "lane.json", "--length")


def test_a_session_that_uses_it_passes_check(folder: Any) -> None:
    folder.write("curve.txt", b"1 0.5 -1 -1.3")
    answer = folder.run(*IMPORT, "0.5")
    assert answer.code == 0, answer.messages
    assert answer.output == "lane.json: mix over 0.5 s, 4 numbers as 4 points\n"
    folder.edit({"tracks.0.lanes": [], "tracks.0.automation": [{"file": "lane.json"}]})
    assert folder.run("check", "piece.lts.json").code == 0
    assert "mix" in folder.run("inspect", "lane.json").output
    morph = ("morph", "a.wav", "b.wav", "--model", "tiny.ltsmodel", "--curve", "lane.json")
    assert folder.run(*morph, "-o", "m.wav").code == 0


def test_another_target(folder: Any) -> None:
    folder.write("curve.txt", b"-1 1")
    assert folder.run(*IMPORT, "2", "--target", "weight/a").code == 0
    assert '"target": "weight/a"' in (folder.path / "lane.json").read_text()


@pytest.mark.parametrize("length", ["0", "-1", "nan", "inf", "1e9", "long"])
def test_lengths_that_are_none(folder: Any, length: str) -> None:
    folder.write("curve.txt", b"-1 1")
    folder.refuses(*IMPORT, length, says="--length")


def test_files_that_are_not_there(folder: Any) -> None:
    folder.refuses(*IMPORT, "1", says=r"^curve\.txt: cannot be read: No such file")
    folder.write("curve.txt/inside", b"")
    folder.refuses(*IMPORT, "1", says=r"^curve\.txt: cannot be read: Is a directory")


def test_another_suffix(folder: Any) -> None:
    folder.write("curve.txt", b"-1 1")
    arguments = ("automation", "import", "curve.txt", "-o", "lane.mid", "--length", "1")
    folder.refuses(*arguments, says=r"must end in \.json")
