"""What the frames of a warped sound play: which sample, which way, whose phases, which side.

Decided frame after frame from what a time map says (`ltsrender.audio.timewarp` tells the rules).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

JUMP_S = 0.005
"""A position that leaps farther between two samples jumps, and is crossfaded as long."""
ATTACK_S = 0.024
_SLIP_S = 0.001
_FAR = 2.0**62


class Positions(Protocol):
    """Where in its sound each moment of a track is, as `ltsrender.latents.TimeMap` knows."""

    @property
    def start_sample(self) -> int:
        """When the sound begins on the track's time line."""

    @property
    def run_up_rate(self) -> int:
        """The rate at which time runs before that, 1 or -1."""

    @property
    def onsets(self) -> NDArray[np.float64]:
        """Onsets in samples from the sound's start, rising."""

    def at(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return positions in samples from the sound's start."""

    def steady(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the positions without the wandering of time that stands still."""

    def written(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the positions before anything was bent: they jump where the composer jumps."""


@dataclass(frozen=True)
class Grid:
    """The frames of a warped sound.

    Attributes
    ----------
    hop_samples, window_samples
        Samples between frames, and in one.
    sample_rate_hz
        Samples per second.
    """

    hop_samples: int
    window_samples: int
    sample_rate_hz: int


@dataclass(frozen=True)
class Steps:
    """What consecutive frames play; each ``[frame]``.

    Attributes
    ----------
    positions
        int64, the sample of the sound at the frame's centre.
    directions
        int64, 1 or -1.
    is_true
        bool, whether phases are the sound's own.
    steady
        int64, the sample whose spectral envelope the frame has.
    low, high
        float64, between which samples of the sound the frame hears.
    """

    positions: NDArray[np.int64]
    directions: NDArray[np.int64]
    is_true: NDArray[np.bool_]
    steady: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass
class Walk:
    """Where the frames have come to.

    Attributes
    ----------
    direction, position, is_true
        Of the frame before; there is no position before the first frame and before a jump.
    entry
        By how much track and sound were apart when the sound's present stretch was entered: at its
        onset, at a jump, at a turn.
    jumps
        Moments of jumps that windows may still reach, in samples of the track.
    scanned
        The first frame before which jumps have not been looked for.
    """

    direction: int
    scanned: int
    position: int | None = None
    is_true: bool = False
    entry: int = 0
    jumps: list[int] = field(default_factory=list)

    def steps(self, positions: Positions, centres: NDArray[np.int64], grid: Grid) -> Steps:
        """Return what the next frames play.

        Parameters
        ----------
        positions
            The time map.
        centres : int64[frame]
            The frames' centres on the track's time line, one hop apart, going on from the last.
        grid
            The frames.
        """
        has_jumped = self._jumps_before(positions, centres, grid)
        wanted = positions.at(centres).tolist()
        taken = []
        for centre, want, jumped in zip(centres.tolist(), wanted, has_jumped, strict=True):
            if jumped:  # what lies behind does not tell where it goes
                ahead = float(positions.at(np.array([centre + grid.hop_samples // 4]))[0])
                self.direction = -1 if ahead < want else 1
                self.position = None
            taken.append(self._step(centre, want, positions.onsets, grid))
        places, directions, is_true, low, high = zip(*taken, strict=True)
        at = np.array(places, dtype=np.int64)
        steady = np.rint(positions.steady(centres)).astype(np.int64)
        return Steps(
            positions=at,
            directions=np.array(directions, dtype=np.int64),
            is_true=np.array(is_true, dtype=np.bool_),
            steady=np.where(np.abs(steady - at) > 1, steady, at),
            low=np.array(low, dtype=np.float64),
            high=np.array(high, dtype=np.float64),
        )

    def _step(
        self, centre: int, want: float, onsets: NDArray[np.float64], grid: Grid
    ) -> tuple[int, int, bool, float, float]:
        hop, before, direction = grid.hop_samples, self.position, self.direction
        if before is None:
            before = nearest(want) - direction * hop
        elif want != before:
            direction = 1 if want > before else -1
        position = before + direction * hop
        goes_on = abs(want - position) <= 1.0 and direction == self.direction
        if abs(want - position) > 1.0:
            position = nearest(want)
        side, side_before = np.searchsorted(onsets, (position, before), side="right").tolist()
        is_new = self.position is None or side != side_before
        is_true = is_new or (self.is_true and goes_on)
        slip = centre - direction * position
        if is_new or direction != self.direction:
            self.entry = slip
        low = float(onsets[side - 1]) if side > 0 else -_FAR
        high = float(onsets[side]) if side < onsets.size else _FAR
        if side > 0 and not is_true and self._has_passed(position - low, direction, slip, grid):
            # Never the sample in the middle of the frame itself: it would hear nothing.
            attack, reach = ATTACK_S * grid.sample_rate_hz, grid.window_samples / 16
            low = max(low, min(low + attack, position - reach))
        self.position, self.direction, self.is_true = position, direction, is_true
        return position, direction, is_true, low, high

    def _has_passed(self, since: float, direction: int, slip: int, grid: Grid) -> bool:
        """Return whether an attack ``since`` samples ago would be heard at a wrong time."""
        if direction < 0:
            return since > ATTACK_S * grid.sample_rate_hz
        return abs(slip - self.entry) > _SLIP_S * grid.sample_rate_hz

    def _jumps_before(
        self, positions: Positions, centres: NDArray[np.int64], grid: Grid
    ) -> list[bool]:
        """Find jumps as far as the last frame's window reaches; tell which frames follow one."""
        hop = grid.hop_samples
        stop = int(centres[-1]) // hop + grid.window_samples // (2 * hop) + 2
        frames = np.arange(self.scanned - 2, stop)
        least = JUMP_S * grid.sample_rate_hz
        bends = np.abs(np.diff(positions.written(frames * hop), 2)) > least / 2
        for frame in frames[2:][bends].tolist():
            moments = np.arange((frame - 1) * hop, frame * hop + 1)
            leaps = np.abs(np.diff(positions.written(moments)))
            if leaps.max() > least:
                self.jumps.append(int(moments[1 + int(leaps.argmax())]))
        self.scanned = stop
        oldest = int(centres[0]) - grid.window_samples
        self.jumps = [jump for jump in self.jumps if jump > oldest]
        moments = np.append(centres[0] - hop, centres)
        count = np.searchsorted(self.jumps, moments, side="right")
        return [bool(more) for more in np.diff(count)]


def nearest(position: float) -> int:
    """Return the nearest sample, halves upwards wherever: runs of halves stay evenly spaced."""
    return math.floor(position + 0.5)
