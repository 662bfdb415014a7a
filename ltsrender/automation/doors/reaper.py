"""Envelopes of REAPER as text: an envelope, a track, or a whole project.

The text holds blocks such as ::

    <VOLENV2
      ACT 1 -1
      VOLTYPE 1
      PT 0 1 0
      PT 8.5 0.25 5 0 0 0 -0.7
    >

A ``PT`` line has the time in seconds, the value, the shape of the way to the next point (0 linear,
1 square, 2 slow start and end, 3 fast start, 4 fast end, 5 Bezier), two numbers that are about the
time signature and the selection, one that nobody has documented, and the tension of a Bezier way.
Volumes are amplitudes, 1 is 0 dB. In a pan envelope 1 is left. A ``PARMENV`` says the ends of its
range. (ReaTeam/Doc, "State Chunk Definitions".)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from ltsrender.automation.doors.found import MOST_POINTS, Found, FoundLane, Refusal, assigned
from ltsrender.automation.doors.reaper_lane import lane_points, scale_for
from ltsrender.automation.doors.text import lines_of, number_of
from ltsrender.automation.doors.values import LATEST
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation.doors.found import Wanted

_OPENING = re.compile(r"<([A-Z][A-Z0-9]*)(?:\s+(.*))?")
_SHAPES = range(6)
_TARGETS = MappingProxyType({"VOLENV2": "gain_db", "PANENV2": "pan"})
"""What the envelopes of a track's own fader and pan move; all others are asked for."""
_TEMPO = ("TEMPOENVEX", "TEMPOENV")


@dataclass(frozen=True, slots=True)
class Point:
    """A ``PT`` line."""

    line: int
    at: float
    value: float
    shape: int
    tension: float


@dataclass
class Envelope:
    """One block of points.

    Attributes
    ----------
    tag
        ``VOLENV2``, ``PARMENV`` ...; empty for points without a block around them.
    line
        Where it begins.
    ends
        Of a parameter: its smallest and largest value.
    fader
        Whether its lines are straight on the scale of REAPER's faders.
    shape
        Of points that do not say one.
    """

    tag: str
    line: int
    ends: tuple[float, float] = (0.0, 1.0)
    fader: bool = False
    shape: int = 0
    points: list[Point] = field(default_factory=list)

    def called(self) -> str:
        """Return what a message calls it."""
        return f"{self.tag or 'points'} on line {self.line}"


def looks_like_reaper(text: str) -> bool:
    """Return whether a text holds an envelope of REAPER."""
    blocks = re.compile(r"\s*(<[A-Z]*ENV(?:[A-Z0-9]*|PTS)\b|PT\s+[-+.\d]+\s+[-+.\d])")
    return any(blocks.match(line) for line in lines_of(text))


def read_envelopes(text: str, path: Path, wanted: Wanted) -> Found:
    """Return a lane for each envelope with points.

    Raises
    ------
    AutomationError
        With every wrong line, when an envelope has automation items, or it is not said what moves.
    """
    refusal = Refusal(path)
    found = [envelope for envelope in _envelopes(text, refusal) if envelope.points]
    refusal.raise_any()
    envelopes = [envelope for envelope in found if envelope.tag not in _TEMPO]
    notes = [
        f"{envelope.called()} is left out: tempo belongs to the session"
        for envelope in found
        if envelope.tag in _TEMPO
    ]
    if not envelopes:
        refusal.add("has no envelope with points (PT lines)")
    if wanted.time not in (None, "seconds"):
        refusal.add(f"is in seconds, as REAPER's envelopes are; --time says {wanted.time}")
    lanes = []
    for envelope, target in zip(envelopes, _targets(envelopes, wanted, refusal), strict=True):
        _check_order(envelope, refusal)
        scale = scale_for(envelope, target, wanted)
        lanes.append(FoundLane(target, "seconds", lane_points(envelope, scale, refusal)))
        if envelope.fader and scale.by_level:
            notes.append(
                f"{envelope.called()} is drawn on REAPER's fader scale: its points are exact, the "
                "ways between them close (Volume envelopes in amplitude are exact)"
            )
    refusal.raise_any()
    return Found(tuple(lanes), notes=tuple(notes))


