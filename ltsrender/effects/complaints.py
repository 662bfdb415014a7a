"""What is wrong in chains and presets, gathered while they are read: all of it, once each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ltsrender.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_PROBLEMS = 100


class Where(NamedTuple):
    """A place in a file; the place is empty for the whole file."""

    file: str
    place: str

    def key(self, name: str) -> Where:
        """Return the place of a key of the object here."""
        return Where(self.file, f"{self.place}.{name}" if self.place else name)

    def entry(self, number: int) -> Where:
        """Return the place of an entry of the list here."""
        return Where(self.file, f"{self.place}[{number}]")

    def words(self) -> str:
        """Return the place as a message about another place names it."""
        return f"{self.file}: {self.place}" if self.file else self.place


@dataclass
class Complaints:
    """Everything that was found wrong so far."""

    problems: list[Problem] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether there are problems enough: a hostile file could have thousands."""
        return len(self.problems) >= _MOST_PROBLEMS

    def wrong(self, message: str, where: Where, suggestion: str = "") -> None:
        """Remember a problem; one of a preset that is used twice is told once."""
        self._add(Problem(message, where.file, where.place, suggestion))

    def passed_on(self, error: InputError) -> None:
        """Remember everything that somebody else found wrong."""
        for problem in error.problems:
            self._add(problem)

    def keys(self, tree: dict[str, Any], allowed: Iterable[str], where: Where) -> None:
        """Tell of every key of an object that is not allowed."""
        allowed = list(allowed)
        for key in tree:
            if self.is_full:
                return
            if key not in allowed:
                words = f"; allowed: {', '.join(allowed)}" if allowed else ""
                near = nearest(key, allowed)
                self.wrong(f"is not known here{words}", where.key(key), near)

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems and not self.is_full:
            self.problems.append(problem)
