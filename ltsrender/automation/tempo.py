"""Beats and seconds: a tempo that changes in steps and in ramps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

WAYS = ("hold", "linear")


class TempoChange(NamedTuple):
    """A tempo from a beat on, and how it goes on to the next change."""

    at_beats: float
    bpm: float
    shape: str = "hold"
    """``"hold"`` keeps the tempo, ``"linear"`` moves it evenly over the beats."""


class TempoMap:
    """Turns beats into seconds and back.

    Between two changes the tempo is p, or moves along a straight line over the beats from p to q.
    With b beats since the change, and k = (q - p) / (beats to the next change),

        seconds = 60 b / p                  where the tempo holds
        seconds = 60 / k ln(1 + k b / p)    on a ramp

    and on a ramp ``b = p / k (exp(k seconds / 60) - 1)`` leads back, so both ways are exact. Time
    never runs backwards, and there and back again is the same moment
    to better than 1e-9 s over 24 hours.

    Parameters
    ----------
    changes
        (beats, bpm) or (beats, bpm, shape) of each change, the first at beat 0, each later than
        the one before.

    Raises
    ------
    ValueError
        When there is no change, the first is not at 0, their order is wrong, a tempo is not a
        positive number, or a shape is unknown.

    Examples
    --------
    >>> tempo = TempoMap([(0, 60), (4, 120)])
    >>> tempo.seconds_at(6.0)
    5.0
    >>> tempo.beats_at(5.0)
    6.0
    """

    def __init__(
        self, changes: Sequence[tuple[float, float] | tuple[float, float, str] | TempoChange]
    ) -> None:
        self.changes = tuple(
            TempoChange(float(change[0]), float(change[1]), *change[2:]) for change in changes
        )
        self._beats = np.array([change.at_beats for change in self.changes], dtype=np.float64)
        self._bpm = np.array([change.bpm for change in self.changes], dtype=np.float64)
        if not self.changes or self.changes[0].at_beats != 0.0:
            raise ValueError("a tempo map needs its first change at beat 0")
        if not (np.all(np.isfinite(self._beats)) and np.all(np.diff(self._beats) > 0.0)):
            raise ValueError("tempo changes must each be later than the one before")
        if not np.all((self._bpm > 0.0) & np.isfinite(self._bpm)):
            raise ValueError("a tempo must be a positive number of beats per minute")
        if any(change.shape not in WAYS for change in self.changes):
            raise ValueError(f"a tempo goes on by {' or '.join(WAYS)}")
        ramps = np.array([change.shape == "linear" for change in self.changes])
        self._slope = np.zeros(len(self.changes))  # bpm per beat; the last tempo holds
        self._slope[:-1] = np.where(ramps[:-1], np.diff(self._bpm) / np.diff(self._beats), 0.0)
        lengths_s = self._seconds_since(np.arange(len(ramps) - 1), np.diff(self._beats))
        self._seconds = np.concatenate([[0.0], np.cumsum(lengths_s)])
        self._last: tuple[Floats, Floats] = np.zeros(0), np.zeros(0)

    @overload
    def seconds_at(self, beats: float) -> float: ...
    @overload
    def seconds_at(self, beats: Floats) -> Floats: ...
    def seconds_at(self, beats: float | Floats) -> float | Floats:
        """Return the time in seconds of a beat, or of many (any shape)."""
        positions = np.asarray(beats, dtype=np.float64)
        piece = _piece_of(positions, self._beats)
        since = self._seconds_since(piece, positions - self._beats[piece])
        found = self._held(self._seconds, piece, since)
        return float(found) if np.ndim(beats) == 0 else found

    @overload
    def beats_at(self, seconds: float) -> float: ...
    @overload
    def beats_at(self, seconds: Floats) -> Floats: ...
    def beats_at(self, seconds: float | Floats) -> float | Floats:
        """Return the beat at a time in seconds, or at many (any shape)."""
        positions = np.asarray(seconds, dtype=np.float64)
        asked, known = self._last  # lanes of one strip ask for the same moments, one by one
        if positions.size > 1 and (asked is positions or np.array_equal(asked, positions)):
            return known.copy()
        piece = _piece_of(positions, self._seconds)
        since = self._beats_since(piece, positions - self._seconds[piece])
        found = self._held(self._beats, piece, since)
        if positions.size > 1:
            # Who may still write into his moments cannot be known by them again.
            kept = positions.copy() if positions.flags.writeable else positions
            self._last = kept, found.copy()
        return float(found) if np.ndim(seconds) == 0 else found

    @overload
    def bpm_at(self, beats: float) -> float: ...
    @overload
    def bpm_at(self, beats: Floats) -> Floats: ...
    def bpm_at(self, beats: float | Floats) -> float | Floats:
        """Return the tempo at a beat, or at many (any shape); on a change, the new one."""
        positions = np.asarray(beats, dtype=np.float64)
        piece = _piece_of(positions, self._beats)
        since = np.maximum(positions - self._beats[piece], 0.0)
        found = self._bpm[piece] + self._slope[piece] * since
        return float(found) if np.ndim(beats) == 0 else found

    def _seconds_since(self, piece: NDArray[np.intp] | np.intp, beats: Floats) -> Floats:
        """Return the seconds that beats after a change take."""
        bpm, slope = self._bpm[piece], self._slope[piece]
        steady: Floats = beats * 60.0 / bpm
        if not np.any(slope):
            return steady
        ramp = np.where(beats > 0.0, slope, 0.0)  # before beat 0 the first tempo holds
        k = np.where(ramp == 0.0, 1.0, ramp)
        return np.where(ramp == 0.0, steady, 60.0 / k * np.log1p(ramp * beats / bpm))

    def _beats_since(self, piece: NDArray[np.intp] | np.intp, seconds: Floats) -> Floats:
        """Return the beats that seconds after a change hold."""
        bpm, slope = self._bpm[piece], self._slope[piece]
        steady: Floats = seconds * bpm / 60.0
        if not np.any(slope):
            return steady
        ramp = np.where(seconds > 0.0, slope, 0.0)
        k = np.where(ramp == 0.0, 1.0, ramp)
        return np.where(ramp == 0.0, steady, bpm / k * np.expm1(ramp * seconds / 60.0))

    @staticmethod
    def _held(y: Floats, piece: NDArray[np.intp] | np.intp, since: Floats) -> Floats:
        """Return moments after changes, never past the next one: time does not run backwards."""
        ends = np.append(y[1:], np.inf)[piece]
        held: Floats = np.minimum(y[piece] + since, ends)
        return held


def _piece_of(positions: Floats, x: Floats) -> NDArray[np.intp] | np.intp:
    """Return between which breaks positions lie: one number when it is the same for all."""
    if positions.size:
        ends = np.array([positions.min(), positions.max()])
        first, last = np.maximum(np.searchsorted(x, ends, side="right") - 1, 0)
        if first == last:
            return np.intp(first)
    return np.maximum(np.searchsorted(x, positions, side="right") - 1, 0)
