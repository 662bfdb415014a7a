"""The presets that a name can mean: beside the session, the user's own, and built in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.effects.read_parts import FOLDER
from ltsrender.errors import InputError
from ltsrender.session import Documents, read_tree
from ltsrender.session.locate import built_in_folder, candidates, user_folder, what_is

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class PresetFound:
    """A preset file, looked at but not checked.

    Attributes
    ----------
    name
        What a chain calls it.
    file
        Where it is.
    title, intent
        As it says; empty where it does not.
    trouble
        Why it cannot be read; else empty.
    """

    name: str
    file: Path
    title: str = ""
    intent: str = ""
    trouble: str = ""


def presets_from(root: Path) -> list[PresetFound]:
    """Return every preset that can be named in a session in the folder ``root``.

    Of two with one name the first counts, as in a session: beside it, the user's own, built in.
    """
    found: dict[str, PresetFound] = {}
    for base in (root, user_folder(), built_in_folder()):
        for file in sorted((base / FOLDER).glob("*.json")):
            found.setdefault(file.stem, _looked_at(file))
    return [found[name] for name in sorted(found)]


def is_preset(name: str, root: Path) -> bool:
    """Return whether a name leads to a preset file, from the folder ``root``."""
    return any(what_is(candidate.path) == "file" for candidate in candidates(name, FOLDER, root))


def _looked_at(file: Path) -> PresetFound:
    try:
        tree = read_tree(Documents(file.parent).read(file.name), file.name)
    except InputError as error:
        return PresetFound(file.stem, file, trouble=error.problems[0].message)
    if not isinstance(tree, dict):
        return PresetFound(file.stem, file, trouble="needs to be a JSON object")
    words = {key: value for key, value in tree.items() if isinstance(value, str)}
    return PresetFound(file.stem, file, words.get("name", ""), words.get("intent", ""))
