"""Recordings that were too loud for their file: tops cut flat at full scale.

A model learns the distortion with the sound, and that may be wanted; but its maker should know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import sound_info, sound_pieces

if TYPE_CHECKING:
    from pathlib import Path

FULL_SCALE = 0.99
"""Where tops are looked for: some converters and editors stop a little short of 1."""
LEAST_RUN = 6
"""Samples in a row of one value; a full-scale sine of more than 23 Hz in 16 bits has fewer."""


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
        # The last LEAST_RUN samples come again, so that a run across the cut is seen, once.
        n_places += _places(samples, n_seen=before.shape[1])
        before = samples[:, -LEAST_RUN:]
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


def _places(samples: np.ndarray, n_seen: int) -> int:
    """Count flat tops that become long enough after the first ``n_seen`` samples."""
    flat = (samples[:, 1:] == samples[:, :-1]) & (np.abs(samples[:, 1:]) >= FULL_SCALE)
    if flat.shape[1] < LEAST_RUN - 1:
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(flat, LEAST_RUN - 1, axis=1)
    runs = np.asarray(windows.all(axis=2))
    begun = np.logical_and(runs, ~np.pad(runs[:, :-1], ((0, 0), (1, 0))))
    ends = np.arange(runs.shape[1]) + LEAST_RUN - 1  # the sample with which each becomes a run
    return int(np.count_nonzero(begun[:, ends >= n_seen]))
