"""All movement of a session: its lanes, its automation files, and whether they go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.errors import InputError, Problem
from ltsrender.session.automationfile import KIND, AutomationFile, OpenedFile, open_automation
from ltsrender.session.controllermap import OpenedMap, open_map
from ltsrender.session.jsontext import place_text
from ltsrender.session.midi import MidiDocument
from ltsrender.session.movement import controller_faults, lanes_faults, strips, target_faults
from ltsrender.session.problems import Fault, told
from ltsrender.session.rules import each
from ltsrender.session.sources import followed_faults
from ltsrender.session.targets import RIVALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ltsrender.session.controllers import ControllerMapDocument
    from ltsrender.session.documents import Documents
    from ltsrender.session.jsontext import Place
    from ltsrender.session.targets import Strip


class Score:
    """Reads what moves in a session and gathers what is wrong with it.

    Parameters
    ----------
    documents
        Where automation files are read from.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._opened: dict[str, OpenedFile] = {}
        self._unreadable: dict[str, Problem] = {}
        self._maps: dict[str, OpenedMap] = {}
        self._misfits: dict[str, list[Fault]] = {}

    @property
    def maps(self) -> dict[str, ControllerMapDocument]:
        """The controller maps without problems, by the name that the session uses."""
        return {name: file.content for name, file in self._maps.items() if file.content}

    @property
    def files(self) -> dict[str, AutomationFile]:
        """The automation files without problems, by the name that the session uses."""
        return {name: file.content for name, file in self._opened.items() if file.content}

    def problems(self) -> list[Problem]:
        """Return what is wrong inside the automation files, in the order of their first use."""
        found: list[Problem] = []
        both: tuple[Mapping[str, OpenedFile | OpenedMap], ...] = (self._opened, self._maps)
        for name, file in (row for files in both for row in files.items()):
            found += [problem for problem in file.problems if problem not in found]
            misfits = told(file.tree, self._misfits.get(name, []), name)
            found += [problem for problem in misfits if problem not in found]
        return found

    def faults(self, tree: Any) -> Iterator[Fault]:
        """Read every automation file of a session; yield what is wrong in the session itself."""
        for place, part, strip in strips(tree):
            yield from self._strip_faults(place, part, strip)

    def _strip_faults(self, place: Place, tree: Any, strip: Strip) -> Iterator[Fault]:
        claims = _Claims()
        yield from lanes_faults(place, tree, strip)
        for inside, lane in each(tree, "lanes.*"):
            at = (*place, *inside)
            yield from claims.faults(_target(lane), (*at, "target"), place_text(at))
        for inside, reference in each(tree, "automation.*"):
            if isinstance(reference, dict):
                yield from self._reference_faults((*place, *inside), reference, strip, claims)

    def _reference_faults(
        self, place: Place, reference: dict[str, Any], strip: Strip, claims: _Claims
    ) -> Iterator[Fault]:
        name = reference.get("file")
        name = name if isinstance(name, str) else ""
        opened = self._open(name) if name else None
        if name in self._unreadable:
            problem = self._unreadable[name]
            words = f'is "{name}", which {problem.message}'
            yield Fault((*place, "file"), words, problem.suggestion)
        midi = opened.content if opened and isinstance(opened.content, MidiDocument) else None
        if midi and reference.get("pattern") is not None:
            yield from _pattern_faults(place, reference["pattern"], midi)
            midi = _pattern_of(midi, reference["pattern"])
        for inside, entry in each(reference, "cc_map.*"):
            at = (*place, *inside)
            yield from controller_faults(at, entry, midi, name, strip)
            yield from claims.faults(_target(entry), (*at, "target"), place_text(at))
        if isinstance(reference.get("cc_map"), str):
            yield from self._map_faults(place, reference["cc_map"], (midi, name), strip, claims)
        if opened is None or (opened.content is None and opened.tree is None):
            return
        yield from _unfit_keys(place, reference, midi)
        for at, lane in each(opened.tree, "lanes.*"):
            target = _target(lane)
            if isinstance(target, str):
                misfits = target_faults((*at, "target"), target, strip)
                self._misfits.setdefault(name, []).extend(misfits)
            self._misfits.setdefault(name, []).extend(followed_faults(at, lane, strip))
            yield from claims.faults(target, (*place, "file"), f"{name}: {place_text(at)}")

    def _map_faults(
        self,
        place: Place,
        name: str,
        source: tuple[MidiDocument | None, str],
        strip: Strip,
        claims: _Claims,
    ) -> Iterator[Fault]:
        """Yield what is wrong with a map where it is used; keep what is wrong inside it."""
        data = self._read(name) if name else None
        if name in self._unreadable:
            problem = self._unreadable[name]
            words = f'is "{name}", which {problem.message}'
            yield Fault((*place, "cc_map"), words, problem.suggestion)
        if data is None:
            return
        opened = self._maps.setdefault(name, open_map(data, name))
        for at, entry in each(opened.tree, "cc_map.*"):
            misfits = controller_faults(at, entry, *source, strip)
            self._misfits.setdefault(name, []).extend(misfits)
            origin = f"{name}: {place_text(at)}"
            yield from claims.faults(_target(entry), (*place, "cc_map"), origin)

    def _open(self, name: str) -> OpenedFile | None:
        if name not in self._opened:
            data = self._read(name)
            if data is not None:
                self._opened[name] = open_automation(data, name)
        return self._opened.get(name)

    def _read(self, name: str) -> bytes | None:
        if name in self._unreadable:
            return None
        try:
            return self._documents.read(name, KIND)
        except InputError as error:
            self._unreadable[name] = error.problems[0]
            return None


