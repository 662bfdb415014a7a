"""One automation file, JSON or MIDI, by its content: read, and checked for itself.

Whether its lanes fit a track is for `ltsrender.session.score`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ltsrender.errors import AutomationError, InputError, Problem
from ltsrender.session.controllers import MAP_FORMAT
from ltsrender.session.jsontext import read_tree
from ltsrender.session.lanes import AutomationDocument
from ltsrender.session.midi import MidiDocument, is_midi, read_midi
from ltsrender.session.movement import controller_faults, lanes_faults
from ltsrender.session.problems import told, validate, version_problems
from ltsrender.session.rules import each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.session.controllers import ControllerDocument
    from ltsrender.session.documents import Documents

AutomationFile = AutomationDocument | MidiDocument

KIND = "automation"  # the folder of automation files in a library
FORMAT = "ltsrender automation"
VERSIONS = MappingProxyType({1: AutomationDocument})


@dataclass(frozen=True)
class OpenedFile:
    """What could be made of an automation file.

    Attributes
    ----------
    content
        The document; None when there are problems.
    tree
        The plain values of a JSON file, as far as they could be read.
    problems
        What is wrong with the file for itself.
    """

    content: AutomationFile | None
    tree: Any
    problems: tuple[Problem, ...]


def open_automation(data: bytes, file: str) -> OpenedFile:
    """Return what can be made of the bytes of an automation file; never raises."""
    tree = None
    try:
        if is_midi(data):
            return OpenedFile(read_midi(data, file), None, ())
        tree = read_tree(data, file)
    except InputError as error:
        return OpenedFile(None, None, error.problems)
    problems = version_problems(tree, VERSIONS, file) or _not_automation(tree, file)
    if problems:
        return OpenedFile(None, None, tuple(problems))
    document, faults = validate(VERSIONS[1], tree)
    problems = told(tree, chain(faults, lanes_faults((), tree, None)), file)
    return OpenedFile(None if problems else document, tree, tuple(problems))


def _not_automation(tree: Any, file: str) -> list[Problem]:
    if "format" not in tree and "tracks" in tree:
        return [Problem("is a session; an automation file is needed here", file)]
    if tree.get("format") == MAP_FORMAT:
        words = (
            'is a controller map, which stands under "cc_map"; an automation file is needed here'
        )
        return [Problem(words, file)]
    if isinstance(tree.get("format"), str) and tree["format"] != FORMAT:
        return [Problem(f'is "{tree["format"]}"; needs "{FORMAT}"', file, "format")]
    return []


def read_automation(file: str, documents: Documents) -> AutomationFile:
    """Return an automation file: lanes from JSON, controllers from MIDI.

    Parameters
    ----------
    file
        Its name, relative to the documents' root; else the user's or a built-in one.
    documents
        Where it is read from.

    Raises
    ------
    AutomationError
        With every problem of the file.
    """
    return read_with_tree(file, documents)[0]


def read_with_tree(file: str, documents: Documents) -> tuple[AutomationFile, Any]:
    """Return an automation file as `read_automation` does, and a JSON file's plain values."""
    try:
        opened = open_automation(documents.read(file, KIND), file)
    except InputError as error:
        raise AutomationError(error.problems) from None
    if opened.content is None:
        raise AutomationError(opened.problems)
    return opened.content, opened.tree


def controller_problems(
    entries: Sequence[ControllerDocument], midi: MidiDocument, file: str
) -> list[Problem]:
    """Return what is wrong with a cc_map that is used without a session."""
    tree = {"cc_map": [entry.model_dump(exclude_none=True) for entry in entries]}
    faults = [
        fault
        for place, entry in each(tree, "cc_map.*")
        for fault in controller_faults(place, entry, midi, file, None)
    ]
    return told(tree, faults, file)
