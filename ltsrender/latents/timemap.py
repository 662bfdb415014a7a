"""The time map: which moment of a sound is heard at each moment of its track.

A ``position/<sound>`` lane says it in seconds of the sound, as if the sound went on for ever in
the way its ``when_short`` says: beyond its end the position runs on into the loop. Three things
are done to what the lane says.

**Before the sound begins** time runs at rate 1 towards the first position (at rate -1 where the
lane begins backwards), so that whatever looks around the first moment finds the sound as it is.

**Around onsets** a sound plays at rate 1. With rate r and the onset at s, a position p = s + u
becomes

    s + u / r                  while -r a < u < r b,

and on both sides the map returns to the lane's position at half its rate where the sound is
stretched, at one and a half times its rate where it is hurried. An attack is then as sharp as it
was, and the map never runs backwards. Sounds more than three times as fast are left alone, and so
is what stands still: a frozen moment is the one that was asked for.

**Where time stands still** the position wanders by chance, smoothly, through a neighbourhood of
60 ms on either side that has no other onset in it. One moment of noise repeated for ever is a
chord of as many sines as the window has bins; noise heard while wandering stays noise. Only sound
wanders (`TimeMap.at`); the timbre that is frozen stands still (`TimeMap.steady`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.latents.placement import PlacedSound

    Floats = NDArray[np.float64]

BEFORE_ONSET_S = 0.012
"""a: one hop of the phase vocoder, so that its last frame before an onset reaches up to it."""
AFTER_ONSET_S = 0.024
"""b: an attack and what the ear takes for it."""
WANDER_S = 0.06
WANDER_KNOTS_HZ = 24.0
"""How often the wandering position chooses a new aim."""
STILL_RATES = (0.125, 0.4)
"""Slower than the first the wandering is whole, faster than the second there is none."""
FASTEST_BENT = 3.0
SLOWEST_BENT = 0.01
_SMALLEST_RATE = 1e-9
_SAME_RATE = 1.0
_RATE_SPAN_S = 0.05
_KNOTS_PER_BLOCK = 256


class PositionLane(Protocol):
    """Anything that says where in a sound each moment of a session is."""

    @property
    def maximum(self) -> float:
        """The farthest position, in seconds."""

    def at(self, seconds: Floats) -> Floats:
        """Return the position in seconds at each moment, in seconds from the session's start."""


