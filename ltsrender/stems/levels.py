"""What is measured of a file while it is written: peak, clipping, DC and loudness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.stems.loudness import LoudnessMeter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.stems.loudness import Loudness


class Levels:
    """Measures a sound as it goes by.

    Parameters
    ----------
    sample_rate_hz, n_channels
        Of the file.

    Attributes
    ----------
    n_samples
        How many were heard.
    n_clipped
        How many, of all channels, lay beyond full scale.
    """

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._meter = LoudnessMeter(sample_rate_hz, n_channels)
        self._sums = np.zeros(n_channels)
        self.n_samples = 0
        self.n_clipped = 0

    def add(self, audio: NDArray[np.float64]) -> None:
        """Hear the next block, float64[channel, sample]."""
        self._meter.add(audio)
        self._sums += audio.sum(axis=1)
        self.n_clipped += int(np.count_nonzero(np.abs(audio) > 1.0))
        self.n_samples += audio.shape[1]

    def loudness(self) -> Loudness:
        """Return how loud all of it was; nothing can follow."""
        return self._meter.result()

    @property
    def dc(self) -> tuple[float, ...]:
        """The mean of every channel; full scale is 1."""
        return tuple(float(total) for total in self._sums / max(1, self.n_samples))
