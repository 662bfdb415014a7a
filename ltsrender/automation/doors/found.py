"""What a door is asked for, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ltsrender.errors import AutomationError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_POINTS = 500_000
"""As many points as a lane has."""
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Wanted:
    """What a composer says about a file besides its name.

    Attributes
    ----------
    targets
        What moves, in the order in which the file has lanes that do not say it themselves.
    time
        ``"seconds"``, ``"beats"`` or ``"samples"``: the unit of the file's times; None for what
        the file says, or seconds.
    minimum, maximum
        What both ends of the file's own range become; None leaves its values as they are.
    error
        How far a line may pass from what it stands for, in the unit of the target; None for a
        default.
    channel
        Of a recording, from 1.
    unipolar
        Whether a recording's own range is 0..1 instead of -1..1.
    length_s
        Of a curve of the original.
    """

    targets: tuple[str, ...] = ()
    time: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    error: float | None = None
    channel: int = 1
    unipolar: bool = False
    length_s: float | None = None

    @property
    def ends(self) -> tuple[float, float] | None:
        """What the file's own range becomes; None where nothing is said."""
        if self.minimum is None and self.maximum is None:
            return None
        low = 0.0 if self.minimum is None else self.minimum
        return low, 1.0 if self.maximum is None else self.maximum


@dataclass(frozen=True)
class FoundLane:
    """A lane that was found.

    Attributes
    ----------
    target
        What it moves.
    time
        The unit of its times.
    points
        As they stand in an automation file: ``at``, ``value``, ``shape`` and so on.
    """

    target: str
    time: str
    points: list[dict[str, Any]]


@dataclass(frozen=True)
class Found:
    """What a file holds.

    Attributes
    ----------
    lanes
        In the file's order.
    markers
        Names and seconds, instead of lanes.
    notes
        What the composer should know about it.
    """

    lanes: tuple[FoundLane, ...] = ()
    markers: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()


class Refusal:
    """Gathers what is wrong with one file.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._n = 0

    def add(self, message: str, place: str = "", suggestion: str = "") -> None:
        """Note one problem; the first ones are told, the others counted."""
        self._n += 1
        if self._n <= _MOST_PROBLEMS:
            self._problems.append(Problem(message, self._path, place, suggestion))

    def raise_any(self) -> None:
        """Raise what was noted.

        Raises
        ------
        AutomationError
            When there is anything.
        """
        more = self._n - len(self._problems)
        if more:
            self._problems.append(Problem(f"and {more} more problems", self._path))
        if self._problems:
            raise AutomationError(self._problems)


def assigned(given: Sequence[str], needed: Sequence[str], refusal: Refusal) -> list[str]:
    """Return a target for each lane that does not say one.

    Parameters
    ----------
    given
        What the composer said.
    needed
        What each of the lanes is called, for the message: ``column 2 "value"``.
    refusal
        Where it is noted that the numbers differ.
    """
    if len(given) == len(needed):
        return list(given)
    if not needed:
        refusal.add(f"says itself what moves; leave out --target {given[0]}")
    else:
        shown = ", ".join(needed[:5]) + (", ..." if len(needed) > 5 else "")
        times = "--target" if len(needed) == 1 else f"--target {len(needed)} times, in this order"
        refusal.add(f"needs {times}, for {shown}; got {len(given)}")
    return [*given[: len(needed)], *["mix"] * (len(needed) - len(given))]
