"""The files a session is read from: each read once, remembered, and replayable.

A manifest keeps what was read, so that a session renders the same bytes again on a machine that
has neither the session file nor the library it took its presets from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ltsrender.errors import InputError, Problem
from ltsrender.session.locate import Candidate, candidates, missing, what_is

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 16 * 2**20  # of one text or MIDI file; hours of dense automation fit into a tenth

_READABLE = ("file", "device", "locked")  # the last two are found, to say why they cannot be read


class Documents:
    """Reads the text and MIDI files of one session, and remembers every byte.

    Parameters
    ----------
    root
        The folder that names are relative to: the session's.
    replay
        The bytes of every file by its key (see `contents`), from a manifest. When given, nothing
        is read from the disk.
    """

    def __init__(self, root: Path, replay: Mapping[str, bytes] | None = None) -> None:
        self.root = Path(root)
        self._replay = replay
        self._contents: dict[str, bytes] = {}

    @property
    def contents(self) -> Mapping[str, bytes]:
        """The bytes of every file read so far, by key; what `replay` takes."""
        return MappingProxyType(self._contents)

    @property
    def hashes(self) -> Mapping[str, str]:
        """The SHA-256 of every file read so far, by key."""
        return {key: hashlib.sha256(data).hexdigest() for key, data in self._contents.items()}

    def read(self, name: str, kind: str = "") -> bytes:
        """Return the bytes of a file; a second call returns the same bytes without reading again.

        Parameters
        ----------
        name
            As the composer wrote it, relative to `root`.
        kind
            ``"automation"`` or ``"presets/effects"`` to look in the user's and the built-in
            library too; empty for a file that is only looked for as written.

        Raises
        ------
        InputError
            With one problem: missing (with the nearest name), a folder, unreadable, too big.
        """
        candidate = self._find(name, kind)
        if candidate.key not in self._contents:
            if self._replay is None:
                self._contents[candidate.key] = _bytes_of(candidate.path, name)
            else:
                self._contents[candidate.key] = self._replay[candidate.key]
        return self._contents[candidate.key]

    def _find(self, name: str, kind: str) -> Candidate:
        for candidate in candidates(name, kind, self.root):
            if self._replay is not None:
                there = candidate.key in self._replay
            else:
                there = candidate.key in self._contents or what_is(candidate.path) in _READABLE
            if there:
                return candidate
        if self._replay is not None:
            raise InputError(Problem("is not among the files that the manifest holds", name))
        raise InputError(missing(name, kind, self.root))


def _bytes_of(path: Path, name: str) -> bytes:
    if what_is(path) == "device":
        raise InputError(Problem("is a device or a pipe; a file is needed here", name))
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(Problem(f"cannot be read: {reason}", name)) from error
    if len(data) > MOST_BYTES:
        raise InputError(Problem(f"is bigger than {MOST_BYTES // 2**20} MB", name))
    return data
