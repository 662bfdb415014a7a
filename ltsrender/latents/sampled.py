"""Lanes read at the frames of a render, many frames at a time.

A path, its guide, its detail and its attacks all ask the same lanes for the same frames, a few
hundred at a time. Asked in stretches of thousands a lane costs a tenth, and each stretch once. What
a lane says at a frame depends on nothing else, so nothing else depends on the stretches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.latents.grid import FrameGrid, Movement

STRETCH = 16_384
_KEPT = 4  # stretches; attacks read what the path has long passed


class Sampled:
    """A movement at the frames of a grid.

    Parameters
    ----------
    movement
        Anything with a value at every moment of the session.
    grid
        The frame times.
    """

    def __init__(self, movement: Movement, grid: FrameGrid) -> None:
        self._movement = movement
        self._grid = grid
        self._stretch = lru_cache(maxsize=_KEPT)(self._read)

    def at_frames(self, first: int, last: int) -> NDArray[np.float64]:
        """Return the values at frames ``first..last - 1``, 0 or later: float64[frame]."""
        begin, end = first // STRETCH, max(last - 1, first) // STRETCH
        if begin == end:
            offset = begin * STRETCH
            return self._stretch(begin)[first - offset : last - offset].copy()
        values = np.concatenate([self._stretch(each) for each in range(begin, end + 1)])
        return values[first - begin * STRETCH : last - begin * STRETCH]

    def _read(self, stretch: int) -> NDArray[np.float64]:
        return self._movement.at(_moments(self._grid, stretch))


@lru_cache(maxsize=8)
def _moments(grid: FrameGrid, stretch: int) -> NDArray[np.float64]:
    """Return the times of a stretch, in seconds; read-only, for all lanes share them."""
    moments = grid.seconds(stretch * STRETCH, (stretch + 1) * STRETCH)
    moments.setflags(write=False)
    return moments
