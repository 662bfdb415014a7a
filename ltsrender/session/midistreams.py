"""What moves in the messages of a MIDI file: one stream of values for each controller and kind.

14-bit values come in halves, coarse and fine. The MIDI specification wants the coarse half first,
lets a sender leave out the fine one (it is 0 then) and later send the fine one alone. Files differ,
so halves are joined by what stands next to what: a coarse and a fine message with nothing of the
pair between them, no further apart than a hundredth of a beat (5 ms), are one value, in either
order. A coarse message alone sets the fine half to 0, a fine message alone keeps the coarse half.
Where a file has no fine half at all, the coarse one is read as 7 bits, so that 127 is the full way.

Registered and non-registered parameters (RPN, NRPN) are chosen by controllers 101 and 100, or 99
and 98, and set by the pair 6 and 38, joined by the same rule, or stepped by 96 and 97: by one step
of the resolution that the parameter has been sent in. 127, 127 chooses none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SEVEN_BIT, FOURTEEN_BIT = 127, 16_383
CENTRE = 8192  # of a pitch bend
NONE_CHOSEN = 127 << 7 | 127
MODE_MESSAGES = 120  # controllers from here on are commands: all notes off, reset
PARAMETER_CONTROLLERS = (6, 38, 96, 97, 98, 99, 100, 101)


class Source(NamedTuple):
    """Where values come from.

    ``kind`` is controller, rpn, nrpn, pitch_bend, channel_pressure, poly_pressure or note;
    ``channel`` 1..16; ``number`` the controller, parameter or key, 0 where there is none.
    """

    kind: str
    channel: int
    number: int = 0


@dataclass(frozen=True)
class Messages:
    """The channel messages of a file in order of time; five arrays of one length.

    Attributes
    ----------
    tick
        int64[message]: the time from the file's start.
    status, first, second
        int64[message]: the bytes of each message.
    track
        int64[message]: the track it stands in, from 1.
    """

    tick: Ints
    status: Ints
    first: Ints
    second: Ints
    track: Ints

    def only(self, mask: NDArray[np.bool_]) -> Messages:
        """Return the messages that a mask lets pass."""
        columns = (self.tick, self.status, self.first, self.second, self.track)
        return Messages(*(column[mask] for column in columns))


@dataclass(frozen=True, eq=False)
class Stream:
    """Values of one source over time.

    Attributes
    ----------
    ticks, values, order
        int64[value]: when, what, and the number of the message that said so.
    full
        The highest value there can be: 127 or 16383.
    is_centred
        Whether rest is in the middle, as a pitch bend's is.
    """

    ticks: Ints
    values: Ints
    order: Ints
    full: int = SEVEN_BIT
    is_centred: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.ticks, other.ticks),
                (self.values, other.values),
                (np.array([self.full, self.is_centred]), np.array([other.full, other.is_centred])),
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def parts(self, values: Floats | Ints | None = None) -> Floats:
        """Return values as parts of the way, 0..1; a pitch bend at rest is exactly 0.5."""
        x = np.asarray(self.values if values is None else values, dtype=np.float64)
        if not self.is_centred:
            return np.asarray(np.clip(x / self.full, 0.0, 1.0))
        up = 0.5 + (x - CENTRE) / (2.0 * (self.full - CENTRE))
        return np.asarray(np.clip(np.where(x < CENTRE, x / (2.0 * CENTRE), up), 0.0, 1.0))


def streams_of(messages: Messages, joined_ticks: float) -> dict[Source, Stream]:
    """Return every stream of a file except its notes, sorted by source.

    Parameters
    ----------
    messages
        In order of time.
    joined_ticks
        How far apart the halves of one 14-bit value may stand.
    """
    kind, channel = messages.status >> 4, (messages.status & 15) + 1
    fine = messages.first, messages.second, SEVEN_BIT
    bend = (messages.second << 7) | messages.first
    nothing = np.zeros_like(kind)
    found: dict[Source, Stream] = {}
    for name, nibble, number, values, full in (
        ("controller", 0xB, *fine),
        ("poly_pressure", 0xA, *fine),
        ("channel_pressure", 0xD, nothing, messages.first, SEVEN_BIT),
        ("pitch_bend", 0xE, nothing, bend, FOURTEEN_BIT),
    ):
        chosen = np.flatnonzero(kind == nibble)
        for part in _groups(channel[chosen] * 128 + number[chosen], chosen):
            source = Source(name, int(channel[part[0]]), int(number[part[0]]))
            if name == "controller" and source.number >= MODE_MESSAGES:
                continue
            is_bend = name == "pitch_bend"
            found[source] = Stream(messages.tick[part], values[part], part, full, is_bend)
    for one in sorted({source.channel for source in found if source.kind == "controller"}):
        if any(Source("controller", one, n) in found for n in (98, 99, 100, 101)):
            found |= _parameters(messages, one, joined_ticks)
    return {source: found[source] for source in sorted(found)}


def _groups(keys: Ints, members: Ints) -> Iterator[Ints]:
    """Yield the members of each key, in their order."""
    if not keys.size:
        return
    order = np.argsort(keys, kind="stable")
    breaks = np.flatnonzero(np.diff(keys[order])) + 1
    yield from np.split(members[order], breaks)


def merged(streams: Iterable[Stream]) -> Stream:
    """Return streams of one kind, of several channels, as one in the order of the file."""
    parts = list(streams)
    if len(parts) == 1:
        return parts[0]
    full = max(part.full for part in parts)
    order = np.concatenate([part.order for part in parts])
    sorting = np.argsort(order, kind="stable")
    ticks = np.concatenate([part.ticks for part in parts])[sorting]
    scaled = [part.values * full // part.full for part in parts]
    values = np.concatenate(scaled)[sorting]
    return Stream(ticks, values, order[sorting], full, parts[0].is_centred)


def pair_of(coarse: Stream, fine: Stream | None, joined_ticks: float) -> Stream:
    """Return the 14-bit values of controllers n and n + 32; 7 bits where there is no fine half."""
    if fine is None:
        return coarse
    both = merged([coarse, fine])
    is_coarse = np.isin(both.order, coarse.order)
    halves = _Halves(joined_ticks)
    for tick, value, order, high in zip(
        both.ticks.tolist(),
        both.values.tolist(),
        both.order.tolist(),
        is_coarse.tolist(),
        strict=True,
    ):
        halves.take(tick, value, order, is_coarse=high)
    return halves.stream()


class _Halves:
    """Joins coarse and fine halves as they come; see the module."""

    def __init__(self, joined_ticks: float) -> None:
        self._joined_ticks = joined_ticks
        self._coarse: int | None = None
        self._fine = 0
        self._has_fine = False
        self._waiting: tuple[bool, int] | None = None  # the half that has no partner, and when
        self._taken: list[tuple[int, int, int]] = []  # tick, value, order

    def take(self, tick: int, half: int, order: int, *, is_coarse: bool) -> None:
        """Take one half."""
        waiting = self._waiting
        joins = (
            waiting is not None
            and waiting[0] is not is_coarse
            and tick - waiting[1] <= self._joined_ticks
        )
        if is_coarse:
            self._coarse = half
            self._fine = self._fine if joins else 0
        else:
            self._fine, self._has_fine = half, True
        self._waiting = None if joins else (is_coarse, tick)
        if self._coarse is None:
            return
        if joins and self._taken:
            self._taken.pop()  # what the first half said alone
        self._taken.append((tick, self._coarse << 7 | self._fine, order))

    def step(self, tick: int, by: int, order: int) -> None:
        """Move by one step of the resolution used so far."""
        if self._coarse is None:
            return
        size = 1 if self._has_fine else 128
        value = min(max((self._coarse << 7 | self._fine) + by * size, 0), FOURTEEN_BIT)
        self._coarse, self._fine, self._waiting = value >> 7, value & 127, None
        self._taken.append((tick, value, order))

    def stream(self) -> Stream:
        """Return what has been taken."""
        table = np.array(self._taken, dtype=np.int64).reshape(-1, 3)
        if self._has_fine:
            return Stream(table[:, 0], table[:, 1], table[:, 2], FOURTEEN_BIT)
        return Stream(table[:, 0], table[:, 1] >> 7, table[:, 2], SEVEN_BIT)


def _parameters(messages: Messages, channel: int, joined_ticks: float) -> dict[Source, Stream]:
    """Return the RPNs and NRPNs of one channel."""
    is_ours = messages.status == 0xB0 + channel - 1
    chosen = np.flatnonzero(is_ours & np.isin(messages.first, PARAMETER_CONTROLLERS))
    halves: dict[Source, _Halves] = {}
    numbers = {"rpn": NONE_CHOSEN, "nrpn": NONE_CHOSEN}
    kind = "rpn"
    columns = (messages.tick, messages.first, messages.second)
    rows = zip(*(column[chosen].tolist() for column in columns), chosen.tolist(), strict=True)
    for tick, controller, value, order in rows:
        if controller >= 98:
            kind = "nrpn" if controller < 100 else "rpn"
            number = numbers[kind]
            is_high = controller in (99, 101)
            numbers[kind] = value << 7 | number & 127 if is_high else number & ~127 | value
            continue
        number = numbers[kind]
        if number == NONE_CHOSEN:
            continue
        source = Source(kind, channel, number)
        half = halves.setdefault(source, _Halves(joined_ticks))
        if controller in (96, 97):
            half.step(tick, 1 if controller == 96 else -1, order)
        else:
            half.take(tick, value, order, is_coarse=controller == 6)
    made = {source: half.stream() for source, half in halves.items()}
    return {source: stream for source, stream in made.items() if stream.ticks.size}
