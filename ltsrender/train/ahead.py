"""Frames of the batches to come, read while the network works on those before them.

Frames that are drawn by chance lie all over a file that is larger than memory. Which ones a step
draws follows from its number, so the frames of many steps can be read in one go, in the order in
which they lie: one sweep over the disk, where each step by itself would be a sweep of its own.
"""

from __future__ import annotations

import queue
import threading
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ltsrender.train.collected import Frames

SWEEP_FRAMES = 32_768
"""Read in one sweep, 59 MB of 451 bands; as many again wait for their steps."""
_PART_FRAMES = 1_024  # of a sweep, after which it may be told to stop
_PATIENCE_S = 0.1


class _Batch(NamedTuple):
    rows: NDArray[np.int64]
    frames: NDArray[np.float32]


class Ahead:
    """Reads batches before they are needed, in a thread of its own.

    Parameters
    ----------
    frames
        Where they are read.
    coming : iterator of int64[batch]
        The frames of every batch to come, in order. Used by that thread alone.
    n_batch
        Frames of a batch.
    """

    def __init__(self, frames: Frames, coming: Iterator[NDArray[np.int64]], n_batch: int) -> None:
        self._frames, self._coming = frames, coming
        self._n_batches = max(1, SWEEP_FRAMES // n_batch)
        self._ready: queue.Queue[_Batch | BaseException] = queue.Queue(self._n_batches)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reads ahead", daemon=True)
        self._thread.start()

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the frames of the next batch, float32[frame, band].

        Raises
        ------
        ModelError
            When they cannot be read.
        """
        batch = self._ready.get()
        if isinstance(batch, BaseException):
            self._ready.put(batch)  # for whoever asks again
            raise batch
        if np.array_equal(batch.rows, rows):
            return batch.frames
        return self._frames[rows]  # others than were foreseen: no faster, but right

    def close(self) -> None:
        """Stop reading, before the file is closed."""
        self._closing.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            n_batches = 1  # the first step shall not wait for the last of a whole sweep
            while not self._closing.is_set():
                sweep = list(islice(self._coming, n_batches))
                n_batches = min(2 * n_batches, self._n_batches)
                ends = np.cumsum([len(rows) for rows in sweep])[:-1]
                frames = np.split(self._swept(np.concatenate(sweep)), ends)
                for rows, part in zip(sweep, frames, strict=True):
                    self._hand_on(_Batch(rows, part))
        except BaseException as error:  # noqa: BLE001 - whatever it is, `take` raises it
            self._hand_on(error)

    def _swept(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return float32[frame, band], read in the order in which they lie."""
        order = np.argsort(rows, kind="stable")
        result = np.empty((len(rows), self._frames[:1].shape[1]), np.float32)
        for first in range(0, len(rows), _PART_FRAMES):
            if self._closing.is_set():
                break
            part = order[first : first + _PART_FRAMES]
            result[part] = self._frames[rows[part]]
        return result

    def _hand_on(self, batch: _Batch | BaseException) -> None:
        """Wait until there is room for it, or nobody will take it any more."""
        while not self._closing.is_set():
            try:
                self._ready.put(batch, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return
