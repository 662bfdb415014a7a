"""One effect in a chain, every value of it checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ltsrender.effects.catalog import EFFECTS, EffectInfo, Parameter, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


class Moving(Protocol):
    """What moves a parameter: a lane, or anything else with a value at every time."""

    def at(self, seconds: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Return the values, float64[n], at times in seconds, float64[n]."""


@dataclass(frozen=True)
class Impulse:
    """A recording that a convolution convolves with.

    Attributes
    ----------
    file
        Where it lies.
    sha256
        Of its bytes.
    """

    file: Path
    sha256: str


@dataclass(frozen=True)
class Insert:
    """An effect at its place in a chain.

    Attributes
    ----------
    id
        Names it in automation targets: ``insert/<id>/<parameter>``.
    effect
        An id in `EFFECTS`.
    parameters
        Every parameter of the effect by name: complete, and inside its range.
    bypass
        True when sound passes untouched.
    impulse
        What a convolution convolves with.
    """

    id: str
    effect: str
    parameters: Mapping[str, Value] = field(hash=False)
    bypass: bool = False
    impulse: Impulse | None = None

    @property
    def info(self) -> EffectInfo:
        """The effect's row in the catalog."""
        return EFFECTS[self.effect]

    def target(self, parameter: str) -> str:
        """Return the automation target of a parameter."""
        return f"insert/{self.id}/{parameter}"


def targets_of(inserts: Iterable[Insert]) -> dict[str, Parameter]:
    """Return every automation target of a chain, those that may not move included.

    >>> chain = [Insert("echo", "delay", {"delay_s": 0.5, "feedback": 0.0, "mix": 0.5})]
    >>> [(target, parameter.automatable) for target, parameter in targets_of(chain).items()]
    [('insert/echo/delay_s', False), ('insert/echo/feedback', True), ('insert/echo/mix', True)]
    """
    return {
        insert.target(name): parameter
        for insert in inserts
        for name, parameter in insert.info.parameters.items()
    }


def longest_gap_s(inserts: Iterable[Insert]) -> float:
    """Return after how many seconds of silence a chain may sound again: its echoes in a row.

    >>> longest_gap_s([Insert("echo", "delay", {"delay_s": 2.5, "feedback": 0.0, "mix": 0.5})])
    2.5
    """
    sounding = (insert for insert in inserts if not insert.bypass)
    return sum(float(insert.parameters.get("delay_s", 0.0)) for insert in sounding)
