"""Blocks of any length in, pieces of one length out.

What follows then cannot depend on how the sound was cut before: not by a rounding of a sum, not by
an encoder's frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PIECE_SAMPLES = 16_384


class Pieces:
    """Cuts a sound anew.

    Parameters
    ----------
    n_channels
        Of every block.
    n_samples
        Of every piece but the last.
    """

    def __init__(self, n_channels: int, n_samples: int = PIECE_SAMPLES) -> None:
        self._piece = np.empty((n_channels, n_samples))
        self._n_kept = 0

    def add(self, audio: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Yield the pieces that a block completes, float64[channel, sample].

        A piece is good until the next is asked for.
        """
        start = 0
        while start < audio.shape[1]:
            n_new = min(audio.shape[1] - start, self._piece.shape[1] - self._n_kept)
            self._piece[:, self._n_kept : self._n_kept + n_new] = audio[:, start : start + n_new]
            self._n_kept += n_new
            start += n_new
            if self._n_kept == self._piece.shape[1]:
                self._n_kept = 0
                yield self._piece

    def finish(self) -> Iterator[NDArray[np.float64]]:
        """Yield the last piece, if there is one."""
        if self._n_kept:
            yield np.ascontiguousarray(self._piece[:, : self._n_kept])
            self._n_kept = 0
