"""What a render was made from and what it made: enough to render the same bytes again.

A manifest holds the session and every file it was read from, word for word, the hashes of sounds
and models, the seeds, the versions of what did the work, and the facts of every stem. There is no
date in it: the same render writes the same manifest. When it is rendered again it is input like any
other, so it is checked like any other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ltsrender.errors import InputError, Problem, SessionError
from ltsrender.safefile import written_beside
from ltsrender.session import read_tree
from ltsrender.session.fields import Document
from ltsrender.session.locate import missing
from ltsrender.session.problems import Fault, told, validate, version_problems
from ltsrender.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ltsrender.stems.writer import Stem

FILE_NAME = "manifest.json"
FORMAT = "ltsrender manifest"

_MOST_BYTES = 2**28  # 256 MB: a hundred times the densest session
_PACKAGES = ("numpy", "torch", "numba", "pedalboard", "soundfile", "soxr")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[^/\\\x00]+$", max_length=255)]
Count = Annotated[int, Field(ge=1, strict=True)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class DocumentCopy(Document):
    """A text or MIDI file that the session was read from."""

    encoding: Literal["utf-8", "base64"]
    """How its bytes are written here."""
    content: str
    """The bytes."""
    sha256: Sha256
    """Their hash."""


class SourceFile(Document):
    """A sound or a model."""

    file: Annotated[str, Field(min_length=1)]
    """As the session names it."""
    sha256: Sha256
    """Hash of its bytes."""


class SelectionFacts(Document):
    """The part of the session that was rendered."""

    tracks: tuple[str, ...] = ()
    """Names of tracks; empty for all."""
    from_s: Annotated[Finite, Field(ge=0)] = 0.0
    """Where the passage begins."""
    to_s: Finite | None = None
    """Where it ends; null for the end, tails included."""


class StemFacts(Document):
    """A file that was written."""

    name: str
    """Of the track or bus; ``mix`` for all together."""
    file: FileName
    """Beside the manifest."""
    sha256: Sha256
    """Hash of its bytes."""
    peak_db: Finite
    """The loudest sample in dBFS."""
    n_clipped: Annotated[int, Field(ge=0, strict=True)]
    """Samples beyond full scale."""
    n_samples: Count
    """Samples per channel."""
    length_s: Finite
    """The same in seconds."""
    n_channels: Count
    """Channels."""
    sample_rate_hz: Count
    """Samples per second."""
    bit_depth: Literal["16", "24", "32f"]
    """Of every sample."""
    container: Literal["wav", "flac"]
    """The kind of file."""


class PlanFacts(Document):
    """What was rendered."""

    session: str
    """The session's key among the documents."""
    session_folder: str
    """The folder that names are relative to, seen from the manifest."""
    documents: dict[str, DocumentCopy]
    """Every text and MIDI file that was read."""
    sounds: dict[str, SourceFile]
    """By their names in the session."""
    models: dict[str, SourceFile]
    """By their names in the session."""
    seed: int
    """The session's."""
    track_seeds: dict[str, int]
    """By the tracks' names."""
    selection: SelectionFacts = SelectionFacts()
    """The part that was wanted."""
    plan_sha256: Sha256
    """Hash of everything that decides how the render sounds."""

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every document by its key: what ``Documents`` replays."""
        return {key: _decoded(copy) for key, copy in self.documents.items()}


class Manifest(PlanFacts):
    """What was rendered, by what, into which files."""

    format: Literal["ltsrender manifest"]
    """What this file is."""
    schema_version: Literal[1]
    """The version of this layout."""
    versions: dict[str, str]
    """Of everything that had a part in the sound."""
    stems: tuple[StemFacts, ...]
    """The files, the mix last."""


def document_copies(contents: Mapping[str, bytes]) -> dict[str, DocumentCopy]:
    """Return files as a manifest holds them: text as it is, anything else in base64."""
    return {key: _encoded(data) for key, data in sorted(contents.items())}


def write_manifest(folder: Path, facts: PlanFacts, stems: Sequence[Stem]) -> Path:
    """Write a render's manifest beside its stems and return its path.

    Raises
    ------
    RenderError
        When it cannot be written; no half file is left.
    """
    manifest = Manifest(
        **dict(facts),
        format=FORMAT,
        schema_version=1,
        versions=_versions(),
        stems=tuple(_stem_facts(stem) for stem in stems),
    )
    path = folder / FILE_NAME
    text = manifest.model_dump_json(indent=2, exclude={"note"}) + "\n"
    with written_beside(path) as part:
        part.write_bytes(text.encode())
    return path


def read_manifest(path: Path) -> Manifest:
    """Return a manifest.

    Raises
    ------
    SessionError
        With everything that is wrong: no manifest, unknown or missing keys, documents whose bytes
        are not those that were rendered.
    """
    try:
        tree = read_tree(_bytes_of(path), str(path))
    except InputError as error:
        raise SessionError(error.problems) from None
    wrong = version_problems(tree, {1: Manifest}, str(path))
    if not wrong and tree.get("format") != FORMAT:
        wrong = [Problem("is not the manifest of a render", path)]
    if wrong:
        raise SessionError(wrong)
    manifest, faults = validate(Manifest, tree)
    if manifest is not None:
        faults = _changed_documents(manifest)
    if manifest is None or faults:
        raise SessionError(told(tree, faults, str(path)))
    return manifest


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        problem = missing(path.name, "", path.parent)
        raise SessionError(Problem(problem.message, path, "", problem.suggestion)) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise SessionError(Problem(f"cannot be read: {reason.lower()}", path)) from None
    if len(data) > _MOST_BYTES:
        raise SessionError(Problem(f"is bigger than {_MOST_BYTES // 2**20} MB", path))
    return data


def _changed_documents(manifest: Manifest) -> list[Fault]:
    faults = []
    for key, copy in manifest.documents.items():
        try:
            same = hashlib.sha256(_decoded(copy)).hexdigest() == copy.sha256
        except (binascii.Error, ValueError):
            same = False
        if not same:
            message = "is not what was rendered: its bytes and its hash disagree"
            faults.append(Fault(("documents", key), message))
    if manifest.session not in manifest.documents:
        faults.append(Fault(("session",), "names a document that the manifest does not hold"))
    return faults


def _encoded(data: bytes) -> DocumentCopy:
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        return DocumentCopy(encoding="utf-8", content=data.decode(), sha256=sha256)
    except UnicodeDecodeError:
        content = base64.b64encode(data).decode()
        return DocumentCopy(encoding="base64", content=content, sha256=sha256)


def _decoded(copy: DocumentCopy) -> bytes:
    if copy.encoding == "utf-8":
        return copy.content.encode()
    return base64.b64decode(copy.content, validate=True)


def _stem_facts(stem: Stem) -> StemFacts:
    return StemFacts(
        name=stem.name,
        file=stem.path.name,
        sha256=stem.sha256,
        peak_db=round(stem.peak_db, 3),
        n_clipped=stem.n_clipped,
        n_samples=stem.n_samples,
        length_s=stem.length_s,
        n_channels=stem.n_channels,
        sample_rate_hz=stem.sample_rate_hz,
        bit_depth=stem.bit_depth,
        container=stem.container,
    )


def _versions() -> dict[str, str]:
    found = {
        "ltsrender": __version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # bundled by other means than a package manager
            found[package] = "unknown"
    return found
