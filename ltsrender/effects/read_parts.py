"""A walk through a chain and all presets that it leads to: from JSON to parts, every one checked.

A part is an effect, a plugin, a preset, or branches side by side. A preset that is only named
stands flat in the chain; one that has a name of its own, macros, a blend or a bypass is a group.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from ltsrender.effects.complaints import Complaints, Where
from ltsrender.effects.insert import BYPASS, DRY_WET, Branch, Group, Insert
from ltsrender.effects.read_macros import read_macros, set_macros
from ltsrender.effects.read_values import (
    WORD,
    is_word,
    read_blend,
    read_effect,
    read_impulse,
    read_level,
    read_parameters,
    read_sidechain,
)
from ltsrender.errors import EffectError, InputError
from ltsrender.session import read_tree
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.effects.insert import ChainPart
    from ltsrender.effects.macro import Macro
    from ltsrender.session import Documents

FORMAT = "ltsrender effects"
SCHEMA_VERSION = 1
FOLDER = "presets/effects"

_DEEPEST = 8  # presets within presets, and branches within branches
_MOST_INSERTS = 64  # in one chain; presets of presets of presets grow fast
_MOST_BRANCHES = 32  # side by side
_MOST_WAYS = 128  # branches in one chain
_MOST_PRESETS = 256  # read for one chain, the same one again counted again

_PRESET_KEYS = ("format", "schema_version", "name", "intent", "note", "inserts", "macros")
_BLEND_KEYS = (BYPASS, DRY_WET, "note")
_INSERT_KEYS = ("id", "effect", "parameters", "sidechain", "impulse", *_BLEND_KEYS)
_PLUGIN_KEYS = (
    "id",
    "plugin",
    "preset_file",
    "state_file",
    "parameters",
    "latency_samples",
    "timeout_s",
    *_BLEND_KEYS,
)
_NESTED_KEYS = ("preset", "id", "macros", *_BLEND_KEYS)
_PARALLEL_KEYS = ("id", "parallel", *_BLEND_KEYS)
_BRANCH_KEYS = ("name", "chain", "gain_db", "note")
_ALL_KEYS = {*_INSERT_KEYS, *_PLUGIN_KEYS, *_NESTED_KEYS, *_PARALLEL_KEYS, *_BRANCH_KEYS}
_RESERVED = (DRY_WET, BYPASS)
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]+")


class PresetFile(NamedTuple):
    """A preset file as it was read; what could not be read is empty.

    Attributes
    ----------
    tree
        Its JSON object.
    parts, macros
        Its chain, other presets resolved, and its knobs.
    """

    tree: dict[str, Any]
    parts: tuple[ChainPart, ...]
    macros: tuple[Macro, ...]


@dataclass
class PartsReader:
    """Reads chains, and gathers what is wrong on the way.

    Attributes
    ----------
    documents
        Reads preset files.
    complaints
        What is wrong so far.
    """

    documents: Documents
    complaints: Complaints = field(default_factory=Complaints)
    _places: dict[str, str] = field(default_factory=dict)  # where each id was first used
    _opened: list[tuple[str, bytes]] = field(default_factory=list)  # presets we are inside of
    _n_inside: int = 0  # branches that we are inside of
    _n_presets: int = 0
    _n_inserts: int = 0
    _n_ways: int = 0

    def chain(self, chain: object, where: Where) -> tuple[ChainPart, ...]:
        """Return the parts of a chain: a preset's name, or a list."""
        if isinstance(chain, str):
            return self.preset(chain, where).parts
        return self._items(chain, where)

    def preset(self, name: str, where: Where) -> PresetFile:
        """Return what a preset file says."""
        nothing = PresetFile({}, (), ())
        self._n_presets += 1
        if self._n_presets > _MOST_PRESETS:
            if self._n_presets == _MOST_PRESETS + 1:  # told where it happens first, and no more
                self.complaints.wrong(f"leads to more than {_MOST_PRESETS} presets", where)
            return nothing
        try:
            data = self.documents.read(name, FOLDER)
        except InputError as error:
            problem = error.problems[0]
            words = f'is "{name}", which {problem.message}' if where.place else problem.message
            here = Where(where.file or name, where.place)
            self.complaints.wrong(words, here, problem.suggestion)
            return nothing
        way = [*(name for name, _ in self._opened), name]
        if data in [bytes_ for _, bytes_ in self._opened]:
            self.complaints.wrong(f"leads back to itself: {' -> '.join(way)}", where)
            return nothing
        if len(way) > _DEEPEST:
            words = f"nests presets deeper than {_DEEPEST}: {' -> '.join(way)}"
            self.complaints.wrong(words, where)
            return nothing
        try:
            tree = read_tree(data, name)
        except InputError as error:
            self.complaints.passed_on(error)
            return nothing
        self._opened.append((name, data))
        found = self._preset_tree(tree, Where(name, ""))
        self._opened.pop()
        return found

    def _preset_tree(self, tree: Any, where: Where) -> PresetFile:
        if not isinstance(tree, dict):
            words = "is not an effects preset: it needs to be a JSON object"
            self.complaints.wrong(words, where)
            return PresetFile({}, (), ())
        self.complaints.keys(tree, _PRESET_KEYS, where)
        for key, wanted in (("format", FORMAT), ("schema_version", SCHEMA_VERSION)):
            if tree.get(key) != wanted:
                found = f"is {found_words(tree[key])}" if key in tree else "is missing"
                self.complaints.wrong(f'{found}; it must be "{wanted}"', where.key(key))
        for key in ("name", "intent"):
            if not (isinstance(tree.get(key), str) and tree[key].strip()):
                words = "is missing; a preset needs some words here"
                self.complaints.wrong(words, where.key(key))
        parts = self._items(tree.get("inserts"), where.key("inserts"))
        macros = read_macros(tree.get("macros"), parts, where.key("macros"), self.complaints)
        return PresetFile(tree, parts, macros)

    def _items(self, items: object, where: Where) -> tuple[ChainPart, ...]:
        if not isinstance(items, list | tuple):
            self.complaints.wrong("needs a list of inserts", where)
            return ()
        found: list[ChainPart] = []
        for number, item in enumerate(items):
            if self.complaints.is_full:
                break
            if self._n_inserts >= _MOST_INSERTS:
                self.complaints.wrong(f"leads to more than {_MOST_INSERTS} inserts", where)
                break
            found += self._item(_plain(item), where.entry(number))
        return tuple(found)

    def _item(self, item: Any, where: Where) -> tuple[ChainPart, ...]:
        if not isinstance(item, dict):
            words = 'needs an object with "effect", "plugin", "preset" or "parallel"'
            self.complaints.wrong(words, where)
            return ()
        written = _written(item)
        if "preset" in item:
            return self._nested(written, where)
        if "parallel" in item:
            return self._parallel(written, where)
        part = self._plugin(written, where) if "plugin" in item else self._insert(written, where)
        self._n_inserts += part is not None
        return () if part is None else (part,)

    def _insert(self, item: dict[str, Any], where: Where) -> Insert | None:
        self.complaints.keys(item, _INSERT_KEYS, where)
        effect = read_effect(item, where, self.complaints)
        name = self._id(item, item.get("effect"), where)
        bypass, dry_wet = read_blend(item, where, self.complaints)
        if effect is None:
            return None
        here = where.key("parameters")
        parameters = read_parameters(effect, item.get("parameters", {}), here, self.complaints)
        sidechain = read_sidechain(item, effect, where, self.complaints)
        impulse = read_impulse(item, effect, where, self.complaints, self.documents)
        return Insert(name, effect.id, parameters, bypass, dry_wet, sidechain, impulse)

    def _plugin(self, item: dict[str, Any], where: Where) -> Insert | None:
        from ltsrender.effects.plugin import read_plugin  # noqa: PLC0415 - few sessions have any

        self.complaints.keys(item, _PLUGIN_KEYS, where)
        bypass, dry_wet = read_blend(item, where, self.complaints)
        try:
            plugin = read_plugin(item, self.documents, where.place, where.file)
        except EffectError as error:
            self._id(item, None, where)
            self.complaints.passed_on(error)
            return None
        name = self._id(item, _NOT_IN_IDS.sub("_", plugin.name).strip("_").lower()[:64], where)
        here = where.key("parameters")
        given = item.get("parameters", {})
        parameters = read_parameters(plugin.info, given, here, self.complaints)
        return Insert(name, plugin.name, parameters, bypass, dry_wet, plugin=plugin)

    def _nested(self, item: dict[str, Any], where: Where) -> tuple[ChainPart, ...]:
        self.complaints.keys(item, _NESTED_KEYS, where)
        preset = item.get("preset")
        if not (isinstance(preset, str) and preset):
            self.complaints.wrong("needs the name of a preset", where.key("preset"))
            return ()
        if set(item) <= {"preset", "note"}:
            return self.preset(preset, where).parts
        stem = PurePosixPath(preset).name.removesuffix(".json")
        name = self._id(item, _NOT_IN_IDS.sub("-", stem).strip("-")[:64], where)
        bypass, dry_wet = read_blend(item, where, self.complaints)
        with self._inside(where) as may_enter:
            if not may_enter:
                return ()
            file = self.preset(preset, where)
        given, here = item.get("macros", {}), where.key("macros")
        if not file.tree:
            return ()  # what is wrong with it is told; its macros are not known
        parts, macros = set_macros(file.parts, file.macros, given, here, self.complaints)
        return (Group(name, (Branch("", parts),), macros, bypass, dry_wet),)

    def _parallel(self, item: dict[str, Any], where: Where) -> tuple[ChainPart, ...]:
        self.complaints.keys(item, _PARALLEL_KEYS, where)
        name = self._id(item, "parallel", where)
        bypass, dry_wet = read_blend(item, where, self.complaints)
        given, here = item.get("parallel"), where.key("parallel")
        if not isinstance(given, list | tuple) or not 1 <= len(given) <= _MOST_BRANCHES:
            self.complaints.wrong(f"needs a list of branches, 1..{_MOST_BRANCHES}", here)
            return ()
        self._n_ways += len(given)
        if self._n_ways > _MOST_WAYS:
            self.complaints.wrong(f"leads to more than {_MOST_WAYS} branches", here)
            return ()
        branches: list[Branch] = []
        with self._inside(where) as may_enter:
            for number, branch in enumerate(given if may_enter else ()):
                taken = {known.name for known in branches}
                branches += self._branch(branch, number, taken, here.entry(number))
        return (Group(name, tuple(branches), (), bypass, dry_wet),) if branches else ()

    def _branch(self, item: object, number: int, taken: set[str], where: Where) -> list[Branch]:
        if not isinstance(item, dict):
            self.complaints.wrong('needs an object with "name" and "chain"', where)
            return []
        written = _written(item)
        self.complaints.keys(written, _BRANCH_KEYS, where)
        name = written.get("name", str(number + 1))
        if not is_word(name) or name in _RESERVED:
            words = f"{WORD}, and is not {' or '.join(_RESERVED)}"
            self.complaints.wrong(f"is {found_words(name)}; it takes {words}", where.key("name"))
            name = ""
        elif name in taken:
            self.complaints.wrong(f'"{name}" is used twice', where.key("name"))
        gain_db = read_level(written, where, self.complaints)
        parts = self.chain(written.get("chain", ()), where.key("chain"))
        return [Branch(str(name), parts, gain_db)]

    def _id(self, item: dict[str, Any], otherwise: object, where: Where) -> str:
        name = item.get("id", otherwise)
        if not is_word(name):
            if "id" in item:
                words = f"is {found_words(name)}; it takes {WORD} (64 at most)"
                self.complaints.wrong(words, where.key("id"))
            return ""
        name = str(name)
        if name in self._places:
            words = f'"{name}" is used twice; first at {self._places[name]}'
            self.complaints.wrong(words, where.key("id"))
        self._places.setdefault(name, where.words())
        return name

    @contextmanager
    def _inside(self, where: Where) -> Iterator[bool]:
        """Go into a group, unless groups lie too deep in groups."""
        self._n_inside += 1
        if self._n_inside > _DEEPEST:
            self.complaints.wrong(f"nests groups deeper than {_DEEPEST}", where)
        yield self._n_inside <= _DEEPEST
        self._n_inside -= 1


def _written(item: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of an object that say something: null is as if left out."""
    return {key: value for key, value in item.items() if value is not None or key not in _ALL_KEYS}


def _plain(item: Any) -> Any:
    """Return JSON values: the session's pydantic models know how to become them."""
    return item.model_dump(exclude_unset=True) if hasattr(item, "model_dump") else item
