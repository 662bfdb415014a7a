"""Recordings that were too loud for their file: tops cut flat at full scale.

A model learns the distortion with the sound, and that may be wanted; but its maker should know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import sound_info, sound_pieces

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FULL_SCALE = 0.99
"""Where tops are looked for: some converters and editors stop a little short of 1."""
LEAST_RUN = 6
"""Samples in a row of one value; a full-scale sine of more than 23 Hz in 16 bits has fewer."""
LEAST_STEEP_RUN = 3
"""The same where a sound runs into its top: no round top has three samples alike after a step."""
STEEP = 0.002
"""How large such a step is; the round top of a slow sine has steps of a few thousandths of it."""


def clipped_places(path: Path) -> int:
    """Return in how many places a sound is cut flat at full scale, all channels together.

    Lossy formats bend what was flat, and what was turned down afterwards is no longer at full
    scale; both are missed.

    Raises
    ------
    SoundError
        When the sound cannot be read.
    """
    info = sound_info(path)
    n_places = 0
    before = np.zeros((info.n_channels, 0), np.float32)
    for piece in sound_pieces(path, info.sample_rate_hz):
        samples = np.concatenate([before, piece], axis=1)
        # The last samples come again, so that a run across the cut is seen, once, and its step.
        n_places += _places(samples, n_seen=before.shape[1])
        before = samples[:, -LEAST_RUN - 1 :]
    return n_places


def clipping_words(path: Path) -> str:
    """Return what to say of a sound after its name or facts; nothing where there is nothing.

    Raises
    ------
    SoundError
        When the sound cannot be read.
    """
    n_places = clipped_places(path)
    return f", cut flat at full scale in {n_places} place{'s'[: n_places > 1]}" if n_places else ""


def _places(samples: NDArray[np.float32], n_seen: int) -> int:
    """Count flat tops of ``float32[channel, sample]`` that become long enough after ``n_seen``."""
    step = np.pad(np.abs(np.diff(samples, axis=1)), ((0, 0), (1, 0)))
    flat = (step[:, 1:] == 0.0) & (np.abs(samples[:, 1:]) >= FULL_SCALE)
    steep = step > STEEP
    return _begun(flat, LEAST_STEEP_RUN, steep, n_seen) + _begun(flat, LEAST_RUN, ~steep, n_seen)


def _begun(flat: NDArray[np.bool_], n_run: int, entered: NDArray[np.bool_], n_seen: int) -> int:
    """Count runs of so many equal samples, entered as said, that are complete after ``n_seen``.

    Parameters
    ----------
    flat : bool[channel, sample - 1]
        Whether a top has the same value at a sample and at the next.
    n_run
        Samples of a run.
    entered : bool[channel, sample]
        At which samples a run may begin.
    n_seen
        Runs that were complete with these samples do not count.
    """
    if flat.shape[1] < n_run - 1:
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(flat, n_run - 1, axis=1)
    runs = np.asarray(windows.all(axis=2))
    begun = np.logical_and(runs, ~np.pad(flat[:, : runs.shape[1] - 1], ((0, 0), (1, 0))))
    counted = begun & entered[:, : runs.shape[1]]
    ends = np.arange(runs.shape[1]) + n_run - 1  # the sample with which each becomes a run
    return int(np.count_nonzero(counted[:, ends >= n_seen]))
