"""Lanes as people look at them: with a unit, a range, a span, and the time they are counted in.

A lane answers with a number at every moment, and that is all a render asks. Whoever checks, plots
or prints it also wants to know what the number is in, how far its target goes, when the movement
is over, and where a modulator wants to go further than it may. A `View` holds that, whether the
lanes come from an automation file alone, from a file in the time of a session, or from a session.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.automation.extent import extent_of
from ltsrender.automation.level import tracks_followed
from ltsrender.automation.musical_time import MusicalTime
from ltsrender.errors import AutomationError, Problem, nearest
from ltsrender.session.fields import DAY_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.automation.lane import Lane

SHORTEST_VIEW_S = 1.0
LOOKED_AT = 50_000  # moments at which a modulator is looked at, to find where it is held


@dataclass(frozen=True)
class Shown:
    """One lane, with what is known about its target.

    Attributes
    ----------
    lane
        The lane; one that only has a name is called by it, in quotation marks.
    unit
        Of its values; empty for plain numbers.
    lowest, highest
        What its target takes; infinite where nobody knows.
    strip
        The track, bus or master that it moves, where there are several.
    """

    lane: Lane
    unit: str = ""
    lowest: float = -np.inf
    highest: float = np.inf
    strip: str = ""

    @property
    def label(self) -> str:
        """What it is called: its target, after the strip's name where there are several."""
        return f"{self.strip}: {self.lane.target}" if self.strip else self.lane.target

    @property
    def moves(self) -> bool:
        """Whether it ever moves."""
        return self.lane.minimum < self.lane.maximum

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The tracks that must be rendered before its values are known."""
        return tuple(sorted(tracks_followed(self.lane.movement)))


@dataclass(frozen=True)
class View:
    """Lanes to look at.

    Attributes
    ----------
    name
        Of the file, or of the track.
    lanes
        In their order.
    time
        Tempo, bars and markers.
    has_session
        Whether the time is a session's; else it is one beat a second, in 4/4, without markers.
    span_s
        The stretch that a session's track lasts; None for a file, whose lanes say it themselves.
    """

    name: str
    lanes: tuple[Shown, ...]
    time: MusicalTime = field(default_factory=MusicalTime)
    has_session: bool = False
    span_s: tuple[float, float] | None = None

    def span(self) -> tuple[float, float]:
        """Return the stretch worth looking at, in seconds: the track's, or what is drawn.

        Where all goes on for ever, it is a few cycles of the slowest modulator.
        """
        if self.span_s is not None:
            return self.span_s
        extents = [extent_of(shown.lane.movement) for shown in self.lanes]
        drawn = [extent.drawn_s for extent in extents if extent.drawn_s is not None]
        end_s = max(drawn) if drawn else max([0.0, *(extent.playing_s for extent in extents)])
        return 0.0, min(max(end_s, SHORTEST_VIEW_S), DAY_S)

    def moving(self) -> View:
        """Return a view of the lanes that move, or of all where none does."""
        lanes = tuple(shown for shown in self.lanes if shown.moves)
        return replace(self, lanes=lanes or self.lanes)

    def only(self, targets: Sequence[str]) -> View:
        """Return a view of some of its lanes, in the order of their names; all without names.

        Raises
        ------
        AutomationError
            When it has no such lane.
        """
        if not targets:
            return self
        known = [shown.lane.target for shown in self.lanes]
        plain_names = {name.strip('"'): name for name in known}
        wanted = [name if name in known else plain_names.get(name, name) for name in targets]
        problems = [
            Problem(
                f'is "{name}"; {self.name} moves {", ".join(dict.fromkeys(known)) or "nothing"}',
                place="--target",
                suggestion=nearest(name, known),
            )
            for name in wanted
            if name not in known
        ]
        if problems:
            raise AutomationError(problems)
        chosen = [
            shown
            for name in dict.fromkeys(wanted)
            for shown in self.lanes
            if shown.lane.target == name
        ]
        return replace(self, lanes=tuple(chosen))


class Held(NamedTuple):
    """How a modulator is held by its target's range.

    Attributes
    ----------
    part
        Of the stretch that was looked at, 0..1.
    first_s
        When it is first held.
    low, high
        How far it would go.
    """

    part: float
    first_s: float
    low: float
    high: float


def held(shown: Shown, start_s: float, end_s: float) -> Held | None:
    """Return how a lane is held at its target's ends between two times; None where it is not."""
    if not shown.lane.overshoots or shown.waits_for:
        return None
    times = np.linspace(start_s, end_s, LOOKED_AT)
    free = shown.lane.movement.at(times)
    outside = (free < shown.lane.lowest) | (free > shown.lane.highest)
    if not outside.any():
        return None
    first = float(times[int(np.argmax(outside))])
    return Held(float(outside.mean()), first, float(free.min()), float(free.max()))
