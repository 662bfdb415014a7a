"""How sound runs through a session: what feeds what, in which order, and what is never heard.

The mixer is a graph: tracks and buses are its nodes, outputs, sends and side-chains its edges. This
module knows the edges; `ltsrender.render.desk` makes them sound.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ltsrender.effects import sidechains_of
from ltsrender.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ltsrender.render.plan import BusPlan, Strip, TrackPlan
    from ltsrender.session import BusDocument, SessionDocument, TrackDocument

MIX = "mix"


class Edge(NamedTuple):
    """Sound on its way from one track or bus to another, or to the mix.

    Attributes
    ----------
    source, goal
        Names; the goal may be ``"mix"``.
    is_key
        Whether it only steers an insert of the goal.
    """

    source: str
    goal: str
    is_key: bool = False


Part = TypeVar("Part", "TrackPlan", "BusPlan")


def edges_of(
    tracks: Iterable[TrackPlan], buses: Iterable[BusPlan], master: Strip | None = None
) -> list[Edge]:
    """Return all edges of a mixer, in its order."""
    edges: list[Edge] = []
    parts: list[TrackPlan | BusPlan] = [*tracks, *buses]
    for part in parts:
        name = part.strip.name
        edges += [Edge(name, part.output)] if part.output else []
        edges += [Edge(name, send.bus) for send in part.sends]
        edges += [Edge(key, name, is_key=True) for key in sorted(sidechains_of(part.strip.inserts))]
    if master is not None:
        edges += [Edge(key, MIX, is_key=True) for key in sorted(sidechains_of(master.inserts))]
    return edges


def upstream(names: Iterable[str], edges: Iterable[Edge]) -> set[str]:
    """Return everything that feeds or steers what is named, directly or by way of others."""
    feeding: dict[str, list[str]] = {}
    for edge in edges:
        feeding.setdefault(edge.goal, []).append(edge.source)
    return _reached(names, feeding)


def downstream(names: Iterable[str], edges: Iterable[Edge]) -> set[str]:
    """Return everything that what is named feeds or steers, directly or by way of others."""
    fed: dict[str, list[str]] = {}
    for edge in edges:
        fed.setdefault(edge.source, []).append(edge.goal)
    return _reached(names, fed)


def _reached(names: Iterable[str], ways: Mapping[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [way for name in names for way in ways.get(name, ())]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += ways.get(here, ())
    return reached


def levels_of(names: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Return names in rows: everything that feeds or steers a name stands in a row before it.

    Inside a row they keep their order. There must be no circle.
    """
    depth = dict.fromkeys(names, 0)
    inner = [edge for edge in edges if edge.source in depth and edge.goal in depth]
    for _ in names:  # the longest way has at most as many steps as there are names
        for edge in inner:
            depth[edge.goal] = max(depth[edge.goal], depth[edge.source] + 1)
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        rows[depth[name]].append(name)
    return rows


def feedback_problems(
    tracks: Sequence[TrackPlan], buses: Sequence[BusPlan], file: str
) -> list[Problem]:
    """Return a problem for every track and bus whose sound comes back to it."""
    edges = edges_of(tracks, buses)
    found = []
    rows: tuple[tuple[str, Sequence[TrackPlan | BusPlan]], ...] = (
        ("tracks", tracks),
        ("buses", buses),
    )
    for kind, parts in rows:
        for index, part in enumerate(parts):
            name = part.strip.name
            if name in downstream([name], edges):
                way = _way_back(name, edges)
                words = f"hears itself: {' -> '.join(way)}; one of these ways must go"
                found.append(Problem(words, file, f"{kind}[{index}]"))
    return found


def _way_back(name: str, edges: Sequence[Edge]) -> list[str]:
    """Return one of the shortest ways from a name back to itself."""
    before: dict[str, str] = {}
    row = [name]
    while name not in before:
        following = []
        for edge in edges:
            if edge.source in row and edge.goal not in before:
                before[edge.goal] = edge.source
                following.append(edge.goal)
        row = following
    way = [name, before[name]]
    while way[-1] != name:
        way.append(before[way[-1]])
    return way[::-1]


def silenced(
    document: SessionDocument, tracks: Sequence[TrackPlan], buses: Sequence[BusPlan]
) -> tuple[list[TrackPlan], list[BusPlan]]:
    """Return tracks and buses without the edges that mute and solo take away.

    What is muted feeds nobody. Where anything is soloed, an edge stays if sound that is soloed
    comes along it, or if it leads to what is soloed: a soloed reverb is heard with what it is fed,
    and what feeds it is not heard by itself. A muted track can still steer a compressor.
    """
    parts: list[TrackDocument | BusDocument] = [*document.tracks, *document.buses]
    muted = {part.name for part in parts if part.mute}
    soloed = {part.name for part in parts if part.solo and not part.mute}
    edges = [
        edge
        for edge in edges_of(tracks, buses)
        if not edge.is_key and edge.source not in muted and edge.goal not in muted
    ]
    if soloed:
        carrying = soloed | downstream(soloed, edges)
        leading = soloed | upstream(soloed, edges)
        edges = [edge for edge in edges if edge.source in carrying or edge.goal in leading]
    kept = {(edge.source, edge.goal) for edge in edges}
    audible = upstream([MIX], edges)

    def without(part: Part) -> Part:
        name = part.strip.name
        return replace(
            part,
            output=part.output if (name, part.output) in kept else "",
            sends=tuple(send for send in part.sends if (name, send.bus) in kept),
            is_heard=name in audible,
        )

    return [without(t) for t in tracks], [without(b) for b in buses]


def chosen_parts(
    wanted: Sequence[str], tracks: Sequence[TrackPlan], buses: Sequence[BusPlan], master: Strip
) -> tuple[tuple[TrackPlan, ...], tuple[BusPlan, ...]]:
    """Return the tracks and buses that a render of some tracks needs.

    Parameters
    ----------
    wanted
        Names of tracks; empty for all.
    tracks, buses, master
        All there are, mute and solo applied.

    Returns
    -------
    The wanted tracks that are heard, and those that steer them or the buses, which lose their
    outputs; and the buses that are heard or steer.
    """
    mine = [
        replace(track, output="", sends=(), is_heard=False)
        if wanted and track.strip.name not in wanted
        else track
        for track in tracks
    ]
    edges = edges_of(mine, buses, master)
    everything: list[TrackPlan | BusPlan] = [*mine, *buses]
    heard = {part.strip.name for part in everything if part.is_heard}
    needed = heard | upstream([*heard, MIX], edges)
    return (
        tuple(track for track in mine if track.strip.name in needed),
        tuple(bus for bus in buses if bus.strip.name in needed),
    )
