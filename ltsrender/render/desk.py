"""The mixing desk: tracks through their strips, sends into buses, everything into the mix.

Inserts may hold sound back while they look ahead, and every one of them hands it on in time. So
each strip runs at its own pace, and whatever meets, in a bus, at a side-chain or at the end, is
lined up to the sample first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.render.streams import Lineup, cut
from ltsrender.render.strips import SILENT_SAMPLES, Feed, Node, summed
from ltsrender.render.wiring import MIX, downstream, edges_of, levels_of, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from ltsrender.errors import InsertFailed
    from ltsrender.render.plan import BusPlan, Plan, TrackPlan
    from ltsrender.render.streams import Block, Mixdown
    from ltsrender.render.wiring import Edge
    from ltsrender.stems.place import Tap, What

    Parts = Mapping[str, TrackPlan | BusPlan]

WITH_SENDS = "with_sends"


class Source(NamedTuple):
    """A place at the desk where sound can be taken.

    Attributes
    ----------
    what
        ``"track"``, ``"bus"`` or ``"mix"``.
    name
        Of the track or bus; ``"mix"``.
    tap
        ``"dry"``, ``"pre_fader"``, ``"post_fader"`` or ``"with_sends"``; ``"mix"`` for the mix.
    """

    what: What
    name: str
    tap: Tap


MIX_SOURCE = Source("mix", MIX, "mix")


def sources_of(plan: Plan) -> tuple[Source, ...]:
    """Return what a session wants to have as stems, in order: tracks, buses, the mix."""
    wanted = plan.session.document.render
    found: list[Source] = []
    if "tracks" in wanted.stems:
        heard = [track.strip.name for track in plan.tracks if track.is_heard]
        found += [Source("track", name, tap) for tap in wanted.taps for name in heard]
    if "buses" in wanted.stems:
        found += [Source("bus", b.strip.name, "post_fader") for b in plan.buses if b.is_heard]
    return (*found, MIX_SOURCE) if "mix" in wanted.stems else tuple(found)


def sources_that_add_up(plan: Plan) -> tuple[Source, ...]:
    """Return the tracks and buses whose sum is the mix before its master, in their order."""
    tracks = [Source("track", t.strip.name, "post_fader") for t in plan.tracks if t.output == MIX]
    buses = [Source("bus", b.strip.name, "post_fader") for b in plan.buses if b.output == MIX]
    return (*tracks, *buses)


class Desk:
    """All strips of a plan that what is wanted needs, and the wiring between them.

    Parameters
    ----------
    plan
        The session, resolved.
    wanted
        What will be taken.

    Attributes
    ----------
    tracks
        The tracks that sound, in the order in which `mix_down` wants their voices.
    """

    def __init__(self, plan: Plan, wanted: Sequence[Source]) -> None:
        self._wanted = tuple(wanted)
        self._edges = edges_of(plan.tracks, plan.buses, plan.master)
        names = {source.name for source in wanted}
        alone = [source.name for source in wanted if source.tap == WITH_SENDS]
        names |= downstream(alone, self._edges)  # the buses that take part, and what steers them
        needed = names | upstream(names, self._edges)
        self.tracks = tuple(track for track in plan.tracks if track.strip.name in needed)
        parts: dict[str, TrackPlan | BusPlan] = {t.strip.name: t for t in self.tracks}
        parts |= {bus.strip.name: bus for bus in plan.buses if bus.strip.name in needed}
        self._nodes = {name: Node(part.strip, plan) for name, part in parts.items()}
        if MIX in needed:
            self._nodes[MIX] = Node(plan.master, plan)
        for goal, node in self._nodes.items():
            node.connect(_feeds_of(goal, parts, self._nodes, plan), self._nodes)
        for source in wanted:
            if source.tap == "dry":
                self._nodes[source.name].keep_dry()
        rows = levels_of(list(self._nodes), self._edges)
        self._rows = [[self._nodes[name] for name in row] for row in rows]
        self._alone = {name: _Alone(parts[name], plan, self._nodes, self._edges) for name in alone}
        self._end = Lineup(len(self._wanted), plan.n_channels)

    @property
    def failures(self) -> dict[str, InsertFailed]:
        """What went wrong in inserts, by the name of the track or bus; ``"mix"`` for the master."""
        found = {name: alone.failure for name, alone in self._alone.items() if alone.failure}
        return found | {name: node.failure for name, node in self._nodes.items() if node.failure}

    def mix_down(self, voices: Sequence[Iterator[Block]], workers: Executor) -> Iterator[Mixdown]:
        """Yield what is wanted, block by block, for as long as the voices sound.

        Parameters
        ----------
        voices
            The raw sound of `tracks`, in blocks of one size.
        workers
            Runs strips beside each other; the sound does not depend on how many there are.
        """
        for track, voice in zip(self.tracks, voices, strict=True):
            self._nodes[track.strip.name].voice = voice
        try:
            while True:
                for row in self._rows:
                    list(workers.map(Node.advance, row))
                list(workers.map(_Alone.advance, self._alone.values()))
                # An effect that needs the whole sound lets go of all of it at once.
                reached = self._end.advance([self._taken(source) for source in self._wanted])
                yield from cut(reached, SILENT_SAMPLES)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of everything that works beside us; may be called again."""
        for node in self._nodes.values():
            node.close()
        for alone in self._alone.values():
            alone.close()

    def spoilt(self) -> set[Source]:
        """Return what is wanted and can no longer be right, because an insert on its way failed."""
        failed = set(self.failures)
        fed = downstream(failed, [edge for edge in self._edges if not edge.is_key])
        bad = failed | downstream(failed, self._edges)

        def is_spoilt(source: Source) -> bool:
            if source.tap == "dry":  # before its inserts, whatever listens there
                return source.name in fed
            if source.tap == WITH_SENDS:
                return not self._alone[source.name].names.isdisjoint(bad)
            return source.name in bad

        return {source for source in self._wanted if is_spoilt(source)}

    def _taken(self, source: Source) -> Block:
        if source.tap == WITH_SENDS:
            return self._alone[source.name].made
        node = self._nodes[source.name]
        return {"dry": node.dry, "pre_fader": node.pre}.get(source.tap, node.post)


