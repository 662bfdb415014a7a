"""A plugin of somebody else's as an insert: what a composer wrote, every word of it checked.

The plugin itself is never loaded in this process: what it is called and what it takes is asked of
a process of its own (`plugin_facts`), and that is where it works, too (`plugin_stage`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ltsrender.effects.plugin_facts import PluginFacts, read_facts
from ltsrender.effects.plugin_process import PluginFault
from ltsrender.effects.plugin_search import (
    FOLDERS_VARIABLE,
    find_named,
    is_installed,
    plugin_folders,
)
from ltsrender.errors import EffectError, InputError, Problem, nearest
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.effects.catalog import EffectInfo
    from ltsrender.session import Documents

TIMEOUT_S = 60.0
_LONGEST_TIMEOUT_S = 86_400.0
_MOST_LATENCY_SAMPLES = 10_000_000


@dataclass(frozen=True)
class PluginInsert:
    """A plugin with all that is needed to load it again exactly so.

    Attributes
    ----------
    name, version
        As the plugin says.
    file
        Its file or bundle.
    sha256
        Of that.
    info
        Its parameters; defaults are its values after the preset and the state.
    preset, state
        The bytes of those files; empty where there are none.
    latency_samples
        What the composer says it is late by; None believes the plugin.
    timeout_s
        How long one answer of the plugin may take.
    name_in_file
        Which plugin of its file; empty for the only one.
    """

    name: str
    file: Path
    sha256: str
    version: str
    info: EffectInfo
    preset: bytes = b""
    state: bytes = b""
    latency_samples: int | None = None
    timeout_s: float = TIMEOUT_S
    name_in_file: str = ""


def read_plugin(
    item: dict[str, Any], documents: Documents, place: str = "", file: str = ""
) -> PluginInsert:
    """Return the plugin that an item of a chain means.

    Parameters
    ----------
    item
        ``{"plugin": path or name, "preset_file", "state_file", "parameters": {plain values},
        "latency_samples", "timeout_s"}``; other keys are not looked at.
    documents
        Reads the preset and the state, so that a manifest keeps them.
    place, file
        Where the item stands, for messages.

    Raises
    ------
    EffectError
        With every problem: a plugin that is missing (with the nearest name) or cannot be loaded,
        files that cannot be read or do not fit it, parameters unknown or out of range.
    """
    reader = _Reader(documents, place, file)
    return reader.read(item)


class _Reader:
    """Collects problems on one walk through an item."""

    def __init__(self, documents: Documents, place: str, file: str) -> None:
        self._documents = documents
        self._place = place
        self._file = file
        self._problems: list[Problem] = []

    def read(self, item: dict[str, Any]) -> PluginInsert:
        preset = self._bytes(item, "preset_file")
        state = self._bytes(item, "state_file")
        latency = self._number(item, "latency_samples", 0, _MOST_LATENCY_SAMPLES, whole=True)
        timeout_s = self._number(item, "timeout_s", 0.001, _LONGEST_TIMEOUT_S)
        patience_s = TIMEOUT_S if timeout_s is None else timeout_s
        found = self._find(item.get("plugin"))
        if found is None or self._problems:
            raise EffectError(self._problems)
        path, name = found
        facts = self._facts(path, name, preset, state, patience_s)
        self._parameters(facts, item.get("parameters"))
        if self._problems:
            raise EffectError(self._problems)
        return PluginInsert(
            facts.name,
            path,
            facts.sha256,
            facts.version,
            facts.info,
            preset,
            state,
            None if latency is None else int(latency),
            patience_s,
            name,
        )

    def _wrong(self, message: str, key: str, suggestion: str = "") -> None:
        place = f"{self._place}.{key}" if self._place else key
        self._problems.append(Problem(message, self._file, place, suggestion))

    def _find(self, wanted: object) -> tuple[Path, str] | None:
        if not (isinstance(wanted, str) and wanted.strip()):
            self._wrong(f"is {found_words(wanted)}; needs the path or name of a plugin", "plugin")
            return None
        path, name, near = find_named(wanted, self._documents.root)
        if path is None:
            folders = ", ".join(map(str, plugin_folders()))
            words = f"is {found_words(wanted)}; no such plugin here or in {folders}"
            self._wrong(words, "plugin", near)
            return None
        if not is_installed(path):  # a program that came along with a session, perhaps
            words = (
                f"is {found_words(wanted)}, a program outside the plugin folders: it is not run; "
                f"if you trust it, put it into one of them, or its folder into {FOLDERS_VARIABLE}"
            )
            self._wrong(words, "plugin")
            return None
        return path, name

    def _facts(
        self, path: Path, name: str, preset: bytes, state: bytes, timeout_s: float
    ) -> PluginFacts:
        try:
            return read_facts(path, name, preset=preset, state=state, timeout_s=timeout_s)
        except PluginFault as fault:
            self._wrong(f'is "{path.name}", which {fault}', "plugin")
            raise EffectError(self._problems) from fault

    def _bytes(self, item: dict[str, Any], key: str) -> bytes:
        name = item.get(key)
        if name is None or name == "":
            return b""
        if not isinstance(name, str):
            self._wrong(f"is {found_words(name)}; needs the name of a file", key)
            return b""
        try:
            data = self._documents.read(name)
        except InputError as error:
            problem = error.problems[0]
            self._wrong(f'is "{name}", which {problem.message}', key, problem.suggestion)
            return b""
        if not data:
            self._wrong(f'is "{name}", which is empty', key)
        return data

    def _number(
        self, item: dict[str, Any], key: str, least: float, most: float, *, whole: bool = False
    ) -> float | None:
        value = item.get(key)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            self._wrong(f"is {found_words(value)}; takes {kind}, {least:g}..{most:g}", key)
            return None
        if not least <= value <= most:
            self._wrong(f"is {found_words(value)}; takes {least:g}..{most:g}", key)
            return None
        return float(value)

    def _parameters(self, facts: PluginFacts, given: object) -> None:
        if given is None:
            return
        if not isinstance(given, dict):
            self._wrong("needs an object of names and values", "parameters")
            return
        for name, value in given.items():
            parameter = facts.info.parameters.get(name)
            if parameter is None:
                near = nearest(str(name), facts.info.parameters)
                self._wrong(f"is no parameter of {facts.name}", f"parameters.{name}", near)
                continue
            objection = parameter.objection(value)
            if objection:
                self._wrong(objection, f"parameters.{name}")
