"""From what the composer wrote to lanes that can be asked for values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ltsrender.automation.build import Builder, Surroundings
from ltsrender.automation.lane import Lane
from ltsrender.automation.level import Recording
from ltsrender.automation.midi import lane_from_controller, pattern_of
from ltsrender.automation.movement import Constant
from ltsrender.automation.musical_time import MusicalTime, musical_time_of
from ltsrender.automation.signal import signals_without_channel
from ltsrender.errors import AutomationError, Problem, SoundError
from ltsrender.session import (
    AutomationDocument,
    AutomationReference,
    range_of,
    read_automation,
)
from ltsrender.session.automationfile import controller_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltsrender.automation.movement import Movement
    from ltsrender.automation.tempo import TempoMap
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
    from ltsrender.session.fields import Within

    Ranges = Callable[[str], Within | None]

LARGEST = 1e12


def tempo_map_of(session: Session) -> TempoMap:
    """Return the tempo map that a session writes."""
    return musical_time_of(session.document).tempo


def lanes_of(
    strip: TrackDocument | BusDocument | MasterDocument,
    session: Session,
    time: MusicalTime,
    *,
    place: str = "",
    ranges: Ranges = range_of,
    seed: int = 0,
) -> tuple[Lane, ...]:
    """Return everything that moves on a track, a bus or the master; each target once.

    Parameters
    ----------
    strip
        Part of ``session.document``. That its lanes go together was checked by `read_session`.
    session
        The session, with its automation files.
    time
        The session's tempo, bars and markers.
    place
        Where the strip stands in the session, such as ``tracks[0]``, for messages.
    ranges
        What targets take; None for those that nobody knows.
    seed
        Of the strip: what its modulators' chance begins with.

    Raises
    ------
    AutomationError
        With every moment and value that means nothing here.
    """
    head, file = f"{place}." if place else "", session.file.name
    sounds = {
        name: Recording(session.folder / sound.file, sound.in_s, sound.out_s)
        for name, sound in session.document.sounds.items()
    }
    around = Surroundings(time, sounds=sounds, seed=seed)
    found = _lanes(strip.lanes, around, (file, f"{head}lanes"), 0.0, ranges)
    for index, reference in enumerate(strip.automation):
        content = session.automation[reference.file]
        origin = (file, f"{head}automation[{index}].cc_map")
        entries = reference.cc_map
        if isinstance(entries, str):
            origin, entries = (entries, "cc_map"), session.controller_maps[entries].cc_map
        found += _lanes_of_file(content, reference, around, entries, origin, ranges)
    if around.problems:
        raise AutomationError(around.problems)
    return tuple(found)


def read_lanes(
    file: str,
    documents: Documents,
    time: MusicalTime,
    *,
    start_beats: float = 0.0,
    tempo: str = "session",
    cc_map: Sequence[ControllerDocument] = (),
    pattern: int | None = None,
    sounds: Mapping[str, Recording] | None = None,
    seed: int = 0,
    ranges: Ranges = range_of,
    named: bool = False,
) -> tuple[Lane, ...]:
    """Return the lanes of one automation file, without a session.

    Parameters
    ----------
    file
        The file's name, relative to the documents' root; else the user's or a built-in one.
    documents
        Where it is read from.
    time
        Tempo, bars and markers.
    start_beats
        How much later than written the movement begins.
    tempo, cc_map
        For MIDI: whether the beats follow the tempo map (``"session"``) or the ``"file"``, and
        which controllers move what.
    pattern
        For MIDI of type 2: which of its patterns, from 1; they follow one another when None.
    sounds
        Recordings that its lanes may follow, by name.
    seed
        What the chance of its modulators begins with.
    ranges
        What targets take; None for those that nobody knows.
    named
        Whether lanes that only have a name are wanted too: called by it, in quotation marks.

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
    around = Surroundings(time, sounds=sounds or {}, seed=seed)
    found = _lanes_of_file(
        content, reference, around, cc_map, (file, "cc_map"), ranges, named=named
    )
    if around.problems:
        raise AutomationError(around.problems)
    return tuple(found)


def _lanes_of_file(
    content: AutomationFile,
    reference: AutomationReference,
    around: Surroundings,
    entries: Sequence[ControllerDocument],
    controllers_at: tuple[str, str],
    ranges: Ranges,
    *,
    named: bool = False,
) -> list[Lane]:
    if isinstance(content, AutomationDocument):
        origin = (reference.file, "lanes")
        return _lanes(content.lanes, around, origin, reference.start_beats, ranges, named=named)
    file, place = controllers_at
    content = pattern_of(content, reference.pattern, reference.file)
    return [
        lane_from_controller(
            content,
            entry,
            around.time.tempo,
            start_beats=reference.start_beats,
            tempo=reference.tempo,
            file=file,
            place=f"{place}[{index}]",
        )
        for index, entry in enumerate(entries)
    ]


def _lanes(
    lanes: Sequence[LaneDocument],
    around: Surroundings,
    origin: tuple[str, str],
    start_beats: float,
    ranges: Ranges,
    *,
    named: bool = False,
) -> list[Lane]:
    """Return those of a list of lanes that move something, or all."""
    file, place = origin
    by_name = {
        lane.name: (f"{place}[{index}]", lane)
        for index, lane in enumerate(lanes)
        if lane.name is not None
    }
    found = []
    for index, lane in enumerate(lanes):
        if lane.target is None and not named:
            continue
        target, label = lane.target or f'"{lane.name}"', lane.target or lane.name or ""
        at, allowed = f"{place}[{index}]", ranges(target)
        unit = allowed.unit if allowed else None
        here = replace(around, unit=unit, file=file, lanes=by_name, start_beats=start_beats)
        movement = Builder(here, label, at).movement(lane, at)
        if not -LARGEST <= movement.minimum <= movement.maximum <= LARGEST:
            words = f"may reach values beyond ±{LARGEST:g}; no target goes there"
            around.problems.append(Problem(words, file, at))
            continue
        around.problems.extend(_lost_channels(movement, file, at))
        written = lane.points is not None or isinstance(movement, Constant)
        ends = (allowed.minimum, allowed.maximum) if allowed and not written else ()
        found.append(Lane(target, movement, file, at, True, *ends))
    return found


def _lost_channels(movement: Movement, file: str, place: str) -> list[Problem]:
    try:
        lost = signals_without_channel(movement)
    except SoundError:
        return []  # told with the session's sounds
    return [
        Problem(
            f"reads channel {each.channel + 1} of {each.heard.file.name}, which is mono",
            file,
            place,
        )
        for each in lost
    ]
