"""Where the frames of a collection are kept: in memory, or in a file when they are too many.

Both are written one after the other and read by number, in any order, so nothing that learns from
frames or measures them knows which it was. The file is read, not mapped: of a mapped file all that
was ever touched counts as the program's own memory, of a read one only what is being looked at,
while the system keeps what it has room for.

The file does not outlive the program, whatever ends it. On POSIX it has no name from the start; on
Windows the system deletes it when the program that opened it is gone. What a power cut may leave
there is removed by the next training that needs such a file in the same folder.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ltsrender.errors import ModelError, Problem

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

PIECE_FRAMES = 8_192
"""Frames that are moved at a time: 15 MB of 451 bands."""
KEPT_FREE_BYTES = 2**30
"""What is left of a disk for the model, the unfinished training and everybody else."""
GIGABYTE = 1e9
_PREFIX, _SUFFIX = "ltsrender-", ".frames"
_FRAME_DTYPE = np.dtype(np.float32)
_MORE_PART = 16  # so that an array that is too small is not copied for every frame more
_GAP_FRAMES = 4  # wanted frames this near are read in one go with what lies between them


class Frames(Protocol):
    """Frames by number, wherever they are; an array float32[frame, band] is one of its kind."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> NDArray[np.float32]:
        """Return float32[frame, band] for a slice, or for numbers int[frame] in any order."""


class FramesInMemory:
    """Frames in an array that is filled bit by bit.

    Parameters
    ----------
    n_expected
        How many there will be at most, as far as headers tell: what is not used costs nothing.
    n_bands
        Of every frame.
    """

    def __init__(self, n_expected: int, n_bands: int) -> None:
        self._rows = np.empty((n_expected, n_bands), _FRAME_DTYPE)
        self._n_frames = 0

    def __len__(self) -> int:
        return self._n_frames

    def __getitem__(self, rows: Any, /) -> NDArray[np.float32]:
        """Return float32[frame, band]."""
        return np.asarray(self.whole()[rows])

    def write(self, first: int, frames: NDArray[np.float32]) -> None:
        """Write frames from a number on, over what is there or behind it."""
        last = first + len(frames)
        if last > len(self._rows):
            n_more = max(last - len(self._rows), len(self._rows) // _MORE_PART)
            more = np.empty((n_more, self._rows.shape[1]), _FRAME_DTYPE)
            self._rows = np.concatenate([self._rows, more])
        self._rows[first:last] = frames
        self._n_frames = max(self._n_frames, last)

    def cut(self, n_frames: int) -> None:
        """Forget all but the first frames."""
        self._n_frames = n_frames

    def whole(self) -> NDArray[np.float32]:
        """Return all of them, float32[frame, band]."""
        return self._rows[: self._n_frames]

    def close(self) -> None:
        """Do nothing: memory goes by itself."""


class FramesOnDisk:
    """Frames in a temporary file.

    Parameters
    ----------
    folder
        On whose disk; None: the system's place for temporary files.
    n_expected
        How many frames there will be at most, to say so if there is no room for them.
    n_bands
        Of every frame.

    Raises
    ------
    ModelError
        When the file cannot be made; later, when it cannot be written or read. Several threads
        may read.
    """

    def __init__(self, folder: Path | None, n_expected: int, n_bands: int) -> None:
        self._folder, self._n_expected, self._n_bands = folder, n_expected, n_bands
        self._n_frames = 0
        self._at_one = threading.Lock()  # finding the place and reading there are two calls
        self._frame_bytes = n_bands * _FRAME_DTYPE.itemsize
        _remove_leftovers(folder)
        try:
            self._file = tempfile.TemporaryFile(  # noqa: SIM115 - closed by `close`
                prefix=_PREFIX, suffix=_SUFFIX, dir=folder, buffering=0
            )
        except OSError as error:
            raise self._failed(f"cannot be made: {error.strerror or error}") from error

    def __len__(self) -> int:
        return self._n_frames

    def __getitem__(self, rows: Any, /) -> NDArray[np.float32]:
        """Return float32[frame, band], read in the order in which they lie."""
        if isinstance(rows, slice):
            first, last, step = rows.indices(self._n_frames)
            if step == 1:
                result = np.empty((max(0, last - first), self._n_bands), _FRAME_DTYPE)
                self._read(first, result)
                return result
            rows = np.arange(first, last, step)
        result = np.empty((len(rows), self._n_bands), _FRAME_DTYPE)
        order = np.argsort(rows, kind="stable")
        wanted = np.asarray(rows, dtype=np.int64)[order]
        if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < self._n_frames:
            raise IndexError(f"there are frames 0..{self._n_frames - 1}")
        ends = np.flatnonzero(np.diff(wanted) > 1 + _GAP_FRAMES) + 1
        runs = list(zip([0, *ends.tolist()], [*ends.tolist(), len(wanted)], strict=True))
        if len(runs) > 1:
            self._announce(wanted[[begin for begin, _ in runs]])
        for begin, end in runs:
            if end - begin == 1:
                self._read(int(wanted[begin]), result[order[begin] : order[begin] + 1])
            elif end > begin:
                run = np.empty((wanted[end - 1] - wanted[begin] + 1, self._n_bands), _FRAME_DTYPE)
                self._read(int(wanted[begin]), run)
                result[order[begin:end]] = run[wanted[begin:end] - wanted[begin]]
        return result

    def write(self, first: int, frames: NDArray[np.float32]) -> None:
        """Write frames from a number on, over what is there or behind it."""
        left = _bytes_of(np.ascontiguousarray(frames, _FRAME_DTYPE))
        try:
            with self._at_one:
                self._file.seek(first * self._frame_bytes)
                while left:
                    left = left[self._file.write(left) :]
        except OSError as error:
            raise self._failed(f"cannot be written: {error.strerror or error}") from error
        self._n_frames = max(self._n_frames, first + len(frames))

    def cut(self, n_frames: int) -> None:
        """Forget all but the first frames."""
        self._file.truncate(n_frames * self._frame_bytes)
        self._n_frames = n_frames

    def close(self) -> None:
        """Give the disk its room back."""
        self._file.close()

    def _announce(self, firsts: NDArray[np.int64]) -> None:
        """Let the system fetch scattered frames all at once, where it can be asked to."""
        if sys.platform == "linux":
            for first in firsts.tolist():
                os.posix_fadvise(
                    self._file.fileno(),
                    first * self._frame_bytes,
                    self._frame_bytes,
                    os.POSIX_FADV_WILLNEED,
                )

    def _read(self, first: int, frames: NDArray[np.float32]) -> None:
        """Fill a contiguous array with the frames from a number on."""
        if not frames.size:
            return
        left = _bytes_of(frames)
        try:
            with self._at_one:
                self._file.seek(first * self._frame_bytes)
                while left and (n_read := self._file.readinto(left)):
                    left = left[n_read:]
        except OSError as error:
            raise self._failed(f"cannot be read: {error.strerror or error}") from error
        if left:
            raise self._failed("cannot be read: it ends too early")

    def _failed(self, reason: str) -> ModelError:
        place = self._folder or tempfile.gettempdir()
        there, needed = (in_gigabytes(n, self._n_bands) for n in (len(self), self._n_expected))
        words = f"the temporary file for {needed} of frames, {there} of them there, {reason}"
        with suppress(OSError):
            words += f"; {shutil.disk_usage(place).free / GIGABYTE:.1f} GB of that disk are free"
        return ModelError(Problem(words, file=place))


class ChosenFrames:
    """Some of some frames, without a copy of them.

    Parameters
    ----------
    frames
        Where they are.
    rows : int32[frame]
        Which: one number for each, and 2**31 frames would fill 4 TB.
    """

    def __init__(self, frames: Frames, rows: NDArray[np.int32]) -> None:
        self.source, self._rows = frames, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Any, /) -> NDArray[np.float32]:
        """Return float32[frame, band]."""
        return self.source[self._rows[rows]]


