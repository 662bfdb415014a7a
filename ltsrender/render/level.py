"""How loud a delivery is: one gain for all its files, and a limiter on the mix if one is wanted.

Loudness is a promise about the mix. All stems are moved by the gain that the mix needs, so they
still add up to it. Without a limiter one measurement is enough: a gain moves loudness and peaks by
as much. A limiter takes away some of what the gain adds, so the gain is looked for: measured, put
right, measured again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects import EFFECTS, Insert, Value, apply_chain, complete
from ltsrender.stems import Loudness, LoudnessMeter, Promised
from ltsrender.stems.resample import Resampler
from ltsrender.units import gain_from_db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ltsrender.render.streams import Block
    from ltsrender.session.delivery import LimiterDocument, LoudnessDocument
    from ltsrender.stems import StemFormat

    Sounds = Sequence[tuple[str, Callable[[], Iterator[Block]]]]

CLOSE_LU = 0.01
CLOSE_DB = 0.005
_KEPT_LU = 0.05
"""What is further away than this after all passes was not had."""
_MOST_PASSES = 12
_LEAST_SLOPE = 0.1
"""A limiter that makes less than this of every decibel is at its end."""
_LONGEST_STEP_DB = 6.0


@dataclass(frozen=True)
class Levels:
    """What was measured of the mixes of all parts: the loudest of each.

    Attributes
    ----------
    loudest
        The part with the most integrated loudness; empty for the whole.
    integrated_lufs, true_peak_db, peak_db
        None for silence. True peaks are those at every rate that is written.
    """

    loudest: str
    integrated_lufs: float | None
    true_peak_db: float | None
    peak_db: float | None


@dataclass(frozen=True)
class Levelled:
    """How a delivery comes to its level.

    Attributes
    ----------
    gain_db
        What all files are moved by.
    limiter
        What the mix passes behind the gain, if anything.
    promised
        What the mix keeps, for the manifest.
    note
        What could not be had, in words; or nothing.
    """

    gain_db: float = 0.0
    limiter: Insert | None = None
    promised: Promised = field(default_factory=Promised)
    note: str = ""


def find_level(
    sounds: Sounds,
    wanted: LoudnessDocument | None,
    limiter: LimiterDocument | None,
    sample_rate_hz: int,
    n_channels: int,
    formats: Sequence[StemFormat],
) -> Levelled:
    """Return the gain, and the limiter's setting, that bring a mix to its level.

    Parameters
    ----------
    sounds
        The mix of every part by name: calling gives its sound, float32[channel, sample], again.
    wanted, limiter
        As the session says; None for none.
    sample_rate_hz, n_channels
        Of the sounds.
    formats
        Of the files. Between samples, each rate has its own peaks; loudness is promised for the
        first format, which may be mono.
    """
    others = {form.sample_rate_hz for form in formats} - {sample_rate_hz}
    rates = [sample_rate_hz, *sorted(others)]
    is_mono = formats[0].mono

    def measure(gain_db: float, insert: Insert | None) -> Levels:
        heard = {
            name: levelled(sound(), gain_db, insert, sample_rate_hz, n_channels)
            for name, sound in sounds
        }
        return _measured(heard, sample_rate_hz, n_channels, rates, is_mono=is_mono)

    before = measure(0.0, None)
    if before.peak_db is None:
        return Levelled(note="the mix is silent: it has no loudness that could be changed")
    if limiter is not None:
        return _limited(before, wanted, limiter, measure)
    return Levelled() if wanted is None else _moved(before, wanted)


def _moved(before: Levels, wanted: LoudnessDocument) -> Levelled:
    """Return the gain where nothing but a gain is allowed."""
    room_db = _room_db(before, wanted)
    limit_db = wanted.true_peak_db
    if wanted.integrated_lufs is None:
        return Levelled(room_db, promised=Promised(true_peak_db=limit_db))
    if before.integrated_lufs is None:
        return Levelled(note=_too_short(wanted.integrated_lufs))
    gain_db = wanted.integrated_lufs - before.integrated_lufs
    if gain_db <= room_db:
        lufs = wanted.integrated_lufs
        promised = Promised(region=before.loudest, integrated_lufs=lufs, true_peak_db=limit_db)
        return Levelled(gain_db, promised=promised)
    words = (
        f"{wanted.integrated_lufs:g} LUFS cannot be had below {_limits(wanted)}: the mix has "
        f'{before.integrated_lufs + room_db:.1f} LUFS; a "limiter" would let it be louder'
    )
    return Levelled(room_db, promised=Promised(true_peak_db=limit_db), note=words)


def _room_db(before: Levels, wanted: LoudnessDocument) -> float:
    """Return the largest gain below the peaks that are wanted."""
    rooms = [math.inf]
    if wanted.true_peak_db is not None and before.true_peak_db is not None:
        rooms.append(wanted.true_peak_db - before.true_peak_db)
    if wanted.peak_db is not None and before.peak_db is not None:
        rooms.append(wanted.peak_db - before.peak_db)
    return min(rooms)


def _limits(wanted: LoudnessDocument) -> str:
    limits = ((wanted.true_peak_db, "dBTP"), (wanted.peak_db, "dBFS"))
    return " and ".join(f"{limit:g} {unit}" for limit, unit in limits if limit is not None)


def _too_short(integrated_lufs: float) -> str:
    return (
        f"{integrated_lufs:g} LUFS cannot be had: the mix is too short or too quiet to have a "
        "loudness, so its level was left alone"
    )


def _limited(
    before: Levels,
    wanted: LoudnessDocument | None,
    limiter: LimiterDocument,
    measure: Callable[[float, Insert | None], Levels],
) -> Levelled:
    """Look for the gain in front of the limiter, and for a ceiling that holds between samples."""
    limit_db, first = limiter.ceiling_db, Levelled()
    if wanted is not None:
        limits = (wanted.true_peak_db, wanted.peak_db)
        limit_db = min([limit_db, *(limit for limit in limits if limit is not None)])
        is_loudness = wanted.integrated_lufs is not None
        first = _moved(
            before,
            wanted.model_copy(update={"true_peak_db": None, "peak_db": None})
            if is_loudness
            else wanted,
        )
    target, gain_db, ceiling_db = first.promised.integrated_lufs, first.gain_db, limit_db
    is_stuck, missing = False, 0.0
    last: tuple[float, float, float] | None = None  # gain, ceiling, and the loudness they made
    for _ in range(_MOST_PASSES):
        now = measure(gain_db, _insert(limiter, ceiling_db))
        heard = _or_silent(now.integrated_lufs)
        over_db = max(0.0, _or_silent(now.true_peak_db) - limit_db)
        missing = 0.0 if target is None or is_stuck else target - heard
        if over_db <= CLOSE_DB and abs(missing) <= CLOSE_LU:
            break
        slope = 1.0
        if last is not None and gain_db != last[0]:
            slope = (heard - last[2]) / (gain_db - last[0])
        if missing > 0.0 and last is not None and slope < _LEAST_SLOPE:
            is_stuck, (gain_db, ceiling_db, _) = True, last  # more gain is more noise alone
            continue
        last = gain_db, ceiling_db, heard
        ceiling_db = max(-40.0, ceiling_db - over_db)
        gain_db += float(np.clip(missing / slope, -_LONGEST_STEP_DB, _LONGEST_STEP_DB))
    note = first.note
    if target is not None and (is_stuck or abs(missing) > _KEPT_LU):
        words = f"the limiter makes no more of it than {heard:.1f} LUFS"
        note = f"{target:g} LUFS cannot be had below {limit_db:g} dBTP: {words}"
        target = None
    region = first.promised.region if target is not None else ""
    promised = Promised(region=region, integrated_lufs=target, true_peak_db=limit_db)
    return Levelled(gain_db, _insert(limiter, ceiling_db), promised, note)


def _or_silent(level_db: float | None) -> float:
    return -200.0 if level_db is None else level_db


def _insert(limiter: LimiterDocument, ceiling_db: float) -> Insert:
    given: dict[str, Value] = {
        "ceiling_db": ceiling_db,
        "release_ms": limiter.release_ms,
        "true_peak": True,
    }
    return Insert("limiter", "brickwall_limiter", complete(EFFECTS["brickwall_limiter"], given))


def levelled(
    blocks: Iterable[Block],
    gain_db: float,
    limiter: Insert | None,
    sample_rate_hz: int,
    n_channels: int,
) -> Iterator[Block]:
    """Return a sound, float32[channel, sample], behind the gain and the limiter."""
    gain = gain_from_db(gain_db)
    moved = ((block.astype(np.float64) * gain).astype(np.float32) for block in blocks)
    if limiter is None:
        return moved
    return apply_chain(moved, [limiter], {}, sample_rate_hz, n_channels)


def _measured(
    heard: Mapping[str, Iterator[Block]],
    rate: int,
    n_channels: int,
    rates: Sequence[int],
    *,
    is_mono: bool,
) -> Levels:
    """Return the levels of the mixes: peaks at every rate, loudness perhaps of the mono sound."""
    found: list[Loudness] = []
    loud: dict[str, float] = {}
    for name, sound in heard.items():
        meters = [_RateMeter(rate, other, n_channels) for other in rates]
        folded = LoudnessMeter(rate, 1)
        for block in sound:
            for meter in meters:
                meter.add(block)
            if is_mono:
                folded.add(block.mean(axis=0, keepdims=True, dtype=np.float64))
        levels = [meter.result() for meter in meters]
        found += levels
        lufs = (folded.result() if is_mono else levels[0]).integrated_lufs
        if lufs is not None:
            loud[name] = lufs
    loudest = max(loud, key=loud.__getitem__, default="")
    true_peaks = [each.true_peak_db for each in found if each.true_peak_db is not None]
    peaks = [each.peak_db for each in found if each.true_peak_db is not None]
    return Levels(
        loudest,
        loud.get(loudest),
        max(true_peaks, default=None),
        max(peaks, default=None),
    )


class _RateMeter:
    """Measures a sound as it will be at a file's rate."""

    def __init__(self, from_hz: int, to_hz: int, n_channels: int) -> None:
        self._resampler = Resampler(from_hz, to_hz, n_channels)
        self._meter = LoudnessMeter(to_hz, n_channels)

    def add(self, block: Block) -> None:
        """Hear the next block."""
        self._meter.add(self._resampler.resample(block.astype(np.float64)))

    def result(self) -> Loudness:
        """Return what was heard."""
        self._meter.add(self._resampler.finish())
        return self._meter.result()
