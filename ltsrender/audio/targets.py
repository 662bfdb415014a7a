"""What every block shall sound like: frames in pieces of any length, regrouped on a fixed grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.signal import Coefficients, Kernel, TransformSpec, spread
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

# What a phase method may want to know of the time around a block.
MARGIN_S = 0.036


@dataclass(frozen=True)
class Target:
    """The magnitudes that one block shall have.

    Attributes
    ----------
    block
        Which block of the absolute grid; the first is -1, whose windows reach into sample 0.
    magnitudes
        For each group ``float32[channel, band, column]``.
    frames
        ``float32[channel, frame, band]``, the frames that these magnitudes were drawn from, with
        `margin_frames` more at each end.
    """

    block: int
    magnitudes: tuple[Tensor, ...]
    frames: Tensor


@dataclass(frozen=True)
class Estimate:
    """A target and the coefficients found for it.

    Attributes
    ----------
    magnitudes
        For each group ``float32[channel, band, column]``: what iterations return to.
    coefficients
        For each group ``complex64[channel, band, column]``.
    certain
        ``float32[frame]``, one more frame than the block has: how certain these phases are, from
        0, a first guess, to 1, right as they are. None is 0 everywhere.
    """

    magnitudes: tuple[Tensor, ...]
    coefficients: Coefficients
    certain: Tensor | None = None


def margin_frames(spec: TransformSpec) -> int:
    """Return how many frames beyond its block a target shows."""
    return math.ceil(MARGIN_S * spec.sample_rate_hz / spec.hop_samples)


def own_frames(target: Target, spec: TransformSpec) -> Tensor:
    """Return a target's frames without the margins; the last is the next block's first."""
    margin = margin_frames(spec)
    return target.frames[:, margin : margin + spec.frames_per_block + 1]


def last_block(n_samples: int, spec: TransformSpec) -> int:
    """Return the last block whose windows reach into the first ``n_samples`` samples."""
    return frames_covering(n_samples + spec.padding_samples, spec.block_samples) - 1


def targets_of(
    frames: Iterable[NDArray[np.float32]], kernel: Kernel, n_samples: int
) -> Iterator[Target]:
    """Yield the target of every block from -1 to `last_block`.

    Before the first frame and after the last one these are held for one padding, as far as the
    windows reach, so that a sound that begins or ends with its frames is heard as if cut there.

    Parameters
    ----------
    frames
        Pieces ``float32[channel, frame, band]`` of any length.
    kernel
        The transform's tables.
    n_samples
        Samples to be made; decides how many frames are used.

    Raises
    ------
    ValueError
        When a piece has another shape than the first or than the transform, or when there are
        fewer frames than ``n_samples`` need.
    """
    spec = kernel.spec
    feed = _Feed(frames, spec.n_bands, frames_covering(n_samples, spec.hop_samples))
    reach = spec.padding_samples // spec.hop_samples
    margin = margin_frames(spec)
    for block in range(-1, last_block(n_samples, spec) + 1):
        first = block * spec.frames_per_block - margin
        indices = np.arange(first, first + spec.frames_per_block + 1 + 2 * margin)
        held = feed.take(indices, forget=first + spec.frames_per_block)
        held[:, (indices < -reach) | (indices >= feed.n_frames + reach)] = 0.0
        frames = torch.from_numpy(held).to(kernel.device)
        own = frames[:, margin : margin + spec.frames_per_block + 1]
        yield Target(block, spread(own, kernel), frames)


class _Feed:
    """The frames not yet used; keeps no more than a block and what the caller's piece holds."""

    def __init__(self, pieces: Iterable[NDArray[np.float32]], n_bands: int, n_frames: int) -> None:
        self.pieces = iter(pieces)
        self.n_bands = n_bands
        self.n_frames = n_frames
        self.first = 0
        self.waiting: list[NDArray[np.float32]] = []

    def take(self, indices: NDArray[np.int64], *, forget: int) -> NDArray[np.float32]:
        """Return frames by rising index, the first and last one held outside.

        Those before ``forget`` will not be asked for again.
        """
        wanted = np.clip(indices, 0, self.n_frames - 1)
        while self.first + sum(piece.shape[1] for piece in self.waiting) <= wanted[-1]:
            self.waiting.append(self._next_piece())
        joined = np.concatenate(self.waiting, axis=1)
        result = joined[:, wanted - self.first]
        kept_from = int(np.clip(forget, self.first, self.n_frames - 1))
        self.waiting = [joined[:, kept_from - self.first :]]
        self.first = kept_from
        return result

    def _next_piece(self) -> NDArray[np.float32]:
        piece = next(self.pieces, None)
        n_channels = self.waiting[0].shape[0] if self.waiting else None
        if piece is None:
            raise ValueError(f"the frames ended before all {self.n_frames} were there")
        if piece.ndim != 3 or piece.shape[2] != self.n_bands or piece.shape[0] == 0:
            raise ValueError(
                f"a piece of frames has shape {piece.shape}; "
                f"it must be [channel, frame, {self.n_bands}]"
            )
        if n_channels not in (None, piece.shape[0]):
            raise ValueError(f"frames changed from {n_channels} channels to {piece.shape[0]}")
        return np.asarray(piece, dtype=np.float32)