def are_on_disk(frames: Frames) -> bool:
    """Return whether frames, or those of which they are some, are in a file."""
    while isinstance(frames, ChosenFrames):
        frames = frames.source
    return isinstance(frames, FramesOnDisk)


def spread_out(frames: Frames, most: int) -> Frames:
    """Return every n-th of frames, so many that they are ``most`` or fewer; all if they are few."""
    step = -(-len(frames) // most)
    if step <= 1:
        return frames
    return ChosenFrames(frames, np.arange(0, len(frames), step, dtype=np.int32))


def frames_that_fit(folder: Path | None, n_bands: int) -> int:
    """Return how many frames the disk of a folder has room for, leaving `KEPT_FREE_BYTES`."""
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    room = max(0, free - KEPT_FREE_BYTES) // (n_bands * _FRAME_DTYPE.itemsize)
    return min(room, np.iinfo(np.int32).max)


def in_gigabytes(n_frames: float, n_bands: int) -> str:
    """Return how much room frames take, in words."""
    return f"{n_frames * n_bands * _FRAME_DTYPE.itemsize / GIGABYTE:.1f} GB"


def _remove_leftovers(folder: Path | None) -> None:
    """Remove what nobody has open; what somebody has, Windows keeps until it is closed."""
    for left in Path(folder or tempfile.gettempdir()).glob(f"{_PREFIX}????????{_SUFFIX}"):
        with suppress(OSError):
            left.unlink()


def _bytes_of(frames: NDArray[np.float32]) -> memoryview:
    return frames.reshape(-1).view(np.uint8).data
