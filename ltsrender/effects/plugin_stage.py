"""A plugin of somebody else's at work, in a process of its own.

The sound goes there in whole blocks counted from the render's first sample, many in one message,
with the values of everything that moves at every control time. What comes back is late by the
plugin's latency; so much is dropped from its start, and silence is fed at the end until as many
samples have come out as went in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.effects.plugin_process import PluginFault, PluginProcess
from ltsrender.effects.ramp import CONTROL_SAMPLES
from ltsrender.errors import InsertFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.insert import Insert, Moving
    from ltsrender.effects.plugin import PluginInsert

_STILL_BLOCK_SAMPLES = 512  # what most hosts use, and most plugins are tried with
_MESSAGE_SAMPLES = 16_384  # gathered before a message is sent: the pipe then costs little


class PluginStage:
    """An insert that is a plugin; as `ltsrender.effects.stage.Stage`.

    Parameters
    ----------
    insert
        Its ``plugin`` says which.
    lanes
        By parameter name: what moves, in plain values, set every 64 samples. Values are clipped to
        the parameter's range; where they are not finite the insert's own stands in.
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
        self._insert = insert
        self._plugin: PluginInsert = _plugin_of(insert)
        self._lanes = dict(lanes)
        self._sample_rate_hz = sample_rate_hz
        self._n_channels = n_channels
        self._first_sample = first_sample
        self._block_samples = CONTROL_SAMPLES if lanes else _STILL_BLOCK_SAMPLES
        self._process: PluginProcess | None = None
        self._is_closed = False
        self._waiting: list[NDArray[np.float32]] = []
        self._n_waiting = self._n_in = self._n_sent = self._n_out = 0
        self._latency = self._n_to_drop = 0

    def process(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next input float32[channel, sample] and return what is finished.

        Raises
        ------
        InsertFailed
            When the plugin crashes, hangs, returns what is not sound, or is not in time.
        """
        self._n_in += audio.shape[1]
        self._waiting.append(audio)
        self._n_waiting += audio.shape[1]
        made = [np.zeros((self._n_channels, 0), np.float32)]
        if self._n_waiting >= _MESSAGE_SAMPLES:
            waiting = np.concatenate(self._waiting, axis=1)
            n_whole = waiting.shape[1] // _MESSAGE_SAMPLES * _MESSAGE_SAMPLES
            made += [
                self._exchange(waiting[:, start : start + _MESSAGE_SAMPLES])
                for start in range(0, n_whole, _MESSAGE_SAMPLES)
            ]
            self._waiting = [waiting[:, n_whole:]]
            self._n_waiting = waiting.shape[1] - n_whole
        return np.concatenate(made, axis=1)

    def flush(self) -> NDArray[np.float32]:
        """Feed silence until as many samples have come out as went in; return the rest."""
        made = [np.zeros((self._n_channels, 0), np.float32)]
        waiting = np.concatenate([*made, *self._waiting], axis=1)
        self._waiting, self._n_waiting = [], 0
        n_wanted = self._n_in - self._n_out
        while self._n_out < self._n_in:
            self._start()
            n_more = max(waiting.shape[1], self._n_in - self._n_out + self._n_to_drop)
            n_block = min(-(-n_more // self._block_samples) * self._block_samples, _MESSAGE_SAMPLES)
            block = np.zeros((self._n_channels, n_block), np.float32)
            n_taken = min(n_block, waiting.shape[1])
            block[:, :n_taken] = waiting[:, :n_taken]
            waiting = waiting[:, n_taken:]
            made.append(self._exchange(block))
        self.close()
        return np.concatenate(made, axis=1)[:, :n_wanted]

    def close(self) -> None:
        """End the plugin's process; a second call does nothing."""
        self._is_closed = True
        if self._process is not None:
            self._process.close()
            self._process = None

    def _start(self) -> PluginProcess:
        if self._process is not None:
            return self._process
        if self._is_closed:
            raise self._failed("has been closed")
        given = self._plugin.latency_samples
        self._process = PluginProcess(self._plugin.timeout_s)
        answer, _ = self._ask(
            {
                "do": "open",
                "file": str(self._plugin.file),
                "name": self._plugin.name_in_file,
                "n_preset": len(self._plugin.preset),
                "values": self._values(),
                "sample_rate_hz": self._sample_rate_hz,
                "n_channels": self._n_channels,
                "block_samples": self._block_samples,
                "probe": given is None,
            },
            self._plugin.preset + self._plugin.state,
        )
        declared, measured = answer["declared"], answer["measured"]
        if measured is not None and measured != declared:
            raise self._failed(
                f"declares a latency of {declared} samples, but a test sound came out"
                f' {measured} samples late; "latency_samples": {measured} on the insert settles it'
            )
        self._latency = self._n_to_drop = declared if given is None else given
        return self._process

    def _values(self) -> dict[str, Any]:
        """Return by index what differs from the plugin as it is loaded, and where lanes begin."""
        table = self._insert.info.parameters
        first = np.array([self._first_sample / self._sample_rate_hz])
        values: dict[str, Any] = {}
        for name, parameter in table.items():
            value = self._insert.parameters.get(name, parameter.default)
            if name in self._lanes:
                value = float(self._lane_values(name, first)[0])
            if value != parameter.default:
                values[parameter.native] = value
        return values

    def _lane_values(self, name: str, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        parameter = self._insert.info.parameters[name]
        own = float(self._insert.parameters.get(name, parameter.default))
        values = self._lanes[name].at(seconds)
        inside = np.clip(values, parameter.minimum, parameter.maximum)
        return np.where(np.isfinite(values), inside, own)

    def _exchange(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Send whole blocks; return what comes back, without what is to be dropped."""
        self._start()
        start, n_samples = self._n_sent, audio.shape[1]
        steps = np.arange(start, start + n_samples, self._block_samples, dtype=np.float64)
        seconds = (self._first_sample + steps) / self._sample_rate_hz
        rows = [self._lane_values(name, seconds).astype("<f8").tobytes() for name in self._lanes]
        table = self._insert.info.parameters
        sound = np.ascontiguousarray(audio, dtype="<f4").tobytes()
        header = {
            "do": "process",
            "n_samples": n_samples,
            "moving": [int(table[name].native) for name in self._lanes],
        }
        answer, payload = self._ask(header, b"".join([sound, *rows]))
        if len(payload) != len(sound):
            n_found = len(payload) // (4 * self._n_channels)
            raise self._failed(f"was given {n_samples} samples and returned {n_found}")
        if answer["odd"] is not None:
            seconds_in = max(start + answer["odd"] - self._latency, 0) / self._sample_rate_hz
            raise self._failed(
                f"returned what is not a number, or infinite, {seconds_in:.3f} s into the sound"
            )
        self._n_sent += n_samples
        made = np.frombuffer(payload, "<f4").reshape(self._n_channels, n_samples)
        n_dropped = min(self._n_to_drop, n_samples)
        self._n_to_drop -= n_dropped
        made = made[:, n_dropped:].astype(np.float32)
        self._n_out += made.shape[1]
        return made

    def _ask(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        if self._process is None:
            raise self._failed("has been closed")
        try:
            return self._process.ask(header, payload)
        except PluginFault as fault:
            raise self._failed(str(fault)) from fault
        except BaseException:
            self.close()
            raise

    def _failed(self, words: str) -> InsertFailed:
        self.close()
        return InsertFailed(self._insert.id, f'plugin "{self._plugin.name}" {words}')

    def __del__(self) -> None:
        """End the process even where nobody closed the stage."""
        if getattr(self, "_process", None) is not None:
            self.close()


def _plugin_of(insert: Insert) -> PluginInsert:
    plugin: PluginInsert | None = getattr(insert, "plugin", None)
    if plugin is None:
        raise ValueError(f'insert "{insert.id}" is no plugin')
    return plugin
