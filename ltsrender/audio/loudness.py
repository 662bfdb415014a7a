"""Loudness as broadcasters measure it, to compare two sounds: ITU-R BS.1770-4, one channel.

Blocks of 400 ms, every 100 ms, are weighted by the standard's two filters (a shelf for the head, a
high-pass for the ear's deafness to lows), here as a product on each block's spectrum; blocks under
-70 LUFS, and then those more than 10 LU under the mean of the rest, do not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

SILENT_LUFS = -70.0
_BELOW_MEAN_LU = 10.0
_BLOCK_S = 0.4
_STEP_S = 0.1
_OFFSET_DB = -0.691  # a 997 Hz sine of amplitude 1 has -3.01 LUFS
_RATE_HZ = 48_000.0
# Tables 1 and 2 of the standard, at 48 kHz: feed-forward and feedback coefficients.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_PIECE_BLOCKS = 64


def loudness_lufs(sound: Sound, sample_rate_hz: int) -> float:
    """Return a sound's integrated loudness in LUFS; `SILENT_LUFS` for what is quieter than that.

    Parameters
    ----------
    sound
        ``float32[sample]``; what is shorter than a block is taken for one with silence after it.
    sample_rate_hz
        Its sample rate.
    """
    powers = _block_powers(sound, sample_rate_hz)
    counted = powers[powers > _power(SILENT_LUFS)]
    if counted.size:
        counted = counted[counted > counted.mean() * 10 ** (-_BELOW_MEAN_LU / 10)]
    if not counted.size:
        return SILENT_LUFS
    return float(_OFFSET_DB + 10 * np.log10(counted.mean()))


def loudness_difference_db(reference: Sound, sound: Sound, sample_rate_hz: int) -> float:
    """Return how much louder a sound is than the reference, in LU, which are decibels.

    Parameters
    ----------
    reference, sound
        ``float32[sample]`` of any length.
    sample_rate_hz
        Of both.
    """
    return loudness_lufs(sound, sample_rate_hz) - loudness_lufs(reference, sample_rate_hz)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET_DB) / 10))


def _block_powers(sound: Sound, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the weighted mean square of every block, ``float64[block]``."""
    n_block, step = round(_BLOCK_S * sample_rate_hz), round(_STEP_S * sample_rate_hz)
    whole = np.pad(sound, (0, max(0, n_block - sound.size)))
    blocks = np.lib.stride_tricks.sliding_window_view(whole, n_block)[::step]
    frequencies_hz = np.fft.rfftfreq(n_block, 1 / sample_rate_hz).astype(np.float64)
    heard = np.multiply(_response(_SHELF, frequencies_hz), _response(_HIGH_PASS, frequencies_hz))
    weights = heard * (2.0 / n_block**2)  # both halves of the spectrum; mean square by Parseval
    weights[0] /= 2
    powers = [
        (np.square(np.abs(np.fft.rfft(blocks[first : first + _PIECE_BLOCKS]))) * weights).sum(1)
        for first in range(0, len(blocks), _PIECE_BLOCKS)
    ]
    return np.concatenate(powers)


def _response(
    coefficients: tuple[tuple[float, ...], tuple[float, ...]], frequencies_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the squared gain of a filter of the standard's at any frequency, float64[bin]."""
    # Above the standard's own Nyquist frequency the gain there goes on.
    turns = np.minimum(frequencies_hz, _RATE_HZ / 2) / _RATE_HZ
    delay = np.exp(-2j * np.pi * turns)[:, None] ** np.arange(3)
    forward, back = (delay @ np.array(part) for part in coefficients)
    squared: NDArray[np.float64] = np.square(np.abs(forward / back))
    return squared
