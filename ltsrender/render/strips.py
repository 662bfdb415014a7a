"""One strip of the desk at work: what feeds it, its inserts, its fader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation import constant_lane
from ltsrender.effects import ChainProcessor, sidechains_of
from ltsrender.errors import InsertFailed
from ltsrender.render.streams import Lineup
from ltsrender.stems import Fader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ltsrender.render.plan import Plan, SendPlan, Strip
    from ltsrender.render.streams import Block

SILENT_SAMPLES = 16_384
"""What a strip that nothing feeds is given in every round."""

_CENTRE = constant_lane("pan", 0.0)


class Feed:
    """The way from one strip into another: the whole of it, or a send.

    Parameters
    ----------
    node
        Where the sound comes from.
    send
        The level of a copy; None takes the sound after the fader as it is.
    sample_rate_hz
        Samples per second.
    """

    def __init__(self, node: Node, send: SendPlan | None, sample_rate_hz: int) -> None:
        self._node = node
        self._is_pre_fader = send is not None and send.is_pre_fader
        self._fader = None if send is None else Fader(send.gain_db, _CENTRE, sample_rate_hz)

    def taken(self) -> Block:
        """Return what came along in this round."""
        block = self._node.pre if self._is_pre_fader else self._node.post
        return block if self._fader is None else self._fader.apply(block)


class Node:
    """One strip at work.

    Parameters
    ----------
    strip
        What it does.
    plan
        The session, resolved.

    Attributes
    ----------
    voice
        A track's raw sound, in blocks of one size.
    dry, pre, post
        What was made in this round, float32[channel, sample]: before the inserts but at the fader
        (only after `keep_dry`), after the inserts, and after the fader.
    failure
        What went wrong in an insert. From then on the strip is silent, and as long as ever.
    """

    def __init__(self, strip: Strip, plan: Plan) -> None:
        rate, n_channels = plan.sample_rate_hz, plan.n_channels
        self._strip, self._sample_rate_hz = strip, rate
        self._fader = _fader(strip, rate)
        self._dry_fader: Fader | None = None
        self._feeds: Sequence[Feed] = ()
        self._keys: dict[str, Node] = {}
        self._n_in = self._n_out = 0
        self._nothing = np.zeros((n_channels, 0), np.float32)
        self._lineup = Lineup(1, n_channels)
        self.voice: Iterator[Block] | None = None
        self.failure: InsertFailed | None = None
        self._chain: ChainProcessor | None = None
        try:
            self._chain = ChainProcessor(
                strip.inserts, strip.lanes, rate, n_channels, longest_samples=plan.longest_samples
            )
        except InsertFailed as error:  # a plugin that does not even start
            self.failure = error
        self.dry = self.pre = self.post = self._nothing

    def connect(self, feeds: Sequence[Feed], nodes: Mapping[str, Node]) -> None:
        """Say what is summed here, and where the side-chains of its inserts come from."""
        self._feeds = feeds
        self._keys = {name: nodes[name] for name in sorted(sidechains_of(self._strip.inserts))}
        n_streams = max(len(feeds), 1) + len(self._keys)
        self._lineup = Lineup(n_streams, self._nothing.shape[0])

    def keep_dry(self) -> None:
        """Have the sound without its effects, at the level and place of the fader, as well."""
        self._dry_fader = _fader(self._strip, self._sample_rate_hz)

    def advance(self) -> None:
        """Take what has come in this round, and make `dry`, `pre` and `post` of it."""
        fed = [feed.taken() for feed in self._feeds] or [self._own()]
        lined_up = self._lineup.advance([*fed, *(node.pre for node in self._keys.values())])
        sounds, steering = lined_up[: len(fed)], lined_up[len(fed) :]
        sound = summed(sounds, like=sounds[0]) if self._feeds else sounds[0]
        if self._dry_fader is not None:
            self.dry = self._dry_fader.apply(sound)
        self._n_in += sound.shape[1]
        self.pre = self._through(sound, dict(zip(self._keys, steering, strict=True)))
        self._n_out += self.pre.shape[1]
        self.post = self._fader.apply(self.pre)

    def close(self) -> None:
        """Let go of what works beside us; may be called again."""
        if self._chain is not None:
            self._chain.close()

    def _own(self) -> Block:
        if self.voice is not None:
            return next(self.voice)
        return np.zeros((self._nothing.shape[0], SILENT_SAMPLES), np.float32)

    def _through(self, sound: Block, keys: Mapping[str, Block]) -> Block:
        if self._chain is not None and self.failure is None:
            try:
                return self._chain.process(sound, keys)
            except InsertFailed as error:
                self.failure = error
                self.close()
        return np.zeros((sound.shape[0], self._n_in - self._n_out), np.float32)


def summed(blocks: Sequence[Block], *, like: Block) -> Block:
    """Add blocks in their order, in float32; with none, silence shaped like ``like``.

    The order is part of the sound: float sums depend on it, and stems are proven to add up to the
    mix bit by bit.
    """
    total = np.zeros_like(like)
    for block in blocks:
        total += block
    return total


def _fader(strip: Strip, sample_rate_hz: int) -> Fader:
    return Fader(
        strip.lanes["gain_db"],
        strip.lanes["pan"],
        sample_rate_hz,
        width=strip.lanes.get("width"),
        pan_law=strip.pan_law,
        is_inverted=strip.is_inverted,
    )
