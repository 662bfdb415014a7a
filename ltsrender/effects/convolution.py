"""A sound convolved with a recording: the room, the piano, the oil drum in which it was made.

pedalboard's convolution is not the same in blocks of other lengths (-130 dB) and moves its mix in
steps. So this one is ours: fast convolution in double precision, in blocks of one length counted
from the first sample of the render, and dry and wet are blended for every sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import load_sound
from ltsrender.effects.controls import values_at
from ltsrender.effects.ramp import Ramp
from ltsrender.errors import EffectError, Problem
from ltsrender.units import gains_from_db

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving

LONGEST_S = 60.0
"""The longest impulse response."""

_BLOCK_SAMPLES = (4_096, 65_536)  # as long as the impulse, within these; longer ones are cut


def read_impulse(file: Path, sample_rate_hz: int, n_channels: int) -> NDArray[np.float64]:
    """Return an impulse response at unit energy, float64[channel, sample].

    One recording serves all channels; a stereo one is mixed down for a mono sound. Both channels
    are divided by the same number, so that the louder one has the energy 1: white noise is as loud
    after it as before, and a place keeps its balance.

    Raises
    ------
    SoundError
        When the recording cannot be read.
    EffectError
        When it is silent, or longer than a minute.
    """
    recorded = load_sound(file, sample_rate_hz).astype(np.float64)
    if recorded.shape[1] > LONGEST_S * sample_rate_hz:
        length_s = recorded.shape[1] / sample_rate_hz
        words = f"is {length_s:.1f} s long; an impulse response takes up to {LONGEST_S:g} s"
        raise EffectError(Problem(words, file.name))
    if len(recorded) != n_channels:
        recorded = np.repeat(recorded.mean(axis=0, keepdims=True), n_channels, axis=0)
    energy = float(np.max(np.sum(recorded**2, axis=1)))
    if energy == 0.0:
        raise EffectError(Problem("is silent; nothing would come back from it", file.name))
    recorded /= np.sqrt(energy)
    return recorded


class ConvolutionStage:
    """A convolution and its dry sound; as `ltsrender.effects.stage.Stage`.

    Parameters
    ----------
    insert
        Its ``impulse`` says with which recording.
    lanes
        By parameter name: what moves.
    sample_rate_hz, n_channels
        Of the sound.
    first_sample
        Where on the lanes' time line the sound's sample 0 lies.
    """

    def __init__(
        self,
        insert: Insert,
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        first_sample: int,
    ) -> None:
        if insert.impulse is None:
            raise ValueError(f'insert "{insert.id}": a convolution needs an impulse')
        self._wet = _Convolver(read_impulse(insert.impulse.file, sample_rate_hz, n_channels))
        self._block_samples = self._wet.block_samples

        def shares_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            mix = values_at(insert, "mix", lanes.get("mix"), seconds)
            gain_db = values_at(insert, "gain_db", lanes.get("gain_db"), seconds)
            return np.stack([1.0 - mix, mix * gains_from_db(gain_db)])

        self._shares = Ramp(shares_at, sample_rate_hz, first_sample)
        self._waiting = np.zeros((n_channels, 0), np.float32)
        self._n_out = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input and return what is finished, float32[channel, sample]."""
        waiting = np.concatenate([self._waiting, audio], axis=1)
        length = self._block_samples
        n_whole = waiting.shape[1] // length * length
        self._waiting = waiting[:, n_whole:]
        made = [self._block(waiting[:, n : n + length]) for n in range(0, n_whole, length)]
        return np.concatenate([self._waiting[:, :0], *made], axis=1)

    def flush(self) -> NDArray[np.float32]:
        """Return the rest."""
        n_wanted = self._waiting.shape[1]
        if n_wanted == 0:
            return self._waiting
        missing = self._block_samples - n_wanted
        made = self._block(np.pad(self._waiting, ((0, 0), (0, missing))))
        self._waiting = self._waiting[:, :0]
        return made[:, :n_wanted]

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _block(self, dry: NDArray[np.float32]) -> NDArray[np.float32]:
        start, self._n_out = self._n_out, self._n_out + dry.shape[1]
        dry_share, wet_share = self._shares.gains(start, self._n_out)
        blend = dry * dry_share + self._wet.next(dry) * wet_share
        return np.asarray(blend, dtype=np.float32)


class _Convolver:
    """Uniformly partitioned convolution by overlap-add.

    The response is cut into parts of a block each, and every part's spectrum kept. A block's
    spectrum is kept as long as a part may need it: with X[n] the spectrum of block n and H[p] of
    part p, ``Y[n] = sum over p of H[p] X[n - p]`` is two blocks long, and the second half of it is
    added to the first half of the next (Stockham 1966; Kulp 1988).

    Parameters
    ----------
    response
        float64[channel, sample].
    """

    def __init__(self, response: NDArray[np.float64]) -> None:
        shortest, longest = _BLOCK_SAMPLES
        n_channels, n_samples = response.shape
        length = min(max(1 << (n_samples - 1).bit_length(), shortest), longest)
        n_parts = -(-n_samples // length)
        self.block_samples = length
        padded = np.pad(response, ((0, 0), (0, n_parts * length - n_samples)))
        parts = padded.reshape(n_channels, n_parts, length).swapaxes(0, 1)
        self._parts = np.fft.rfft(parts, 2 * length)  # complex128[part, channel, bin]
        self._heard: list[NDArray[np.complex128] | None] = [None] * n_parts  # latest first
        self._tail = np.zeros((n_channels, length))

    def next(self, dry: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the wet sound of the next block, float64[channel, sample]."""
        length = self.block_samples
        # Silence is remembered as nothing, so that it stays silence instead of rounding errors.
        heard = np.fft.rfft(dry.astype(np.float64), 2 * length) if dry.any() else None
        self._heard = [heard, *self._heard[:-1]]
        total = np.zeros(self._parts.shape[1:], np.complex128)
        for part, spectrum in zip(self._parts, self._heard, strict=True):
            if spectrum is not None:
                total += part * spectrum
        made = np.fft.irfft(total, 2 * length) if total.any() else np.zeros((len(dry), 2 * length))
        wet = made[:, :length] + self._tail
        self._tail = made[:, length:]
        return wet
