"""Files that are there whole or not at all.

Everything ltsrender writes is written beside its target under a ``.part`` name, flushed to the
disk and then renamed, so a crash, a full disk or Ctrl-C leaves the old file or none, never half.

Only being killed, or a power cut, leaves a part. The next render to the same name writes over it;
`remove_leftovers` takes away those whose names nobody writes any more. A part is locked while it
is written, so two renders into one folder neither mix their bytes nor remove each other's.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ltsrender.errors import RenderError, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_SUFFIX = ".part"


@contextmanager
def written_beside(target: Path) -> Iterator[Path]:
    """Yield a path to write to; on success rename it to ``target``, on any failure remove it.

    Raises
    ------
    RenderError
        When the folder cannot be made, or the file not be written, synced or renamed, or when
        somebody else is writing it.

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
        with _claimed(part):
            try:
                yield part
                with part.open("rb+") as file:
                    os.fsync(file.fileno())
                part.replace(target)
            finally:
                with suppress(OSError):  # the file system may be gone by now
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
        with _claimed(part):
            part.unlink()


def remove_leftovers(folder: Path, suffixes: Collection[str]) -> None:
    """Remove the parts that a killed render left in a folder; what is being written stays.

    Parameters
    ----------
    folder
        Where to look, not deeper.
    suffixes
        Of the files whose parts are ours: ``".wav"``, say.
    """
    for part in folder.glob(f"*{_SUFFIX}"):
        is_ours = part.with_suffix("").suffix in suffixes and part.is_file()
        with suppress(OSError):  # taken, or not ours to remove
            if is_ours:
                with _claimed(part):
                    part.unlink(missing_ok=True)


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
    return target.with_name(f"{target.name}{_SUFFIX}")


@contextmanager
def _claimed(part: Path) -> Iterator[None]:
    """Make a part and lock it, so that nobody else writes it; the lock dies with the process."""
    file = os.open(part, os.O_RDWR | os.O_CREAT, 0o666)
    if sys.platform == "win32":  # where an open file can be neither removed nor renamed, as it is
        os.close(file)
        yield
        return
    import fcntl  # noqa: PLC0415 - not there on Windows

    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(errno.EAGAIN, "another render is writing it") from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(file)


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
