"""Files that are there whole or not at all.

Everything ltsrender writes is written beside its target under a ``.part`` name, flushed to the
disk and then renamed, so a crash, a full disk or Ctrl-C leaves the old file or none, never half.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ltsrender.errors import RenderError

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
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RenderError(f"{target}: cannot be written: {reason}") from error
    finally:
        with suppress(OSError):  # where the folder could not be made, there is nothing to remove
            part.unlink(missing_ok=True)
