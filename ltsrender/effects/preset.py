"""From what a composer wrote, a chain or a preset's name, to inserts with every value checked.

A preset is a JSON file: a name, a sentence of intent, and inserts, each an effect or another
preset. Whatever is wrong, in the chain and in every preset it leads to, is told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ltsrender.effects.catalog import EFFECTS, LEFT_OUT, EffectInfo, Value
from ltsrender.effects.insert import Insert
from ltsrender.errors import EffectError, InputError, Problem, nearest
from ltsrender.session import read_tree
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ltsrender.session import Documents

FORMAT = "ltsrender effects"
SCHEMA_VERSION = 1
FOLDER = "presets/effects"

_DEEPEST = 8  # presets within presets
_MOST_INSERTS = 64  # in one chain; presets of presets of presets grow fast
_MOST_PRESETS = 256  # read for one chain, the same one again counted again
_MOST_PROBLEMS = 100
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PRESET_KEYS = ("format", "schema_version", "name", "intent", "note", "inserts")
_INSERT_KEYS = ("id", "effect", "parameters", "bypass", "note")
_NESTED_KEYS = ("preset", "note")


@dataclass(frozen=True)
class Preset:
    """A chain with a name.

    Attributes
    ----------
    name
        What people call it.
    intent
        One sentence: what it is for.
    inserts
        The chain, other presets resolved.
    """

    name: str
    intent: str
    inserts: tuple[Insert, ...]


def read_chain(
    chain: str | Sequence[Any] | None,
    documents: Documents,
    *,
    file: str = "",
    place: str = "chain",
) -> tuple[Insert, ...]:
    """Return the inserts that a chain in a session means.

    Parameters
    ----------
    chain
        A preset's name, or a list of inserts and ``{"preset": name}`` (JSON objects or the
        session's pydantic models); ``None`` is no effects.
    documents
        Reads preset files: beside the session, then the user's, then the built-in ones.
    file, place
        Where the chain stands, for messages.

    Raises
    ------
    EffectError
        With every problem: unknown effects and parameters (with the nearest), values of the wrong
        kind or outside their range, an id used twice, missing presets, presets that lead back to
        themselves.
    """
    reader = _Reader(documents)
    if isinstance(chain, str):
        reader.preset(chain, file, place)
    elif chain is not None:
        reader.items(chain, file, place)
    return reader.result()


def read_preset(name: str, documents: Documents) -> Preset:
    """Return a preset by its name or file.

    Raises
    ------
    EffectError
        As `read_chain`.
    """
    reader = _Reader(documents)
    tree = reader.preset(name, "", "")
    inserts = reader.result()
    return Preset(tree["name"], tree["intent"], inserts)


def complete(effect: EffectInfo, given: dict[str, Value]) -> dict[str, Value]:
    """Return every parameter of an effect: those given, and defaults for the others."""
    table = effect.parameters.items()
    return {name: given.get(name, parameter.default) for name, parameter in table}


@dataclass
class _Reader:
    """Collects inserts and problems on one walk through a chain and its presets."""

    documents: Documents
    problems: list[Problem] = field(default_factory=list)
    inserts: list[Insert] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # where each insert id was first used
    opened: list[tuple[str, bytes]] = field(default_factory=list)  # the presets we are inside of
    n_read: int = 0  # presets so far

    def result(self) -> tuple[Insert, ...]:
        if self.problems:
            raise EffectError(self.problems)
        return tuple(self.inserts)

    @property
    def is_full(self) -> bool:
        """Whether there are problems enough: a hostile file could have thousands."""
        return len(self.problems) >= _MOST_PROBLEMS

    def wrong(self, message: str, file: str, place: str, suggestion: str = "") -> None:
        problem = Problem(message, file, place, suggestion)
        if problem not in self.problems and not self.is_full:  # a preset used twice: told once
            self.problems.append(problem)

    def preset(self, name: str, file: str, place: str) -> Any:
        """Read a preset file and its inserts; return its tree."""
        self.n_read += 1
        if self.n_read > _MOST_PRESETS:
            if self.n_read == _MOST_PRESETS + 1:  # told where it happens first, and no more
                self.wrong(f"leads to more than {_MOST_PRESETS} presets", file, place)
            return {}
        try:
            data = self.documents.read(name, FOLDER)
        except InputError as error:
            problem = error.problems[0]
            words = f'is "{name}", which {problem.message}' if place else problem.message
            self.wrong(words, file or name, place, problem.suggestion)
            return {}
        way = [*(name for name, _ in self.opened), name]
        if data in [bytes_ for _, bytes_ in self.opened]:
            self.wrong(f"leads back to itself: {' -> '.join(way)}", file, place)
            return {}
        if len(way) > _DEEPEST:
            self.wrong(f"nests presets deeper than {_DEEPEST}: {' -> '.join(way)}", file, place)
            return {}
        try:
            tree = read_tree(data, name)
        except InputError as error:
            for problem in error.problems:
                self.wrong(problem.message, str(problem.file), problem.place, problem.suggestion)
            return {}
        self.opened.append((name, data))
        self.preset_tree(tree, name)
        self.opened.pop()
        return tree

    def preset_tree(self, tree: Any, file: str) -> None:
        if not isinstance(tree, dict):
            self.wrong("is not an effects preset: it needs to be a JSON object", file, "")
            return
        self.keys(tree, _PRESET_KEYS, file, "")
        for key, wanted in (("format", FORMAT), ("schema_version", SCHEMA_VERSION)):
            if tree.get(key) != wanted:
                found = f"is {found_words(tree[key])}" if key in tree else "is missing"
                self.wrong(f'{found}; it must be "{wanted}"', file, key)
        for key in ("name", "intent"):
            if not (isinstance(tree.get(key), str) and tree[key].strip()):
                self.wrong("is missing; a preset needs some words here", file, key)
        self.items(tree.get("inserts"), file, "inserts")

    def items(self, items: Any, file: str, place: str) -> None:
        if not isinstance(items, list | tuple):
            self.wrong("needs a list of inserts", file, place)
            return
        for number, item in enumerate(items):
            if self.is_full:
                return
            if len(self.inserts) >= _MOST_INSERTS:
                self.wrong(f"leads to more than {_MOST_INSERTS} inserts", file, place)
                return
            self.item(_plain(item), file, f"{place}[{number}]")

    def item(self, item: Any, file: str, place: str) -> None:
        if not isinstance(item, dict):
            self.wrong('needs an object with "effect" or "preset"', file, place)
        elif "preset" in item:
            self.keys(item, _NESTED_KEYS, file, place)
            if isinstance(item["preset"], str) and item["preset"]:
                self.preset(item["preset"], file, place)
            else:
                self.wrong("needs the name of a preset", file, f"{place}.preset")
        else:
            self.insert(item, file, place)

    def insert(self, item: dict[str, Any], file: str, place: str) -> None:
        self.keys(item, _INSERT_KEYS, file, place)
        effect = self.effect(item, file, place)
        name = self.id(item, file, place)
        bypass = item.get("bypass", False)
        if not isinstance(bypass, bool):
            self.wrong(f"is {found_words(bypass)}; it is true or false", file, f"{place}.bypass")
        given = item.get("parameters", {})
        if not isinstance(given, dict):
            self.wrong("needs an object of names and values", file, f"{place}.parameters")
        elif effect is not None:
            checked = self.parameters(effect, given, file, f"{place}.parameters")
            self.inserts.append(Insert(name, effect.id, complete(effect, checked), bool(bypass)))

    def effect(self, item: dict[str, Any], file: str, place: str) -> EffectInfo | None:
        if "effect" not in item:
            self.wrong('needs "effect" or "preset"', file, place)
            return None
        found = item["effect"]
        if isinstance(found, str) and found in EFFECTS:
            return EFFECTS[found]
        place = f"{place}.effect"
        if isinstance(found, str) and found in LEFT_OUT:
            self.wrong(f'"{found}" is left out: {LEFT_OUT[found]}', file, place)
        else:
            self.wrong(
                f"is {found_words(found)}; no such effect",
                file,
                place,
                nearest(str(found), EFFECTS),
            )
        return None

    def id(self, item: dict[str, Any], file: str, place: str) -> str:
        name = item.get("id", item.get("effect"))
        if not (isinstance(name, str) and _ID.fullmatch(name)):
            if "id" in item:
                allowed = "letters, digits, - and _ (64 at most)"
                self.wrong(f"is {found_words(name)}; it takes {allowed}", file, f"{place}.id")
            return ""
        here = f"{file}: {place}" if file else place
        if name in self.places:
            first = self.places[name]
            self.wrong(f'"{name}" is used twice; first at {first}', file, f"{place}.id")
        self.places.setdefault(name, here)
        return name

    def parameters(
        self, effect: EffectInfo, given: dict[str, Any], file: str, place: str
    ) -> dict[str, Value]:
        self.keys(given, effect.parameters, file, place)
        checked: dict[str, Value] = {}
        for name, parameter in effect.parameters.items():
            if name not in given:
                continue
            value = given[name]
            objection = parameter.objection(value)
            if objection:
                self.wrong(objection, file, f"{place}.{name}")
            else:
                checked[name] = parameter.read(value)
        return checked

    def keys(self, tree: dict[str, Any], allowed: Iterable[str], file: str, place: str) -> None:
        allowed = list(allowed)
        for key in tree:
            if self.is_full:
                return
            if key not in allowed:
                here = f"{place}.{key}" if place else key
                words = f"; allowed: {', '.join(allowed)}" if allowed else ""
                self.wrong(f"is not known here{words}", file, here, nearest(key, allowed))


def _plain(item: Any) -> Any:
    """Return JSON values: the session's pydantic models know how to become them."""
    return item.model_dump(exclude_unset=True) if hasattr(item, "model_dump") else item
