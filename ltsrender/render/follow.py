"""Lanes that follow: sounds, other tracks, the tempo; and what must be heard before what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ltsrender.automation import (
    Breakpoint,
    Curve,
    Drawn,
    Lane,
    bound,
    levels_of,
    tracks_followed,
)
from ltsrender.errors import Problem
from ltsrender.render.plan import Listened
from ltsrender.render.wiring import Part, edges_of, upstream
from ltsrender.session import AutomationDocument, SourceDocument, range_of
from ltsrender.session.fields import DAY_S, Within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ltsrender.automation import Levels, TempoMap
    from ltsrender.effects.catalog import Parameter
    from ltsrender.render.plan import BusPlan, Plan, Strip, TrackPlan
    from ltsrender.render.streams import Block
    from ltsrender.session import Session


def range_on(parameters: Mapping[str, Parameter], target: str) -> Within | None:
    """Return what a target of a strip takes, the parameters of its inserts among them."""
    parameter = parameters.get(target)
    if parameter is None or parameter.kind != "number":
        return range_of(target)
    return Within(parameter.minimum, parameter.maximum, parameter.unit)


def held_note(lane: Lane) -> str:
    """Return a sentence about a lane that may go further than its target goes."""
    low, high = lane.movement.minimum, lane.movement.maximum
    return (
        f"{lane.origin} may run from {low:.4g} to {high:.4g}; {lane.target} takes "
        f"{lane.lowest:.12g}..{lane.highest:.12g}, and what goes further is held there"
    )


def beats_of_a_sound(target: str, bpm: float, start_beats: float, tempo: TempoMap) -> Lane:
    """Return the position of a sound whose beats are to be the session's.

    Parameters
    ----------
    target
        ``position/<sound>``.
    bpm
        The recording's own tempo.
    start_beats
        The beat of the session at which it begins.
    tempo
        The session's.
    """
    length_beats = DAY_S * bpm / 60.0
    points = [Breakpoint(start_beats, 0.0), Breakpoint(start_beats + length_beats, DAY_S)]
    return Lane(target, Drawn(Curve(points), "beats", tempo))


def sounds_followed(session: Session) -> set[str]:
    """Return the names of the sounds that lanes of a session follow or read as signals."""
    document = session.document
    lanes: list[SourceDocument] = [*document.master.lanes]
    for track in document.tracks:
        lanes += track.lanes
    for bus in document.buses:
        lanes += bus.lanes
    for content in session.automation.values():
        lanes += content.lanes if isinstance(content, AutomationDocument) else ()
    return {name for lane in lanes for name in _sounds_in(lane)}


def _sounds_in(part: Any) -> Iterator[str]:
    if isinstance(part, SourceDocument):
        for heard in (part.envelope_follower, part.signal):
            if heard is not None and heard.sound is not None:
                yield heard.sound
    if isinstance(part, tuple):
        for each in part:
            yield from _sounds_in(each)
    elif isinstance(part, BaseModel):
        for key in type(part).model_fields:
            if key != "points":  # there may be half a million, and they follow nothing
                yield from _sounds_in(getattr(part, key))


def circles(tracks: Sequence[TrackPlan], buses: Sequence[BusPlan], file: str) -> list[Problem]:
    """Return a problem for every track and bus that follows itself by way of others."""
    needs = _needs(tracks, buses)
    named = [(f"tracks[{i}]", track.strip) for i, track in enumerate(tracks)]
    named += [(f"buses[{i}]", bus.strip) for i, bus in enumerate(buses)]
    return [
        Problem(
            f"follows {', '.join(sorted(_followed(strip)))}, which needs it in turn; "
            "nobody can be heard first",
            file,
            place,
        )
        for place, strip in named
        if _followed(strip) and strip.name in _reached(strip.name, needs)
    ]


def listened_first(
    chosen: Sequence[TrackPlan],
    tracks: Sequence[TrackPlan],
    buses: Sequence[BusPlan],
    master: Strip,
) -> tuple[Listened, ...]:
    """Return what must be heard before the chosen tracks can be rendered, in an order that works.

    Parameters
    ----------
    chosen
        The tracks that will be rendered.
    tracks, buses, master
        All there are, none of them in a circle.
    """
    needs = _needs(tracks, buses)
    wanted: set[str] = set()
    followers = [*(track.strip for track in chosen), *(bus.strip for bus in buses), master]
    for strip in followers:
        wanted |= _followed(strip)
    strips = {track.strip.name: track.strip for track in tracks}
    strips |= {bus.strip.name: bus.strip for bus in buses}
    for name in tuple(wanted):  # and what is followed on the way to it
        for inner in (name, *_reached(name, needs)):
            wanted |= _followed(strips[inner])
    found = [
        Listened(name, (track, *_heard_by(name, tracks, buses)), is_bus=False)
        for name, track in ((track.strip.name, track) for track in tracks)
        if name in wanted
    ]
    found += [
        Listened(bus.strip.name, tuple(_heard_by(bus.strip.name, tracks, buses)), is_bus=True)
        for bus in buses
        if bus.strip.name in wanted
    ]
    return tuple(sorted(found, key=lambda heard: len(_reached(heard.name, needs))))


def _needs(tracks: Sequence[TrackPlan], buses: Sequence[BusPlan]) -> dict[str, set[str]]:
    """Return what each track and bus needs to be heard: what it follows, feeds on, listens to."""
    edges = edges_of(tracks, buses)
    strips = [*(track.strip for track in tracks), *(bus.strip for bus in buses)]
    return {
        strip.name: _followed(strip) | {edge.source for edge in edges if edge.goal == strip.name}
        for strip in strips
    }


def _heard_by(bus: str, tracks: Sequence[TrackPlan], buses: Sequence[BusPlan]) -> list[TrackPlan]:
    """Return the tracks that a strip hears or listens to, by way of other buses too."""
    heard = upstream([bus], edges_of(tracks, buses))
    return [track for track in tracks if track.strip.name in heard]


def _followed(strip: Strip) -> set[str]:
    return set().union(*(tracks_followed(lane.movement) for lane in strip.lanes.values()))


def _reached(name: str, follows: Mapping[str, set[str]]) -> set[str]:
    """Return every track that a track follows, directly or by way of others."""
    reached: set[str] = set()
    waiting = list(follows.get(name, ()))
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += follows.get(here, ())
    return reached


def _knowing(part: Part, levels: Mapping[str, Levels]) -> Part:
    """Return a track or bus whose lanes know the levels of what they follow."""
    sends = tuple(replace(send, gain_db=_lane_knowing(send.gain_db, levels)) for send in part.sends)
    return replace(part, strip=_strip_knowing(part.strip, levels), sends=sends)


def plan_knowing(plan: Plan, levels: Mapping[str, Levels]) -> Plan:
    """Return a plan all of whose lanes know the levels of the tracks they follow."""
    return replace(
        plan,
        tracks=tuple(_knowing(track, levels) for track in plan.tracks),
        buses=tuple(_knowing(bus, levels) for bus in plan.buses),
        master=_strip_knowing(plan.master, levels),
    )


def _strip_knowing(strip: Strip, levels: Mapping[str, Levels]) -> Strip:
    lanes = {target: _lane_knowing(lane, levels) for target, lane in strip.lanes.items()}
    return replace(strip, lanes=lanes)


def _lane_knowing(lane: Lane, levels: Mapping[str, Levels]) -> Lane:
    return replace(lane, movement=bound(lane.movement, levels))


def levels_of_stem(blocks: Iterable[Block], plan: Plan) -> Levels:
    """Return the levels of a stem from the session's start to its end.

    Parameters
    ----------
    blocks
        The stem on the session's time line, going on for ever.
    plan
        The session, resolved.
    """

    def heard() -> Iterator[Block]:
        left = plan.n_samples
        for block in blocks:
            done = block[:, :left]
            left -= done.shape[1]
            yield done
            if left <= 0:
                return

    return levels_of(heard(), plan.sample_rate_hz)
