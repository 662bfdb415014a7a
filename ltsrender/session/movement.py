"""The rules of movement: lanes, MIDI controllers, and who may move what.

Like `ltsrender.session.rules`, everything here works on plain trees and passes over what is
missing or of the wrong type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.session.anchors import anchor_name, is_point
from ltsrender.session.controllerrules import absence_faults, entry_faults
from ltsrender.session.problems import Fault, found_words, near
from ltsrender.session.rules import each, names
from ltsrender.session.sources import (
    every_source,
    followed_faults,
    operands,
    source_faults,
    used_names,
    value_faults,
)
from ltsrender.session.targets import Strip, range_of, unfit_target, unknown_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.session.jsontext import Place
    from ltsrender.session.midi import MidiDocument

MOST_PARTS = 1000


def strips(tree: Any) -> Iterator[tuple[Place, Any, Strip]]:
    """Yield place and tree of what can be moved in a session: tracks, buses, the master."""
    sounds = tuple(str(place[-1]) for place, _ in each(tree, "sounds.*"))
    tracks = tuple(names(tree, "tracks.*.name"))
    buses = tuple(names(tree, "buses.*.name"))
    for place, track in each(tree, "tracks.*"):
        name = f'track "{_name(track)}"'
        found = [anchor for _, anchor in each(track, "anchors.*")]
        anchors = tuple(name for name in map(anchor_name, found) if name)
        points = tuple(anchor_name(anchor) or "" for anchor in found if is_point(anchor))
        sends = tuple(names(track, "sends.*.bus"))
        others = (*(other for other in tracks if other != _name(track)), *buses)
        yield place, track, Strip("track", name, anchors, sends, sounds, others, points)
    for place, bus in each(tree, "buses.*"):
        others = (*tracks, *(other for other in buses if other != _name(bus)))
        sends = tuple(names(bus, "sends.*.bus"))
        yield place, bus, Strip("bus", f'bus "{_name(bus)}"', (), sends, sounds, others)
    for place, master in each(tree, "master"):
        yield place, master, Strip("master", "the master", (), (), sounds, (*tracks, *buses))


def _name(tree: Any) -> str:
    return str(tree.get("name", "")) if isinstance(tree, dict) else ""


def lanes_faults(place: Place, tree: Any, strip: Strip | None) -> Iterator[Fault]:
    """Yield what is wrong with a list of lanes: each for itself, and their names.

    Parameters
    ----------
    place
        Of what holds the list.
    tree
        What holds it, under "lanes".
    strip
        What the lanes move; None for an automation file by itself.
    """
    lanes = list(each(tree, "lanes.*"))
    named = [(inside, lane["name"], lane) for inside, lane in lanes if _has_name(lane)]
    known = [name for _, name, _ in named]
    uses = {name: used_names(lane) for _, name, lane in named}
    seen: set[str] = set()
    for inside, name, _ in named:
        at = (*place, *inside, "name")
        if name in seen:
            yield Fault(at, f'is "{name}", a name that a lane before it already has')
        elif _reaches_itself(name, uses):
            yield Fault(at, f'is "{name}", which is made of itself; nothing can begin there')
        seen.add(name)
    circles = any(_reaches_itself(name, uses) for name in uses)
    sizes = _Sizes({} if circles else {name: lane for _, name, lane in named})
    for inside, lane in lanes:
        yield from _lane_faults((*place, *inside), lane, strip, known)
        if sizes.of(lane) > MOST_PARTS:
            words = f"is made of more than {MOST_PARTS} parts, those of its named lanes included"
            yield Fault((*place, *inside), words)


class _Sizes:
    """How many parts lanes are made of: a hundred lanes of a hundred lanes are soon too many.

    Parameters
    ----------
    named
        The lanes with a name, none of them made of itself.
    """

    def __init__(self, named: dict[str, Any]) -> None:
        self._named = named
        self._known: dict[str, int] = {}

    def of(self, lane: Any) -> int:
        """Return the number of parts, or some number above `MOST_PARTS`."""
        total = 0
        for _, part in every_source(lane):
            total += 1
            inner = [operand for _, operand in operands(part)]
            for name in [*inner, part.get("lane") if isinstance(part, dict) else None]:
                if isinstance(name, str) and total <= MOST_PARTS:
                    total += self._of_name(name)
        return total

    def _of_name(self, name: str) -> int:
        if name in self._named and name not in self._known:
            self._known[name] = self.of(self._named[name])
        return self._known.get(name, 0)


def _has_name(lane: Any) -> bool:
    return isinstance(lane, dict) and isinstance(lane.get("name"), str)


def _reaches_itself(name: str, uses: dict[str, set[str]]) -> bool:
    waiting, reached = list(uses[name]), set()
    while waiting:
        here = waiting.pop()
        if here == name:
            return True
        if here not in reached:
            reached.add(here)
            waiting += uses.get(here, ())
    return False


def _lane_faults(
    place: Place, lane: Any, strip: Strip | None, known: Sequence[str]
) -> Iterator[Fault]:
    """Yield what is wrong with one lane, which may refer to the lanes of known names."""
    if not isinstance(lane, dict):
        return
    target = lane.get("target")
    if isinstance(target, str):
        yield from target_faults((*place, "target"), target, strip)
        yield from _value_faults(place, target, lane)
    elif target is None and not _has_name(lane) and not _is_misspelt("target", lane):
        yield Fault(place, 'needs "target"')
    yield from source_faults(place, lane, known)
    if strip is not None:
        yield from followed_faults(place, lane, strip)


def _is_misspelt(key: str, tree: dict[str, Any]) -> bool:
    return any(written != key and near(str(written), [key]) for written in tree)


def target_faults(place: Place, target: str, strip: Strip | None) -> Iterator[Fault]:
    """Yield what is wrong with a target, in itself and on this strip."""
    wrong = unknown_target(target) or (unfit_target(target, strip) if strip else None)
    if wrong:
        yield Fault(place, f"is {found_words(target)}; it {wrong[0]}", wrong[1])


def _value_faults(place: Place, target: str, lane: dict[str, Any]) -> Iterator[Fault]:
    allowed = range_of(target)
    if allowed is None:
        return  # the effect of an insert knows
    for pattern in ("points.*.value", "value"):
        for inside, value in each(lane, pattern):
            yield from value_faults((*place, *inside), value, target, allowed)


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
        yield from absence_faults(place, entry, midi, file)
