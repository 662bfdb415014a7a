"""Effects, presets and plugins as trees of plain values: what programs and people are shown.

`ltsrender effects --json` prints these trees as they are; `tell` puts them into words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.effects.catalog import EFFECTS, LEFT_OUT
from ltsrender.effects.families import FAMILIES, family_of
from ltsrender.effects.insert import KEYED_EFFECTS, targets_of
from ltsrender.effects.plugin_scan import facts_of_plugin
from ltsrender.effects.plugin_search import find_named, name_of, plugin_folders, plugins_in
from ltsrender.effects.preset import read_preset
from ltsrender.effects.presets_found import is_preset, presets_from
from ltsrender.effects.read_parts import FOLDER
from ltsrender.errors import EffectError, Problem, nearest
from ltsrender.session import Documents, read_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ltsrender.effects.catalog import EffectInfo, Parameter
    from ltsrender.effects.plugin_facts import PluginFacts
    from ltsrender.effects.plugin_scan import Scanned

ANY_ID = "<id>"
"""Stands for the id that a composer gives an insert."""


def list_all(root: Path, *, plugins: bool) -> dict[str, Any]:
    """Return every effect by family, every preset, and every plugin that is there.

    Parameters
    ----------
    root
        The folder whose presets count as those beside the session.
    plugins
        Whether to look for plugins; none is loaded.
    """
    tree: dict[str, Any] = {
        "effects": [
            {"id": effect.id, "family": family, "sentence": effect.sentence}
            for family, effects in FAMILIES.items()
            for effect in effects
        ],
        "presets": [
            {
                "name": found.name,
                "title": found.title,
                "intent": found.intent,
                "file": str(found.file),
                "trouble": found.trouble,
            }
            for found in presets_from(root)
        ],
    }
    if plugins:
        tree["plugins"] = [
            {"name": name_of(file), "file": str(file)} for file in plugins_in(plugin_folders())
        ]
        tree["plugin_folders"] = list(map(str, plugin_folders()))
    return tree


def show_one(name: str, root: Path, *, kind: str = "", timeout_s: float) -> dict[str, Any]:
    """Return everything about an effect, a preset or a plugin.

    Parameters
    ----------
    name
        Of an effect; else of a preset; else of a plugin, or its path.
    root
        Where relative paths begin, and the folder whose presets count as beside the session.
    kind
        ``"effect"``, ``"preset"``, ``"plugin"``, or empty for the first that has the name.
    timeout_s
        How long a plugin may take to load.

    Raises
    ------
    EffectError
        When nothing has this name, or what has it cannot be read.
    """
    if name in EFFECTS and kind in ("", "effect"):
        return effect_tree(EFFECTS[name])
    if kind == "preset" or (not kind and is_preset(name, root)):
        return preset_tree(name, root)
    if kind == "plugin" or (not kind and find_named(name, root)[0] is not None):
        return plugin_tree(facts_of_plugin(name, root, timeout_s))
    if name in LEFT_OUT:
        raise EffectError(Problem(f'"{name}" is left out: {LEFT_OUT[name]}'))
    known = [*EFFECTS]
    if not kind:
        known += [found.name for found in presets_from(root)]
        known += [name_of(file) for file in plugins_in(plugin_folders())]
    what = "effect" if kind else "effect, preset or plugin"
    raise EffectError(Problem(f'"{name}" is no {what} here', suggestion=nearest(name, known)))


def effect_tree(effect: EffectInfo) -> dict[str, Any]:
    """Return an effect of the catalog."""
    return {
        "kind": "effect",
        "id": effect.id,
        "family": family_of(effect.id),
        "sentence": effect.sentence,
        "note": effect.note,
        "runs": effect.runs,
        "sidechain": effect.id in KEYED_EFFECTS,
        "parameters": parameter_trees(effect.parameters),
    }


def preset_tree(name: str, root: Path) -> dict[str, Any]:
    """Return a preset: its chain as it is written, and what lanes may move.

    Raises
    ------
    EffectError
        As `ltsrender.effects.read_preset`.
    """
    documents = Documents(root)
    preset = read_preset(name, documents)
    tree = read_tree(documents.read(name, FOLDER), name)
    targets = targets_of(preset.inserts).items()
    return {
        "kind": "preset",
        "name": name,
        "title": preset.name,
        "intent": preset.intent,
        "note": tree.get("note", ""),
        "chain": tree["inserts"],
        "macros": tree.get("macros", []),
        "lanes": [
            {
                "target": target,
                "unit": parameter.unit,
                "minimum": parameter.minimum,
                "maximum": parameter.maximum,
            }
            for target, parameter in targets
            if parameter.automatable
        ],
    }


def plugin_tree(facts: PluginFacts) -> dict[str, Any]:
    """Return what a plugin says, and what was measured."""
    return {
        "kind": "plugin",
        "name": facts.name,
        "version": facts.version,
        "maker": facts.maker,
        "file": str(facts.file),
        "sha256": facts.sha256,
        "channels": facts.n_channels,
        "latency_declared": facts.declared_samples,
        "latency_measured": facts.measured_samples,
        "trouble": facts.trouble,
        "parameters": parameter_trees(facts.info.parameters),
    }


def scanned_tree(scanned: Scanned) -> dict[str, Any]:
    """Return a plugin that was tried: whether it works, and why not."""
    tree: dict[str, Any] = {
        "name": scanned.name,
        "file": str(scanned.file),
        "works": not scanned.trouble,
        "trouble": scanned.trouble,
    }
    if scanned.facts is not None:
        facts = plugin_tree(scanned.facts)
        kept = ("version", "maker", "channels", "latency_declared", "latency_measured")
        tree |= {key: facts[key] for key in kept}
        tree["n_parameters"] = len(facts["parameters"])
    return tree


def parameter_trees(parameters: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    """Return parameters in the order in which they are shown."""
    return [_parameter_tree(parameter) for parameter in parameters.values()]


def _parameter_tree(parameter: Parameter) -> dict[str, Any]:
    is_number = parameter.kind == "number"
    return {
        "name": parameter.name,
        "kind": parameter.kind,
        "unit": parameter.unit,
        "minimum": parameter.minimum if is_number else None,
        "maximum": parameter.maximum if is_number else None,
        "default": parameter.default,
        "taper": parameter.taper if is_number else "",
        "choices": list(parameter.choices) if parameter.kind == "choice" else [],
        "note_lengths": parameter.takes_note_lengths,
        "moves": parameter.automatable,
        "lane": f"insert/{ANY_ID}/{parameter.name}" if parameter.automatable else "",
    }
