"""``ltsrender verify``: a line per check, and an exit code that a script can ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["files", "length", "null", "latency", "clipping", "numbers", "dc", "loudness"]


@pytest.fixture
def out(folder: Any) -> Path:
    """A finished render."""
    assert folder.run("render", "piece.lts.json", "-o", "out", "--quiet").code == 0
    path: Path = folder.path / "out"
    return path


def test_a_render_is_verified(folder: Any, out: Path) -> None:
    for given in ("out", "out/manifest.json"):
        answer = folder.run("verify", given)
        assert answer.code == 0, answer.output
        lines = answer.output.splitlines()
        assert [line.split()[0] for line in lines[:-1]] == NAMES
        assert "failed" not in answer.output.replace("nothing failed", "")
    assert folder.run("verify", "out", "--quiet").messages == ""
    assert out.is_dir()


def test_a_verdict_is_also_there_for_programs(folder: Any, out: Path) -> None:
    (out / "A.wav").unlink()
    answer = folder.run("verify", "out", "--json", "--quiet")
    verdict = json.loads(answer.output)
    assert answer.code == 1
    assert verdict["passed"] is False
    assert [check["name"] for check in verdict["checks"]] == NAMES
    assert set(verdict["checks"][0]) == {"name", "result", "words"}
    assert verdict["checks"][0]["result"] == "failed"


def test_a_changed_stem_is_told(folder: Any, out: Path) -> None:
    stem = out / "A.wav"
    data = bytearray(stem.read_bytes())
    data[-1] ^= 64
    stem.write_bytes(data)
    answer = folder.run("verify", "out")
    assert answer.code == 1
    assert "A.wav has changed since it was written" in answer.output
    assert "checks failed" in answer.output


def test_without_a_manifest_nothing_is_verified(folder: Any, out: Path) -> None:
    (out / "manifest.json").unlink()
    folder.refuses("verify", "out", says="does not exist")
    folder.refuses("verify", "nowhere", says="does not exist")
    folder.refuses("verify", "piece.lts.json", says="is not the manifest of a render")
