"""Beats and seconds: a tempo that changes in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]


class TempoMap:
    """Turns beats into seconds and back.

    Between two changes the tempo is constant, so time in seconds is a polyline over beats:
    ``seconds = t_i + (beats - b_i) * 60 / bpm_i`` from change ``i`` on. Time never runs backwards,
    and there and back again is the same moment to better than 1e-9 s over 24 hours.

    Parameters
    ----------
    changes
        (beats, bpm) of each change, the first at beat 0, each later than the one before.

    Raises
    ------
    ValueError
        When there is no change, the first is not at 0, their order is wrong, or a tempo is not a
        positive number.

    Examples
    --------
    >>> tempo = TempoMap([(0, 60), (4, 120)])
    >>> tempo.seconds_at(6.0)
    5.0
    >>> tempo.beats_at(5.0)
    6.0
    """

    def __init__(self, changes: Sequence[tuple[float, float]]) -> None:
        self.changes = tuple((float(beats), float(bpm)) for beats, bpm in changes)
        self._beats = np.array([beats for beats, _ in self.changes], dtype=np.float64)
        self._bpm = np.array([bpm for _, bpm in self.changes], dtype=np.float64)
        if not self.changes or self.changes[0][0] != 0.0:
            raise ValueError("a tempo map needs its first change at beat 0")
        if not (np.all(np.isfinite(self._beats)) and np.all(np.diff(self._beats) > 0.0)):
            raise ValueError("tempo changes must each be later than the one before")
        if not np.all((self._bpm > 0.0) & np.isfinite(self._bpm)):
            raise ValueError("a tempo must be a positive number of beats per minute")
        lengths_s = np.diff(self._beats) * 60.0 / self._bpm[:-1]
        self._seconds = np.concatenate([[0.0], np.cumsum(lengths_s)])

    @overload
    def seconds_at(self, beats: float) -> float: ...
    @overload
    def seconds_at(self, beats: Floats) -> Floats: ...
    def seconds_at(self, beats: float | Floats) -> float | Floats:
        """Return the time in seconds of a beat, or of many (any shape)."""
        return self._along(beats, self._beats, self._seconds, 60.0 / self._bpm)

    @overload
    def beats_at(self, seconds: float) -> float: ...
    @overload
    def beats_at(self, seconds: Floats) -> Floats: ...
    def beats_at(self, seconds: float | Floats) -> float | Floats:
        """Return the beat at a time in seconds, or at many (any shape)."""
        return self._along(seconds, self._seconds, self._beats, self._bpm / 60.0)

    @staticmethod
    def _along(where: float | Floats, x: Floats, y: Floats, slope: Floats) -> float | Floats:
        """Return the polyline through (x, y) at ``where``; straight on before and after."""
        positions = np.asarray(where, dtype=np.float64)
        piece = _piece_of(positions, x)
        ends = np.append(y[1:], np.inf)[piece]
        # Rounding must not carry a moment past the next change: time never runs backwards.
        found = np.minimum(y[piece] + (positions - x[piece]) * slope[piece], ends)
        return float(found) if np.ndim(where) == 0 else found


def _piece_of(positions: Floats, x: Floats) -> NDArray[np.intp] | np.intp:
    """Return between which breaks positions lie: one number when it is the same for all."""
    if positions.size:
        ends = np.array([positions.min(), positions.max()])
        first, last = np.maximum(np.searchsorted(x, ends, side="right") - 1, 0)
        if first == last:
            return np.intp(first)
    return np.maximum(np.searchsorted(x, positions, side="right") - 1, 0)
