"""Macros: one knob of a preset, from 0 to 1, that moves several parameters together.

Between a move's two ends a value goes as the parameter's own knob travels: straight, or by equal
ratios for frequencies and times. A macro that is set changes the values of the inserts; a macro
that a lane moves becomes a lane for every parameter that it moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from ltsrender.effects.catalog import Parameter
    from ltsrender.effects.insert import Moving


@dataclass(frozen=True)
class Move:
    """What a macro does to one parameter.

    Attributes
    ----------
    target
        ``insert/<id>/<parameter>``.
    parameter
        What the target takes.
    start, end
        Its values where the macro is 0 and 1; in any order.
    """

    target: str
    parameter: Parameter
    start: float
    end: float

    def values(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values, float64[n], for positions of the macro, float64[n] in 0..1.

        >>> from ltsrender.effects.catalog import EFFECTS
        >>> cutoff = EFFECTS["lowpass"].parameters["cutoff_hz"]
        >>> Move("insert/low/cutoff_hz", cutoff, 100.0, 10_000.0).values(np.array([0.0, 0.5]))
        array([ 100., 1000.])
        """
        places = np.clip(positions, 0.0, 1.0)
        if self.parameter.taper == "log" and self.start > 0.0 and self.end > 0.0:
            found = self.start * (self.end / self.start) ** places
        else:
            found = self.start + (self.end - self.start) * places
        found = np.where(places == 1.0, self.end, found)  # no rounding at the end
        return np.asarray(found, np.float64)

    def value(self, position: float) -> float:
        """Return the value for one position."""
        return float(self.values(np.array([position]))[0])


@dataclass(frozen=True)
class Macro:
    """One knob of a preset.

    Attributes
    ----------
    name
        What sessions and lanes call it.
    moves
        What it does.
    note
        A sentence for people.
    default
        Where it stands when the inserts have the values that the preset says.
    value
        Where it stands here, while no lane moves it.
    """

    name: str
    moves: tuple[Move, ...]
    note: str = ""
    default: float = 0.5
    value: float = 0.5

    @property
    def automatable(self) -> bool:
        """Whether everything that it moves can move while sound passes."""
        return all(move.parameter.automatable for move in self.moves)


class _MacroLane:
    """What a lane on a macro does to one parameter."""

    def __init__(self, lane: Moving, move: Move) -> None:
        self._lane = lane
        self._move = move

    def at(self, seconds: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Return the parameter's values at times in seconds."""
        return self._move.values(self._lane.at(seconds))


def with_macro_lanes(
    macros: Mapping[str, Macro], lanes: Mapping[str, Moving]
) -> Mapping[str, Moving]:
    """Return lanes with those that the lanes on macros amount to.

    Parameters
    ----------
    macros
        By target, ``insert/<id>/<macro>``.
    lanes
        By target: what moves.
    """
    found = {
        move.target: _MacroLane(lanes[target], move)
        for target, macro in macros.items()
        if target in lanes
        for move in macro.moves
    }
    return {**lanes, **found} if found else lanes


def rivals(macros: Mapping[str, Macro], moved: Collection[str]) -> list[tuple[str, str]]:
    """Return lanes that a macro's lane leaves nothing to move: ``(target, words)``.

    Parameters
    ----------
    macros
        By target, ``insert/<id>/<macro>``.
    moved
        The targets that lanes move.
    """
    claimed: dict[str, str] = {}
    found = []
    for target, macro in macros.items():
        if target not in moved:
            continue
        for move in macro.moves:
            other = move.target if move.target in moved else claimed.setdefault(move.target, target)
            if other != target:
                words = f"moves {move.target}, which another lane moves too"
                found.append((target, words if other == move.target else f"{words}: {other}"))
    return found
