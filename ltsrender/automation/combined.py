"""Movements made of others: sums, products, ranges, lags, steps. Data all along, never code."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.automation.recurrence import Recurrence, followed

if TYPE_CHECKING:
    from ltsrender.automation.movement import Floats, Movement


@dataclass(frozen=True)
class Sum:
    """All of them added."""

    parts: tuple[Movement, ...]

    @property
    def minimum(self) -> float:
        """The sum of the lowest."""
        return sum(part.minimum for part in self.parts)

    @property
    def maximum(self) -> float:
        """The sum of the highest."""
        return sum(part.maximum for part in self.parts)

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; added in their order."""
        total = self.parts[0].at(seconds)
        for part in self.parts[1:]:
            total = total + part.at(seconds)
        return total


@dataclass(frozen=True)
class Product:
    """All of them multiplied."""

    parts: tuple[Movement, ...]

    @property
    def minimum(self) -> float:
        """The lowest product of ends."""
        return min(self._ends)

    @property
    def maximum(self) -> float:
        """The highest product of ends."""
        return max(self._ends)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        low, high = self.parts[0].minimum, self.parts[0].maximum
        for part in self.parts[1:]:
            ends = [a * b for a, b in itertools.product((low, high), (part.minimum, part.maximum))]
            low, high = min(ends), max(ends)
        return low, high

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; multiplied in their order."""
        product = self.parts[0].at(seconds)
        for part in self.parts[1:]:
            product = product * part.at(seconds)
        return product


@dataclass(frozen=True)
class Outermost:
    """The largest of them at each moment, or the smallest."""

    parts: tuple[Movement, ...]
    largest: bool

    @property
    def minimum(self) -> float:
        """The lowest that the choice can be."""
        return self._chosen([part.minimum for part in self.parts])

    @property
    def maximum(self) -> float:
        """The highest that the choice can be."""
        return self._chosen([part.maximum for part in self.parts])

    def _chosen(self, values: list[float]) -> float:
        return max(values) if self.largest else min(values)

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds."""
        every = np.stack([part.at(seconds) for part in self.parts])
        return np.asarray(every.max(axis=0) if self.largest else every.min(axis=0))


@dataclass(frozen=True)
class Scaled:
    """From one range to another along a straight line.

    Attributes
    ----------
    of
        What is scaled.
    source, target
        Two ends each; those of the source differ.
    hold
        Whether what lies outside the source's ends is held at the target's.
    """

    of: Movement
    source: tuple[float, float]
    target: tuple[float, float]
    hold: bool = True

    @property
    def minimum(self) -> float:
        """The lower end, or where the line leads."""
        return min(self._ends)

    @property
    def maximum(self) -> float:
        """The upper end, or where the line leads."""
        return max(self._ends)

    @cached_property
    def _ends(self) -> list[float]:
        first, last = self._line(np.array([self.of.minimum, self.of.maximum]))
        return [float(first), float(last)]

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds."""
        return self._line(self.of.at(seconds))

    def _line(self, values: Floats) -> Floats:
        (a, b), (c, d) = self.source, self.target
        t = (values - a) / (b - a)
        # From the nearer end, so that both ends are exact.
        line = np.where(t < 0.5, c + (d - c) * t, d - (d - c) * (1.0 - t))
        return np.clip(line, min(c, d), max(c, d)) if self.hold else line


@dataclass(frozen=True)
class Lagged:
    """Another movement, late.

    Attributes
    ----------
    of
        What is followed, from the session's start on, a millisecond at a time.
    rise_s, fall_s
        The time in which 63 % of a step are covered, up and down.
    """

    of: Movement
    rise_s: float
    fall_s: float

    @property
    def minimum(self) -> float:
        """That of what is followed."""
        return self.of.minimum

    @property
    def maximum(self) -> float:
        """That of what is followed."""
        return self.of.maximum

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds."""
        if max(self.rise_s, self.fall_s) <= 0.0:
            return self.of.at(seconds)
        return np.clip(self._recurrence.at(seconds), self.minimum, self.maximum)

    @cached_property
    def _recurrence(self) -> Recurrence:
        return Recurrence(
            lambda times, first: followed(self.of.at(times), first, self.rise_s, self.fall_s)
        )


@dataclass(frozen=True)
class Quantised:
    """The nearest of some values.

    Attributes
    ----------
    of
        What is quantised.
    values
        In rising order, at least one; or none, for the multiples of a step.
    step
        The distance between multiples.
    """

    of: Movement
    values: tuple[float, ...] = ()
    step: float = 0.0

    @property
    def minimum(self) -> float:
        """The nearest to the lowest."""
        return float(self._nearest(np.array([self.of.minimum]))[0])

    @property
    def maximum(self) -> float:
        """The nearest to the highest."""
        return float(self._nearest(np.array([self.of.maximum]))[0])

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; half-way, the higher."""
        return self._nearest(self.of.at(seconds))

    def _nearest(self, found: Floats) -> Floats:
        if not self.values:
            return np.floor(found / self.step + 0.5) * self.step
        steps = np.array(self.values)
        middles = 0.5 * (steps[1:] + steps[:-1])
        return steps[np.searchsorted(middles, found, side="right")]
