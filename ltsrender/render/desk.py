"""The mixing desk: tracks through their strips, sends into buses, everything into the mix.

Inserts may hold sound back while they look ahead. Each strip runs at its own pace, and a lineup
after each row of strips brings the paths together again to the sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation import constant_lane
from ltsrender.effects import ChainProcessor
from ltsrender.render.streams import Lineup
from ltsrender.stems import Fader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from ltsrender.render.plan import Plan, Strip
    from ltsrender.render.streams import Block, Mixdown

MIX = "mix"
CENTRE = constant_lane("pan", 0.0)


def stem_names(plan: Plan) -> tuple[str, ...]:
    """Return the names of what a desk yields, in order: the tracks, the buses, the mix."""
    tracks = (track.strip.name for track in plan.tracks)
    return (*tracks, *(strip.name for strip in plan.buses), MIX)


class StripProcessor:
    """One strip at work: inserts, then the fader.

    Parameters
    ----------
    strip
        What it does.
    sample_rate_hz, n_channels
        Of the sound.
    """

    def __init__(self, strip: Strip, sample_rate_hz: int, n_channels: int) -> None:
        self._chain = ChainProcessor(strip.inserts, strip.lanes, sample_rate_hz, n_channels)
        self._fader = Fader(strip.lanes["gain_db"], strip.lanes["pan"], sample_rate_hz)

    def process(self, block: Block) -> Block:
        """Take the next block; return what is finished, float32[channel, sample]."""
        return self._fader.apply(self._chain.process(block))


class Desk:
    """All strips of a plan, and the wiring between them.

    Parameters
    ----------
    plan
        The session, resolved.
    """

    def __init__(self, plan: Plan) -> None:
        def processor(strip: Strip) -> StripProcessor:
            return StripProcessor(strip, plan.sample_rate_hz, plan.n_channels)

        self._plan = plan
        self._tracks = [processor(track.strip) for track in plan.tracks]
        self._buses = [processor(strip) for strip in plan.buses]
        self._master = processor(plan.master)
        self._after_tracks = Lineup(len(self._tracks), plan.n_channels)
        self._after_buses = Lineup(len(self._tracks) + len(self._buses), plan.n_channels)
        self._after_master = Lineup(len(self._tracks) + len(self._buses) + 1, plan.n_channels)
        self._sends = [
            (place, send.bus, Fader(send.gain_db, CENTRE, plan.sample_rate_hz))
            for place, track in enumerate(plan.tracks)
            for send in track.sends
        ]

    def mix_down(self, voices: Sequence[Iterator[Block]], workers: Executor) -> Iterator[Mixdown]:
        """Yield every stem and the mix, block by block, for as long as the voices sound.

        Parameters
        ----------
        voices
            The tracks' raw sound, in blocks of one size.
        workers
            Runs the tracks beside each other; the sound does not depend on how many there are.
        """
        while True:
            tracks = list(workers.map(_next_through, voices, self._tracks))
            yield self._mix(self._after_tracks.advance(tracks))

    def _mix(self, tracks: Mixdown) -> Mixdown:
        fed = [self._into_bus(strip.name, tracks) for strip in self._plan.buses]
        buses = [bus.process(block) for bus, block in zip(self._buses, fed, strict=True)]
        stems = self._after_buses.advance([*tracks, *buses])
        heard = [
            stem
            for stem, track in zip(stems, self._plan.tracks, strict=False)
            if track.output == MIX
        ]
        mix = summed([*heard, *stems[len(self._plan.tracks) :]], like=stems[0])
        return self._after_master.advance([*stems, self._master.process(mix)])

    def _into_bus(self, bus: str, tracks: Mixdown) -> Block:
        sent = [
            block
            for block, track in zip(tracks, self._plan.tracks, strict=True)
            if track.output == bus
        ]
        sent += [fader.apply(tracks[place]) for place, name, fader in self._sends if name == bus]
        return summed(sent, like=tracks[0])


def summed(blocks: Sequence[Block], *, like: Block) -> Block:
    """Add blocks in their order, in float32; with none, silence shaped like ``like``.

    The order is part of the sound: float sums depend on it, and stems are proven to add up to the
    mix bit by bit.
    """
    total = np.zeros_like(like)
    for block in blocks:
        total += block
    return total


def _next_through(voice: Iterator[Block], processor: StripProcessor) -> Block:
    return processor.process(next(voice))
