"""Effects of our own for what moves: one compiled pass over the samples, parameters in motion.

A library's effect can only be told a new value between two blocks, and steps from one to the next
are heard as a buzz (zipper noise). Here the values of the control times are given to a kernel that
draws lines between them and carries its memory from piece to piece. What a sample becomes depends
on its place in the render alone, so pieces of any length give the same bits.

Held still, every kernel does the same as pedalboard's effect; `tests/bench/zipper.py` prints how
nearly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ltsrender.effects.controls import GROUP_SAMPLES, Controls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving


class Kernel(Protocol):
    """An effect's arithmetic and its memory."""

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return float64[row, control]: what moves straight between control times."""

    def run(
        self,
        audio: NDArray[np.float32],
        key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the next samples, float32[channel, sample].

        Parameters
        ----------
        audio
            float32[channel, sample], contiguous.
        key
            What a detector hears instead of the sound itself, float32[channel, sample].
        controls
            Of the group of control times in which ``audio`` lies.
        start
            Where in the group ``audio`` begins, in samples.
        """


class KernelStage:
    """An insert whose parameters move, by one of our kernels.

    Parameters
    ----------
    kernel
        Fresh: its memory is silence.
    insert
        Complete and checked.
    lanes
        By parameter name: what moves.
    sample_rate_hz, n_channels
        Of the sound.
    first_sample
        Where on the lanes' time line the sound's sample 0 lies.
    """

    takes_key = False

    def __init__(
        self,
        kernel: Kernel,
        insert: Insert,
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        first_sample: int,
    ) -> None:
        self._kernel = kernel
        self._source = Controls(insert, lanes, sample_rate_hz, first_sample)
        self._group = -1
        self._controls = np.zeros((0, 0))
        self._n_channels = n_channels
        self._n_samples = 0

    def process(
        self, audio: NDArray[np.float32], key: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return as many samples as came in, float32[channel, sample]."""
        made = []
        done, n_samples = 0, audio.shape[1]
        while done < n_samples:
            group, start = divmod(self._n_samples, GROUP_SAMPLES)
            if group != self._group:
                self._controls = self._kernel.controls(self._source.group(group))
                self._group = group
            stop = min(n_samples, done + GROUP_SAMPLES - start)
            piece = np.ascontiguousarray(audio[:, done:stop])
            heard = None if key is None else np.ascontiguousarray(key[:, done:stop])
            made.append(self._kernel.run(piece, heard, self._controls, start))
            self._n_samples += stop - done
            done = stop
        if len(made) == 1:
            return made[0]
        return np.concatenate([np.zeros((self._n_channels, 0), np.float32), *made], axis=1)

    def flush(self) -> NDArray[np.float32]:
        """Return nothing: no sample was ever held back."""
        return np.zeros((self._n_channels, 0), np.float32)

    def close(self) -> None:
        """Do nothing: nothing is open."""


class KeyedStage(KernelStage):
    """A compressor or gate that another sound steers: `process` takes the key beside the sound."""

    takes_key = True