def _target(tree: Any) -> Any:
    return tree.get("target") if isinstance(tree, dict) else None


def _unfit_keys(
    place: Place, reference: dict[str, Any], midi: MidiDocument | None
) -> Iterator[Fault]:
    if midi and not reference.get("cc_map"):
        there = f"{reference['file']} has {midi.controllers_in_words()}"
        yield Fault(place, f'needs "cc_map", which says what its controllers move; {there}')
    if not midi:
        for key, left_out in (("cc_map", []), ("tempo", "session"), ("pattern", None)):
            if reference.get(key, left_out) != left_out:
                yield Fault((*place, key), "is for MIDI files; this automation file is JSON")


def _pattern_of(midi: MidiDocument, pattern: Any) -> MidiDocument:
    is_there = isinstance(pattern, int) and 1 <= pattern <= len(midi.patterns)
    return midi.of_pattern(pattern) if is_there else midi


def _pattern_faults(place: Place, pattern: Any, midi: MidiDocument) -> Iterator[Fault]:
    if isinstance(pattern, int) and pattern > max(len(midi.patterns), 1):
        there = (
            f"{len(midi.patterns)} patterns" if midi.patterns else f"type {midi.kind}, one pattern"
        )
        yield Fault((*place, "pattern"), f"is {pattern}; the file has {there}")


class _Claims:
    """Who moves what on one strip: nothing twice, and never mix beside weights."""

    def __init__(self) -> None:
        self._origins: dict[str, str] = {}

    def faults(self, target: Any, place: Place, origin: str) -> Iterator[Fault]:
        """Yield what speaks against moving ``target`` from ``origin``."""
        if not isinstance(target, str):
            return
        by = f" by {origin}" if place[-1] in ("file", "cc_map") else ""
        if target in self._origins:
            yield Fault(place, f'moves "{target}"{by}; {self._origins[target]} already moves it')
            return
        self._origins[target] = origin
        rival = RIVALS.get(target.split("/")[0])
        for other, where in self._origins.items():
            if rival is not None and other.split("/")[0] == rival:
                words = f'moves "{target}"{by}; {where} moves "{other}"'
                level = "level_" if rival.startswith("level_") else ""
                both = f"{level}mix and {level}weights"
                yield Fault(place, f"{words}, and {both} exclude each other")
                return
