"""Recordings of control signals, as modular synthesizers send control voltages.

A session can read such a recording as it stands (``"signal"``, sample by sample). Here it becomes
a lane of its own, which can be read, changed and shared without the recording: of its samples those
stay that straight lines between them need, to a stated error. The recording passes through a few
seconds at a time, however long it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ltsrender.audiofile import sound_info, sound_pieces
from ltsrender.automation.doors.found import MOST_POINTS, Found, FoundLane, Refusal
from ltsrender.automation.doors.values import held, rounded
from ltsrender.automation.thin import Thinning
from ltsrender.errors import AutomationError, SoundError

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation.doors.found import Wanted

Floats = NDArray[np.float64]

PART_OF_RANGE = 0.001
"""How far a line may pass from a sample, if nothing is said: this part of the range."""


def read_control_signal(path: Path, wanted: Wanted) -> Found:
    """Return the lane of a recording.

    Parameters
    ----------
    path
        A sound file, mono or stereo.
    wanted
        One target, mix if none is said; what a sample of -1 (0 when unipolar) and of 1 becomes,
        -1 and 1 if nothing is said; the channel; the error.

    Raises
    ------
    AutomationError
        When it cannot be read, the target does not go so far, or too many points are needed.
    """
    refusal = Refusal(path)
    targets = wanted.targets or ("mix",)
    if len(targets) > 1:
        refusal.add(f"is one signal; got --target {len(targets)} times")
    if wanted.time not in (None, "seconds"):
        refusal.add(f"is in seconds, as recordings are; --time says {wanted.time}")
    low = -1.0 if wanted.minimum is None else wanted.minimum
    high = 1.0 if wanted.maximum is None else wanted.maximum
    for option, value in (("--minimum", low), ("--maximum", high)):
        try:
            held(value, targets[0])
        except ValueError as error:
            refusal.add(f"would become up to {option} {value:g}; {error}")
    try:
        info = sound_info(path)
        if wanted.channel > info.n_channels:
            channels = "one channel" if info.n_channels == 1 else f"{info.n_channels} channels"
            refusal.add(f"has {channels}; --channel is {wanted.channel}")
        refusal.raise_any()
        max_error = wanted.error or PART_OF_RANGE * abs(high - low)
        points = _points(path, info.sample_rate_hz, wanted, (low, high), max_error)
    except SoundError as error:
        raise AutomationError(error.problems) from None
    if points is None:
        refusal.add(
            f"needs more than {MOST_POINTS} points at an error of {max_error:g}; allow a larger "
            '--error, or let the session read the recording itself ("signal")'
        )
        refusal.raise_any()
    note = f"no sample is farther than {max_error:g} from the lane"
    return Found((FoundLane(targets[0], "seconds", points or []),), notes=(note,))


def _points(
    path: Path, rate_hz: int, wanted: Wanted, ends: tuple[float, float], max_error: float
) -> list[dict[str, Any]] | None:
    """Return the points that stay; None where they are too many."""
    thinning = Thinning(max_error)
    points: list[dict[str, Any]] = []
    first, before = 0, 0.0  # index of a piece's first sample, and the value before it

    def keep(kept: NDArray[np.int64], values: Floats) -> None:
        for index in kept.tolist():
            value = before if index < first else float(values[index - first])
            points.append({"at": round(index / rate_hz, 12), "value": rounded(value)})

    for piece in sound_pieces(path, rate_hz):
        values = _values(piece[wanted.channel - 1].astype(np.float64), wanted.unipolar, ends)
        if not values.size:
            continue
        at = np.arange(first, first + values.size) / rate_hz
        keep(thinning.take(at, values), values)
        first, before = first + values.size, float(values[-1])
        if len(points) > MOST_POINTS:
            return None
    keep(thinning.end(), np.zeros(0))
    return points if len(points) <= MOST_POINTS else None


def _values(samples: Floats, unipolar: bool, ends: tuple[float, float]) -> Floats:
    """Return what samples become; what lies beyond the range is held at its ends."""
    share = np.clip(samples if unipolar else 0.5 * (samples + 1.0), 0.0, 1.0)
    return ends[0] + (ends[1] - ends[0]) * share
