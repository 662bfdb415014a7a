"""Which plugins are there and which of them work: each is tried in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.effects.plugin_facts import PluginFacts, ask_once, read_facts
from ltsrender.effects.plugin_process import PluginFault
from ltsrender.effects.plugin_search import find_named, name_of, plugin_folders, plugins_in
from ltsrender.errors import EffectError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Scanned:
    """A plugin that was tried.

    Attributes
    ----------
    name
        What a chain calls it.
    file
        Its file or bundle.
    facts
        What it says; None where it could not be asked.
    trouble
        Why it cannot be used; empty where it can.
    """

    name: str
    file: Path
    facts: PluginFacts | None
    trouble: str


def scan_plugins(folders: Iterable[Path], timeout_s: float) -> Iterator[Scanned]:
    """Yield every plugin in folders (or the plugins themselves) as soon as it has been tried.

    Parameters
    ----------
    folders
        Where to look, folders within included.
    timeout_s
        How long one plugin may take to load and to answer.
    """
    for file in plugins_in(folders):
        yield from _scanned(file, timeout_s)


def facts_of_plugin(wanted: str, root: Path, timeout_s: float) -> PluginFacts:
    """Return what is known of a plugin by its name or path.

    Raises
    ------
    EffectError
        When there is none, when it cannot be loaded, or when its file holds several.
    """
    path, name, near = find_named(wanted, root)
    if path is None:
        folders = ", ".join(map(str, plugin_folders()))
        words = f'"{wanted}" is no plugin here or in {folders}'
        raise EffectError(Problem(words, suggestion=near))
    try:
        return read_facts(path, name, timeout_s=timeout_s)
    except PluginFault as fault:
        names = [] if name else _names_in(path, fault, timeout_s)
        words = f'"{path.name}" {fault}'
        if len(names) > 1:
            listed = ", ".join(f'"{path.stem}#{each}"' for each in names)
            words = f'"{path.name}" holds several plugins; write one of {listed}'
        raise EffectError(Problem(words)) from fault


def _scanned(file: Path, timeout_s: float) -> Iterator[Scanned]:
    try:
        facts = read_facts(file, timeout_s=timeout_s)
    except PluginFault as fault:
        names = _names_in(file, fault, timeout_s)
        if len(names) < 2:
            yield Scanned(name_of(file), file, None, str(fault))
        for name in names if len(names) > 1 else []:
            yield _one_of_several(file, name, timeout_s)
    else:
        yield Scanned(name_of(file), file, facts, facts.trouble)


def _one_of_several(file: Path, name: str, timeout_s: float) -> Scanned:
    called = f"{file.stem}#{name}"
    try:
        facts = read_facts(file, name, timeout_s=timeout_s)
    except PluginFault as fault:
        return Scanned(called, file, None, str(fault))
    return Scanned(called, file, facts, facts.trouble)


def _names_in(file: Path, fault: PluginFault, timeout_s: float) -> list[str]:
    """Return the names of the plugins in a file that could not be loaded as one.

    None where it crashed or hung: it would again.
    """
    if not fault.is_alive:
        return []
    try:
        answer, _ = ask_once({"do": "names", "file": str(file)}, timeout_s=timeout_s)
    except PluginFault:
        return []
    return [str(name) for name in answer["names"]]
