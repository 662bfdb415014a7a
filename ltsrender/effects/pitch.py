"""A pitch shift that is in tune and in time, from a library that is each only half of the time.

pedalboard has Rubber Band twice. Its PitchShift effect is the engine for live use: a sine of 440 Hz
an octave lower comes out 109 cents flat and buried in its own sidebands. Its `time_stretch` is the
finer engine, in tune, and its sidebands lie 50 dB and more below; but upwards it runs away from the
beat by up to a millisecond in every second, because a hop has to be a whole number of samples. It
stays exactly in time downwards, and one or two octaves upwards. So a fifth up is made by going a
fourth down first, then an octave up. What is left is a constant delay, which grows with the part
of the window by which the engine's grain is longer or shorter than the sound's:

    late by  w (1 - r)      downwards, r below 1
    early by w (1 - 1 / r)  upwards

with r the ratio of frequencies and w half the engine's window. It is compensated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.native import pitched

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OCTAVE = 12.0
_MARGIN_S = 0.2  # of silence on either side, for what comes early or late
_SHORTEST_WINDOW = 2_048


def shift_pitch(
    audio: NDArray[np.float32],
    sample_rate_hz: int,
    semitones: float,
    *,
    keep_formants: bool = False,
) -> NDArray[np.float32]:
    """Return a sound at another pitch, as long as it was.

    Parameters
    ----------
    audio
        float32[channel, sample], the whole sound.
    sample_rate_hz
        Samples per second.
    semitones
        How far up or down, -24..24.
    keep_formants
        Whether the spectrum's envelope stays where it is: a voice stays the same throat.
    """
    octaves = 0.0 if semitones <= 0.0 else _OCTAVE * np.ceil(semitones / _OCTAVE)
    for step in (semitones - octaves, octaves):
        if step != 0.0:
            audio = _in_one_step(audio, sample_rate_hz, step, keep_formants)
    return audio


def late_by(sample_rate_hz: int, semitones: float) -> int:
    """Return by how many samples the engine is late; less than 0 where it is early."""
    window: int = max(1 << (-(-sample_rate_hz // 16) - 1).bit_length(), _SHORTEST_WINDOW)
    ratio: float = 2.0 ** (semitones / _OCTAVE)
    share = 1.0 - ratio if ratio < 1.0 else 1.0 / ratio - 1.0
    return round(window / 2.0 * share)


def _in_one_step(
    audio: NDArray[np.float32], sample_rate_hz: int, semitones: float, keep_formants: bool
) -> NDArray[np.float32]:
    n_samples = audio.shape[1]
    margin = int(_MARGIN_S * sample_rate_hz)
    padded = np.pad(audio, ((0, 0), (margin, margin)))
    made = pitched(padded, sample_rate_hz, semitones, keep_formants=keep_formants)
    start = margin + late_by(sample_rate_hz, semitones)
    kept = made[:, start : start + n_samples]
    return np.pad(kept, ((0, 0), (0, n_samples - kept.shape[1])))
