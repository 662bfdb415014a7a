"""Bars: how beats are counted, with time signatures that change.

A beat is a quarter note everywhere, whatever the signature, as in MIDI and in DAWs: a bar of 7/8 is
3.5 beats long. In ``bars|beats|ticks`` the second number counts the notes of the signature, so in
7/8 ``3|7|0`` is the last eighth of bar 3. Bars and their beats count from 1, ticks from 0; 960
ticks are a quarter note.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

TICKS_PER_BEAT = 960


class Meter:
    """Turns bars into beats and back.

    Parameters
    ----------
    changes
        (bar, numerator, denominator) of each time signature, the first at bar 1, each later than
        the one before.

    Raises
    ------
    ValueError
        When there is no signature, the first is not at bar 1, or their order is wrong.

    Examples
    --------
    >>> meter = Meter([(1, 4, 4), (3, 7, 8)])
    >>> meter.beats_at(3), meter.beats_at(4, 2)
    (8.0, 12.0)
    >>> meter.text_at(12.0)
    '4|2|000'
    """

    def __init__(self, changes: Sequence[tuple[int, int, int]]) -> None:
        self.changes = tuple(changes)
        if not self.changes or self.changes[0][0] != 1:
            raise ValueError("a meter needs its first time signature at bar 1")
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.changes)):
            raise ValueError("time signatures must each be later than the one before")
        self._bar = np.array([change[0] for change in self.changes], dtype=np.int64)
        self._note = np.array([4.0 / change[2] for change in self.changes])
        self._length = np.array([change[1] for change in self.changes]) * self._note
        lengths = np.diff(self._bar) * self._length[:-1]
        self._start = np.concatenate([[0.0], np.cumsum(lengths)])

    def beats_at(self, bar: int, beat: float = 1.0, ticks: float = 0.0) -> float:
        """Return where a place in a bar is, in beats (quarter notes) from the start.

        Parameters
        ----------
        bar
            From 1.
        beat
            In notes of the bar's signature, from 1.
        ticks
            960 to a quarter note.
        """
        piece = max(int(np.searchsorted(self._bar, bar, side="right")) - 1, 0)
        start = self._start[piece] + (bar - self._bar[piece]) * self._length[piece]
        return float(start + (beat - 1.0) * self._note[piece] + ticks / TICKS_PER_BEAT)

    def bar_at(self, beats: float) -> tuple[int, float]:
        """Return the bar that a beat lies in, and how many quarter notes after its start."""
        piece = max(int(np.searchsorted(self._start, beats, side="right")) - 1, 0)
        length = self._length[piece]
        bars = int((beats - self._start[piece]) // length)
        inside = float(beats - self._start[piece] - bars * length)
        return int(self._bar[piece]) + bars, inside

    def text_at(self, beats: float) -> str:
        """Return a place as ``bars|beats|ticks``, to the nearest tick.

        >>> Meter([(1, 4, 4)]).text_at(5.5)
        '2|2|480'
        """
        # Rounded first, so that no tick of 960 is ever written.
        rounded = round(beats * TICKS_PER_BEAT) / TICKS_PER_BEAT
        bar, inside = self.bar_at(rounded)
        piece = max(int(np.searchsorted(self._bar, bar, side="right")) - 1, 0)
        ticks_per_note = round(self._note[piece] * TICKS_PER_BEAT)
        note, ticks = divmod(round(inside * TICKS_PER_BEAT), ticks_per_note)
        return f"{bar}|{note + 1}|{ticks:03d}"

    def bars_between(self, start_beats: float, end_beats: float) -> list[tuple[int, float]]:
        """Return (bar, beats) of every bar line from one beat up to another, at most 100,000."""
        bar = self.bar_at(max(start_beats, 0.0))[0]
        found: list[tuple[int, float]] = []
        while len(found) < 100_000 and self.beats_at(bar) <= end_beats:
            if self.beats_at(bar) >= start_beats:
                found.append((bar, self.beats_at(bar)))
            bar += 1
        return found


def signature_of(text: str) -> tuple[int, int]:
    """Return numerator and denominator of a time signature.

    >>> signature_of("7/8")
    (7, 8)
    """
    numerator, denominator = text.split("/")
    return int(numerator), int(denominator)
