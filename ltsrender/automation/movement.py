"""What a lane's values come from: anything with a value at every moment of the session."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.automation.curve import Curve
    from ltsrender.automation.tempo import TempoMap

Floats = NDArray[np.float64]

_SAME_BEAT = 1e-9  # beats; less than a thousandth of a sample at any tempo and rate


class Movement(Protocol):
    """A value at every moment. It depends on the moment alone, never on what was asked before."""

    @property
    def minimum(self) -> float:
        """A value that it never goes below."""

    @property
    def maximum(self) -> float:
        """A value that it never goes above."""

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds from the session's start, any shape and order."""


@dataclass(frozen=True)
class Constant:
    """A movement that never moves."""

    value: float

    @property
    def minimum(self) -> float:
        """The value."""
        return self.value

    @property
    def maximum(self) -> float:
        """The value."""
        return self.value

    def at(self, seconds: Floats) -> Floats:
        """Return the value, once for each time."""
        return np.full(np.shape(seconds), self.value)


@dataclass(frozen=True)
class Drawn:
    """A curve over beats or over seconds.

    Attributes
    ----------
    curve
        The values.
    time
        Whether its positions are ``"beats"`` or ``"seconds"`` from the session's start.
    tempo
        Turns seconds into the curve's beats.
    """

    curve: Curve
    time: Literal["beats", "seconds"]
    tempo: TempoMap

    @property
    def minimum(self) -> float:
        """The lowest value."""
        return self.curve.minimum

    @property
    def maximum(self) -> float:
        """The highest value."""
        return self.curve.maximum

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds."""
        if self.time == "seconds" or self.curve.is_level:
            return self.curve.at(seconds)
        return self.curve.at(self.tempo.beats_at(seconds), slack=_SAME_BEAT)


def every_part(movement: Any) -> Iterator[Any]:
    """Yield a movement and everything that it is made of, movements and others."""
    yield movement
    if not is_dataclass(movement):
        return
    for each in fields(movement):
        value = getattr(movement, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            yield from every_part(part)
