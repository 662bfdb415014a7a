from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.errors import RenderError, SessionError
from ltsrender.stems import (
    PlanFacts,
    SelectionFacts,
    SourceFile,
    StemFormat,
    StemPlace,
    StemWriter,
    document_copies,
    make_manifest,
    read_manifest,
    write_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path

HASH = "0" * 64
CONTENTS = {
    "piece.lts.json": '{"title": "Première lumière"}'.encode(),
    "automation/hands.mid": b"MThd\x00\x00\x00\x06\xff\xfe",
}


def facts() -> PlanFacts:
    return PlanFacts(
        session="piece.lts.json",
        session_folder="..",
        documents=document_copies(CONTENTS),
        sounds={"glass": SourceFile(file="sounds/glass.flac", sha256=HASH)},
        models={"main": SourceFile(file="first-light.ltsmodel", sha256=HASH)},
        seed=7,
        track_seeds={"Glass to string": 123},
        selection=SelectionFacts(to_s=12.5),
        plan_sha256=HASH,
    )


def rendered(folder: Path) -> Path:
    form = StemFormat("wav", "24", 44_100)
    with StemWriter(folder / "mix.wav", 44_100, 2, form, 7) as writer:
        writer.write(np.full((2, 441), 0.5, np.float32))
    mix = StemPlace("mix", "mix", adds_up=False)
    return write_manifest(folder, make_manifest(facts(), [(writer.stem, mix)]))


def complaint(path: Path) -> str:
    with pytest.raises(SessionError) as caught:
        read_manifest(path)
    return str(caught.value)


def changed(path: Path, **changes: Any) -> Path:
    tree = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in tree.items() if value is not ...}))
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    manifest = read_manifest(rendered(tmp_path))
    assert manifest.contents() == CONTENTS
    assert manifest.selection.to_s == 12.5
    assert manifest.track_seeds == {"Glass to string": 123}
    assert manifest.sounds["glass"].file == "sounds/glass.flac"
    (stem,) = manifest.stems
    assert (stem.name, stem.file, stem.n_samples) == ("mix", "mix.wav", 441)
    assert stem.peak_db == pytest.approx(-6.021)
    assert {"python", "machine", "numpy", "torch", "pedalboard"} <= manifest.versions.keys()


def test_text_is_kept_readable_and_bytes_in_base64(tmp_path: Path) -> None:
    text = rendered(tmp_path).read_text()
    assert "Première lumière" in text
    assert read_manifest(tmp_path / "manifest.json").documents["automation/hands.mid"].encoding == (
        "base64"
    )


def test_the_same_render_writes_the_same_manifest(tmp_path: Path) -> None:
    assert rendered(tmp_path / "a").read_bytes() == rendered(tmp_path / "b").read_bytes()


def test_a_manifest_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(RenderError, match="cannot be written"):
        write_manifest(tmp_path / "out", make_manifest(facts(), []))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "ltsrender automation"}, "is not the manifest of a render"),
        ({"schema_version": 2}, "reads version 1 (a newer ltsrender wrote this file)"),
        ({"seed": ...}, 'needs "seed"'),
        ({"colour": "red"}, "colour is an unknown key"),
        ({"session": "other.lts.json"}, "session names a document"),
        ({"plan_sha256": "abc"}, "plan_sha256 is"),
        ({"stems": [{"name": "mix"}]}, "stems[0]"),
        ({"sounds": 3}, "sounds is 3"),
        ({"seed": "7x"}, "seed is"),
    ],
)
def test_a_manifest_that_was_changed_is_told_in_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    assert words in complaint(changed(rendered(tmp_path), **changes))


@pytest.mark.parametrize("field", ["content", "sha256"])
@pytest.mark.parametrize("key", list(CONTENTS))
def test_a_document_that_was_changed_is_named(tmp_path: Path, key: str, field: str) -> None:
    path = rendered(tmp_path)
    documents = json.loads(path.read_text())["documents"]
    documents[key][field] = "f" * 63 + "0"
    text = complaint(changed(path, documents=documents))
    assert "its bytes and its hash disagree" in text
    assert key in text


@pytest.mark.parametrize("name", ["../mix.wav", "/etc/passwd", "a\\b.wav", ""])
def test_a_stem_lies_beside_its_manifest(tmp_path: Path, name: str) -> None:
    path = rendered(tmp_path)
    stems = json.loads(path.read_text())["stems"]
    stems[0]["file"] = name
    assert "stems[0].file" in complaint(changed(path, stems=stems))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"[1]", "takes an object"),
        (b"{", "line 1"),
        (b"\xff\xfe\x00", "UTF-16"),
        (b'{"seed": NaN}', "finite"),
        (b'{"schema_version": 1}', "is not the manifest of a render"),
        (b"RIFF....WAVEfmt ", "manifest.json"),
    ],
)
def test_what_is_no_manifest_is_told_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    assert words in complaint(path)


def test_a_missing_manifest_names_its_neighbour(tmp_path: Path) -> None:
    rendered(tmp_path)
    text = complaint(tmp_path / "manifst.json")
    assert "does not exist" in text
    assert 'did you mean "manifest.json"?' in text
    assert "cannot be read" in complaint(tmp_path)
    assert "cannot be read" in complaint(tmp_path / "a\0b")
