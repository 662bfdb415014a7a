"""Envelope followers: the level of a sound, or of another track, as a movement."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ltsrender.audiofile import sound_info, sound_pieces
from ltsrender.automation.movement import every_part
from ltsrender.automation.recurrence import GRID_HZ, Recurrence, followed
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.automation.movement import Floats

    Cells = NDArray[np.float32]

T = TypeVar("T")
SILENT = 1e-20  # power: -200 dB


@dataclass(frozen=True)
class Recording:
    """A part of a sound file.

    Attributes
    ----------
    file
        The file.
    in_s, out_s
        The part of it, in seconds; ``out_s`` is None for its end.
    """

    file: Path
    in_s: float = 0.0
    out_s: float | None = None


@dataclass(frozen=True, eq=False)
class Levels:
    """The power and the peaks of a sound, millisecond by millisecond.

    Attributes
    ----------
    power : float32[millisecond]
        Mean of squares over samples and channels.
    peak : float32[millisecond]
        The largest magnitude.
    """

    power: Cells
    peak: Cells


def levels_of(pieces: Iterable[NDArray[np.float32]], sample_rate_hz: int) -> Levels:
    """Return the levels of a sound.

    Parameters
    ----------
    pieces
        float32[channel, sample] in order, of any lengths.
    sample_rate_hz
        Samples per second.
    """
    powers, peaks = [], []
    for cell in _cells(pieces, sample_rate_hz):
        powers.append(np.square(cell.astype(np.float64)).mean(axis=(1, 2)).astype(np.float32))
        peaks.append(np.abs(cell).max(axis=(1, 2)))
    nothing = np.zeros(0, np.float32)
    return Levels(np.concatenate([nothing, *powers]), np.concatenate([nothing, *peaks]))


def _cells(
    pieces: Iterable[NDArray[np.float32]], sample_rate_hz: int
) -> Iterator[NDArray[np.float32]]:
    """Yield a sound in whole milliseconds: float32[millisecond, channel, sample].

    A millisecond of 44.1 kHz has 44.1 samples: cells overlap by less than one, so that they never
    drift.
    """
    width = -(-sample_rate_hz // GRID_HZ)
    waiting = np.zeros((1, 0), np.float32)
    first, start = 0, 0  # the next cell, and the sample at which `waiting` begins
    for piece in pieces:
        waiting = np.concatenate([waiting, piece], axis=1) if waiting.shape[1] else piece
        ready = ((start + waiting.shape[1] - width) * GRID_HZ) // sample_rate_hz + 1 - first
        if ready <= 0:
            continue
        begins = (np.arange(first, first + ready) * sample_rate_hz) // GRID_HZ - start
        yield waiting[:, begins[:, None] + np.arange(width)].transpose(1, 0, 2)
        first += ready
        passed = (first * sample_rate_hz) // GRID_HZ - start
        waiting, start = waiting[:, passed:], start + passed
    if waiting.shape[1]:
        yield waiting[None]


def levels_of_recording(recording: Recording) -> Levels:
    """Return the levels of a recording, whose in and out points count to the millisecond.

    Raises
    ------
    SoundError
        When it cannot be read.
    """
    rate = sound_info(recording.file).sample_rate_hz
    whole = levels_of(sound_pieces(recording.file, rate), rate)
    start = samples_from_seconds(recording.in_s, GRID_HZ)
    stop = None if recording.out_s is None else samples_from_seconds(recording.out_s, GRID_HZ)
    return Levels(whole.power[start:stop], whole.peak[start:stop])


@dataclass(frozen=True)
class Follower:
    """The level of a sound, smoothed and brought into a range.

    Attributes
    ----------
    heard
        The recording, or the name of a track or bus, whose levels come with `bound`.
    start_s
        When the recording begins in the session.
    loop
        Whether it begins again.
    attack_s, release_s
        The times in which 63 % of a step are covered.
    detector
        ``"rms"`` or ``"peak"``.
    ends_db
        The levels that give both values, in dB; None where the level counts as amplitude, 0..1.
    values
        In silence, and at the ceiling.
    levels
        Those of a track or bus, once it was heard.
    """

    heard: Recording | str
    start_s: float
    loop: bool
    attack_s: float
    release_s: float
    detector: str
    ends_db: tuple[float, float] | None
    values: tuple[float, float]
    levels: Levels | None = field(default=None, compare=False)

    @property
    def minimum(self) -> float:
        """The lower of both values."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """The higher of both values."""
        return max(self.values)

    def at(self, seconds: Floats) -> Floats:
        """Return the values at times in seconds; a track that was not heard yet is silent."""
        level = np.maximum(self._recurrence.at(seconds), 0.0)
        amplitude = np.sqrt(level) if self.detector == "rms" else level
        if self.ends_db is None:
            share = amplitude
        else:
            floor_db, ceiling_db = self.ends_db
            level_db = 20.0 * np.log10(np.maximum(amplitude, np.sqrt(SILENT)))
            share = (level_db - floor_db) / (ceiling_db - floor_db)
        silent, loud = self.values
        return silent + (loud - silent) * np.clip(share, 0.0, 1.0)

    @cached_property
    def _recurrence(self) -> Recurrence:
        return Recurrence(
            lambda times, first: followed(
                self._level_at(times), first, self.attack_s, self.release_s
            )
        )

    @cached_property
    def _cells(self) -> Cells:
        levels = self.levels
        if levels is None and isinstance(self.heard, Recording):
            levels = levels_of_recording(self.heard)
        if levels is None:
            return np.zeros(0, np.float32)
        return levels.power if self.detector == "rms" else levels.peak

    def _level_at(self, times: Floats) -> Floats:
        """Return the level in the millisecond of each time; silence where there is no sound."""
        cells = self._cells
        if not cells.size:
            return np.zeros(times.shape)
        place = np.floor((times - self.start_s) * GRID_HZ + 1e-6).astype(np.int64)
        inside = place >= 0
        if self.loop:
            place = place % cells.size
        else:
            inside &= place < cells.size
        found = cells[np.clip(place, 0, cells.size - 1)].astype(np.float64)
        return np.where(inside, found, 0.0)


def tracks_followed(movement: Any) -> set[str]:
    """Return the names of the tracks whose levels a movement needs."""
    followers = (part for part in every_part(movement) if isinstance(part, Follower))
    return {each.heard for each in followers if isinstance(each.heard, str)}


def bound(movement: T, levels: Mapping[str, Levels]) -> T:
    """Return a movement that knows the levels of the tracks it follows.

    Parameters
    ----------
    movement
        Any movement; one that follows no track comes back as it is.
    levels
        By the names of tracks.
    """
    if not tracks_followed(movement):
        return movement
    if isinstance(movement, Follower):
        return replace(movement, levels=levels.get(str(movement.heard)))
    changes: dict[str, Any] = {}
    for each in fields(movement):  # type: ignore[arg-type]
        value = getattr(movement, each.name)
        if isinstance(value, tuple):
            changes[each.name] = tuple(bound(part, levels) for part in value)
        elif is_dataclass(value):
            changes[each.name] = bound(value, levels)
    return replace(movement, **changes)  # type: ignore[type-var]
