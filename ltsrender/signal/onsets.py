"""Onsets: where something begins that is much louder than what was there.

A step of 1.5 ms is an onset when it is louder than everything in the 25 ms before it. So long a
memory holds a whole period of the lowest notes, whose every period would otherwise begin anew. The
sound and its first difference are looked at: a stick on a cymbal rises in one, a drum under it in
the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RISE_DB = 6.0
"""Noise of one level stays within 3 dB of itself in such steps."""
LEAST_GAP_S = 0.05
"""Of two onsets nearer than this the stronger one counts."""
_STEP_S = 0.0015
_MEMORY_S = 0.025
_REACH_STEPS = 4
_RANGE_DB = 60.0


def find_onsets(audio: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.int64]:
    """Return the sample at which each onset of a sound begins, rising.

    Parameters
    ----------
    audio : float32[channel, sample]
        The sound; the loudest channel of each step counts.
    sample_rate_hz
        Of the sound.

    Returns
    -------
    int64[onset]
        The beginning is not among them: nothing is known of what was before.
    """
    step = max(1, round(_STEP_S * sample_rate_hz))
    rises = np.maximum(
        _rises_db(audio, step, sample_rate_hz),
        _rises_db(np.diff(audio, axis=1, prepend=audio[:, :1]), step, sample_rate_hz),
    )
    gap = round(LEAST_GAP_S / _STEP_S)
    found: list[int] = []
    for candidate in np.flatnonzero(rises > RISE_DB).tolist():
        near = rises[max(candidate - _REACH_STEPS, 0) : candidate + _REACH_STEPS + 1]
        if rises[candidate] < near.max():
            continue
        if found and candidate - found[-1] < gap:
            if rises[candidate] > rises[found[-1]]:
                found[-1] = candidate
            continue
        found.append(candidate)
    return np.array([_begin(audio, at * step, step) for at in found], dtype=np.int64)


def _rises_db(audio: NDArray[np.float32], step: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return by how much each step is louder than all in the memory before it, float64[step]."""
    filled = np.pad(audio, ((0, 0), (0, -audio.shape[1] % step)))
    power = np.square(filled, dtype=np.float64).reshape(audio.shape[0], -1, step).mean(2).max(0)
    floor = power.max(initial=0.0) * 10 ** (-_RANGE_DB / 10)
    if floor == 0:
        return np.zeros(power.size)
    levels = 10 * np.log10(power + floor)
    memory = round(_MEMORY_S * sample_rate_hz / step)
    before = np.pad(levels, (memory, 0), mode="edge")[:-1]
    loudest = np.lib.stride_tricks.sliding_window_view(before, memory).max(1)
    rises: NDArray[np.float64] = levels - loudest
    return rises


def _begin(audio: NDArray[np.float32], at: int, step: int) -> int:
    """Return where, within a step before and the step itself, the sound leaves what it was."""
    first = max(at - step, 0)
    height = np.abs(audio[:, first : at + step]).max(axis=0)
    quiet = np.abs(audio[:, max(first - 4 * step, 0) : first]).max(initial=0.0)
    threshold = max(2 * quiet, 0.1 * float(height.max(initial=0.0)))
    above = np.flatnonzero(height > threshold)
    return first + int(above[0]) if above.size else at
