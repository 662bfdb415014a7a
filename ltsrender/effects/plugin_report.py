"""What a plugin says about itself, and what was measured of it; in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pedalboard

from ltsrender.effects.plugin_host import Hosted, Setting, first_line, load, scale_of, usable
from ltsrender.effects.plugin_lv2 import SUFFIX
from ltsrender.effects.plugin_probe import probe
from ltsrender.effects.plugin_process import PluginFault

if TYPE_CHECKING:
    from ltsrender.effects.plugin_scale import Scale

_SAMPLE_RATE_HZ = 44_100
_BLOCK_SAMPLES = 512


def names_in(file: str) -> list[str]:
    """Return the names of the plugins in a file; a file may hold more than one.

    Of an LV2 none are told: only one can be reached.
    """
    if file.lower().endswith(SUFFIX):
        return []
    kind = getattr(pedalboard, "AudioUnitPlugin", None)
    if not file.endswith(".component") or kind is None:
        kind = pedalboard.VST3Plugin
    try:
        return [str(name) for name in kind.get_plugin_names_for_file(file)]
    except (ImportError, ValueError, RuntimeError) as error:
        raise PluginFault(f"cannot be loaded: {first_line(error)}") from error


def facts_of(setting: Setting) -> dict[str, Any]:
    """Return everything that can be told without a session.

    Parameter values are those after the preset and the state, which is what "default" then means.
    """
    plugin = load(setting)
    parameters = []
    for index, name, parameter in usable(plugin):
        raw = float(parameter.raw_value)
        scale = scale_of(parameter)
        parameters.append(
            {
                "index": index,
                "name": name,
                "kind": scale.kind,
                "unit": scale.unit,
                "minimum": float(scale.plain[0]),
                "maximum": float(scale.plain[-1]),
                "taper": scale.taper,
                "choices": list(scale.choices) if scale.kind == "choice" else [],
                "default": _shown(scale, raw),
                "automatable": bool(parameter.is_automatable) and scale.kind == "number",
            }
        )
    return {
        "name": str(plugin.name),
        "version": str(plugin.version),
        "maker": str(plugin.manufacturer_name),
        "parameters": parameters,
        **_latencies(setting),
    }


def state_of(setting: Setting) -> bytes:
    """Return the state of a plugin after its preset, its state and its values are set."""
    hosted = Hosted(setting, _SAMPLE_RATE_HZ, 2, _BLOCK_SAMPLES, check_latency=False)
    return hosted.state()


def _shown(scale: Scale, raw: float) -> float | str | bool:
    """Return a plain value without the digits that float32 made up."""
    value = scale.plain_of(raw)
    if scale.kind != "number":
        return value
    rounded = float(f"{value:.6g}")
    if abs(rounded) < 1e-6 * float(scale.plain[-1] - scale.plain[0]):
        rounded = 0.0
    return min(max(rounded, float(scale.plain[0])), float(scale.plain[-1]))


def _latencies(setting: Setting) -> dict[str, Any]:
    for n_channels in (2, 1):
        try:
            hosted = Hosted(
                setting, _SAMPLE_RATE_HZ, n_channels, _BLOCK_SAMPLES, check_latency=False
            )
            declared = hosted.latency_samples
            is_odd = hosted.latency_objection()
            measured = None if is_odd else probe(hosted, n_channels, _BLOCK_SAMPLES)
        except PluginFault as fault:
            trouble = str(fault)
            continue
        return {
            "channels": hosted.own_channels,
            "declared": declared,
            "measured": measured,
            "trouble": is_odd,
        }
    return {"channels": 0, "declared": 0, "measured": None, "trouble": trouble}
