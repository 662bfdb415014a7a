"""What ties one place of a session to another: names, orders, lengths, references.

Every rule works on the plain tree of values and passes over what is not there or of the wrong
type (the shape of the file is told by `ltsrender.session.document`), so that one mistake never
hides another.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from ltsrender.session.anchors import anchor_faults, anchor_name, naming_key
from ltsrender.session.fields import DAY_S, folded
from ltsrender.session.problems import Fault, found_words, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.session.jsontext import Place

_MIX = "mix"


def number(value: Any) -> bool:
    """Return whether a value is a number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def each(tree: Any, pattern: str) -> Iterator[tuple[Place, Any]]:
    """Yield the values at every place that a pattern such as ``tracks.*.name`` means.

    >>> list(each({"tracks": [{"name": "A"}, 7]}, "tracks.*.name"))
    [(('tracks', 0, 'name'), 'A')]
    """
    here: list[tuple[Place, Any]] = [((), tree)]
    for step in pattern.split("."):
        here = [found for place, value in here for found in _children(place, value, step)]
    yield from here


def _children(place: Place, value: Any, step: str) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict):
        keys: Sequence[Any] = list(value) if step == "*" else [step] if step in value else []
    elif isinstance(value, list) and step == "*":
        keys = range(len(value))
    else:
        keys = []
    return (((*place, key), value[key]) for key in keys)


def names(tree: Any, pattern: str) -> list[str]:
    """Return the texts at every place that a pattern means."""
    return [value for _, value in each(tree, pattern) if isinstance(value, str)]


def session_faults(tree: Any) -> Iterator[Fault]:
    """Yield everything that breaks a rule in a session, except what its lanes do."""
    for rule in _RULES:
        yield from rule(tree)


def _unique_names(tree: Any) -> Iterator[Fault]:
    """Tracks and buses become files side by side; "mix" is the file of the whole."""
    taken = {_MIX: "the mix of all tracks"}
    for pattern in ("tracks.*.name", "buses.*.name"):
        for place, name in each(tree, pattern):
            if not isinstance(name, str):
                continue
            other = taken.get(folded(name))
            if other:
                message = f'is "{name}", a name that {other} already has'
                yield Fault(place, f"{message}; upper and lower case count as the same")
            taken.setdefault(folded(name), f"{place[0]}[{place[1]}]")


def _unique_in_one_list(tree: Any) -> Iterator[Fault]:
    yield from _repeated(list(each(tree, "markers.*.name")))
    for at, bus in each(tree, "buses.*"):
        yield from _repeated([((*at, *place), name) for place, name in each(bus, "sends.*.bus")])
    for at, track in each(tree, "tracks.*"):
        named = [
            ((*place, naming_key(anchor) or ""), anchor_name(anchor))
            for place, anchor in each(track, "anchors.*")
        ]
        for entries in (named, list(each(track, "sends.*.bus"))):
            yield from _repeated([((*at, *place), name) for place, name in entries])