def _targets(envelopes: list[Envelope], wanted: Wanted, refusal: Refusal) -> list[str]:
    if len(wanted.targets) == len(envelopes):
        targets = list(wanted.targets)
    else:
        asked = [e.called() for e in envelopes if e.tag not in _TARGETS]
        given = iter(assigned(wanted.targets, asked, refusal))
        targets = [_TARGETS.get(envelope.tag) or next(given) for envelope in envelopes]
    first: dict[str, Envelope] = {}
    for envelope, target in zip(envelopes, targets, strict=True):
        if target in first:
            words = f"{target}, as does {first[target].called()}; import the envelopes of one track"
            refusal.add(
                f"moves {words}, or give --target {len(envelopes)} times", envelope.called()
            )
        first.setdefault(target, envelope)
    refusal.raise_any()
    return targets


def _envelopes(text: str, refusal: Refusal) -> list[Envelope]:
    """Return all envelopes; blocks inside and around them are passed over."""
    found: list[Envelope] = []
    opened: list[Envelope | None] = []
    n_points = 0
    for number, line in enumerate(lines_of(text), 1):
        words = line.strip()
        opening = _OPENING.match(words)
        if opening:
            inside = "ENV" in opening[1] and opening[1] != "ENVSEG"
            opened.append(_opened(opening, number, refusal) if inside else None)
            found += [opened[-1]] if opened[-1] else []
        elif words == ">":
            if opened:
                opened.pop()
        elif words.startswith(("PT ", "PT\t")):
            n_points += 1
            if n_points > MOST_POINTS:
                refusal.add(f"is one of more than {MOST_POINTS} points", f"line {number}")
                break
            if not opened:
                found.append(Envelope("", number))
                opened.append(found[-1])
            if opened[-1]:
                _read_point(words, number, opened[-1], refusal)
        elif opened and opened[-1]:
            _read_setting(words, number, opened[-1], refusal)
    return found


def _opened(opening: re.Match[str], number: int, refusal: Refusal) -> Envelope:
    tag = "" if opening[1] == "ENVPTS" else opening[1]
    envelope = Envelope(tag, number)
    if tag == "PARMENV":
        numbers = [number_of(word) for word in (opening[2] or "").split()[1:3]]
        if len(numbers) == 2 and None not in numbers and numbers[0] != numbers[1]:
            envelope.ends = (numbers[0] or 0.0, numbers[1] or 0.0)
        else:
            words = "takes the parameter, its smallest and its largest value"
            refusal.add(f"is {found_words(opening[0])}; {words}", f"line {number}")
    return envelope


def _read_setting(words: str, number: int, envelope: Envelope, refusal: Refusal) -> None:
    key, *rest = words.split(maxsplit=2) or [""]
    if key == "VOLTYPE" and rest:
        envelope.fader = rest[0] == "1"
    elif key == "DEFSHAPE" and rest and rest[0].isdecimal() and int(rest[0][:3]) in _SHAPES:
        envelope.shape = int(rest[0][:3])
    elif key == "POOLEDENVINST":
        refusal.add(
            "is an automation item, whose points are elsewhere; in REAPER, delete the item and "
            "keep its points, then copy the envelope anew",
            f"line {number}",
        )


def _read_point(words: str, number: int, envelope: Envelope, refusal: Refusal) -> None:
    place = f"line {number}"
    numbers = [number_of(word) for word in words.split()[1:8]]
    if len(numbers) < 2 or None in numbers:
        takes = "PT takes a time, a value, a shape and so on, all of them numbers"
        refusal.add(f"is {found_words(words)}; {takes}", place)
        return
    at, value, *rest = [0.0 if n is None else n for n in numbers]
    shape = rest[0] if rest else -1.0
    if shape != -1.0 and shape not in _SHAPES:
        refusal.add(f"has the shape {shape:g}; takes 0..5", place)
        return
    tension = rest[4] if len(rest) > 4 else 0.0
    if not 0.0 <= at <= LATEST["seconds"]:
        refusal.add(f"is at {at:g} s; takes 0..{LATEST['seconds']:.0f} s", place)
    elif not -1.0 <= tension <= 1.0:
        refusal.add(f"has the tension {tension:g}; takes -1..1", place)
    else:
        code = envelope.shape if shape == -1.0 else int(shape)
        envelope.points.append(Point(number, at, value, code, tension))


def _check_order(envelope: Envelope, refusal: Refusal) -> None:
    """Refuse points out of order, and leave of those at one time the first and the last."""
    kept: list[Point] = []
    for point in envelope.points:
        if kept and point.at < kept[-1].at:
            words = f"is at {point.at:.9g} s, before the point before it, at {kept[-1].at:.9g} s"
            refusal.add(words, f"line {point.line}")
        if len(kept) > 1 and kept[-2].at == kept[-1].at == point.at:
            kept.pop()
        kept.append(point)
    envelope.points = kept
