"""Every exception that ltsrender raises on purpose.

    LtsError                     exit code 1
    ├── RenderError              the render itself failed: disk full, an unwritable target
    │   └── InsertFailed         an insert failed at work: a plugin crashed, say
    └── InputError               exit code 2; carries every problem found, never only the first
        ├── SessionError         a session file
        ├── AutomationError      an automation or MIDI file
        ├── SoundError           a recording
        ├── ModelError           a timbre model
        └── EffectError          a chain, an insert or a preset

Each is a note to a composer: which file, which place, what was found, what is allowed, and the
nearest right answer. A traceback for bad input is a defect of ours.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in one place of one file.

    Attributes
    ----------
    message
        What was found and what is allowed, e.g. ``"is 9.0; mix takes -1..2"``.
    file
        The file as the composer named it; empty when there is none (an option, say).
    place
        The place inside the file, e.g. ``"lanes[2].points[5].value"``; empty for the whole file.
    suggestion
        The nearest right answer; empty when nothing is near.
    """

    message: str
    file: str | Path = ""
    place: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        head = f"{self.file}: " if str(self.file) else ""
        place = f"{self.place} " if self.place else ""
        tail = f'; did you mean "{self.suggestion}"?' if self.suggestion else ""
        return plain(f"{head}{place}{self.message}{tail}")


def plain(text: str) -> str:
    r"""Return a text with its control characters written out, so that it stays on one line.

    Names of files and titles come from anywhere; none of them moves the cursor or ends a line.

    >>> plain("a\nb\x1b[2J")
    'a\\nb\\x1b[2J'
    """
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return the allowed word that looks most like ``word``, or an empty string.

    >>> nearest("targt", ["target", "points"])
    'target'
    """
    found = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else ""


class LtsError(Exception):
    """The root of all errors that ltsrender raises on purpose."""

    exit_code = 1


class RenderError(LtsError):
    """Raised when a render that was rightly asked for could not be finished."""


class InsertFailed(RenderError):  # noqa: N818 - it reads as what happened
    """Raised when an insert fails at work: a plugin that crashes, say.

    Parameters
    ----------
    insert
        The insert's id.
    reason
        What happened, in words for a composer.
    """

    def __init__(self, insert: str, reason: str) -> None:
        self.insert = insert
        self.reason = reason
        super().__init__(f'insert "{insert}": {reason}')


class InputError(LtsError):
    """Raised when something the composer gave cannot be used.

    Parameters
    ----------
    problems
        Everything that is wrong, in the order in which a reader meets it; at least one.
    """

    exit_code = 2

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SessionError(InputError):
    """Raised when a session cannot be read or makes no sense."""


class AutomationError(InputError):
    """Raised when an automation file or a MIDI file cannot be read."""


class SoundError(InputError):
    """Raised when a recording cannot be read."""


class ModelError(InputError):
    """Raised when a timbre model cannot be read, or does not fit the session."""


class EffectError(InputError):
    """Raised when a chain, an insert or a preset makes no sense."""