def _repeated(entries: list[tuple[Place, Any]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for place, name in entries:
        if isinstance(name, str):
            if name in seen:
                yield Fault(place, f'is "{name}", which stands twice in the same list')
            seen.add(name)


def _references(tree: Any) -> Iterator[Fault]:
    buses = names(tree, "buses.*.name")
    tables: tuple[tuple[str, str, type, list[str]], ...] = (
        ("tracks.*.anchors.*.sound", "sounds", dict, _keys(tree, "sounds")),
        ("tracks.*.model", "models", dict, _keys(tree, "models")),
        ("tracks.*.sends.*.bus", "buses", list, buses),
        ("tracks.*.output", "buses", list, [*buses, _MIX]),
        ("buses.*.sends.*.bus", "buses", list, buses),
        ("buses.*.output", "buses", list, [*buses, _MIX]),
    )
    for pattern, table, kind, known in tables:
        there = set(known)
        if not isinstance(tree.get(table, kind()), kind):
            continue  # the table itself is wrong, and told
        for place, name in each(tree, pattern):
            if isinstance(name, str) and name not in there:
                yield Fault(place, _unknown(name, table, known), near(name, known))


def _keys(tree: Any, table: str) -> list[str]:
    return [str(place[-1]) for place, _ in each(tree, f"{table}.*")]


def _unknown(name: str, table: str, known: list[str]) -> str:
    there = ", ".join(f'"{each_name}"' for each_name in known[:12]) or "nothing"
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f'is {found_words(name)}; "{table}" has {there}{more}'


def _tempo_order(tree: Any) -> Iterator[Fault]:
    times = [(p, v) for p, v in each(tree, "tempo.*.at_beats") if number(v)]
    if times and times[0][1] != 0:
        yield Fault(times[0][0], f"is {times[0][1]}; the first tempo must stand at beat 0")
    for (_, before), (place, here) in itertools.pairwise(times):
        if here <= before:
            yield Fault(place, f"is {here}; must be later than the change before it, at {before}")


def _signature_order(tree: Any) -> Iterator[Fault]:
    bars = [(p, v) for p, v in each(tree, "time_signature.*.at_bar") if number(v)]
    if bars and bars[0][1] != 1:
        yield Fault(bars[0][0], f"is {bars[0][1]}; the first time signature must stand at bar 1")
    for (_, before), (place, here) in itertools.pairwise(bars):
        if here <= before:
            words = f"is {here}; must be later than the change before it, at bar {before}"
            yield Fault(place, words)


def _places_of_markers(tree: Any) -> Iterator[Fault]:
    for place, marker in each(tree, "markers.*"):
        if not isinstance(marker, dict):
            continue
        given = [key for key in ("at_beats", "at") if marker.get(key) is not None]
        if len(given) != 1:
            yield Fault(place, f'needs "at_beats" or "at"; has {" and ".join(given) or "neither"}')
        at = marker.get("at")
        if isinstance(at, str) and at.strip().startswith("marker:"):
            yield Fault((*place, "at"), "is relative to a marker; markers themselves are not")


def _ranges_of_sounds(tree: Any) -> Iterator[Fault]:
    for place, sound in each(tree, "sounds.*"):
        start, stop = _numbers(sound, "in_s", "out_s")
        start = start or 0.0
        if stop is not None and stop <= start:
            yield Fault((*place, "out_s"), f"is {stop}; must be later than in_s, which is {start}")


def _ranges_of_tracks(tree: Any) -> Iterator[Fault]:
    pairs = (("start_beats", "end_beats"), ("start_s", "end_s"))
    for place, track in each(tree, "tracks.*"):
        if not isinstance(track, dict):
            continue
        given = [tuple(track.get(key) is not None for key in pair) for pair in pairs]
        if sorted(given) != [(False, False), (True, True)]:
            words = 'needs "start_beats" and "end_beats", or "start_s" and "end_s"'
            written = ", ".join(key for pair in pairs for key in pair if track.get(key) is not None)
            yield Fault(place, f"{words}; has {written or 'neither'}")
        for first, last in pairs:
            start, stop = _numbers(track, first, last)
            if start is not None and stop is not None and stop <= start:
                message = f"is {stop}; must be later than {first}, which is {start}"
                yield Fault((*place, last), message)


def _ends_within_a_day(tree: Any) -> Iterator[Fault]:
    changes = [
        (change["at_beats"], change["bpm"], change.get("shape") == "linear")
        for _, change in each(tree, "tempo.*")
        if all(value is not None and value >= 0 for value in _numbers(change, "at_beats", "bpm"))
        and change["bpm"] >= 1
    ] or [(0.0, 60.0, False)]
    for place, end in each(tree, "tracks.*.end_beats"):
        if number(end) and _seconds_at(end, changes) > DAY_S:
            yield Fault(place, f"is {end}; at this tempo that is more than 24 hours")


def _seconds_at(beats: float, changes: list[tuple[float, float, bool]]) -> float:
    """Return when a beat is; `ltsrender.automation.tempo` has the arithmetic for whole lanes."""
    total = 0.0
    for index, (at, bpm, is_ramp) in enumerate(changes):
        last = index + 1 == len(changes)
        end, aim = (beats, bpm) if last else changes[index + 1][:2]
        length = max(0.0, min(end, beats) - at)
        slope = (aim - bpm) / (end - at) if is_ramp and not last and end > at else 0.0
        total += 60.0 / slope * math.log1p(slope * length / bpm) if slope else length * 60.0 / bpm
    return total


def _one_start_of_anchors(tree: Any) -> Iterator[Fault]:
    for place, anchor in each(tree, "tracks.*.anchors.*"):
        yield from anchor_faults(place, anchor)
        starts = [v for v in _numbers(anchor, "start_beats", "start_s") if v is not None]
        if len(starts) == 2:
            yield Fault(place, 'has both "start_beats" and "start_s"; only one may stay')


def _numbers(tree: Any, *keys: str) -> tuple[Any, ...]:
    """Return the values of keys, None where there is no number."""
    values = (tree.get(key) if isinstance(tree, dict) else None for key in keys)
    return tuple(value if number(value) else None for value in values)


_RULES = (
    _unique_names,
    _unique_in_one_list,
    _references,
    _tempo_order,
    _signature_order,
    _places_of_markers,
    _ranges_of_sounds,
    _ranges_of_tracks,
    _ends_within_a_day,
    _one_start_of_anchors,
)
