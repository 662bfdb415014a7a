"""Sound put aside on the disk until it is known how loud it is to be, or which parts are wanted.

The sound lies in files without a name, which the system takes away even if the render is killed.
Samples keep their 32 bits, so what is read is what was written.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np

from ltsrender.safefile import writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from ltsrender.render.streams import Block, Mixdown


class Spool:
    """Streams that are written once, side by side, and then read as often as needed.

    A context manager; leaving it gives the room on the disk back.

    Parameters
    ----------
    folder
        Where there is room; made when it is not there.
    n_streams, n_channels
        How many streams there are, and channels of each.

    Raises
    ------
    RenderError
        On entering and writing: a full disk, a folder that takes no files.
    """

    def __init__(self, folder: Path, n_streams: int, n_channels: int) -> None:
        self._folder = folder
        self._n_streams, self._n_channels = n_streams, n_channels
        self._stack = ExitStack()
        self._files: list[IO[bytes]] = []
        self._locks = [Lock() for _ in range(n_streams)]
        self.n_samples = 0

    def __enter__(self) -> Self:
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for _ in range(self._n_streams):
                file = tempfile.TemporaryFile(dir=self._folder)
                self._files.append(self._stack.enter_context(file))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def write(self, mixdown: Mixdown) -> None:
        """Append a block to every stream."""
        with writing(self._folder):
            for file, block in zip(self._files, mixdown, strict=True):
                file.write(np.ascontiguousarray(block.T).tobytes())
        self.n_samples += mixdown[0].shape[1]

    def read(
        self, streams: Sequence[int], start: int, stop: int | None, block_samples: int
    ) -> Iterator[Mixdown]:
        """Yield samples ``start..stop - 1`` of some streams; zeros follow the end.

        Parameters
        ----------
        streams
            Their numbers.
        start, stop
            None ends where the sound does.
        block_samples
            Length of the blocks.
        """
        stop = self.n_samples if stop is None else stop
        for first in range(start, stop, block_samples):
            last = min(first + block_samples, stop)
            yield tuple(self._block(stream, first, last) for stream in streams)

    def _block(self, stream: int, start: int, stop: int) -> Block:
        n_bytes = 4 * self._n_channels
        n_there = max(0, min(stop, self.n_samples) - start)
        # Parts of one stream are read side by side, through one file with one place in it.
        with writing(self._folder), self._locks[stream]:
            self._files[stream].seek(start * n_bytes)
            data = self._files[stream].read(n_there * n_bytes)
        block = np.zeros((self._n_channels, stop - start), np.float32)
        block[:, :n_there] = np.frombuffer(data, np.float32).reshape(n_there, self._n_channels).T
        return block
