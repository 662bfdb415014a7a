"""One insert at work: sound in pieces of any length, effects in blocks of one constant length.

pedalboard's effects keep their memory only while the block length stays the same, and a parameter
can only change between blocks. So every stage collects its input into blocks of its own: 64
samples when something moves, 2048 when nothing does. Blocks start at sample 0 of the render
whatever pieces the caller hands over, which is why the pieces cannot be heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ltsrender.effects.native import NativeEffect
from ltsrender.effects.ramp import CONTROL_SAMPLES, Ramp, gains_with_silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving

_STATIC_SAMPLES = 2_048
_CONTROL_GROUP = 8192  # control blocks whose values are asked for together, always the same ones


class Stage(Protocol):
    """An insert at work."""

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""

    def flush(self) -> NDArray[np.float32]:
        """Return the rest, so that as many samples have come out as went in."""


class GainStage:
    """Our own gain: every sample has its own factor; otherwise as `BlockStage`."""

    def __init__(
        self,
        insert: Insert,
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        first_sample: int,
    ) -> None:
        def gains_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return gains_with_silence(_values_at(insert, "gain_db", lanes.get("gain_db"), seconds))

        self._ramp = Ramp(gains_at, sample_rate_hz, first_sample)
        self._n_channels = n_channels
        self._n_samples = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the input times its gains."""
        start = self._n_samples
        self._n_samples += audio.shape[1]
        return (audio * self._ramp.gains(start, self._n_samples)).astype(np.float32)

    def flush(self) -> NDArray[np.float32]:
        """Return nothing: no sample was ever held back."""
        return np.zeros((self._n_channels, 0), np.float32)


class BlockStage:
    """A pedalboard effect in constant blocks.

    Parameters
    ----------
    insert
        What to run; not a gain, not bypassed.
    lanes
        By parameter name: what moves. Values are taken at a block's first sample and clipped to
        the parameter's range.
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
        self._block_samples = CONTROL_SAMPLES if lanes else _STATIC_SAMPLES
        self._effect = NativeEffect(insert, sample_rate_hz, self._block_samples)
        self._controls = _Controls(insert, lanes, sample_rate_hz, first_sample)
        self._waiting = np.zeros((n_channels, 0), np.float32)
        self._n_blocks = self._n_in = self._n_out = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input and return what is finished, float32[channel, sample]."""
        self._n_in += audio.shape[1]
        waiting = np.concatenate([self._waiting, audio], axis=1)
        n_whole = waiting.shape[1] // self._block_samples * self._block_samples
        self._waiting = waiting[:, n_whole:]
        made = [
            self._block(waiting[:, start : start + self._block_samples])
            for start in range(0, n_whole, self._block_samples)
        ]
        return np.concatenate([self._waiting[:, :0], *made], axis=1)

    def flush(self) -> NDArray[np.float32]:
        """Feed zeros until as many samples have come out as went in; return the rest."""
        n_wanted = self._n_in - self._n_out
        n_channels, n_waiting = self._waiting.shape
        block = np.zeros((n_channels, self._block_samples), np.float32)
        block[:, :n_waiting] = self._waiting
        made = [self._waiting[:, :0]]
        while self._n_out < self._n_in:
            made.append(self._block(block))
            block = np.zeros_like(block)
        self._waiting = self._waiting[:, :0]
        return np.concatenate(made, axis=1)[:, :n_wanted]

    def _block(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        self._controls.set(self._effect, self._n_blocks)
        self._n_blocks += 1
        made = self._effect.process(np.ascontiguousarray(audio))
        self._n_out += made.shape[1]
        return made


class _Controls:
    """The moving parameters of one insert, block by block."""

    def __init__(
        self, insert: Insert, lanes: Mapping[str, Moving], sample_rate_hz: int, first_sample: int
    ) -> None:
        self._insert = insert
        self._lanes = lanes
        self._sample_rate_hz = sample_rate_hz
        self._first_sample = first_sample
        self._values: dict[str, NDArray[np.float64]] = {}
        self._last: dict[str, float] = {}

    def set(self, effect: NativeEffect, block: int) -> None:
        """Set every moving parameter to its value at a block's first sample, or glide there."""
        within = block % _CONTROL_GROUP
        if within == 0:
            index = np.arange(block, block + _CONTROL_GROUP, dtype=np.float64)
            seconds = (self._first_sample + index * CONTROL_SAMPLES) / self._sample_rate_hz
            self._values = {
                name: _values_at(self._insert, name, lane, seconds)
                for name, lane in self._lanes.items()
            }
        for name, values in self._values.items():
            parameter, value = self._insert.info.parameters[name], float(values[within])
            value = parameter.glided(self._last.get(name, value), value)
            self._last[name] = value
            effect.set(parameter, value)


def _values_at(
    insert: Insert, name: str, lane: Moving | None, seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a parameter's values, inside its range whatever the lane says."""
    own = float(insert.parameters[name])
    if lane is None:
        return np.full(seconds.shape, own)
    parameter = insert.info.parameters[name]
    values = lane.at(seconds)
    inside = np.clip(values, parameter.minimum, parameter.maximum)
    return np.where(np.isfinite(values), inside, own)
