"""Sound that waits for other sound: kept in order, handed on when the other has come as far."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Held:
    """A queue of samples.

    Parameters
    ----------
    n_channels
        Of the sound.
    """

    def __init__(self, n_channels: int) -> None:
        self._nothing = np.zeros((n_channels, 0), np.float32)
        self._blocks: deque[NDArray[np.float32]] = deque()
        self.n_samples = 0

    def push(self, audio: NDArray[np.float32]) -> None:
        """Add the next samples, float32[channel, sample]; they are not to be changed afterwards."""
        if audio.shape[1]:
            self._blocks.append(audio)
            self.n_samples += audio.shape[1]

    def take(self, n_samples: int) -> NDArray[np.float32]:
        """Return the first samples, float32[channel, n_samples], and forget them."""
        if n_samples > self.n_samples:
            raise ValueError(f"{n_samples} samples are wanted, {self.n_samples} are here")
        taken = [self._nothing]
        left = n_samples
        while left > 0:
            block = self._blocks.popleft()
            if block.shape[1] > left:
                self._blocks.appendleft(block[:, left:])
                block = block[:, :left]
            taken.append(block)
            left -= block.shape[1]
        self.n_samples -= n_samples
        return taken[1] if len(taken) == 2 else np.concatenate(taken, axis=1)
