"""What a stem says about itself: names, its place in time, tempo, markers and loops.

Only what the composer wrote stands here. There is no date of our own, so the same render writes
the same bytes. All positions are samples at the rate of the file they are written to.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}:\d{2}")
_NOTE = re.compile(r"\s*([A-Ga-g])([#b♯♭]?)")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_MIDDLE_C = 60


@dataclass(frozen=True)
class Cue:
    """A marker.

    Attributes
    ----------
    position_samples
        Where it stands, from the file's first sample.
    label
        What it is called.
    """

    position_samples: int
    label: str = ""


@dataclass(frozen=True)
class Loop:
    """A part that a sampler repeats.

    Attributes
    ----------
    start
        Its first sample.
    end_inclusive
        Its last.
    """

    start: int
    end_inclusive: int


@dataclass(frozen=True)
class Metadata:
    """What a stem says about itself; with nothing said, nothing is written.

    Attributes
    ----------
    title, artist, description, comment
        In any language.
    date, time
        ``YYYY-MM-DD`` and ``HH:MM:SS``, as the composer wrote them; empty for none.
    project, scene, tape
        As film sound calls them, any text.
    time_reference_samples
        Where the file's first sample lies in the session, so that a DAW can put it there.
    tempo_bpm, time_signature, key
        Quarter notes a minute, 0 for none; beats of a bar and what a beat is; ``"F# minor"``, say.
    cues, loops
        Markers and loops. Those beyond the file's end are not written.
    beats
        How many beats long a loop is; 0 for what is no loop.

    Raises
    ------
    ValueError
        When a date or time is not written as above, or a position is negative.
    """

    title: str = ""
    artist: str = ""
    description: str = ""
    comment: str = ""
    date: str = ""
    time: str = ""
    project: str = ""
    scene: str = ""
    tape: str = ""
    time_reference_samples: int = 0
    tempo_bpm: float = 0.0
    time_signature: tuple[int, int] = (4, 4)
    key: str = ""
    cues: tuple[Cue, ...] = ()
    loops: tuple[Loop, ...] = ()
    beats: int = 0

    def __post_init__(self) -> None:
        if self.date and not _DATE.fullmatch(self.date):
            raise ValueError(f"is {self.date}; a date is written YYYY-MM-DD")
        if self.time and not _TIME.fullmatch(self.time):
            raise ValueError(f"is {self.time}; a time of day is written HH:MM:SS")
        places = [self.time_reference_samples, self.beats, *(c.position_samples for c in self.cues)]
        if min(places) < 0 or any(not 0 <= loop.start <= loop.end_inclusive for loop in self.loops):
            raise ValueError("a position is negative, or a loop ends before it begins")

    def __bool__(self) -> bool:
        """Whether anything is said. A time signature alone says nothing: every sound has one."""
        silent = Metadata(time_signature=self.time_signature)
        return any(getattr(self, each.name) != getattr(silent, each.name) for each in fields(self))

    @property
    def root_note(self) -> int | None:
        """The key's root in the octave from middle C, as a MIDI note; None where there is none.

        >>> Metadata(key="F# minor").root_note
        66
        """
        found = _NOTE.match(self.key)
        if not found:
            return None
        return _MIDDLE_C + (_SEMITONES[found[1].upper()] + _ACCIDENTALS[found[2]]) % 12


def one_line(text: str) -> str:
    r"""Return a text without control characters, in one line, as every chunk can hold it.

    >>> one_line("a\tb\x00c")
    'a b c'
    """
    kept = "".join(" " if _is_no_letter(c) else c for c in text)
    return " ".join(kept.split())


def _is_no_letter(character: str) -> bool:
    """Whether XML or FLAC refuse a character: controls, half ones, and those that are none."""
    is_control = unicodedata.category(character) in ("Cc", "Cs")
    return is_control or ord(character) & 0xFFFE == 0xFFFE


def ascii_only(text: str) -> str:
    """Return a text in ASCII, for fields that take nothing else; accents go, the rest becomes ?.

    >>> ascii_only("Stück für João")
    'Stuck fur Joao'
    """
    apart = unicodedata.normalize("NFKD", one_line(text))
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return bare.encode("ascii", "replace").decode("ascii")
