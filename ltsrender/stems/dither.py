"""From floating point to whole numbers: dither, rounding, and a count of what clips.

Rounding makes an error that follows the sound: a fade to silence ends in buzzing. Adding noise of
a triangular distribution, two steps from end to end (TPDF), before rounding makes the mean and the
power of the error independent of the sound (Lipshitz, Wannamaker and Vanderkooy, "Quantization and
Dither: A Theoretical Survey", JAES 40, 1992, theorem 4 and section 5.2).

The noise of a sample depends on the seed, the channel and the sample's number only (Philox, a
counter-based generator, whose raw stream numpy keeps fixed), so blocks of any length give the same
file. Digital silence stays silent: a channel is not dithered once it has been exactly zero for 64
samples, nor before it first is not.

The noise is white (``"tpdf"``), or moved to where the ear hears it least (``"shaped"``, see
`ltsrender.stems.shaping`), or left out (``"none"``: for sound that was rounded before).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.stems.shaping import shaper_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOLD_SAMPLES = 64
"""Exact zeros in a row that are still dithered: zero crossings are not silence."""

_DRAWS_PER_COUNT = 4  # Philox makes four 64-bit numbers from every count


def triangular_noise(key: int, start: int, n_samples: int, n_channels: int) -> NDArray[np.float64]:
    """Return triangular noise of ``-1 < value < 1``, float64[channel, sample].

    Parameters
    ----------
    key
        128 bits; see `key_for`.
    start
        Number of the first sample.
    n_samples, n_channels
        How much; every channel has a stream of its own.
    """
    counter, skipped = divmod(start, _DRAWS_PER_COUNT)
    noise = np.empty((n_channels, n_samples))
    for channel in range(n_channels):
        stream = np.random.Philox(counter=[counter, 0, 0, channel], key=key)
        raw = np.asarray(stream.random_raw(skipped + n_samples)[skipped:], "<u8")
        halves = raw.view("<u4").reshape(-1, 2)  # the lower 32 bits, the upper 32 bits
        # The difference of two uniform numbers is triangular; its mean is 0 without a correction.
        np.subtract(halves[:, 1], halves[:, 0], out=noise[channel], dtype=np.float64)
    noise *= 2.0**-32
    return noise


def key_for(seed: int, name: str) -> int:
    """Return a generator key, 128 bits, for a stem: never the same noise in two stems."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:16], "big")


class Quantiser:
    """Turns float samples into whole numbers, block by block.

    Parameters
    ----------
    n_bits
        16 or 24.
    n_channels
        Channels of every block.
    key
        Of the dither; see `key_for`.
    dither
        ``"tpdf"``, ``"shaped"`` or ``"none"``.
    sample_rate_hz
        Of the sound; shaping depends on it.

    Attributes
    ----------
    dither : str
        What is done: shaped noise falls back to ``"tpdf"`` at rates that leave it no room.
    """

    def __init__(
        self,
        n_bits: int,
        n_channels: int,
        key: int,
        dither: str = "tpdf",
        sample_rate_hz: int = 44_100,
    ) -> None:
        self._n_bits = n_bits
        self._key = key
        self._n_samples = 0
        self._last_sound = np.full(n_channels, -HOLD_SAMPLES, np.int64)
        self._shaper = shaper_for(sample_rate_hz, n_channels) if dither == "shaped" else None
        self.dither = "tpdf" if dither == "shaped" and self._shaper is None else dither

    def quantise(self, audio: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
        """Return the next block, float[channel, sample], as int32[channel, sample].

        Full scale, 1.0, is ``2**31``: samples are left-aligned, their lowest ``32 - n_bits`` bits
        are zero. What lies outside -1..1 is clipped.
        """
        scale = 2.0 ** (self._n_bits - 1)
        is_silence = self._is_silence(audio)
        noise = self._noise(audio.shape[1], audio.shape[0])
        noise[is_silence] = 0.0
        self._n_samples += audio.shape[1]
        exact = audio.astype(np.float64, copy=False) * scale
        if self._shaper is None:
            steps = np.floor(exact + noise + 0.5)
        else:
            steps = self._shaper.round(exact, noise, is_silence)
        whole = np.clip(steps, -scale, scale - 1.0).astype(np.int32)
        return whole << np.int32(32 - self._n_bits)

    def _noise(self, n_samples: int, n_channels: int) -> NDArray[np.float64]:
        if self.dither == "none":
            return np.zeros((n_channels, n_samples))
        return triangular_noise(self._key, self._n_samples, n_samples, n_channels)

    def _is_silence(self, audio: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
        """Return which samples, bool[channel, sample], follow enough zeros on their channel."""
        n_samples = audio.shape[1]
        if n_samples and audio.all():  # nearly always; the rest is slow
            self._last_sound[:] = self._n_samples + n_samples - 1
            return np.zeros(audio.shape, np.bool_)
        index = np.arange(self._n_samples, self._n_samples + n_samples)
        sounding = np.where(audio != 0.0, index, self._last_sound[:, np.newaxis])
        last_sound = np.maximum.accumulate(sounding, axis=1)
        if n_samples:
            self._last_sound = last_sound[:, -1]
        return index - last_sound >= HOLD_SAMPLES
