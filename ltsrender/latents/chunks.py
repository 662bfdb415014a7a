"""A path whose frames know of the frames around them, in chunks on an absolute grid.

What a frame becomes then depends on its chunk alone, never on the stretch that was asked for: the
same chunk is computed from the same neighbours, whole, and remembered for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.latents.averaging import averaged
from ltsrender.latents.ground import guarded
from ltsrender.session.targets import RANGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.latents.path import LatentPath

CHUNK_FRAMES = 512


@dataclass(frozen=True, eq=False)
class Chunks:
    """The frames of a path that is smoothed, guarded or round.

    Attributes
    ----------
    path
        The path, which makes frames before they are smoothed.
    """

    path: LatentPath

    def block(self, first: int, last: int) -> NDArray[np.float32]:
        """Return frames ``first..last - 1``: float32[channel, frame, latent]."""
        chunks = range(first // CHUNK_FRAMES, (last - 1) // CHUNK_FRAMES + 1)
        whole = np.concatenate([self._finished(chunk) for chunk in chunks], axis=1)
        offset = chunks.start * CHUNK_FRAMES
        return whole[:, first - offset : last - offset].copy()

    @cached_property
    def _finished(self) -> Callable[[int], NDArray[np.float32]]:
        return lru_cache(maxsize=4)(self._finished_chunk)

    @cached_property
    def _unsmoothed(self) -> Callable[[int], NDArray[np.float32]]:
        return lru_cache(maxsize=2 * self._reach + 2)(self._unsmoothed_chunk)

    @property
    def _per_second(self) -> float:
        return self.path.grid.sample_rate_hz / self.path.grid.hop_samples

    @property
    def _longest(self) -> float:
        """The widest window, in frames."""
        return RANGES["smoothing"].maximum * self._per_second

    @property
    def _reach(self) -> int:
        """How many chunks on either side it may touch."""
        return -(-int(0.5 * self._longest + 2) // CHUNK_FRAMES)

    def _finished_chunk(self, chunk: int) -> NDArray[np.float32]:
        first, last = chunk * CHUNK_FRAMES, (chunk + 1) * CHUNK_FRAMES
        smooth = "smoothing" in self.path.movements
        z = self._smoothed(chunk) if smooth else self._unsmoothed(chunk)
        z = self.path.with_noise(z, first, last)
        ground = self.path.space.ground
        if ground is None or self.path.steering.guard not in ("soft", "clamp"):
            return z
        held = guarded(z, ground, self.path.steering.guard)
        return np.where(self.path.is_silent(z)[..., None], z, held)

    def _unsmoothed_chunk(self, chunk: int) -> NDArray[np.float32]:
        first = chunk * CHUNK_FRAMES
        if first < 0:
            n_latents = self.path.anchors[0].mean.shape[2]
            return np.zeros((self.path.n_channels, CHUNK_FRAMES, n_latents), np.float32)
        return self.path.unsmoothed(first, first + CHUNK_FRAMES)

    def _smoothed(self, chunk: int) -> NDArray[np.float32]:
        """Return a chunk averaged over the windows that the lane asks for."""
        first, last = chunk * CHUNK_FRAMES, (chunk + 1) * CHUNK_FRAMES
        around = range(chunk - self._reach, chunk + self._reach + 1)
        z = np.concatenate([self._unsmoothed(each) for each in around], axis=1)
        before = self._reach * CHUNK_FRAMES
        seconds = self.path.lanes["smoothing"].at_frames(first, last)
        windows = np.clip(seconds * self._per_second, 0.0, self._longest)
        if not self.path.space.has_level:
            return averaged(z, None, windows, before, first)
        level = averaged(z[..., :1], None, windows, before, first)
        shape = averaged(z[..., 1:], z[..., 0] > 0.0, windows, before, first)
        return np.concatenate([level, shape], axis=-1)
