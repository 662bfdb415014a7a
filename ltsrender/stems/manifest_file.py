"""Manifests on disk: made from what a render left, written whole, and read with suspicion.

A manifest that is read may be rendered again, so it is input like any other and is checked like any
other: its keys, its ranges, and that the documents it holds are those that were rendered.
"""

from __future__ import annotations

import binascii
import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from ltsrender.errors import InputError, Problem, SessionError
from ltsrender.safefile import remove_leftovers, written_beside
from ltsrender.session import read_tree
from ltsrender.session.locate import missing
from ltsrender.session.problems import Fault, told, validate, version_problems
from ltsrender.stems.documents import decoded
from ltsrender.stems.format import SUFFIXES
from ltsrender.stems.manifest import FILE_NAME, FORMAT, Failure, Manifest, PlanFacts, Promised
from ltsrender.stems.place import StemPlace, stem_facts
from ltsrender.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ltsrender.stems.writer import Stem

_MOST_BYTES = 2**28  # 256 MB: a hundred times the densest session
_PACKAGES = ("numpy", "torch", "numba", "pedalboard", "soundfile", "soxr")


def make_manifest(
    facts: PlanFacts,
    stems: Iterable[tuple[Stem, StemPlace]],
    *,
    common_gain_db: float = 0.0,
    mix_differs: tuple[str, ...] = (),
    promised: Promised | None = None,
    failures: tuple[Failure, ...] = (),
) -> Manifest:
    """Return the manifest of a render whose files are finished, without a verdict.

    Parameters
    ----------
    facts
        What was rendered.
    stems
        The files, the mix last, each with its place in the delivery.
    common_gain_db
        By how much all files were raised together.
    mix_differs
        Sentences: why the mix is not the sum of its stems; empty when it is.
    promised
        Levels that the mix was brought to; nothing when left out.
    failures
        Tracks whose stems are missing.
    """
    return Manifest(
        **dict(facts),
        format=FORMAT,
        schema_version=1,
        versions=_versions(),
        stems=tuple(stem_facts(stem, place) for stem, place in stems),
        common_gain_db=common_gain_db,
        mix_differs=mix_differs,
        promised=promised or Promised(),
        failures=failures,
    )


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write a render's manifest beside its stems and return its path.

    What an earlier render left half, because it was killed, is removed.

    Raises
    ------
    RenderError
        When it cannot be written; no half file is left.
    """
    path = folder / FILE_NAME
    text = manifest.model_dump_json(indent=2, exclude={"note"}) + "\n"
    with written_beside(path) as part:
        part.write_bytes(text.encode())
    for place in {(folder / stem.file).parent for stem in manifest.stems}:
        remove_leftovers(place, SUFFIXES.values())
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
            same = hashlib.sha256(decoded(copy)).hexdigest() == copy.sha256
        except (binascii.Error, ValueError):
            same = False
        if not same:
            message = "is not what was rendered: its bytes and its hash disagree"
            faults.append(Fault(("documents", key), message))
    if manifest.session not in manifest.documents:
        faults.append(Fault(("session",), "names a document that the manifest does not hold"))
    return faults


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
