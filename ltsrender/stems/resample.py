"""From the sound's rate to the file's, without moving it.

soxr's VHQ filter has linear phase, and its stream delays nothing: the first sample out lies where
the first sample in lay. The file is as long as the sound, to the nearest sample, halves upwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Resampler:
    """Resamples block by block; blocks of any length give the same samples.

    Parameters
    ----------
    from_hz, to_hz
        The rates of the sound and of the file.
    n_channels
        Of every block.
    """

    def __init__(self, from_hz: int, to_hz: int, n_channels: int) -> None:
        self._from_hz = from_hz
        self._to_hz = to_hz
        self._stream = None
        if from_hz != to_hz:
            self._stream = soxr.ResampleStream(from_hz, to_hz, n_channels, "float64", "VHQ")
        self._rest = np.zeros((0, n_channels))
        self._n_in = 0
        self._n_out = 0

    def resample(self, audio: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is ready of the sound, float64[channel, sample], after the next block."""
        if self._stream is None:
            return audio
        self._n_in += audio.shape[1]
        made = self._stream.resample_chunk(np.ascontiguousarray(audio.T)).T
        self._n_out += made.shape[1]
        return np.asarray(made, np.float64)

    def finish(self) -> NDArray[np.float64]:
        """Return the rest, so that the whole has the length it should."""
        if self._stream is None:
            return self._rest.T
        made = self._stream.resample_chunk(self._rest, last=True).T
        n_owed = resampled_length(self._n_in, self._from_hz, self._to_hz) - self._n_out
        n_missing = max(0, n_owed - made.shape[1])  # a few, of sounds shorter than the filter
        return np.pad(made[:, :n_owed], ((0, 0), (0, n_missing)))


def resampled_length(n_samples: int, from_hz: int, to_hz: int) -> int:
    """Return how long a sound is at another rate: to the nearest sample, halves up, at least one.

    >>> resampled_length(44_100, 44_100, 48_000)
    48000
    """
    return max(1, (2 * n_samples * to_hz + from_hz) // (2 * from_hz)) if n_samples else 0
