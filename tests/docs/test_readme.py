"""What README promises, and what .ci/run takes from it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text("utf-8")


def test_it_holds_the_two_commands_and_no_third(readme: str) -> None:
    part = readme.partition("<!-- commands -->")[2].partition("<!-- end of commands -->")[0]
    first, second = [line for line in part.splitlines() if line.startswith("python3 ")]
    environment = "python3 -m venv .venv && .venv/bin/pip install "
    session = "examples/first-light/first-light.lts.json"
    assert first == f"{environment}. && .venv/bin/ltsrender render {session} -o first-light-stems"
    assert second == f'{environment}--editable ".[dev]" && .venv/bin/pytest'
    assert sum(line.startswith("python3 ") for line in readme.splitlines()) == 2


def test_a_composer_meets_no_jargon_before_line_20(readme: str) -> None:
    opening = "\n".join(readme.splitlines()[:20]).lower()
    assert "vae" not in opening
    assert "auto-encoder" not in opening
    assert "latent" not in opening.replace("latent timbre synthesis", "")


def test_the_automation_file_has_eight_lines(readme: str) -> None:
    block = re.search(r"```json\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    assert len(block[1].splitlines()) == 8
    assert json.loads(block[1])["format"] == "ltsrender automation"


def test_it_fits_on_a_screen_and_links_to_the_rest(readme: str) -> None:
    assert len(readme.splitlines()) < 160
    assert "ltsrender/docs/tutorials/first-light.md" in readme


def test_it_says_how_to_cite(readme: str) -> None:
    assert "arXiv:2006.00408" in readme
    assert "GPL-3.0-or-later" in readme
