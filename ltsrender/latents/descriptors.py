"""What ears call a timbre, as numbers of one frame.

The first two are librosa's ``spectral_centroid`` and ``spectral_flatness``, on the bins of a
model's frames, which lie evenly on a scale of octaves, instead of an STFT's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Frames = NDArray[np.float32]
    Values = NDArray[np.float64]

UNITS = {"brightness": "octaves", "noisiness": "dB", "pitch": "octaves", "loudness": "dB"}
FLATNESS_FLOOR = 10.0 ** (-60.0 / 20.0)
STRONG_DB = 30.0
_LEAST = 1e-12


def brightness(frames: Frames, centres_hz: Values) -> Values:
    """Return the spectral centroid in octaves above 1 Hz: log2 (sum f m / sum m)."""
    magnitudes = frames.astype(np.float64)
    weight = np.maximum(magnitudes.sum(axis=1), _LEAST)
    return np.asarray(np.log2(np.maximum(magnitudes @ centres_hz / weight, 1.0)))


def noisiness(frames: Frames, centres_hz: Values) -> Values:
    """Return the spectral flatness in dB: geometric over root mean square magnitude, 0 flattest.

    A soft floor 60 dB below the frame's rms is added to every magnitude, as in our models' log
    shapes: with a hard one what rises out of nothing would not count until it is loud.
    """
    del centres_hz
    magnitudes = frames.astype(np.float64)
    rms = np.sqrt(np.square(magnitudes).mean(axis=1, keepdims=True))
    shapes = magnitudes / np.maximum(rms, _LEAST) + FLATNESS_FLOOR
    return np.asarray(20.0 * np.log10(shapes).mean(axis=1))


def pitch(frames: Frames, centres_hz: Values) -> Values:
    """Return the height of the lowest peak within 30 dB of the strongest, octaves above 1 Hz."""
    padded = np.pad(frames, ((0, 0), (1, 1)))
    peaks = (frames >= padded[:, :-2]) & (frames > padded[:, 2:])
    strong = frames >= frames.max(axis=1, keepdims=True) * 10.0 ** (-STRONG_DB / 20.0)
    lowest = (peaks & strong).argmax(axis=1)
    return np.asarray(np.log2(centres_hz)[lowest])


def loudness(frames: Frames, centres_hz: Values) -> Values:
    """Return the level of the frame's rms in dB."""
    del centres_hz
    rms = np.sqrt(np.square(frames.astype(np.float64)).mean(axis=1))
    return np.asarray(20.0 * np.log10(np.maximum(rms, _LEAST)))


DESCRIPTORS: dict[str, Callable[[Frames, Values], Values]] = {
    "brightness": brightness,
    "noisiness": noisiness,
    "pitch": pitch,
    "loudness": loudness,
}
"""Every descriptor takes ``float32[frame, bin]`` and ``float64[bin]``, gives ``float64[frame]``."""
