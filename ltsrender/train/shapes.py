"""What a network sees of frames, made when it is asked for.

Log shapes of a whole collection take as much room as its frames once more, so only those of a small
one are made beforehand. Those of a batch take 3 ms where the step takes 130, and each is the same
to the last bit whatever others it is made with.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ltsrender.models.vae import separate
from ltsrender.train.ahead import Ahead
from ltsrender.train.collected import PIECE_FRAMES, are_on_disk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.train.collected import Frames

FEW_FRAMES = 200_000
"""Shapes of no more frames are made beforehand: 0.4 GB."""
DEVICE_PART = 0.5
"""Of a graphics card's free memory that shapes may take; batches and weights need some too."""


class LogShapes:
    """Log-compressed shapes of frames, by number.

    Parameters
    ----------
    frames
        Linear magnitudes, float32[frame, band].
    floor
        The network's soft floor.
    to
        Where shapes are needed. They are made on the processor: other devices round otherwise.

    Attributes
    ----------
    device
        Where the numbers of the frames should be.
    """

    def __init__(self, frames: Frames, floor: float, to: torch.device | str = "cpu") -> None:
        self.device = torch.device("cpu")
        self._frames, self._floor, self._to = frames, floor, to
        self._ahead: Ahead | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, rows: Any, /) -> Tensor:
        """Return float32[frame, band] for a slice, or for numbers int64[frame] in any order."""
        if self._ahead and isinstance(rows, Tensor):
            frames = self._ahead.take(rows.numpy())
        else:
            frames = self._frames[rows.numpy() if isinstance(rows, Tensor) else rows]
        return separate(torch.from_numpy(frames), self._floor)[1].to(self._to)

    def expect(self, coming: Iterator[Tensor], n_batch: int) -> None:
        """Hear which frames will be asked for by number, so that a file is read in good time.

        Parameters
        ----------
        coming : iterator of int64[batch]
            All batches to come. A thread of its own draws from it.
        n_batch
            Frames of each.
        """
        if are_on_disk(self._frames):
            self._ahead = Ahead(self._frames, (rows.numpy() for rows in coming), n_batch)

    def close(self) -> None:
        """Read no more; needed before a file is closed."""
        if self._ahead:
            self._ahead.close()
            self._ahead = None


@contextmanager
def shapes_for(frames: Frames, floor: float, device: torch.device) -> Iterator[Tensor | LogShapes]:
    """Yield log shapes for training: all of them if there is room where the network is.

    Parameters
    ----------
    frames
        Linear magnitudes, float32[frame, band].
    floor
        The network's soft floor.
    device
        The network's.
    """
    made = LogShapes(frames, floor, device)
    if not _fit(frames, made[:1].nbytes, device):
        try:
            yield made
        finally:
            made.close()
        return
    whole = torch.empty((len(frames), made[:1].shape[1]), device=device)
    for first in range(0, len(frames), PIECE_FRAMES):
        whole[first : first + PIECE_FRAMES] = made[first : first + PIECE_FRAMES]
    yield whole


def _fit(frames: Frames, shape_bytes: int, device: torch.device) -> bool:
    """Return whether a device has room for the shapes of all frames."""
    if are_on_disk(frames):  # only this kind of device tells what it has
        free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0
        return len(frames) * shape_bytes < DEVICE_PART * free
    return device.type != "cpu" or len(frames) <= FEW_FRAMES
