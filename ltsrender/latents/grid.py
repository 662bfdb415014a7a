"""When frames are: the frame times of a render, and what has a value at every moment of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Movement(Protocol):
    """Anything that has a value at every moment of the session, such as an automation lane."""

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the value at each moment, in seconds from the session's start."""


@dataclass(frozen=True)
class FrameGrid:
    """The frame times of a render.

    Attributes
    ----------
    n_frames
        Frames from the track's start to its end, the first one not before the end included.
    hop_samples
        Samples between frames.
    sample_rate_hz
        Samples per second.
    start_sample
        Sample of the session's time line at which the track's frame 0 stands.
    """

    n_frames: int
    hop_samples: int
    sample_rate_hz: int
    start_sample: int = 0

    def samples(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the moments of frames ``first..last - 1`` on the track's time line."""
        return np.arange(first, last, dtype=np.int64) * self.hop_samples

    def seconds(self, first: int, last: int) -> NDArray[np.float64]:
        """Return the moments of frames ``first..last - 1`` on the session's time line."""
        return (self.samples(first, last) + self.start_sample) / self.sample_rate_hz
