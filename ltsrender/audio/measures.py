"""How far one sound is from another: the measures that tests, benchmarks and commands share.

Every function compares two sounds of one channel and one length, ``float32[sample]``: the
reference first, then the sound that should be like it. A measure for which the reference gives no
ground, such as pre-echo where nothing begins, is None. Short-time spectra have Hann windows, a hop
of a quarter of the window, and silence around the sound, so that its ends count like its middle.

Spectral convergence is that of Arik, Jun and Diamos, "Fast spectrogram inversion using multi-head
convolutional neural networks" (2019), equation 4.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.units import db_from_gain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Band = tuple[float, float]

WINDOWS_SAMPLES = (512, 2_048, 8_192)
"""Short, middling and long: what the first blurs in frequency, the last blurs in time."""
HEARD_HZ: Band = (40.0, 8_000.0)
"""Where other constant-Q inversions have an answer too."""
FULL_HZ: Band = (20.0, 20_000.0)
LEAST_DB = -200.0
"""The measure of no error at all."""

_SPECTRUM_RANGE_DB = 80.0
_ENVELOPE_RANGE_DB = 60.0
_STEP_S = 64 / 44_100  # 1.45 ms
_RISE_DB = 12.0
_RISE_STEPS = 4  # 6 ms
_BEFORE_STEPS = (10, 3)  # from 15 to 4 ms before the onset
_APART_STEPS = 30  # 44 ms: what rises again within is the same onset
_PIECE_SAMPLES = 2**21  # of overlapping windows at a time, so that hours fit into memory


def spectral_convergence_db(
    reference: Sound,
    sound: Sound,
    sample_rate_hz: int,
    *,
    window_samples: int = 2_048,
    band_hz: Band = HEARD_HZ,
) -> float | None:
    """Return the error of magnitudes against all of the reference's, in dB; lower is better.

    ``20 log10 (|S - R| / |R|)`` with Frobenius norms over the bins of a band.

    Parameters
    ----------
    reference, sound
        ``float32[sample]``, equally long.
    sample_rate_hz
        Of both.
    window_samples
        Length of the windows; even.
    band_hz
        Lowest and highest frequency that count.

    Returns
    -------
    float or None
        `LEAST_DB` for equal magnitudes, 0 for silence instead of the sound; None for a reference
        without anything in the band.

    Raises
    ------
    ValueError
        When the sounds have different lengths or more than one dimension, or no bin is in the band.
    """
    _check(reference, sound)
    error = power = 0.0
    for true, made in _spectra(reference, sound, sample_rate_hz, window_samples, band_hz):
        error += float(np.square(made - true).sum())
        power += float(np.square(true).sum())
    return db_from_gain(math.sqrt(error / power), LEAST_DB) if power > 0 else None


def log_spectral_distance_db(
    reference: Sound,
    sound: Sound,
    sample_rate_hz: int,
    *,
    window_samples: int = 2_048,
    band_hz: Band = HEARD_HZ,
) -> float | None:
    """Return the distance of levels in dB: rms over bins, mean over frames, 0 for equal sounds.

    Levels more than 80 dB below the reference's loudest bin count as that floor, and frames in
    which all of the reference is below it do not count.

    Parameters
    ----------
    reference, sound, sample_rate_hz, window_samples, band_hz
        As in `spectral_convergence_db`.

    Returns
    -------
    float or None
        None for a reference without anything in the band.

    Raises
    ------
    ValueError
        As `spectral_convergence_db`.
    """
    _check(reference, sound)
    settings = (sample_rate_hz, window_samples, band_hz)
    loudest = max(float(true.max()) for true, _ in _spectra(reference, reference, *settings))
    if loudest == 0:
        return None
    floor = loudest * 10 ** (-_SPECTRUM_RANGE_DB / 20)
    total, n_frames = 0.0, 0
    for true, made in _spectra(reference, sound, *settings):
        active = (true > floor).any(axis=1)
        ratio = np.maximum(made[active], floor) / np.maximum(true[active], floor)
        total += float(np.sqrt(np.square(20 * np.log10(ratio)).mean(axis=1)).sum())
        n_frames += int(active.sum())
    return total / n_frames


def envelope_error_db(reference: Sound, sound: Sound, sample_rate_hz: int) -> float | None:
    """Return the rms error in dB of the energy envelope, in steps of 1.45 ms; 0 is best.

    Both envelopes stand on a floor 60 dB below the reference's loudest step.

    Parameters
    ----------
    reference, sound
        ``float32[sample]``, equally long.
    sample_rate_hz
        Of both.

    Returns
    -------
    float or None
        None for a silent reference.

    Raises
    ------
    ValueError
        When the sounds have different lengths or more than one dimension.
    """
    levels = _levels_db(reference, sound, sample_rate_hz)
    if levels is None:
        return None
    return float(np.sqrt(np.square(levels[1] - levels[0]).mean()))


def onsets(reference: Sound, sample_rate_hz: int) -> NDArray[np.int64]:
    """Return where a sound begins anew: its level rises by more than 12 dB within 6 ms.

    Parameters
    ----------
    reference
        ``float32[sample]``.
    sample_rate_hz
        Of the sound.

    Returns
    -------
    int64[onset]
        The first sample of the step (1.45 ms) into which the level rises most; rising. What would
        begin within 15 ms of the sound's own beginning has no before, and is left out.
    """
    levels = _levels_db(reference, reference, sample_rate_hz)
    steps = [] if levels is None else _onset_steps(levels[0])
    return np.array(steps, dtype=np.int64) * _step_samples(sample_rate_hz)


def pre_echo_db(reference: Sound, sound: Sound, sample_rate_hz: int) -> float | None:
    """Return how much louder a sound is than the reference 4 to 15 ms before its onsets, in dB.

    The mean over these steps and over all `onsets` of the reference; the levels stand on the
    floor of `envelope_error_db`.

    Parameters
    ----------
    reference, sound
        ``float32[sample]``, equally long.
    sample_rate_hz
        Of both.

    Returns
    -------
    float or None
        Below 0 where the sound is quieter; None where nothing begins.

    Raises
    ------
    ValueError
        When the sounds have different lengths or more than one dimension.
    """
    levels = _levels_db(reference, sound, sample_rate_hz)
    if levels is None or not (steps := _onset_steps(levels[0])):
        return None
    first, last = _BEFORE_STEPS
    difference = levels[1] - levels[0]
    return float(np.mean([difference[step - first : step - last].mean() for step in steps]))


def peak_difference_db(reference: Sound, sound: Sound) -> float:
    """Return how much higher a sound's peak is, in dB; levels count from -200 dB on.

    Parameters
    ----------
    reference, sound
        ``float32[sample]`` of any length.
    """
    return _peak_db(sound) - _peak_db(reference)


def rms_difference_db(reference: Sound, sound: Sound) -> float:
    """Return how much louder a sound is over its length, in dB; levels count from -200 dB on.

    Parameters
    ----------
    reference, sound
        ``float32[sample]`` of any length.
    """
    return _rms_db(sound) - _rms_db(reference)


def _check(reference: Sound, sound: Sound) -> None:
    if reference.ndim != 1 or reference.shape != sound.shape:
        raise ValueError(
            f"sounds have shapes {reference.shape} and {sound.shape}; both must be [sample]"
        )


def _spectra(
    reference: Sound, sound: Sound, sample_rate_hz: int, window_samples: int, band_hz: Band
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield magnitudes of both sounds, ``float64[frame, bin in the band]``, some at a time."""
    frequencies_hz = np.fft.rfftfreq(window_samples, 1 / sample_rate_hz)
    inside = (frequencies_hz >= band_hz[0]) & (frequencies_hz <= band_hz[1])
    if not inside.any():
        raise ValueError(f"band_hz is {band_hz}; no bin of {window_samples} samples is in it")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window_samples) / window_samples)
    hop = window_samples // 4
    n_frames = -(-(reference.size + window_samples) // hop)
    n_piece = _PIECE_SAMPLES // window_samples
    for first in range(0, n_frames, n_piece):
        count = min(n_piece, n_frames - first)
        start = (first + 1) * hop - window_samples
        pieces = (_cut(x, start, (count - 1) * hop + window_samples) for x in (reference, sound))
        true, made = (
            np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(x, window_samples)[::hop]
                               * window))[:, inside]
            for x in pieces
        )  # fmt: skip
        yield true, made


