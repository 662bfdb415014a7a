"""A recording read as a control signal, at its own sample rate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import load_sound, sound_info
from ltsrender.automation.movement import every_part
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.automation.level import Recording
    from ltsrender.automation.movement import Floats, Movement

_BLOCK = 2**16  # samples read together


def signals_without_channel(movement: Movement) -> list[Signal]:
    """Return the signals of a movement that ask for a channel that their recording lacks.

    Raises
    ------
    SoundError
        When a recording cannot be read.
    """
    signals = [part for part in every_part(movement) if isinstance(part, Signal)]
    return [each for each in signals if each.channel >= sound_info(each.heard.file).n_channels]


@dataclass(frozen=True)
class Signal:
    """Samples as values, straight lines between them.

    Attributes
    ----------
    heard
        The recording.
    channel
        From 0; the recording has it.
    start_s
        When it begins in the session.
    loop
        Whether it begins again; else its last sample stays.
    samples
        The two samples that give both values.
    values
        The values; what lies outside is held at them.
    """

    heard: Recording
    channel: int
    start_s: float
    loop: bool
    samples: tuple[float, float]
    values: tuple[float, float]

    @property
    def minimum(self) -> float:
        """The lower of both values."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """The higher of both values."""
        return max(self.values)

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds."""
        rate, first, n = self._extent
        place = np.maximum((np.asarray(seconds) - self.start_s) * rate, 0.0)
        place = place % n if self.loop else np.minimum(place, float(n - 1))
        lower = np.minimum(np.floor(place).astype(np.int64), n - 1)
        upper = (lower + 1) % n if self.loop else np.minimum(lower + 1, n - 1)
        below, above = self._samples(first + lower), self._samples(first + upper)
        sample = below + (above - below) * (place - lower)
        low, high = self.samples
        share = np.clip((sample - low) / (high - low), 0.0, 1.0)
        value: Floats = self.values[0] + (self.values[1] - self.values[0]) * share
        return value

    @cached_property
    def _extent(self) -> tuple[int, int, int]:
        """Sample rate, first sample, number of samples."""
        info = sound_info(self.heard.file)
        rate = info.sample_rate_hz
        first = samples_from_seconds(self.heard.in_s, rate)
        out_s = self.heard.out_s
        last = info.n_samples if out_s is None else samples_from_seconds(out_s, rate)
        return rate, first, max(last - first, 1)

    def _samples(self, index: NDArray[np.int64]) -> Floats:
        block, place = np.divmod(index, _BLOCK)
        found = np.empty(index.shape)
        for each in np.unique(block).tolist():
            here = block == each
            found[here] = _block(self.heard, self.channel, each)[place[here]]
        return found


@lru_cache(maxsize=32)
def _block(heard: Recording, channel: int, block: int) -> NDArray[np.float32]:
    """Return one block of a recording's samples, at its own rate."""
    info = sound_info(heard.file)
    rate, start = info.sample_rate_hz, block * _BLOCK
    stop = min(start + _BLOCK, info.n_samples)
    audio = load_sound(heard.file, rate, start / rate, stop / rate)
    return np.asarray(audio[channel])