@dataclass(frozen=True, eq=False)
class TimeMap:
    """Where in its sound each moment of a track is.

    Attributes
    ----------
    lane
        The position in seconds of the sound, over seconds of the session.
    onsets : float64[onset]
        Onsets of the sound, as far as the lane ever goes, in samples from its start; rising.
    sample_rate_hz
        Of the track and of the sound.
    track_start_sample
        Where the track begins on the session's time line.
    start_sample
        When the sound begins, on the track's time line.
    last_sample
        Where the position stops at the latest, or None where the sound goes on for ever.
    end_sample
        Beyond which nothing is heard, so that wandering stays before it; None for no end.
    seed
        Of the wandering.
    """

    lane: PositionLane
    onsets: NDArray[np.float64]
    sample_rate_hz: int
    track_start_sample: int = 0
    start_sample: int = 0
    last_sample: int | None = None
    end_sample: int | None = None
    seed: int = 0
    _room: tuple[Floats, Floats] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # The bends of two onsets share the sound between them, a third to two thirds.
        gaps = np.diff(self.onsets, prepend=-np.inf, append=np.inf)
        object.__setattr__(self, "_room", (gaps[:-1] / 3, gaps[1:] * 2 / 3))

    @property
    def farthest(self) -> float:
        """A position that is never passed, in samples from the sound's start."""
        lead = AFTER_ONSET_S * max(1.0, FASTEST_BENT)
        farthest = (self.lane.maximum + lead + WANDER_S) * self.sample_rate_hz
        if self.last_sample is None:
            return farthest
        return min(farthest, self.last_sample + lead * self.sample_rate_hz)

    def written(self, samples: NDArray[np.int64]) -> Floats:
        """Return what the lane says, in samples of the sound, with the run-up before the start.

        Parameters
        ----------
        samples : int64[moment]
            Moments of the track's time line, any order.
        """
        positions = self._laid(np.maximum(samples, self.start_sample))
        run_up: Floats = positions + self.run_up_rate * np.minimum(samples - self.start_sample, 0)
        return run_up

    @cached_property
    def run_up_rate(self) -> int:
        """1, or -1 where the lane begins backwards."""
        first, soon = self._laid(self.start_sample + np.array([0, self.sample_rate_hz // 1_000]))
        return -1 if soon < first else 1

    def _laid(self, samples: NDArray[np.int64]) -> Floats:
        seconds = (samples + self.track_start_sample) / self.sample_rate_hz
        positions = self.lane.at(seconds) * self.sample_rate_hz
        return positions if self.last_sample is None else np.minimum(positions, self.last_sample)

    def at(self, samples: NDArray[np.int64]) -> Floats:
        """Return where in the sound each moment is, in samples from its start: float64[moment].

        Negative before the sound begins to be heard, where it is still silent.
        """
        written, rate, bent = self._bent(samples)
        still = _falling((np.abs(rate) - STILL_RATES[0]) / (STILL_RATES[1] - STILL_RATES[0]))
        still = np.where(samples < self.start_sample, 0.0, still)
        if not still.any():
            return bent
        return bent + still * self._wandering(bent, written, rate, samples)

    def steady(self, samples: NDArray[np.int64]) -> Floats:
        """Return where each moment would be if nothing wandered: float64[moment]."""
        return self._bent(samples)[2]

    def _bent(self, samples: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """Return the lane's position, its rate, and the position with onsets at rate 1."""
        written = self.written(samples)
        rate = self._rate(samples, written)
        run_up = samples < self.start_sample
        shift = np.where(run_up, self._first_shift, self._bending(written, rate))
        return written, rate, written + shift

    @cached_property
    def _first_shift(self) -> float:
        """How far the first position is moved, and with it the run-up."""
        start = np.array([self.start_sample])
        written = self.written(start)
        return float(self._bending(written, self._rate(start, written))[0])

    def _rate(self, samples: NDArray[np.int64], written: Floats) -> Floats:
        """Return how fast the lane's position moves around each moment.

        The mean of a while before and a while after, or the slower of the two where they have
        little in common: one of them contains a jump.
        """
        span = round(_RATE_SPAN_S * self.sample_rate_hz)
        # The run-up has no part in what the lane does.
        earlier = np.maximum(samples - span, self.start_sample)
        later = (self.written(samples + span) - written) / span
        before = (written - self.written(earlier)) / np.maximum(samples - earlier, 1)
        before = np.where(samples > earlier, before, later)
        share = np.maximum(samples - earlier, 0) / (span + np.maximum(samples - earlier, 0))
        mean = later + share * (before - later)
        slower = np.where(np.abs(before) < np.abs(later), before, later)
        return np.where(np.abs(later - before) > _SAME_RATE, slower, mean)

    def _bending(self, written: Floats, rate: Floats) -> Floats:
        """Return how far the position is moved so that attacks play at rate 1."""
        if not self.onsets.size:
            return np.zeros(written.shape)
        backwards, speed = rate < 0, np.abs(rate)
        above = np.searchsorted(self.onsets, written, side="right")
        total = np.zeros(written.shape)
        for index in (above - 1, above):
            there = (index >= 0) & (index < self.onsets.size)
            onset = np.clip(index, 0, self.onsets.size - 1)
            later = written >= self.onsets[onset]
            # Backwards, what comes after an onset is played before it.
            along = np.where(backwards, -1.0, 1.0) * (written - self.onsets[onset])
            reach = self.sample_rate_hz * np.where(later, AFTER_ONSET_S, BEFORE_ONSET_S)
            room = np.where(later, self._room[1][onset], self._room[0][onset])
            moved = _bent(along, speed, reach, room)
            total += np.where(there, np.where(backwards, -moved, moved), 0.0)
        return total

    def _wandering(
        self, bent: Floats, written: Floats, rate: Floats, samples: NDArray[np.int64]
    ) -> Floats:
        """Return how far the position is led astray where time stands still."""
        reach = WANDER_S * self.sample_rate_hz
        end = np.inf if self.end_sample is None else self.end_sample
        low = np.maximum(bent - reach, 0.0)
        high = np.minimum(bent + reach, np.maximum(bent, end))
        amount = np.ones(bent.shape)
        if self.onsets.size:
            floor, roof = self._between_onsets(bent)
            low = np.maximum(low, np.minimum(floor, bent))
            high = np.minimum(high, np.maximum(roof, bent))
            amount = self._away_from_onsets(written, rate)
        aim = (low + high) / 2 + (high - low) / 2 * self._chance(samples)
        return amount * (aim - bent)

    def _between_onsets(self, positions: Floats) -> tuple[Floats, Floats]:
        """Return the end of the attack before each position, and the beginning of the next."""
        above = np.searchsorted(self.onsets, positions, side="right")
        after = np.minimum(AFTER_ONSET_S * self.sample_rate_hz, self._room[1] / 2)
        before = np.minimum(BEFORE_ONSET_S * self.sample_rate_hz, self._room[0] / 2)
        floors = np.concatenate([[-np.inf], self.onsets + after])
        roofs = np.concatenate([self.onsets - before, [np.inf]])
        return floors[above], roofs[above]

    def _away_from_onsets(self, written: Floats, rate: Floats) -> Floats:
        """Return 0 where an onset is being played, 1 from a while before it and after it."""
        edges = np.concatenate([[-np.inf], self.onsets, [np.inf]])
        above = np.searchsorted(self.onsets, written, side="right")
        nearest = np.minimum(written - edges[above], edges[above + 1] - written)
        while_s = nearest / np.maximum(np.abs(rate), _SMALLEST_RATE) / self.sample_rate_hz
        return _falling(1.5 - while_s / (2 * AFTER_ONSET_S))

    def _chance(self, samples: NDArray[np.int64]) -> Floats:
        """Return a smooth random movement within -1..1 (a cubic B-spline through uniform knots)."""
        place = samples * (WANDER_KNOTS_HZ / self.sample_rate_hz)
        knot = np.floor(place).astype(np.int64)
        t = place - knot
        weights = (
            (1 - t) ** 3 / 6,
            (3 * t**3 - 6 * t**2 + 4) / 6,
            (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
            t**3 / 6,
        )
        first = int(knot.min()) - 1
        drawn = self._knots(first, int(knot.max()) + 3)
        total = np.zeros(samples.shape)
        for offset, weight in enumerate(weights):
            total += weight * drawn[knot - 1 + offset - first]
        return total

    def _knots(self, first: int, last: int) -> Floats:
        """Return knots ``first..last - 1`` of the wandering, each -1..1, whoever asks."""
        blocks = range(first // _KNOTS_PER_BLOCK, (last - 1) // _KNOTS_PER_BLOCK + 1)
        drawn = np.concatenate(
            [
                np.random.Generator(
                    np.random.Philox(key=self.seed, counter=(block % 2**64) << 64)
                ).uniform(-1.0, 1.0, _KNOTS_PER_BLOCK)
                for block in blocks
            ]
        )
        offset = blocks.start * _KNOTS_PER_BLOCK
        return drawn[first - offset : last - offset]


def move_in_time(
    placed: PlacedSound,
    lane: PositionLane,
    *,
    sample_rate_hz: int,
    track_start_sample: int = 0,
    seed: int = 0,
) -> PlacedSound:
    """Return a placed sound whose moments a lane chooses.

    Parameters
    ----------
    placed
        The sound; from the moment it begins on, the lane says where in it each moment is.
    lane
        The position in seconds of the sound.
    sample_rate_hz
        Of the track and of the sound.
    track_start_sample
        Where the track begins on the session's time line.
    seed
        Of the wandering.
    """
    time_map = TimeMap(
        lane=lane,
        onsets=np.empty(0),
        sample_rate_hz=sample_rate_hz,
        track_start_sample=track_start_sample,
        start_sample=placed.start_sample,
        last_sample=placed.held_sample,
        end_sample=placed.end_sample,
        seed=seed,
    )
    onsets = placed.onsets(time_map.farthest, sample_rate_hz)
    return replace(placed, time_map=replace(time_map, onsets=onsets))


def _bent(along: Floats, speed: Floats, reach: Floats, room: Floats) -> Floats:
    """Return how far a position is moved ahead that lies ``along`` behind an onset.

    Straight lines through 0 at the onset, (1 - r) ``reach`` at a distance of r ``reach``, and 0
    again at (r + 2 |1 - r|) ``reach``; less if that is more than ``room``.
    """
    ahead = (1.0 - speed) * _falling(speed - FASTEST_BENT) * (1.0 - _falling(speed / SLOWEST_BENT))
    width = speed + 2 * np.abs(ahead)
    reach = np.minimum(reach, room / np.maximum(width, 2.0))
    distance = np.abs(along)
    inner = distance * ahead / np.maximum(speed, _SMALLEST_RATE)
    outer = np.sign(ahead) * (np.abs(ahead) * reach - (distance - speed * reach) / 2)
    moved = np.sign(along) * np.where(distance <= speed * reach, inner, outer)
    return np.where(distance < width * reach, moved, 0.0)


def _falling(x: Floats) -> Floats:
    """Return 1 for x below 0, 0 above 1, and a smooth way between (smoothstep)."""
    t = np.clip(x, 0.0, 1.0)
    return 1.0 - t * t * (3.0 - 2.0 * t)
