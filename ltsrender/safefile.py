"""Files that are there whole or not at all.

Everything ltsrender writes is written beside its target under a ``.part`` name, flushed to the
disk and then renamed, so a crash, a full disk or Ctrl-C leaves the old file or none, never half.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ltsrender.errors import RenderError, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def written_beside(target: Path) -> Iterator[Path]:
    """Yield a path to write to; on success rename it to ``target``, on any failure remove it.

    Raises
    ------
    RenderError
        When the folder cannot be made, or the file not be written, synced or renamed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "note.txt"
    >>> with written_beside(target) as part:
    ...     _ = part.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    with writing(target):
        part = _part_of(target)
        try:
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            with suppress(OSError):  # a folder in the place of the part is not ours
                part.unlink(missing_ok=True)


def check_target(target: Path) -> None:
    """Refuse a file that could not be written, before the work whose result it should hold.

    Raises
    ------
    RenderError
        When there is a folder of this name, or nothing can be written beside it.
    """
    with writing(target):
        part = _part_of(target)
        part.touch()
        part.unlink()


def is_same_file(file: Path, other: Path) -> bool:
    """Return whether two paths lead to one file that is there."""
    try:
        return file.samefile(other)
    except OSError:
        return False


def _part_of(target: Path) -> Path:
    """Return where a file is written until it is whole, in a folder that is there."""
    if target.is_dir():  # renaming would find out as well, but only after the work
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f"{target.name}.part")


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn the system's errors into notes that name the file.

    Raises
    ------
    RenderError
        In the place of any OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RenderError(f"{plain(str(target))}: cannot be written: {reason}") from error
