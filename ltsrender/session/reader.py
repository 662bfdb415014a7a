"""Session file in, `Session` out; or every mistake of the session and its automation at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ltsrender.errors import InputError, Problem, SessionError
from ltsrender.session.automationfile import FORMAT as AUTOMATION_FORMAT
from ltsrender.session.document import SessionDocument, Strip
from ltsrender.session.documents import Documents
from ltsrender.session.jsontext import read_tree
from ltsrender.session.locate import session_in, what_is
from ltsrender.session.midi import MidiDocument, is_midi
from ltsrender.session.mixrules import mix_faults
from ltsrender.session.problems import told, validate, version_problems
from ltsrender.session.rules import session_faults
from ltsrender.session.score import Score
from ltsrender.session.tempo import tempo_warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltsrender.session.automationfile import AutomationFile
    from ltsrender.session.controllers import ControllerMapDocument

VERSIONS = MappingProxyType({1: SessionDocument})


@dataclass(frozen=True)
class Session:
    """A session as written, checked, with everything that was read for it.

    Attributes
    ----------
    document
        What the session file says.
    file
        The session file.
    folder
        Its folder, which all names are relative to.
    documents
        Every text and MIDI file that was read, byte for byte.
    automation
        The automation files by the name that the session uses, read and checked.
    controller_maps
        The controller maps by the name that the session uses.
    warnings
        What is allowed but may not be meant.
    """

    document: SessionDocument
    file: Path
    folder: Path
    documents: Documents
    automation: Mapping[str, AutomationFile]
    controller_maps: Mapping[str, ControllerMapDocument] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read_session(path: str | Path, documents: Documents | None = None) -> Session:
    """Return a session with its automation files, all checked.

    Parameters
    ----------
    path
        The session file (``*.lts.json``).
    documents
        Where files are read from; by default the disk, names relative to the session's folder.

    Raises
    ------
    SessionError
        With every problem of the session and of all its automation files. Sounds, models and
        effects are looked at when a plan is made.
    """
    path = Path(path)
    documents = Documents(path.parent) if documents is None else documents
    tree = _session_tree(path, documents)
    document, faults = validate(VERSIONS[1], tree)
    score = Score(documents)
    everything = chain(faults, session_faults(tree), mix_faults(tree), score.faults(tree))
    problems = [*told(tree, everything, path.name), *score.problems()]
    if document is None or problems:
        raise SessionError(problems)
    files = score.files
    return Session(
        document=document,
        file=path,
        folder=documents.root,
        documents=documents,
        automation=MappingProxyType(files),
        controller_maps=MappingProxyType(score.maps),
        warnings=tuple(dict.fromkeys(_warnings(document, files))),
    )


def _session_tree(path: Path, documents: Documents) -> Any:
    try:
        data = documents.read(path.name)
    except InputError as error:
        found = replace(error.problems[0], file=path)
        if what_is(path) == "folder":
            near = session_in(path)
            found = Problem("is a folder; its session file is needed", path, suggestion=near)
        raise SessionError(found) from None
    if is_midi(data):
        raise SessionError(Problem("is a MIDI file; a session is needed", path.name))
    try:
        tree = read_tree(data, path.name)
    except InputError as error:
        raise SessionError(error.problems) from None
    problems = version_problems(tree, VERSIONS, path.name) or _not_a_session(tree, path.name)
    if problems:
        raise SessionError(problems)
    return tree


def _not_a_session(tree: Any, file: str) -> list[Problem]:
    if tree.get("format") == AUTOMATION_FORMAT:
        return [Problem("is an automation file; a session is needed", file)]
    return []


def _warnings(document: SessionDocument, files: Mapping[str, AutomationFile]) -> Iterator[str]:
    tempo = tuple((each.at_beats, each.bpm, each.shape == "linear") for each in document.tempo)
    parts: tuple[Strip, ...] = (*document.tracks, *document.buses, document.master)
    for strip in parts:
        for reference in strip.automation:
            midi = files[reference.file]
            if isinstance(midi, MidiDocument) and reference.tempo == "session":
                warning = tempo_warning(midi, tempo, reference.start_beats, reference.file)
                if warning:
                    yield warning
