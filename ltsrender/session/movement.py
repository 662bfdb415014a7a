"""The rules of movement: lanes, MIDI controllers, and who may move what.

Like `ltsrender.session.rules`, everything here works on plain trees and passes over what is
missing or of the wrong type.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ltsrender.session.controllerrules import entry_faults, source_faults
from ltsrender.session.problems import Fault, found_words
from ltsrender.session.rules import each, names, number
from ltsrender.session.targets import Strip, range_of, unfit_target, unknown_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.session.jsontext import Place
    from ltsrender.session.midi import MidiDocument


def strips(tree: Any) -> Iterator[tuple[Place, Any, Strip]]:
    """Yield place and tree of what can be moved in a session: tracks, buses, the master."""
    for place, track in each(tree, "tracks.*"):
        name = f'track "{_name(track)}"'
        anchors = tuple(names(track, "anchors.*.sound"))
        yield place, track, Strip("track", name, anchors, tuple(names(track, "sends.*.bus")))
    for place, bus in each(tree, "buses.*"):
        yield place, bus, Strip("bus", f'bus "{_name(bus)}"')
    for place, master in each(tree, "master"):
        yield place, master, Strip("master", "the master")


def _name(tree: Any) -> str:
    return str(tree.get("name", "")) if isinstance(tree, dict) else ""


def lane_faults(place: Place, lane: Any, strip: Strip | None) -> Iterator[Fault]:
    """Yield what is wrong with one lane: its target, its order in time, its values."""
    target = lane.get("target") if isinstance(lane, dict) else None
    if isinstance(target, str):
        yield from target_faults((*place, "target"), target, strip)
    points = [point for point in each(lane, "points.*") if isinstance(point[1], dict)]
    times = [(p, v["at"]) for p, v in points if number(v.get("at"))]
    for fault in itertools.chain(_order_faults(times), _value_faults(target, points)):
        yield fault._replace(place=(*place, *fault.place))


def target_faults(place: Place, target: str, strip: Strip | None) -> Iterator[Fault]:
    """Yield what is wrong with a target, in itself and on this strip."""
    wrong = unknown_target(target) or (unfit_target(target, strip) if strip else None)
    if wrong:
        yield Fault(place, f"is {found_words(target)}; it {wrong[0]}", wrong[1])


def _order_faults(times: list[tuple[Place, float]]) -> Iterator[Fault]:
    run = 1
    for (_, before), (place, here) in itertools.pairwise(times):
        run = run + 1 if here == before else 1
        if here < before:
            yield Fault((*place, "at"), f"is {here}, earlier than the point before it, at {before}")
        elif run == 3:
            message = f"is {here}, as are the two points before it; a jump is two points"
            yield Fault((*place, "at"), message)


def _value_faults(target: Any, points: list[tuple[Place, Any]]) -> Iterator[Fault]:
    allowed = range_of(target) if isinstance(target, str) else None
    for place, point in points:
        if allowed and number(point.get("value")) and not allowed.holds(point["value"]):
            message = f"is {point['value']}; {target} takes {allowed.words()}"
            yield Fault((*place, "value"), message)


def controller_faults(
    place: Place, entry: Any, midi: MidiDocument | None, file: str, strip: Strip | None
) -> Iterator[Fault]:
    """Yield what is wrong with one entry of a cc_map, given the MIDI file it reads."""
    if not isinstance(entry, dict):
        return
    target = entry.get("target")
    if isinstance(target, str):
        yield from target_faults((*place, "target"), target, strip)
    yield from entry_faults(place, entry)
    if midi is not None:
        yield from source_faults(place, entry, midi, file)
