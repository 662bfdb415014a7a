"""From a file to a plan: a session, or the manifest of a render that is to be made again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ltsrender.errors import Problem, SessionError
from ltsrender.render.plan import Selection
from ltsrender.render.resolve import make_plan
from ltsrender.session import Documents, read_session
from ltsrender.stems import PlanFacts, SelectionFacts, SourceFile, document_copies, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ltsrender.render.plan import Plan
    from ltsrender.stems import Manifest

LARGEST_MANIFEST_BYTES = 2**28
MANIFEST_MARK = b'"ltsrender manifest"'
"""Stands in every manifest and, short of a joke, in no session."""


def open_plan(path: Path, selection: Selection | None = None) -> Plan:
    """Read a session, or a manifest, and resolve it.

    Parameters
    ----------
    path
        A ``*.lts.json`` session, or the ``manifest.json`` of an earlier render: then its embedded
        session is rendered, and every sound and model must be the one that was used.
    selection
        The part that is wanted; for a manifest, by default the part that was rendered.

    Raises
    ------
    SessionError
        With everything that is wrong.
    """
    if not _is_manifest(path):
        return make_plan(read_session(path), selection)
    manifest = read_manifest(path)
    folder = path.parent / manifest.session_folder
    session = read_session(folder / manifest.session, Documents(folder, replay=manifest.contents()))
    if selection in (None, Selection()):
        facts = manifest.selection
        selection = Selection(facts.tracks, facts.from_s, facts.to_s)
    try:
        plan = make_plan(session, selection)
    except SessionError as error:
        moved = Problem(
            f"is {manifest.session_folder}, seen from the manifest: sounds and models are looked "
            "for there; a manifest that was moved alone no longer finds them",
            path.name,
            "session_folder",
        )
        raise SessionError([*error.problems, moved]) from None
    problems = [*_changed(plan, manifest, path)]
    if problems:
        raise SessionError(problems)
    return plan


def plan_facts(plan: Plan, out: Path) -> PlanFacts:
    """Return what a manifest in the folder ``out`` says about a plan.

    Raises
    ------
    SessionError
        When the session, or a folder on the way to it, has a name that is not text.
    """
    document = plan.session.document
    return PlanFacts(
        session=_as_text(plan.session.file.name),
        session_folder=_as_text(_seen_from(out, plan.session.folder)),
        documents=document_copies(plan.session.documents.contents),
        sounds={
            name: SourceFile(file=document.sounds[name].file, sha256=sha256)
            for name, sha256 in sorted(plan.sound_hashes.items())
        },
        models={
            name: SourceFile(file=document.models[name].file, sha256=sha256)
            for name, sha256 in sorted(plan.model_hashes.items())
        },
        effects=plan.effect_hashes,
        seed=document.seed,
        track_seeds={track.strip.name: track.seed for track in plan.tracks},
        selection=SelectionFacts(
            tracks=plan.selection.tracks,
            from_s=plan.selection.from_s,
            to_s=plan.selection.to_s,
        ),
        plan_sha256=plan.sha256,
    )


def _is_manifest(path: Path) -> bool:
    try:
        small = path.is_file() and path.stat().st_size <= LARGEST_MANIFEST_BYTES
        return small and MANIFEST_MARK in path.read_bytes()
    except OSError:
        return False  # the session reader says what is wrong with the file


def _changed(plan: Plan, manifest: Manifest, path: Path) -> Iterator[Problem]:
    """Yield a problem for every sound and model that is no longer the one that was rendered."""
    now: Mapping[str, Mapping[str, str]] = {
        "sounds": plan.sound_hashes,
        "models": plan.model_hashes,
    }
    then = {"sounds": manifest.sounds, "models": manifest.models}
    for kind, files in then.items():
        for name, source in files.items():
            if now[kind].get(name, source.sha256) != source.sha256:
                yield Problem(
                    f"is {source.file}, which has changed since this render; bring the old file "
                    "back, or render the session instead of the manifest",
                    path.name,
                    f"{kind}.{name}",
                )
    for name, sha256 in manifest.effects.items():
        if plan.effect_hashes.get(name, sha256) != sha256:
            words = (
                "has changed since this render, an impulse or a plugin; bring the old one back, "
                "or render the session instead of the manifest"
            )
            yield Problem(words, path.name, f"effects.{name}")


def _as_text(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:  # file systems take any bytes, a manifest takes Unicode
        words = "has a name that is not Unicode text, so no manifest can name it; rename it"
        raise SessionError(Problem(words, name)) from None
    return name


def _seen_from(folder: Path, target: Path) -> str:
    try:
        return os.path.relpath(target, folder).replace(os.sep, "/")
    except ValueError:  # another drive of a Windows machine
        return target.absolute().as_posix()
