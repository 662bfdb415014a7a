"""Sound of any length, one slice at a time.

Block b stands for samples b * H .. (b + 1) * H - 1, where H = ``spec.block_samples``. Its slice
begins one padding P earlier and ends one later, so that the windows that reach out of the block
find their sound; of the slice's coefficients those of the block itself are kept. The way back puts
them among zeros, and the overlapping slices add up. Every block is computed alone, in the same
way wherever the piece is cut: results never depend on what was asked before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from ltsrender.signal.cqt import Coefficients, Kernel, analyse_slice, synthesise_slice

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SampleReader(Protocol):
    """Random access to sound on the render's own time line; zeros outside the sound."""

    @property
    def n_channels(self) -> int:
        """How many channels `read` returns."""

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples ``start..stop - 1`` as ``float32[channel, sample]``; any start."""


class ArrayReader:
    """A sound in memory as a `SampleReader`.

    Parameters
    ----------
    audio
        ``float32[channel, sample]``; its first sample is at ``start``.
    start
        Where on the time line the sound begins, in samples.

    Examples
    --------
    >>> ArrayReader(np.ones((1, 2), dtype=np.float32)).read(-1, 3).tolist()
    [[0.0, 1.0, 1.0, 0.0]]
    """

    def __init__(self, audio: NDArray[np.float32], start: int = 0) -> None:
        self.audio = audio
        self.start = start

    @property
    def n_channels(self) -> int:
        """How many channels the sound has."""
        return int(self.audio.shape[0])

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples ``start..stop - 1``, ``float32[channel, sample]``."""
        result = np.zeros((self.n_channels, stop - start), dtype=np.float32)
        n_samples = self.audio.shape[1]
        first = min(max(start - self.start, 0), n_samples)
        last = min(max(stop - self.start, first), n_samples)
        offset = first + self.start - start
        result[:, offset : offset + last - first] = self.audio[:, first:last]
        return result


def analyse_block(reader: SampleReader, block: int, kernel: Kernel) -> Coefficients:
    """Return the coefficients of one block of a sound, for each group [channel, band, column].

    Parameters
    ----------
    reader
        The sound.
    block
        Which block; may be negative.
    kernel
        The transform's tables.
    """
    spec = kernel.spec
    start = block * spec.block_samples - spec.padding_samples
    audio = reader.read(start, start + spec.slice_samples)
    return analyse_around_block(torch.from_numpy(audio).to(kernel.device), kernel)


def analyse_around_block(audio: Tensor, kernel: Kernel) -> Coefficients:
    """Return the block's coefficients of a slice, ``float32[channel, slice_samples]``."""
    return of_block(analyse_slice(audio, kernel), kernel)


def of_block(coefficients: Coefficients, kernel: Kernel) -> Coefficients:
    """Return those coefficients of a slice that belong to its block."""
    return tuple(
        whole[
            ...,
            (first := kernel.columns_before_block(group)) : first + kernel.columns_per_block(group),
        ].contiguous()
        for group, whole in zip(kernel.groups, coefficients, strict=True)
    )


def synthesise_around_block(coefficients: Coefficients, kernel: Kernel) -> Tensor:
    """Return what one block's coefficients sound like, ``float32[channel, slice_samples]``.

    The block itself begins ``padding_samples`` after the start of the result.
    """
    padded = (
        torch.nn.functional.pad(
            central,
            (
                (before := kernel.columns_before_block(group)),
                group.n_columns - before - central.shape[-1],
            ),
        )
        for group, central in zip(kernel.groups, coefficients, strict=True)
    )
    return synthesise_slice(padded, kernel)


class OverlapAdd:
    """Add up the sound of consecutive blocks.

    The first block pushed decides where the sound starts: one padding before that block. To hear
    a sound right from its first sample, push the block before it as well: the windows of block 0
    ring backwards across sample 0, and those of block -1 forwards.

    Parameters
    ----------
    kernel
        The transform's tables.
    n_channels
        Channels of the sound.
    """

    def __init__(self, kernel: Kernel, n_channels: int) -> None:
        self.kernel = kernel
        n_overlapping = 2 * kernel.spec.padding_samples
        self.unfinished = torch.zeros((n_channels, n_overlapping), device=kernel.device)

    def push(self, coefficients: Coefficients) -> Tensor:
        """Add the next block b and return what is now finished.

        Returns
        -------
        Tensor
            ``float32[channel, block_samples]``: samples b * H - P .. (b + 1) * H - P - 1.
        """
        sound = synthesise_around_block(coefficients, self.kernel)
        n_block = self.kernel.spec.block_samples
        n_overlapping = self.unfinished.shape[1]
        sound[:, :n_overlapping] += self.unfinished
        self.unfinished = sound[:, n_block:].clone()
        return sound[:, :n_block]

    def flush(self) -> Tensor:
        """Return the rest, ``float32[channel, 2 * padding_samples]``."""
        return self.unfinished
