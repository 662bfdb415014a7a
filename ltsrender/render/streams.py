"""Blocks of sound on their way: cut to one size, held until all are there, ended in silence.

A *mixdown* is a tuple of blocks, one per stem, that start at the same sample and are equally long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.held import Held
from ltsrender.units import gain_from_db

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Block = NDArray[np.float32]
    Mixdown = tuple[Block, ...]

SILENCE_DB = -90.0
SILENCE_S = 1.0


def recut(blocks: Iterable[Block], block_samples: int) -> Iterator[Block]:
    """Yield the same sound in blocks of one size; what is left over at the end comes last."""
    waiting: list[Block] = []
    n_waiting = 0
    for block in blocks:
        waiting.append(block)
        n_waiting += block.shape[1]
        if n_waiting < block_samples:
            continue
        joined = np.concatenate(waiting, axis=1)
        whole = n_waiting - n_waiting % block_samples
        for start in range(0, whole, block_samples):
            yield joined[:, start : start + block_samples]
        waiting, n_waiting = [joined[:, whole:]], n_waiting - whole
    if n_waiting:
        yield np.concatenate(waiting, axis=1)


class Lineup:
    """Streams that run ahead of one another, handed on together.

    Parameters
    ----------
    n_streams
        How many there are.
    n_channels
        Channels of each.
    """

    def __init__(self, n_streams: int, n_channels: int) -> None:
        self._waiting = [Held(n_channels) for _ in range(n_streams)]

    def advance(self, blocks: Sequence[Block]) -> Mixdown:
        """Take the next block of every stream; return what all of them have reached."""
        for held, block in zip(self._waiting, blocks, strict=True):
            held.push(block)
        ready = min(held.n_samples for held in self._waiting)
        return tuple(held.take(ready) for held in self._waiting)


def cut(mixdown: Mixdown, block_samples: int) -> Iterator[Mixdown]:
    """Yield a mixdown in blocks of at most so many samples; an empty one as it is."""
    for start in range(0, max(mixdown[0].shape[1], 1), block_samples):
        yield tuple(block[:, start : start + block_samples] for block in mixdown)


def ended(
    mixdowns: Iterable[Mixdown],
    n_samples: int,
    max_tail_samples: int,
    sample_rate_hz: int,
    *,
    longest_gap_s: float = 0.0,
) -> Iterator[Mixdown]:
    """End all stems together: after the piece, and after its last audible tail.

    The tail is over when every stem has stayed below -90 dBFS for one second more than an echo may
    take; the quiet itself is not kept, so a piece without tails is exactly as long as it says.

    Parameters
    ----------
    mixdowns
        The stems, going on for as long as anyone asks.
    n_samples
        Length of the piece without tails.
    max_tail_samples
        What is kept of tails at most.
    sample_rate_hz
        Samples per second.
    longest_gap_s
        The longest silence after which effects may sound again.
    """
    position = 0
    last = n_samples + max_tail_samples
    patience = int((SILENCE_S + longest_gap_s) * sample_rate_hz)
    held: list[Mixdown] = []
    n_held = 0
    for mixdown in mixdowns:
        body, tail = _split(mixdown, n_samples - position)
        position += mixdown[0].shape[1]
        if body[0].shape[1]:
            yield body
        tail = _split(tail, tail[0].shape[1] - max(0, position - last))[0]
        audible = _last_audible(tail)
        if audible:
            yield from held
            held, n_held = [], 0
            sounding, tail = _split(tail, audible)
            yield sounding
        if tail[0].shape[1]:  # an empty view would keep its whole block in memory
            held.append(tail)
            n_held += tail[0].shape[1]
        if position >= last or (position >= n_samples and n_held >= patience):
            return


def passage(mixdowns: Iterable[Mixdown], start: int, stop: int | None) -> Iterator[Mixdown]:
    """Keep samples ``start..stop - 1``; with no ``stop``, everything from ``start`` on."""
    position = 0
    for mixdown in mixdowns:
        length = mixdown[0].shape[1]
        kept = slice(max(0, start - position), None if stop is None else max(0, stop - position))
        position += length
        cut = tuple(block[:, kept] for block in mixdown)
        if cut[0].shape[1]:
            yield cut
        if stop is not None and position >= stop:
            return


def _split(mixdown: Mixdown, at: int) -> tuple[Mixdown, Mixdown]:
    place = min(max(at, 0), mixdown[0].shape[1])
    return (
        tuple(block[:, :place] for block in mixdown),
        tuple(block[:, place:] for block in mixdown),
    )


def _last_audible(mixdown: Mixdown) -> int:
    """Return one past the last sample at which any stem reaches -90 dBFS; 0 when none does."""
    threshold = gain_from_db(SILENCE_DB)
    last = 0
    for block in mixdown:
        audible = np.flatnonzero((np.abs(block) >= threshold).any(axis=0))
        if audible.size:
            last = max(last, int(audible[-1]) + 1)
    return last
