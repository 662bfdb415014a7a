"""How long a movement lasts, as far as it can be said."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ltsrender.audiofile import sound_info
from ltsrender.automation.level import Follower, Recording
from ltsrender.automation.movement import Drawn
from ltsrender.automation.pace import Pace
from ltsrender.automation.signal import Signal
from ltsrender.automation.steps import RandomWalk, Steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.automation.movement import Movement

_CYCLES = 8.0  # of a wave that are worth a look
_WALK = 64.0  # steps of a walk


class Extent(NamedTuple):
    """How long a movement lasts.

    Attributes
    ----------
    first_s, drawn_s
        From the first of its breakpoints to the last, in seconds, or to the end of steps and sounds
        that do not begin again; None where it goes on for ever.
    playing_s
        The end of a stretch that shows what its modulators do.
    """

    first_s: float | None
    drawn_s: float | None
    playing_s: float


def extent_of(movement: Movement) -> Extent:
    """Return how long a movement lasts, with everything that it is made of."""
    first: list[float] = []
    last: list[float] = []
    playing = 0.0
    for part in parts_of(movement):
        if isinstance(part, Drawn) and not part.curve.is_level:
            ends = (float(part.curve.positions[0]), float(part.curve.positions[-1]))
            if part.time == "beats":
                ends = (part.tempo.seconds_at(ends[0]), part.tempo.seconds_at(ends[1]))
            first.append(ends[0])
            last.append(ends[1])
        elif not isinstance(part, Drawn):
            end_s = _playing_s(part)
            playing = max(playing, end_s)
            if getattr(part, "loop", True) is False and end_s > 0.0:
                first.append(_start_s(part))
                last.append(end_s)
    return Extent(min(first, default=None), max(last, default=None), playing)


def parts_of(movement: Any) -> Iterator[Any]:
    """Yield a movement and all those that it is made of, its paces among them."""
    yield movement
    if not is_dataclass(movement):
        return
    for each in fields(movement):
        value = getattr(movement, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part):
                yield from parts_of(part)


def _playing_s(part: Any) -> float:
    """Return the end of a stretch that shows what one modulator does."""
    if isinstance(part, Follower | Signal):
        heard = part.heard
        return part.start_s + (_length_s(heard) if isinstance(heard, Recording) else 0.0)
    pace = getattr(part, "pace", None)
    if not isinstance(pace, Pace):
        return 0.0
    cycles = _CYCLES
    if isinstance(part, Steps):
        cycles = len(part.values) * (2.0 if part.loop else 1.0)
    elif isinstance(part, RandomWalk):
        cycles = _WALK
    slowest = pace.amount.minimum if pace.how == "rate_hz" else pace.amount.maximum
    if pace.how == "rate_hz":
        return pace.tempo.seconds_at(pace.start_beats) + cycles / max(slowest, 1e-4)
    return pace.tempo.seconds_at(pace.start_beats + cycles * slowest)


def _start_s(part: Steps | Follower | Signal) -> float:
    if isinstance(part, Steps):
        return part.pace.tempo.seconds_at(part.pace.start_beats)
    return part.start_s


def _length_s(heard: Recording) -> float:
    end_s = sound_info(heard.file).length_s if heard.out_s is None else heard.out_s
    return max(end_s - heard.in_s, 0.0)
