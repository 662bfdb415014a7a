"""The guide: what the sources themselves do, weighted as the render weights them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ltsrender.signal import (
    Coefficients,
    Kernel,
    SampleReader,
    TransformSpec,
    analyse_block,
    kernel_for,
)

Analyse = Callable[[SampleReader, int, Kernel], Coefficients]
Weights = Callable[[int, int], NDArray[np.float32]]


@dataclass(frozen=True)
class Guide:
    """What the sources do, block by block.

    Attributes
    ----------
    readers
        The sounds on the render's time line.
    weights
        ``weights(first_frame, last_frame)`` returns ``float32[sound, frame]``.
    kernel
        The transform's tables.
    n_channels
        Channels of the render.
    analyse
        Gives a sound's coefficients of a block.
    """

    readers: Sequence[SampleReader]
    weights: Weights
    kernel: Kernel
    n_channels: int
    analyse: Analyse

    def __call__(self, block: int) -> Coefficients:
        """Return the weighted sum of the sounds' coefficients; zero where none has weight.

        Weights below 0 (a morph beyond its ends) count as 0: a sound cannot guide backwards.
        """
        total = _silence(self.kernel, self.n_channels)
        for reader, share in zip(self.readers, np.maximum(self._shares(block), 0.0), strict=True):
            if share.any():  # a sound that is not heard needs no analysis
                own = in_channels(self.analyse(reader, block, self.kernel), self.n_channels)
                _add(total, own, share, self.kernel)
        return total

    def resting(self, block: int) -> NDArray[np.float32]:
        """Return how much the path rests on one sound: ``float32[frames_per_block + 1]``, 0..1.

        1 on a sound, 0 from a quarter of the way to another one on, and from as far beyond on.
        """
        near = 1.0 - np.abs(1.0 - self._shares(block)) * 4.0
        resting: NDArray[np.float32] = np.maximum(near.max(axis=0), 0.0).astype(np.float32)
        return resting

    def _shares(self, block: int) -> NDArray[np.float32]:
        """Return ``float32[sound, frames_per_block + 1]``; frame 0 is held before the beginning."""
        n_block = self.kernel.spec.frames_per_block
        first = block * n_block
        last = first + n_block + 1
        found = np.asarray(self.weights(max(first, 0), max(last, 1)), dtype=np.float32)
        return np.pad(found, ((0, 0), (n_block + 1 - found.shape[1], 0)), mode="edge")


def make_guide(
    readers: Sequence[SampleReader],
    weights: Weights,
    spec: TransformSpec,
    n_channels: int,
    *,
    device: str | torch.device = "cpu",
    analyse: Analyse = analyse_block,
) -> Guide:
    """Return what sounds do, for any block.

    Parameters
    ----------
    readers
        The sounds on the render's time line. A sound with one channel is heard in all of them;
        one with another number of channels than ``n_channels`` is mixed to mono first.
    weights
        ``weights(first_frame, last_frame)`` returns ``float32[sound, frame]`` for the frames
        ``first_frame..last_frame - 1``, which are never negative but may lie after the end.
    spec
        The transform.
    n_channels
        Channels of the render.
    device
        Where to compute.
    analyse
        Gives a sound's coefficients of a block; a caller that needs them too may remember them.
    """
    return Guide(readers, weights, kernel_for(spec, device), n_channels, analyse)


def _add(
    total: Coefficients, own: Coefficients, share: NDArray[np.float32], kernel: Kernel
) -> None:
    """Add one more sound, weighted by ``float32[frame]``, in place."""
    hop_samples = kernel.spec.hop_samples
    frames = torch.from_numpy(share).to(kernel.device)
    for group, before, part in zip(kernel.groups, total, own, strict=True):
        weights = per_column(frames, hop_samples // group.hop_samples)
        # As pairs of real numbers it is one pass over memory.
        torch.view_as_real(before).addcmul_(torch.view_as_real(part), weights[:, None])


def per_column(frames: Tensor, ratio: int) -> Tensor:
    """Return what frames say at each column, straight lines between them: ``float32[column]``.

    Parameters
    ----------
    frames
        ``float32[frame]``, one more than the block has.
    ratio
        Columns per frame.
    """
    part = torch.arange(ratio, dtype=torch.float32, device=frames.device) / ratio
    return (frames[:-1, None] + (frames[1:] - frames[:-1])[:, None] * part).flatten()


def in_channels(coefficients: Coefficients, n_channels: int) -> Coefficients:
    """Return coefficients in a number of channels: as they are, or their mean in each."""
    if coefficients[0].shape[0] == n_channels:
        return coefficients
    return tuple(
        group.mean(dim=0, keepdim=True).expand(n_channels, -1, -1) for group in coefficients
    )


def _silence(kernel: Kernel, n_channels: int) -> Coefficients:
    return tuple(
        torch.zeros(
            (n_channels, group.last_band - group.first_band, kernel.columns_per_block(group)),
            dtype=torch.complex64,
            device=kernel.device,
        )
        for group in kernel.groups
    )
