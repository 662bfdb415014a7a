"""One insert at work: sound in pieces of any length, pedalboard in blocks of one constant length.

pedalboard's effects keep their memory only while the block length stays the same, and a parameter
can only change between blocks. So a stage collects its input into blocks of its own: 64 samples
when something moves, 2048 when nothing does. Blocks start at sample 0 of the render whatever pieces
the caller hands over, which is why the pieces cannot be heard. Most of what moves is not done here
but by our own kernels (`ltsrender.effects.kernelstage`): a step every 64 samples would be heard.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ltsrender.effects.controls import GROUP, Controls, values_at
from ltsrender.effects.native import NativeEffect
from ltsrender.effects.ramp import CONTROL_SAMPLES, Ramp, gains_with_silence
from ltsrender.units import gains_from_db

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving

_STATIC_SAMPLES = 2_048


class Stage(Protocol):
    """An insert at work."""

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished."""

    def flush(self) -> NDArray[np.float32]:
        """Return the rest, so that as many samples have come out as went in."""

    def close(self) -> None:
        """Let go of what is open; may be called again."""


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
            return gains_with_silence(values_at(insert, "gain_db", lanes.get("gain_db"), seconds))

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

    def close(self) -> None:
        """Do nothing: nothing is open."""


class BlockStage:
    """A pedalboard effect in constant blocks.

    Parameters
    ----------
    insert
        What to run; not a gain.
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
        self._info = insert.info
        self._source = Controls(insert, lanes, sample_rate_hz, first_sample)
        self._moving = tuple(lanes)
        self._values: dict[str, NDArray[np.float64]] = {}
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

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _block(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._moving:
            self._set_controls()
        self._n_blocks += 1
        made = self._effect.process(np.ascontiguousarray(audio))
        self._n_out += made.shape[1]
        return made

    def _set_controls(self) -> None:
        group, within = divmod(self._n_blocks, GROUP)
        if within == 0:
            self._values = self._source.group(group)
        for name in self._moving:
            self._effect.set(self._info.parameters[name], float(self._values[name][within]))


class CeilingStage:
    """A brick wall whose ceiling moves for every sample.

    Limiting scales: a wall at a ceiling does to a sound what a wall at full scale does to the sound
    divided by the ceiling, times the ceiling. So the wall stands still at full scale, and the sound
    is divided before and multiplied after, each sample by its own ceiling; the limiter's delay lies
    between both and is compensated before the second.
    """

    def __init__(
        self,
        insert: Insert,
        lanes: Mapping[str, Moving],
        sample_rate_hz: int,
        n_channels: int,
        first_sample: int,
    ) -> None:
        def ceilings_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return gains_from_db(values_at(insert, "ceiling_db", lanes["ceiling_db"], seconds))

        others = {name: lane for name, lane in lanes.items() if name != "ceiling_db"}
        at_full_scale = replace(insert, parameters={**insert.parameters, "ceiling_db": 0.0})
        self._wall = BlockStage(at_full_scale, others, sample_rate_hz, n_channels, first_sample)
        self._before = Ramp(ceilings_at, sample_rate_hz, first_sample)
        self._after = Ramp(ceilings_at, sample_rate_hz, first_sample)
        self._n_in = self._n_out = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input and return what is finished, float32[channel, sample]."""
        start = self._n_in
        self._n_in += audio.shape[1]
        divided = (audio / self._before.gains(start, self._n_in)).astype(np.float32)
        return self._lowered(self._wall.process(divided))

    def flush(self) -> NDArray[np.float32]:
        """Return the rest."""
        return self._lowered(self._wall.flush())

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _lowered(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        start = self._n_out
        self._n_out += audio.shape[1]
        return (audio * self._after.gains(start, self._n_out)).astype(np.float32)
