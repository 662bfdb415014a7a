"""The channels that a recording is learnt by, whole in memory or, if it is long, as it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import load_sound, sound_pieces
from ltsrender.signal import ArrayReader

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.audiofile import SoundInfo

LONGEST_WHOLE_S = 300.0
"""Longer recordings are never whole in memory: five stereo minutes on their way there, with the
mixdown, take 0.4 GB."""


def learnt_channels(
    path: Path, info: SoundInfo, sample_rate_hz: int
) -> tuple[ArrayReader | LongSound, int]:
    """Return the mixdown of a recording and, if they differ, its two channels; and its samples.

    Parameters
    ----------
    path
        The recording.
    info
        What its header says.
    sample_rate_hz
        The rate wanted.

    Raises
    ------
    SoundError
        As `ltsrender.audiofile.load_sound`, for a long sound as well before any of it is used.
    """
    if info.length_s > LONGEST_WHOLE_S:
        long = LongSound(path, sample_rate_hz)
        return long, long.n_samples
    audio = load_sound(path, sample_rate_hz)
    return ArrayReader(_with_mixdown(audio, apart=_are_apart(audio))), audio.shape[1]


class LongSound:
    """A recording that is read from its beginning to its end, once, by blocks that overlap.

    Parameters
    ----------
    path
        The recording. It is read through a first time here, to find out whether it is whole,
        whether its channels differ, and how long it is at the rate wanted.
    sample_rate_hz
        The rate wanted.

    Attributes
    ----------
    n_channels
        3 of a stereo sound, the mixdown first; 1 where both channels are the same.
    n_samples
        Of each.
    """

    def __init__(self, path: Path, sample_rate_hz: int) -> None:
        self.n_samples, self._apart = 0, False
        for piece in sound_pieces(path, sample_rate_hz):
            self.n_samples += piece.shape[1]
            self._apart = self._apart or _are_apart(piece)
        self.n_channels = 3 if self._apart else 1
        self._coming = sound_pieces(path, sample_rate_hz)
        self._held = np.zeros((self.n_channels, 0), np.float32)
        self._first = 0

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples ``start..stop - 1``, ``float32[channel, sample]``, 0 outside the sound.

        What lies before ``start`` is forgotten.
        """
        pieces = [self._held]
        end = self._first + self._held.shape[1]
        while end < min(stop, self.n_samples) and (piece := next(self._coming, None)) is not None:
            pieces.append(_with_mixdown(piece, apart=self._apart))
            end += piece.shape[1]
        held = np.concatenate(pieces, axis=1)
        n_past = min(max(0, start - self._first), held.shape[1])
        self._held, self._first = held[:, n_past:], self._first + n_past
        return ArrayReader(self._held, self._first).read(start, stop)


def _are_apart(audio: NDArray[np.float32]) -> bool:
    return len(audio) > 1 and not np.array_equal(audio[0], audio[1])


def _with_mixdown(audio: NDArray[np.float32], *, apart: bool) -> NDArray[np.float32]:
    """Return float32[channel, sample]: mixdown, left, right; or the one channel there is."""
    if not apart:
        return audio[:1]
    return np.concatenate([audio.mean(axis=0, keepdims=True), audio])
