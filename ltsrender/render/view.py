"""From a file to lanes that people look at: an automation file, or a session's strips."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation import MusicalTime, Recording, musical_time_of, read_lanes
from ltsrender.automation.view import Shown, View
from ltsrender.effects import targets_of
from ltsrender.errors import AutomationError, Problem
from ltsrender.render.describe import track_of
from ltsrender.render.follow import range_on
from ltsrender.render.open import LARGEST_MANIFEST_BYTES, open_plan
from ltsrender.session import AutomationDocument, Documents, range_of, read_automation
from ltsrender.session.midi import is_midi
from ltsrender.stems.manifest import FORMAT as MANIFEST_FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ltsrender.automation import Lane
    from ltsrender.render.plan import Plan, Strip
    from ltsrender.session.fields import Within

    Ranges = Callable[[str], Within | None]


def is_session(path: Path) -> bool:
    """Return whether a file is a session or a manifest, rather than automation."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_MANIFEST_BYTES:
            return False  # whoever reads it as automation says what is wrong with it
        data = path.read_bytes()
    except OSError:
        return False
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return path.name.endswith(".lts.json")
    if not isinstance(tree, dict) or "lanes" in tree:
        return False
    return bool(tree.get("format", MANIFEST_FORMAT) == MANIFEST_FORMAT)  # a session says none


def is_midi_file(path: Path) -> bool:
    """Return whether a file begins as MIDI files do."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return is_midi(file.read(12))
    except OSError:
        return False


def view_of_file(path: Path, session: Path | None = None, track: str | None = None) -> View:
    """Return the lanes of an automation file, those that only have a name among them.

    Parameters
    ----------
    path
        The file; else the user's or a built-in one of that name.
    session
        A session whose tempo, bars, markers and sounds it is read with.
    track
        The track of the session whose chance and effects it is read with; the first without.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    documents = Documents(path.parent)
    content = read_automation(path.name, documents)
    if not isinstance(content, AutomationDocument):
        words = f"is a MIDI file with {content.controllers_in_words()}; it has no lanes of its own"
        raise AutomationError(Problem(words, path))
    if session is None:
        lanes = read_lanes(path.name, documents, MusicalTime(), named=True)
        return View(path.name, shown_lanes(lanes, range_of))
    plan = open_plan(session)
    chosen = track_of(plan, track)
    document = plan.session.document
    time = musical_time_of(document)
    ranges = partial(range_on, targets_of(chosen.strip.inserts))
    sounds = {
        name: Recording(plan.session.folder / sound.file, sound.in_s, sound.out_s)
        for name, sound in document.sounds.items()
    }
    lanes = read_lanes(
        path.name,
        documents,
        time,
        sounds=sounds,
        seed=chosen.seed,
        ranges=ranges,
        named=True,
    )
    return View(path.name, shown_lanes(lanes, ranges), time, has_session=True)


def views_of_session(plan: Plan) -> Iterator[View]:
    """Yield what moves on each strip of a session: its tracks, its buses, the master."""
    time, rate = musical_time_of(plan.session.document), plan.sample_rate_hz
    for track in plan.tracks:
        span_s = (track.start_sample / rate, (track.start_sample + track.n_samples) / rate)
        yield _view_of_strip(track.strip, time, span_s)
    for strip in (*(bus.strip for bus in plan.buses), plan.master):
        yield _view_of_strip(strip, time, (0.0, plan.n_samples / rate))


def view_of_track(plan: Plan, track: str | None = None) -> View:
    """Return what moves on one track of a session, by its name; on the first without.

    Raises
    ------
    InputError
        When the session has no such track.
    """
    return list(views_of_session(plan))[plan.tracks.index(track_of(plan, track))]


def view_of_all(plan: Plan, name: str) -> View:
    """Return what moves in a session, under a name: each lane says which strip it belongs to."""
    views = list(views_of_session(plan))
    lanes = [replace(shown, strip=view.name) for view in views for shown in view.lanes]
    span_s = (0.0, plan.n_samples / plan.sample_rate_hz)
    return View(name, tuple(lanes), views[0].time, has_session=True, span_s=span_s)


def _view_of_strip(strip: Strip, time: MusicalTime, span_s: tuple[float, float]) -> View:
    """Return a view of the lanes of a strip that somebody wrote."""
    ranges = partial(range_on, targets_of(strip.inserts))
    written = [lane for lane in strip.lanes.values() if lane.place or lane.minimum < lane.maximum]
    return View(strip.name, shown_lanes(written, ranges), time, has_session=True, span_s=span_s)


def shown_lanes(lanes: Sequence[Lane], ranges: Ranges) -> tuple[Shown, ...]:
    """Return lanes with what is known about their targets.

    Parameters
    ----------
    lanes
        The lanes.
    ranges
        From a target to what it takes; None where nobody knows.
    """
    found = []
    for lane in lanes:
        allowed = ranges(lane.target)
        ends = (allowed.minimum, allowed.maximum) if allowed else (-np.inf, np.inf)
        found.append(Shown(lane, allowed.unit if allowed else "", *ends))
    return tuple(found)
