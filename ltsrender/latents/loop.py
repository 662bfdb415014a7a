"""A loop without a seam: where it closes, and how its end fades into its beginning.

The end of a sound fades out while its beginning fades in. With fades a and b of two signals of
equal power and correlation c, the power of the sum is a^2 + b^2 + 2 c a b, so that

    a = sin t / n,   b = cos t / n,   n^2 = 1 + c sin 2t,   t from 0 to pi/2

keeps it level: equal power for what has nothing in common, equal gain for what is the same (Fink,
Holters and Zoelzer, "Signal-matched power-complementary cross-fading and dry-wet mixing", 2016).
Equal power alone lets a tone that fits itself swell by 3 dB at every turn. Where c is below 0 the
fades are those of 0: they would have to grow without bound, and raise what does not cancel.

A tone that comes back in the wrong phase is cancelled by any fade. Where that is so, and closing
the loop a little earlier mends it, the loop closes earlier, by 12.5 ms at most: half a period of 40
Hz. Rhythms have no such correlation, and keep their length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Audio = NDArray[np.float32]

MOST_EARLIER_S = 0.0125
_GOOD = 0.5
"""A correlation that needs no mending."""
_LEAST_GAIN = 0.25


def closed_loop(audio: Audio, overlap_samples: int, sample_rate_hz: int) -> tuple[Audio, Audio]:
    """Return the sound up to its first fade, and one period of the loop.

    Parameters
    ----------
    audio : float32[channel, sample]
        The sound.
    overlap_samples
        Length of the crossfade, at most half the sound; 0 repeats the sound as it is.
    sample_rate_hz
        Of the sound.

    Returns
    -------
    intro, cycle
        float32[channel, sample], equally long.
    """
    if overlap_samples == 0:
        return audio, audio
    beginning = audio[:, :overlap_samples]
    fit = _fits(audio, overlap_samples, sample_rate_hz)
    earlier = int(np.argmax(fit))
    if fit[0] >= _GOOD or fit[earlier] < max(_GOOD, fit[0] + _LEAST_GAIN):
        earlier = 0
    length = audio.shape[1] - overlap_samples - earlier
    cycle = audio[:, :length].copy()
    angle = (np.arange(overlap_samples) + 0.5) / overlap_samples * (np.pi / 2)
    norm = np.sqrt(1.0 + max(float(fit[earlier]), 0.0) * np.sin(2 * angle))
    rising, falling = (np.sin(angle) / norm, np.cos(angle) / norm)
    ending = audio[:, length : length + overlap_samples]
    cycle[:, :overlap_samples] = rising * beginning + falling * ending
    return audio[:, :length], cycle


def _fits(audio: Audio, overlap: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return how the beginning correlates with what it would fade over: float64[earlier]."""
    n_samples = audio.shape[1]
    most = min(round(MOST_EARLIER_S * sample_rate_hz), n_samples // 8, n_samples - 2 * overlap)
    beginning = audio[:, :overlap].astype(np.float64)
    # Longest reach first: entry e of the result is e samples earlier than the sound's end.
    ending = audio[:, n_samples - overlap - max(most, 0) :].astype(np.float64)
    size = ending.shape[1] + overlap
    product = np.fft.rfft(ending, size) * np.conj(np.fft.rfft(beginning, size))
    together = np.fft.irfft(product, size).sum(axis=0)[: max(most, 0) + 1]
    power = np.concatenate([[0.0], np.cumsum(np.square(ending).sum(axis=0))])
    heard = power[overlap:] - power[: power.size - overlap]
    level = np.sqrt(heard * np.square(beginning).sum())
    fits = together / np.maximum(level, np.finfo(np.float64).tiny)
    known: NDArray[np.float64] = np.clip(fits[::-1], -1.0, 1.0) * (level[::-1] > 0)
    return known
