"""An LV2 as pedalboard would present it, hosted by minihost (``pip install "ltsrender[lv2]"``).

pedalboard loads VST3s and Audio Units only. minihost loads LV2s with the same library inside, and
this class gives one the few words that `plugin_host` uses of pedalboard's. Two things were measured
to need care: the latency is known only after a first block, and so is a state that holds values set
before it; so a start is always a plugin opened anew, set, and fed a block of silence.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.effects.plugin_process import PluginFault

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIX = ".lv2"

_IS_PLUGIN = re.compile(r"\ba\s+(?:lv2:Plugin\b|<http://lv2plug\.in/ns/lv2core#Plugin>)")


class Lv2Parameter:
    """One parameter, as pedalboard's: the plugin may be opened anew behind it."""

    is_discrete = True  # only asked for beside `num_steps`, which is 0 where it is not

    def __init__(self, plugin: Lv2Plugin, index: int, facts: dict[str, Any]) -> None:
        self._plugin = plugin
        self._index = index
        self.name = str(facts["name"])
        self.label = str(facts["label"])
        self.num_steps = int(facts["num_steps"])
        self.is_automatable = bool(facts["is_automatable"])

    @property
    def raw_value(self) -> float:
        """The value, 0..1."""
        return float(self._plugin.hosted.get_param(self._index))

    @raw_value.setter
    def raw_value(self, raw: float) -> None:
        self._plugin.set_raw(self._index, raw)

    @property
    def string_value(self) -> str:
        """The text of the value."""
        return self.get_text_for_raw_value(self.raw_value)

    def get_text_for_raw_value(self, raw: float) -> str:
        """Return the text of a value 0..1."""
        return str(self._plugin.hosted.param_to_text(self._index, raw))


class Lv2Plugin:
    """An LV2.

    Parameters
    ----------
    file
        Its bundle; one that holds several plugins is refused, because minihost opens only the
        first of them.

    Raises
    ------
    PluginFault
        When minihost is not installed, or the bundle holds several plugins.
    RuntimeError
        When it cannot be loaded.
    """

    def __init__(self, file: str) -> None:
        try:
            self._minihost: Any = importlib.import_module("minihost")
        except ImportError as error:
            words = 'is an LV2, which needs one more package: pip install "ltsrender[lv2]"'
            raise PluginFault(words) from error
        n_plugins = plugins_in_bundle(Path(file))
        if n_plugins > 1:
            raise PluginFault(f"holds {n_plugins} plugins, and of an LV2 only one can be reached")
        self._file = file
        self._state = b""
        self._raws: dict[int, float] = {}
        about = self._minihost.probe(file)
        self.name, self.manufacturer_name = str(about["name"]), str(about["vendor"])
        self.version = str(about["version"])
        self._open(44_100, 512)
        self.is_effect = self.hosted.num_input_channels > 0
        self._parameters = [
            Lv2Parameter(self, index, self.hosted.get_param_info(index))
            for index in range(self.hosted.num_params)
        ]

    @property
    def reported_latency_samples(self) -> int:
        """The latency that it declares."""
        return int(self.hosted.latency_samples)

    @property
    def raw_state(self) -> bytes:
        """Its state, values set since included; its memory of the sound is lost by asking."""
        self._open(44_100, 512)
        return bytes(self.hosted.get_state())

    @raw_state.setter
    def raw_state(self, state: bytes) -> None:
        self.hosted.set_state(state)  # raises where it is none
        self._state, self._raws = state, {}
        self._open(44_100, 512)

    def set_raw(self, index: int, raw: float) -> None:
        """Set a parameter, 0..1, from the next sample on."""
        self._raws[index] = raw
        self.hosted.set_param(index, raw)

    def process(
        self, audio: NDArray[np.float32], sample_rate_hz: int, *, buffer_size: int, reset: bool
    ) -> NDArray[np.float32]:
        """Return a block float32[channel, sample], late by the latency.

        Raises
        ------
        ValueError
            When it takes another number of channels.
        """
        if reset:
            self._open(sample_rate_hz, buffer_size)
        n_in, n_out = self.hosted.num_input_channels, self.hosted.num_output_channels
        if not audio.shape[0] == n_in == n_out:
            raise ValueError(f"takes {n_in} channels and returns {n_out}")
        made = np.zeros(audio.shape, np.float32)
        self.hosted.process(np.ascontiguousarray(audio), made)
        return made

    def _open(self, sample_rate_hz: int, block_samples: int) -> None:
        """Open it with its state and values, and let both take effect in a block of silence."""
        self.hosted = self._minihost.Plugin(
            self._file, sample_rate=float(sample_rate_hz), max_block_size=block_samples
        )
        if self._state:
            self.hosted.set_state(self._state)
        for index, raw in self._raws.items():
            self.hosted.set_param(index, raw)
        shapes = [
            (count, block_samples)
            for count in (self.hosted.num_input_channels, self.hosted.num_output_channels)
        ]
        self.hosted.process(*(np.zeros(shape, np.float32) for shape in shapes))


def plugins_in_bundle(bundle: Path) -> int:
    """Return how many plugins an LV2 bundle says that it holds."""
    try:
        text = (bundle / "manifest.ttl").read_text("utf-8", errors="replace")
    except OSError:
        return 0
    return len(_IS_PLUGIN.findall(text))
