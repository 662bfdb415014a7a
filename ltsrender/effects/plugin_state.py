"""A plugin's state as a file: what a preset and some values make of it, kept for sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ltsrender.effects.plugin import TIMEOUT_S, read_plugin
from ltsrender.effects.plugin_facts import ask_once, read_facts
from ltsrender.effects.plugin_process import PluginFault
from ltsrender.errors import EffectError, Problem, nearest
from ltsrender.safefile import check_target, written_beside

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ltsrender.effects.catalog import Parameter, Value
    from ltsrender.effects.plugin import PluginInsert
    from ltsrender.session import Documents

_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
_NEAR = 2e-3  # of the range: raw values are float32, and a text shows few digits


@dataclass(frozen=True)
class SavedState:
    """What was written.

    Attributes
    ----------
    plugin
        Whose state it is.
    n_bytes
        Of the file.
    lost
        Sentences about values that did not come back when the state was loaded again.
    """

    plugin: PluginInsert
    n_bytes: int
    lost: tuple[str, ...]


def save_state(
    item: dict[str, Any],
    settings: Iterable[tuple[str, str]],
    documents: Documents,
    target: Path,
) -> SavedState:
    """Write the state of a plugin to a file that an insert's ``state_file`` reads.

    Parameters
    ----------
    item
        As `ltsrender.effects.plugin.read_plugin` takes: the plugin, perhaps a preset or a state to
        begin with.
    settings
        Names of parameters with values as a composer types them.
    documents
        Reads the preset and the state.
    target
        The file to write.

    Raises
    ------
    EffectError
        When the plugin, a file or a value is wrong, or the plugin fails.
    RenderError
        When the file cannot be written.
    """
    check_target(target)
    plugin = read_plugin(item, documents)
    values = _values(plugin, settings)
    table = plugin.info.parameters
    header = {
        "do": "state",
        "file": str(plugin.file),
        "name": plugin.name_in_file,
        "n_preset": len(plugin.preset),
        "values": {table[name].native: value for name, value in values.items()},
    }
    timeout_s = float(item.get("timeout_s") or TIMEOUT_S)
    try:
        _, state = ask_once(header, plugin.preset + plugin.state, timeout_s)
        again = read_facts(plugin.file, plugin.name_in_file, state=state, timeout_s=timeout_s)
    except PluginFault as fault:
        raise EffectError(Problem(f'"{plugin.file.name}" {fault}')) from fault
    with written_beside(target) as part:
        part.write_bytes(state)
    lost = []
    for name, parameter in table.items():
        wanted, found = values.get(name, parameter.default), again.info.parameters[name].default
        if not _is_near(parameter, wanted, found):
            lost.append(f"{name} was {_shown(wanted)} and came back as {_shown(found)}")
    return SavedState(plugin, len(state), tuple(lost))


def _values(plugin: PluginInsert, settings: Iterable[tuple[str, str]]) -> dict[str, Value]:
    table = plugin.info.parameters
    values: dict[str, Value] = {}
    problems = []
    for name, text in settings:
        if name not in table:
            words = f'"{name}" is no parameter of {plugin.name}'
            problems.append(Problem(words, place="--set", suggestion=nearest(name, table)))
            continue
        value = _value(table[name], text)
        objection = table[name].objection(value)
        if not objection and table[name].kind == "number" and isinstance(value, str):
            objection = f'is "{value}"; a state has no tempo, so it needs a number'
        if objection:
            problems.append(Problem(objection, place=f'--set "{name}"'))
        values[name] = value
    if problems:
        raise EffectError(problems)
    return values


def _value(parameter: Parameter, text: str) -> Value:
    """Return what somebody typed; words that fit nothing stay words, to be objected to."""
    if parameter.kind == "switch":
        return _WORDS.get(text.lower(), text)
    if parameter.kind == "choice":
        near = {choice.lower(): choice for choice in parameter.choices}
        return near.get(text.lower(), text)
    try:
        return float(text)
    except ValueError:
        return text


def _is_near(parameter: Parameter, wanted: Value, found: Value) -> bool:
    if parameter.kind != "number":
        return wanted == found
    span = parameter.maximum - parameter.minimum
    return abs(float(wanted) - float(found)) <= _NEAR * span


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"
