"""Seconds, samples, frames and decibels: the one place where they are converted.

The rounding rule: a time in seconds is the sample nearest to it, halves upwards. Everything that
turns seconds into samples goes through `samples_from_seconds`, so that two parts of a render never
disagree by a sample about when something happens.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def samples_from_seconds(seconds: float, sample_rate_hz: int) -> int:
    """Return the index of the sample nearest to a time.

    >>> samples_from_seconds(0.5, 44_100)
    22050
    """
    return math.floor(seconds * sample_rate_hz + 0.5)


def seconds_from_samples(samples: int, sample_rate_hz: int) -> float:
    """Return the time of a sample in seconds."""
    return samples / sample_rate_hz


def frames_covering(n_samples: int, hop_samples: int) -> int:
    """Return how many frames, one at every hop from sample 0 on, cover ``n_samples``.

    >>> frames_covering(257, 256)
    2
    """
    return -(-n_samples // hop_samples)


def gain_from_db(level_db: float) -> float:
    """Return the amplitude factor of a level.

    >>> round(gain_from_db(-6.0206), 4)
    0.5
    """
    return float(10.0 ** (level_db / 20.0))


def gains_from_db(levels_db: Floats) -> NDArray[np.float64]:
    """Return the amplitude factors of many levels, any shape."""
    return np.power(10.0, np.asarray(levels_db, dtype=np.float64) / 20.0)


def db_from_gain(gain: float, floor_db: float = -200.0) -> float:
    """Return the level of an amplitude in dB, no lower than ``floor_db``."""
    return max(floor_db, 20.0 * math.log10(gain)) if gain > 0.0 else floor_db
