"""From what the composer wrote to lanes that can be asked for values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.automation.curve import Breakpoint, Curve
from ltsrender.automation.lane import Lane
from ltsrender.automation.midi import lane_from_controller, pattern_of
from ltsrender.automation.tempo import TempoMap
from ltsrender.errors import AutomationError, Problem
from ltsrender.session import AutomationDocument, AutomationReference, read_automation
from ltsrender.session.automationfile import controller_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.session import (
        AutomationFile,
        BusDocument,
        ControllerDocument,
        Documents,
        LaneDocument,
        MasterDocument,
        Session,
        TrackDocument,
    )


def tempo_map_of(session: Session) -> TempoMap:
    """Return the tempo map that a session writes."""
    return TempoMap([(change.at_beats, change.bpm) for change in session.document.tempo])


def lanes_of(
    strip: TrackDocument | BusDocument | MasterDocument,
    session: Session,
    tempo_map: TempoMap,
    *,
    place: str = "",
) -> tuple[Lane, ...]:
    """Return everything that moves on a track, a bus or the master; each target once.

    Parameters
    ----------
    strip
        Part of ``session.document``. That its lanes go together was checked by `read_session`.
    session
        The session, with its automation files.
    tempo_map
        The session's.
    place
        Where the strip stands in the session, such as ``tracks[0]``, for messages.
    """
    head, file = f"{place}." if place else "", session.file.name
    found = [
        _lane(lane, tempo_map, 0.0, file, f"{head}lanes[{index}]")
        for index, lane in enumerate(strip.lanes)
    ]
    for index, reference in enumerate(strip.automation):
        content = session.automation[reference.file]
        origin = (file, f"{head}automation[{index}].cc_map")
        entries = reference.cc_map
        if isinstance(entries, str):
            origin, entries = (entries, "cc_map"), session.controller_maps[entries].cc_map
        found += _lanes_of_file(content, reference, tempo_map, entries, origin)
    return tuple(found)


def read_lanes(
    file: str,
    documents: Documents,
    tempo_map: TempoMap,
    *,
    start_beats: float = 0.0,
    tempo: str = "session",
    cc_map: Sequence[ControllerDocument] = (),
    pattern: int | None = None,
) -> tuple[Lane, ...]:
    """Return the lanes of one automation file, without a session.

    Parameters
    ----------
    file
        The file's name, relative to the documents' root; else the user's or a built-in one.
    documents
        Where it is read from.
    tempo_map
        Turns the file's beats into seconds.
    start_beats
        How much later than written the movement begins.
    tempo, cc_map
        For MIDI: whether the beats follow ``tempo_map`` (``"session"``) or the ``"file"``, and
        which controllers move what.
    pattern
        For MIDI of type 2: which of its patterns, from 1; they follow one another when None.

    Raises
    ------
    AutomationError
        With every problem of the file, and of the controllers that are asked of it.
    """
    content = read_automation(file, documents)
    if not isinstance(content, AutomationDocument):
        content = pattern_of(content, pattern, file)
        problems = controller_problems(cc_map, content, file)
        if not cc_map:
            words = f"needs a cc_map; it has {content.controllers_in_words()}"
            problems = [Problem(words, file)]
        if problems:
            raise AutomationError(problems)
    reference = AutomationReference.model_validate(
        {"file": file, "start_beats": start_beats, "tempo": tempo}
    )
    return tuple(_lanes_of_file(content, reference, tempo_map, cc_map, (file, "cc_map")))


def _lanes_of_file(
    content: AutomationFile,
    reference: AutomationReference,
    tempo_map: TempoMap,
    entries: Sequence[ControllerDocument],
    controllers_at: tuple[str, str],
) -> list[Lane]:
    if isinstance(content, AutomationDocument):
        return [
            _lane(lane, tempo_map, reference.start_beats, reference.file, f"lanes[{index}]")
            for index, lane in enumerate(content.lanes)
        ]
    file, place = controllers_at
    content = pattern_of(content, reference.pattern, reference.file)
    return [
        lane_from_controller(
            content,
            entry,
            tempo_map,
            start_beats=reference.start_beats,
            tempo=reference.tempo,
            file=file,
            place=f"{place}[{index}]",
        )
        for index, entry in enumerate(entries)
    ]


def _lane(
    lane: LaneDocument, tempo_map: TempoMap, start_beats: float, file: str, place: str
) -> Lane:
    later = start_beats if lane.time == "beats" else tempo_map.seconds_at(start_beats)
    points = [Breakpoint(later + point.at, point.value, point.shape) for point in lane.points]
    return Lane(lane.target, Curve(points), lane.time, tempo_map, file, place)
