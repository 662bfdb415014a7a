"""Where a name in a session leads: beside the session, in the user's folder, or built in.

A preset or an automation file is looked for in this order, and the first that is there is taken:

1. beside the session, as written (``automation/swell.json``) or in the folder of its kind;
2. in the user's own folder (what `user_folder` returns), in the folder of its kind;
3. among the files that come with ltsrender.

``.json`` may be left out.
"""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

import platformdirs

from ltsrender.errors import Problem, nearest

_PACKAGE = Path(__file__).resolve().parents[1]
_MOST_NAMES = 10_000  # a folder with more files than this is not searched for near names


@dataclass(frozen=True)
class Candidate:
    """One place where a file may be.

    Attributes
    ----------
    key
        How a manifest calls the file, the same on every machine: ``automation/swell.json``,
        ``user:presets/effects/glue.json``, ``built-in:presets/effects/cathedral.json``.
    path
        Where it would be on this disk.
    """

    key: str
    path: Path


def user_folder() -> Path:
    """Return the folder of the user's own presets and automation files."""
    return platformdirs.user_data_path("ltsrender", appauthor=False)


def built_in_folder() -> Path:
    """Return the folder of what comes with ltsrender: in the wheel, or in the checkout."""
    library = _PACKAGE / "library"
    return library if library.is_dir() else _PACKAGE.parent


def candidates(name: str, kind: str, base: Path) -> tuple[Candidate, ...]:
    """Return where ``name`` may be, in the order in which the places count.

    Parameters
    ----------
    name
        As the composer wrote it, with ``/`` between folders.
    kind
        ``"automation"``, ``"presets/effects"``; empty for a file that is only where it says.
    base
        The session's folder.
    """
    if not kind:
        return (Candidate(name, base / name),)
    beside = [name, f"{kind}/{name}"]
    short = name.removeprefix(f"{kind}/")
    found = [Candidate(key, base / key) for key in beside for key in _with_suffix(key)]
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return tuple(found)
    for library, folder in (("user", user_folder()), ("built-in", built_in_folder())):
        keys = _with_suffix(f"{kind}/{short}")
        found.extend(Candidate(f"{library}:{key}", folder / key) for key in keys)
    return tuple(found)


def _with_suffix(name: str) -> tuple[str, ...]:
    return (name,) if name.endswith(".json") else (name, f"{name}.json")


def what_is(path: Path) -> str:
    """Return ``"file"``, ``"folder"``, ``"device"`` (or pipe), ``"locked"``, or nothing at all."""
    try:
        mode = path.stat().st_mode
    except PermissionError:
        return "locked"
    except (OSError, ValueError) as error:  # not there, too long, through a file, or not a name
        return "locked" if getattr(error, "errno", None) == errno.ELOOP else ""
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "device"


def missing(name: str, kind: str, base: Path) -> Problem:
    """Return the problem of a file that is nowhere, with the nearest name that exists."""
    if what_is(base / name) == "folder":
        return Problem("is a folder; a file is needed here", name)
    looked = (
        "" if not kind else f" (looked beside the session, in {user_folder() / kind}, built in)"
    )
    return Problem(f"does not exist{looked}", name, suggestion=near_file(name, kind, base))


def near_file(name: str, kind: str, base: Path) -> str:
    """Return the existing file whose name looks most like ``name``, or an empty string."""
    written = PurePosixPath(name)
    beside = _names_in(base / written.parent)
    near = nearest(written.name, beside) or nearest(written.stem, _stems(beside))
    if near:
        return str(written.parent / near)
    if not kind:
        return ""
    library = [n for f in (user_folder(), built_in_folder()) for n in _names_in(f / kind)]
    return nearest(written.name, library) or nearest(written.stem, _stems(library))


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in islice(folder.iterdir(), _MOST_NAMES))
    except (OSError, ValueError):
        return []


def _stems(names: list[str]) -> list[str]:
    return [Path(name).stem for name in names]


def session_in(folder: Path) -> str:
    """Return a session file in a folder, for the suggestion to a composer who gave the folder."""
    found = [name for name in _names_in(folder) if name.endswith(".lts.json")]
    return str(folder / found[0]) if found else ""