class _Alone:
    """A track and its part of the buses: what the mix would be with this track alone.

    The buses on the way are run once more for it. Side-chains hear what they hear in the mix.
    """

    def __init__(
        self,
        part: TrackPlan | BusPlan,
        plan: Plan,
        nodes: Mapping[str, Node],
        edges: Sequence[Edge],
    ) -> None:
        name = part.strip.name
        ways = [edge for edge in edges if not edge.is_key]
        fed = downstream([name], ways)
        parts: dict[str, TrackPlan | BusPlan] = {name: part}
        parts |= {bus.strip.name: bus for bus in plan.buses if bus.strip.name in fed}
        own = {each: Node(p.strip, plan) for each, p in parts.items() if each != name}
        mine = {name: nodes[name], **own}
        for bus, node in own.items():
            node.connect(_feeds_of(bus, parts, mine, plan), nodes)
        self.names = set(parts)
        self._nodes = [
            own[each] for row in levels_of(list(parts), ways) for each in row if each in own
        ]
        self._arriving = _feeds_of(MIX, parts, mine, plan)
        self._lineup = Lineup(len(self._arriving), plan.n_channels)
        self.made = np.zeros((plan.n_channels, 0), np.float32)

    @property
    def failure(self) -> InsertFailed | None:
        """What went wrong on the way."""
        return next((node.failure for node in self._nodes if node.failure), None)

    def advance(self) -> None:
        """Run the track's own copies of the buses, and sum what arrives at the mix."""
        for node in self._nodes:
            node.advance()
        if self._arriving:
            arrived = self._lineup.advance([feed.taken() for feed in self._arriving])
            self.made = summed(arrived, like=arrived[0])
        else:  # a track that nobody hears
            self.made = np.zeros((self.made.shape[0], SILENT_SAMPLES), np.float32)

    def close(self) -> None:
        for node in self._nodes:
            node.close()


def _feeds_of(goal: str, parts: Parts, nodes: Mapping[str, Node], plan: Plan) -> list[Feed]:
    """Return what feeds a bus or the mix, in the order of summing: outputs, then sends."""
    rate = plan.sample_rate_hz
    outputs = [Feed(nodes[name], None, rate) for name, part in parts.items() if part.output == goal]
    return outputs + [
        Feed(nodes[name], send, rate)
        for name, part in parts.items()
        for send in part.sends
        if send.bus == goal
    ]
