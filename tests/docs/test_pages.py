"""The pages as a whole: links lead somewhere, tables are current, nobody meets an empty page."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "ltsrender" / "docs"
PAGES = sorted(set(DOCS.rglob("*.md")) - set(DOCS.glob("_build/**")))
DOCUMENTS = [REPOSITORY / "README.md", *PAGES]

_LINK = re.compile(r"\]\(\s*([^)\s]+)\s*\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^ *(```|:::).*?^ *\1\s*$", re.DOTALL | re.MULTILINE)
_MADE = "<!-- made: "


def named(paths: list[Path]) -> pytest.MarkDecorator:
    names = [path.relative_to(REPOSITORY).as_posix() for path in paths]
    return pytest.mark.parametrize("page", paths, ids=names)


def anchors_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MyST make them."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@named(DOCUMENTS)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors_of(target), f"{link} has no such heading"


# A benchmark writes its own page.
WRITTEN_PAGES = [page for page in PAGES if not page.name.startswith("benchmark")]


@named(WRITTEN_PAGES)
def test_a_page_says_whom_it_is_for_and_holds_something(page: Path) -> None:
    title, opening, *rest = re.split(r"\n\s*\n", page.read_text("utf-8"))
    assert title.startswith("# ")
    assert re.match(r"\*For .+\*$", opening, re.DOTALL), "it opens with whom it is for"
    assert len(rest) > 1


def test_the_rooms_have_the_doors_that_the_page_names() -> None:
    text = (DOCS / "explanation" / "rooms.md").read_text("utf-8")
    rooms = re.findall(r"^([a-z]+)\n: (.*?)(?=\n\n)", text, re.DOTALL | re.MULTILINE)
    doors = {room: re.findall(r"doors? (?:is|are) (.+)\.", words) for room, words in rooms}
    for room, named_doors in doors.items():
        for door in re.findall(r"`(\w+)`", " ".join(named_doors)):
            assert hasattr(importlib.import_module(f"ltsrender.{room}"), door)
    assert sum(map(len, doors.values())) >= 9


@pytest.fixture(scope="module")
def write_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_reference", DOCS / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE_PAGES = [page for page in PAGES if _MADE in page.read_text("utf-8")]


@named(MADE_PAGES)
def test_tables_are_what_the_program_says(page: Path, write_reference: ModuleType) -> None:
    text = page.read_text("utf-8")
    assert text == write_reference.renewed(text), "run: poe reference"


def test_every_table_stands_on_some_page(write_reference: ModuleType) -> None:
    texts = "".join(page.read_text("utf-8") for page in MADE_PAGES)
    placed = re.findall(rf"{_MADE}([a-z ]+) -->", texts)
    assert sorted(placed) == sorted(write_reference.MAKERS)