def _cut(sound: Sound, start: int, n_samples: int) -> NDArray[np.float64]:
    """Return samples from ``start`` on, with zeros outside the sound."""
    result = np.zeros(n_samples)
    found = sound[max(start, 0) : max(start + n_samples, 0)]
    offset = max(-start, 0)
    result[offset : offset + found.size] = found
    return result


def _step_samples(sample_rate_hz: int) -> int:
    return max(1, round(_STEP_S * sample_rate_hz))


def _levels_db(
    reference: Sound, sound: Sound, sample_rate_hz: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the envelopes of both, ``float64[step]`` in dB, or None for a silent reference."""
    _check(reference, sound)
    step = _step_samples(sample_rate_hz)
    true, made = (_envelope(x, step) for x in (reference, sound))
    floor = true.max(initial=0.0) * 10 ** (-_ENVELOPE_RANGE_DB / 20)
    if floor == 0:
        return None
    return 20 * np.log10(true + floor), 20 * np.log10(made + floor)


def _envelope(sound: Sound, step: int) -> NDArray[np.float64]:
    """Return the rms of every step, ``float64[step]``; the last one is filled up with zeros."""
    filled = np.pad(sound.astype(np.float64), (0, -sound.size % step))
    rms: NDArray[np.float64] = np.sqrt(np.square(filled).reshape(-1, step).mean(axis=1))
    return rms


def _onset_steps(levels_db: NDArray[np.float64]) -> list[int]:
    """Return the step into which the level rises most, for each rise; see `onsets`."""
    rises = levels_db[_RISE_STEPS:] - levels_db[:-_RISE_STEPS]
    steps: list[int] = []
    for i in np.flatnonzero(rises > _RISE_DB):
        if rises[i] < rises[max(0, i - _APART_STEPS) : i + _APART_STEPS].max():
            continue
        step = int(i) + 1 + int(np.argmax(np.diff(levels_db[i : i + _RISE_STEPS + 1])))
        if step >= _BEFORE_STEPS[0] and (not steps or step - steps[-1] > _APART_STEPS):
            steps.append(step)
    return steps


def _peak_db(sound: Sound) -> float:
    return db_from_gain(float(np.abs(sound).max(initial=0.0)), LEAST_DB)


def _rms_db(sound: Sound) -> float:
    power = float(np.square(sound, dtype=np.float64).mean()) if sound.size else 0.0
    return db_from_gain(math.sqrt(power), LEAST_DB)
