"""A controller map, by its content: read, and checked for itself.

Whether a MIDI file has its sources, and a track its targets, is for those who bring them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ltsrender.errors import AutomationError, InputError, Problem
from ltsrender.session.controllers import MAP_FORMAT, ControllerMapDocument
from ltsrender.session.jsontext import read_tree
from ltsrender.session.midi import is_midi
from ltsrender.session.movement import controller_faults
from ltsrender.session.problems import told, validate, version_problems
from ltsrender.session.rules import each

if TYPE_CHECKING:
    from ltsrender.session.documents import Documents

VERSIONS = MappingProxyType({1: ControllerMapDocument})


@dataclass(frozen=True)
class OpenedMap:
    """What could be made of a controller map.

    Attributes
    ----------
    content
        The document; None when there are problems.
    tree
        The plain values, as far as they could be read.
    problems
        What is wrong with the file for itself.
    """

    content: ControllerMapDocument | None
    tree: Any
    problems: tuple[Problem, ...]


def open_map(data: bytes, file: str) -> OpenedMap:
    """Return what can be made of the bytes of a controller map; never raises."""
    if is_midi(data):
        problem = Problem("is a MIDI file; a controller map is needed", file)
        return OpenedMap(None, None, (problem,))
    try:
        tree = read_tree(data, file)
    except InputError as error:
        return OpenedMap(None, None, error.problems)
    problems = version_problems(tree, VERSIONS, file) or _not_a_map(tree, file)
    if problems:
        return OpenedMap(None, None, tuple(problems))
    document, faults = validate(VERSIONS[1], tree)
    entries = (
        controller_faults(place, entry, None, file, None) for place, entry in each(tree, "cc_map.*")
    )
    problems = told(tree, chain(faults, *entries), file)
    return OpenedMap(None if problems else document, tree, tuple(problems))


def _not_a_map(tree: Any, file: str) -> list[Problem]:
    found = tree.get("format")
    if isinstance(found, str) and found != MAP_FORMAT:
        return [Problem(f'is "{found}"; needs "{MAP_FORMAT}"', file, "format")]
    if found is None and "tracks" in tree:
        return [Problem("is a session; a controller map is needed", file)]
    return []


def read_map(file: str, documents: Documents, kind: str = "") -> ControllerMapDocument:
    """Return a controller map.

    Raises
    ------
    AutomationError
        With every problem of the file.
    """
    try:
        opened = open_map(documents.read(file, kind), file)
    except InputError as error:
        raise AutomationError(error.problems) from None
    if opened.content is None:
        raise AutomationError(opened.problems)
    return opened.content
