"""One plugin at work inside its own process: loaded, set, probed, and fed blocks of one length.

The only module beside `native` that imports pedalboard. A plugin here differs from pedalboard's
own effects in one thing that matters: when blocks follow each other without a reset, it is *not*
compensated for its latency. It returns as many samples as it took, late by what it declares, and
the render drops them. Its first block is one of silence with a reset, in the main thread, where
plugins want to be started.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pedalboard

from ltsrender.effects.plugin_lv2 import SUFFIX, Lv2Plugin
from ltsrender.effects.plugin_process import PluginFault
from ltsrender.effects.plugin_scale import Scale, read_scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

LONGEST_LATENCY_S = 10.0
"""A plugin that declares more is not believed."""

_LOAD: Any = pedalboard.load_plugin  # type: ignore[attr-defined]
_CLASS_ID = slice(8, 40)  # of a .vstpreset: which plugin it was saved by


@dataclass(frozen=True)
class Setting:
    """How a plugin is to be set before it works.

    Attributes
    ----------
    file, name
        The plugin's file or bundle, and which plugin of it; an empty name is its only one.
    preset, state
        A .vstpreset's bytes, and bytes of `Hosted.state`; empty where there are none.
    values
        Plain values by the parameter's index.
    """

    file: str
    name: str = ""
    preset: bytes = b""
    state: bytes = b""
    values: Mapping[int, float | str | bool] = field(default_factory=dict)


class Hosted:
    """A plugin, or for a mono plugin and n channels n of them.

    Parameters
    ----------
    setting
        What to load and how to set it.
    sample_rate_hz, n_channels, block_samples
        Of the sound, fixed.
    check_latency
        Whether a latency that cannot be believed is an error.

    Raises
    ------
    PluginFault
        When it cannot be loaded or set, or declares a latency that is not to be believed.
    """

    def __init__(
        self,
        setting: Setting,
        sample_rate_hz: int,
        n_channels: int,
        block_samples: int,
        *,
        check_latency: bool = True,
    ) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._n_channels = n_channels
        self._block_samples = block_samples
        self._scales: dict[int, Scale] = {}
        first = load(setting)
        self._plugins = [first]
        self._n_each = n_channels
        if not self._accepts(first, n_channels):
            if n_channels == 1 and self._accepts(first, 2):
                self._n_each = 2
            elif self._accepts(first, 1):
                self._n_each = 1
                self._plugins += [load(setting) for _ in range(n_channels - 1)]
                for plugin in self._plugins[1:]:
                    self._accepts(plugin, 1)
            else:
                raise PluginFault(f"takes neither {n_channels} channels nor one")
        # Looked up after the start: a plugin may be made anew then.
        self._parameters = [list(plugin._parameters) for plugin in self._plugins]  # noqa: SLF001
        self.set(setting.values)
        for plugin in self._plugins:  # values may change the latency, which is told on starting
            self._accepts(plugin, self._n_each)
        self.latency_samples = self.declared()
        objection = self.latency_objection()
        if check_latency and objection:
            raise PluginFault(objection)

    @property
    def own_channels(self) -> int:
        """How many channels one instance of the plugin takes."""
        return self._n_each

    def latency_objection(self) -> str:
        """Return why the declared latency cannot be believed, or an empty string."""
        if 0 <= self.latency_samples <= LONGEST_LATENCY_S * self._sample_rate_hz:
            return ""
        return (
            f"declares a latency of {self.latency_samples} samples, which cannot be true;"
            ' give "latency_samples" on the insert'
        )

    def state(self) -> bytes:
        """Return the plugin's state, as a state file keeps it."""
        return bytes(self._plugins[0].raw_state)

    def declared(self) -> int:
        """Return the latency that the plugin declares now, in samples."""
        return int(self._plugins[0].reported_latency_samples)

    def set(self, values: Mapping[int, float | str | bool]) -> None:
        """Set parameters, plain values by index."""
        for index, value in values.items():
            raw = self.scale(index).raw_of_one(value)
            self.set_raw(index, raw)

    def set_raw(self, index: int, raw: float) -> None:
        """Set one parameter, 0..1, in every instance."""
        for parameters in self._parameters:
            parameters[index].raw_value = raw

    def scale(self, index: int) -> Scale:
        """Return the scale of a parameter; it is read once."""
        if index not in self._scales:
            self._scales[index] = scale_of(self._parameters[0][index])
        return self._scales[index]

    def block(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a block's sound, float32[channel, sample], late by the latency.

        Raises
        ------
        PluginFault
            When it has another shape than what went in.
        """
        if self._n_each > self._n_channels:
            both = self._process(self._plugins[0], np.repeat(audio, self._n_each, axis=0))
            mean: NDArray[np.float32] = np.mean(both, axis=0, keepdims=True, dtype=np.float32)
            return mean
        if len(self._plugins) == 1:
            return self._process(self._plugins[0], audio)
        return np.concatenate(
            [
                self._process(plugin, audio[number : number + 1])
                for number, plugin in enumerate(self._plugins)
            ]
        )

    def _process(self, plugin: Any, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            made = plugin.process(
                audio, self._sample_rate_hz, buffer_size=self._block_samples, reset=False
            )
        except (ValueError, RuntimeError) as error:
            raise PluginFault(f"stopped working: {first_line(error)}") from error
        found = np.asarray(made, dtype=np.float32)
        if found.ndim != 2 or found.shape[0] != audio.shape[0]:
            n_found = found.shape[0] if found.ndim == 2 else 1
            raise PluginFault(f"was given {audio.shape[0]} channels and returned {n_found}")
        if found.shape[1] != audio.shape[1]:
            raise PluginFault(f"was given {audio.shape[1]} samples and returned {found.shape[1]}")
        return found

    def _accepts(self, plugin: Any, n_channels: int) -> bool:
        """Start a plugin with a block of silence; tell whether it takes so many channels."""
        silence = np.zeros((n_channels, self._block_samples), np.float32)
        try:
            plugin.process(
                silence, self._sample_rate_hz, buffer_size=self._block_samples, reset=True
            )
        except ValueError:
            return False
        return True


def load(setting: Setting) -> Any:
    """Return a plugin with its preset and state, before any value.

    Raises
    ------
    PluginFault
        When it cannot be loaded, is an instrument, or a preset or state changes nothing.
    """
    is_lv2 = setting.file.lower().endswith(SUFFIX)
    if is_lv2 and setting.preset:
        raise PluginFault('is an LV2, which has no .vstpreset; give its "state_file"')
    try:
        plugin: Any = (
            Lv2Plugin(setting.file)
            if is_lv2
            else _LOAD(setting.file, plugin_name=setting.name or None)
        )
    except (ImportError, ValueError, RuntimeError) as error:
        raise PluginFault(f"cannot be loaded: {first_line(error)}") from error
    if not plugin.is_effect:
        raise PluginFault("is an instrument; an insert needs an effect")
    if setting.preset:
        _load_preset(plugin, setting.preset)
    if setting.state:
        try:
            plugin.raw_state = setting.state
        except (ValueError, RuntimeError) as error:
            raise PluginFault(f"refuses its state file: {first_line(error)}") from error
    return plugin


def scale_of(parameter: Any) -> Scale:
    """Return the scale of one of pedalboard's parameters."""

    def slowly(raw: float) -> str:
        parameter.raw_value = raw
        return str(parameter.string_value)

    n_steps = int(parameter.num_steps) if parameter.is_discrete else 0
    scale = read_scale(
        lambda raw: str(parameter.get_text_for_raw_value(raw)), parameter.label, n_steps
    )
    texts = {str(parameter.get_text_for_raw_value(raw)) for raw in (0.0, 0.3, 0.5, 0.7, 1.0)}
    if len(texts) == 1 and n_steps != 1:  # some plugins only show the value that is set
        before = parameter.raw_value
        scale = read_scale(slowly, parameter.label, n_steps)
        parameter.raw_value = before
    return scale


def usable(plugin: Any) -> Iterator[tuple[int, str, Any]]:
    """Yield index, name and parameter of all that a composer can set; each name once."""
    listed = list(enumerate(plugin._parameters))  # noqa: SLF001 - the public table hides namesakes
    listed.sort(
        key=lambda item: not item[1].is_automatable
    )  # of namesakes the one that moves first
    used: set[str] = set()
    chosen = []
    for index, parameter in listed:
        name = " ".join(str(parameter.name).replace("/", " ").split())
        if not name or name.startswith("MIDI CC"):
            continue
        number, unique = 1, name
        while unique in used:
            number += 1
            unique = f"{name} {number}"
        used.add(unique)
        chosen.append((index, unique, parameter))
    yield from sorted(chosen)


def first_line(error: BaseException) -> str:
    """Return what an exception says, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300].rstrip(".")


def _load_preset(plugin: Any, preset: bytes) -> None:
    own = bytes(plugin.preset_data)[_CLASS_ID]
    if preset[:4] != b"VST3":
        raise PluginFault("cannot read its preset file: it is not a .vstpreset")
    if preset[_CLASS_ID] != own:
        raise PluginFault("cannot read its preset file: it was saved by another plugin")
    before = _values(plugin), bytes(plugin.raw_state)
    handle, name = tempfile.mkstemp(suffix=".vstpreset")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(preset)
        plugin.load_preset(name)
    except (ValueError, RuntimeError, ImportError) as error:
        raise PluginFault(f"cannot read its preset file: {first_line(error)}") from error
    finally:
        Path(name).unlink(missing_ok=True)
    if before == (_values(plugin), bytes(plugin.raw_state)):
        raise PluginFault(
            "took its preset file, but nothing in it changed: save the plugin's state instead"
            " (ltsrender effects save-state), or leave the preset away if it holds the defaults"
        )


def _values(plugin: Any) -> list[float]:
    return [float(parameter.raw_value) for parameter in plugin._parameters]  # noqa: SLF001
