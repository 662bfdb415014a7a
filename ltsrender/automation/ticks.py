"""Lanes at the ticks of a MIDI file: as few values as keep every tick within a 14-bit step.

Between two values a reader draws a straight line; where the lane leaves it by more than 0.45 of a
step a value is put between, so that with half a step of rounding no tick is a whole step wrong. A
jump is two values at one tick; one that lies between two ticks becomes the way from the one to the
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.movement import Constant, Drawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.automation.curve import Floats
    from ltsrender.automation.lane import Lane
    from ltsrender.automation.tempo import TempoMap

    Ticks = NDArray[np.int64]

FULL = 16_383
_TOLERANCE = 0.45 / FULL
_INSIDE = np.arange(1, 8) / 8.0
_LONGEST_TICKS = 2**27  # a pause that a file can hold
_BEFORE_BEATS = 1e-8  # just before a jump: more than a lane's slack, less than anything audible
_MADE_BEATS = 1 / 16  # nothing tells where a modulator turns: it is looked at this often at least


def at_ticks(
    lane: Lane, own: TempoMap, session: TempoMap, ticks_per_beat: int, length_beats: float
) -> tuple[Ticks, Ticks]:
    """Return ticks and 14-bit values that follow a lane to less than a step at every tick.

    Parameters
    ----------
    lane
        What is followed, from its lowest value, 0, to its highest, 16383.
    own, session
        The tempo that the file declares, by which lanes in seconds are read back, and the
        session's, which moves lanes in beats.
    ticks_per_beat
        The file's resolution.
    length_beats
        Where lanes end that are made, not drawn.
    """
    span = lane.maximum - lane.minimum
    seconds_at = (own if unit_of(lane) == "seconds" else session).seconds_at

    def parts(ticks: Floats) -> Floats:
        values = lane.at(seconds_at(ticks / ticks_per_beat))
        return (values - lane.minimum) / span if span else np.zeros_like(values)

    knots = _knots(lane, own, ticks_per_beat, length_beats)
    exact: Floats = knots.astype(np.float64)
    before, after = parts(exact - _BEFORE_BEATS * ticks_per_beat), parts(exact)
    between = _between(knots, before, after, parts)
    # On a knot the value before a jump stands before the value after it.
    leaps = np.abs(np.rint(before * FULL) - np.rint(after * FULL)) > 1.0
    ticks = np.concatenate([knots[leaps], knots, *(column for column, _ in between)])
    values = np.concatenate([before[leaps], after, *(column for _, column in between)])
    order = np.argsort(ticks, kind="stable")
    return ticks[order], np.rint(values[order] * FULL).astype(np.int64)


def unit_of(lane: Lane) -> str:
    """Return the unit of time in which a lane is drawn; what is made counts beats."""
    return lane.movement.time if isinstance(lane.movement, Drawn) else "beats"


def has_end(lane: Lane) -> bool:
    """Return whether a lane ends by itself: it is drawn, or never moves."""
    return isinstance(lane.movement, Drawn | Constant)


def _between(
    knots: Ticks, before: Floats, after: Floats, parts: Callable[[Floats], Floats]
) -> list[tuple[Ticks, Floats]]:
    """Return the ticks and values that are needed between knots, halving what is bent."""
    found: list[tuple[Ticks, Floats]] = []
    starts, stops, left, right = knots[:-1], knots[1:], after[:-1], before[1:]
    while starts.size:
        inside = np.rint(starts[:, None] + (stops - starts)[:, None] * _INSIDE)
        share = (inside - starts[:, None]) / (stops - starts)[:, None]
        line = left[:, None] + (right - left)[:, None] * share
        bent = np.max(np.abs(parts(inside) - line), axis=1) > _TOLERANCE
        bent &= stops - starts > 1
        starts, stops, left, right = starts[bent], stops[bent], left[bent], right[bent]
        middle = (starts + stops) // 2
        halfway = parts(middle.astype(np.float64))
        found.append((middle, halfway))
        starts, stops = np.concatenate([starts, middle]), np.concatenate([middle, stops])
        left, right = np.concatenate([left, halfway]), np.concatenate([halfway, right])
    return found


def _knots(lane: Lane, own: TempoMap, ticks_per_beat: int, length_beats: float) -> Ticks:
    """Return the ticks next to breakpoints, and as many between as a pause needs."""
    movement = lane.movement
    if isinstance(movement, Drawn):
        at = movement.curve.positions
        ticks = (at if movement.time == "beats" else own.beats_at(at)) * ticks_per_beat
    elif isinstance(movement, Constant):
        ticks = np.zeros(1)
    else:
        ticks = np.arange(0.0, length_beats + _MADE_BEATS, _MADE_BEATS) * ticks_per_beat
        ticks = np.minimum(ticks, np.ceil(length_beats * ticks_per_beat))
    near = np.rint(ticks)
    on_grid = np.abs(ticks - near) < 1e-5
    ends = [np.where(on_grid, near, np.floor(ticks)), np.where(on_grid, near, np.ceil(ticks))]
    pauses = np.arange(0, np.ceil(ticks[-1]) + 1, _LONGEST_TICKS)
    return np.unique(np.concatenate([*ends, pauses])).astype(np.int64)
