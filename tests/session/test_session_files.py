"""Where files are found, and that what was read is remembered."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from ltsrender.errors import InputError
from ltsrender.session import Documents
from ltsrender.session.locate import built_in_folder

if TYPE_CHECKING:
    from pathlib import Path

KIND = "automation"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The three places where a name may lead."""
    made = {name: tmp_path / name for name in ("session", "user", "built-in")}
    for folder in made.values():
        (folder / KIND).mkdir(parents=True)
    monkeypatch.setattr("ltsrender.session.locate.user_folder", lambda: made["user"])
    monkeypatch.setattr("ltsrender.session.locate.built_in_folder", lambda: made["built-in"])
    return made


def test_the_session_comes_before_the_user_before_the_built_in(folders: dict[str, Path]) -> None:
    base = folders["session"]
    for place in reversed(folders.values()):
        (place / KIND / "swell.json").write_text(place.name)
        for name in ("swell", "swell.json", "automation/swell", "automation/swell.json"):
            assert Documents(base).read(name, KIND) == place.name.encode()
    (base / "swell.json").write_text("nearest")
    assert Documents(base).read("swell", KIND) == b"nearest"
    assert Documents(base).read("automation/swell", KIND) == b"session"


def test_the_key_says_where_it_was_found(folders: dict[str, Path]) -> None:
    (folders["user"] / KIND / "a.json").write_text("A")
    (folders["built-in"] / KIND / "b.mid").write_text("B")
    (folders["session"] / "c.json").write_text("C")
    documents = Documents(folders["session"])
    for name in ("a", "b.mid", "c.json"):
        documents.read(name, KIND)
    assert dict(documents.contents) == {
        "user:automation/a.json": b"A",
        "built-in:automation/b.mid": b"B",
        "c.json": b"C",
    }
    assert documents.hashes["c.json"] == hashlib.sha256(b"C").hexdigest()


def test_a_manifest_replays_without_the_disk(folders: dict[str, Path], tmp_path: Path) -> None:
    replay = {"user:automation/a.json": b"A", "c.json": b"C"}
    (folders["session"] / "b.json").write_text("on the disk, but not in the manifest")
    documents = Documents(tmp_path / "nowhere", replay)
    assert documents.read("a", KIND) == b"A"
    assert documents.read("c.json") == b"C"
    assert dict(documents.contents) == replay
    with pytest.raises(InputError, match="is not among the files that the manifest holds"):
        Documents(folders["session"], replay).read("b.json")


def test_a_file_is_read_once(folders: dict[str, Path]) -> None:
    file = folders["session"] / "a.json"
    file.write_text("before")
    documents = Documents(folders["session"])
    assert documents.read("a.json") == b"before"
    file.write_text("after")
    assert documents.read("a.json") == b"before"


def test_names_that_leave_the_folder_do_not_search_libraries(folders: dict[str, Path]) -> None:
    (folders["user"] / "secret.json").write_text("{}")
    with pytest.raises(InputError, match="does not exist"):
        Documents(folders["session"]).read("../secret.json", KIND)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("swel", "swell"), ("automation/swelll.json", "automation/swell.json"), ("zzz", "")],
)
def test_a_missing_file_names_the_nearest(
    folders: dict[str, Path], name: str, suggestion: str
) -> None:
    (folders["session"] / KIND / "swell.json").write_text("{}")
    (folders["user"] / KIND / "swell.json").write_text("{}")
    with pytest.raises(InputError) as caught:
        Documents(folders["session"]).read(name, KIND)
    assert caught.value.problems[0].suggestion == suggestion


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(InputError, match="is a device or a pipe"):
        Documents(tmp_path).read("pipe.json")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "folder", "pipe.json/inside"])
def test_no_name_makes_it_stumble(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "pipe.json").write_text("")
    for kind in ("", KIND):
        with pytest.raises(InputError, match=r"does not exist|is a folder"):
            Documents(tmp_path).read(name, kind)


def test_what_comes_with_ltsrender_is_found(repository: Path) -> None:
    assert (built_in_folder() / KIND / "slow-crossing.json").is_file()
    documents = Documents(repository / "tests")
    assert b"Slow crossing" in documents.read("slow-crossing", KIND)
    assert list(documents.contents) == ["built-in:automation/slow-crossing.json"]
