"""Compressor, gate and limiter whose threshold and times move, and that may hear another sound.

The ballistics are those of pedalboard's effects, in the same single precision: a one-pole with one
coefficient for rising and one for falling levels, then a power law beyond the threshold. Without a
key every channel has its own detector; a key drives all channels alike by its loudest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ltsrender.effects.line import between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_PIECE = 16
_TINY = np.float32(1e-25)
_SQUARE_FALL_MS = 50.0  # of the gate's mean square; it rises at once


class _KeyedKernel:
    """What compressor and gate share: a gain for every sample, from the sound itself or a key."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._speed = -2_000.0 * np.pi / sample_rate_hz
        self._memory = np.zeros((n_channels, 2), np.float32)  # of the detectors

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return four rows: threshold in dB, logarithms of ratio, attack and release."""
        return _dynamics_rows(values)

    def run(
        self,
        audio: NDArray[np.float32],
        key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the sound, float32[channel, sample], at the gains that were found."""
        if key is not None:
            return audio * self._gains(np.abs(key).max(axis=0), 0, controls, start)
        found = [self._gains(sound, n, controls, start) for n, sound in enumerate(audio)]
        return audio * np.stack(found)

    def _gains(
        self,
        detector: NDArray[np.float32],
        channel: int,
        controls: NDArray[np.float64],
        start: int,
    ) -> NDArray[np.float32]:
        raise NotImplementedError


class CompressorKernel(_KeyedKernel):
    """Brings what is above the threshold nearer to it."""

    def _gains(
        self,
        detector: NDArray[np.float32],
        channel: int,
        controls: NDArray[np.float64],
        start: int,
    ) -> NDArray[np.float32]:
        found = np.empty(detector.size, np.float32)
        memory = self._memory[channel]
        _compressor_gains(detector, found, controls, start, memory, self._speed)
        return found


class GateKernel(_KeyedKernel):
    """Pushes down what is below the threshold."""

    def _gains(
        self,
        detector: NDArray[np.float32],
        channel: int,
        controls: NDArray[np.float64],
        start: int,
    ) -> NDArray[np.float32]:
        found = np.empty(detector.size, np.float32)
        _gate_gains(detector, found, controls, start, self._memory[channel], self._speed)
        return found


class LimiterKernel:
    """Two compressors in a row, make-up gain, and a hard end at full scale."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._memory = np.zeros((n_channels, 2), np.float32)

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return eight rows: both compressors'."""
        still = {"threshold_db": -10.0, "ratio": 4.0, "attack_ms": 2.0, "release_ms": 200.0}
        like = values["threshold_db"]
        first = {name: np.full_like(like, value) for name, value in still.items()}
        second = {
            "threshold_db": like,
            "ratio": np.full_like(like, 1_000.0),
            "attack_ms": np.full_like(like, 0.001),
            "release_ms": values["release_ms"],
        }
        return np.concatenate([_dynamics_rows(first), _dynamics_rows(second)])

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the limited sound; there is no key."""
        speed = -2_000.0 * np.pi / self._sample_rate_hz
        out = audio.copy()
        gains = np.empty(audio.shape[1], np.float32)
        for channel in range(out.shape[0]):
            for step, rows in enumerate((controls[:4], controls[4:])):
                memory = self._memory[channel, step : step + 1]
                _compressor_gains(out[channel], gains, rows, start, memory, speed)
                out[channel] *= gains
            _make_up(out[channel], controls[4], start)
        return out


def _dynamics_rows(values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    logs = [np.log(values[name]) for name in ("ratio", "attack_ms", "release_ms")]
    return np.stack([values["threshold_db"], *logs])


@njit(cache=True, nogil=True)
def _ballistics(
    controls: NDArray[np.float64], sample: int, speed: float
) -> tuple[float, float, float, float]:
    """Return threshold, ratio and the coefficients of rising and falling."""
    threshold: float = 10.0 ** (between(controls[0], sample) / 20.0)
    ratio: float = np.exp(between(controls[1], sample))
    rising: float = np.exp(speed / np.exp(between(controls[2], sample)))
    falling: float = np.exp(speed / np.exp(between(controls[3], sample)))
    return threshold, ratio, rising, falling


@njit(cache=True, nogil=True)
def _compressor_gains(
    detector: NDArray[np.float32],
    gains: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    memory: NDArray[np.float32],
    speed: float,
) -> None:
    n_samples = detector.size
    level = memory[0]
    done = 0
    t1, r1, up1, down1 = _ballistics(controls, start // _PIECE * _PIECE, speed)
    while done < n_samples:
        left = (start + done) // _PIECE * _PIECE
        stop = min(n_samples, left + _PIECE - start)
        t0, r0, up0, down0 = t1, r1, up1, down1
        t1, r1, up1, down1 = _ballistics(controls, left + _PIECE, speed)
        p0, p1 = 1.0 / r0 - 1.0, 1.0 / r1 - 1.0
        for n in range(done, stop):
            share = (start + n - left) / _PIECE
            threshold = np.float32(t0 + (t1 - t0) * share)
            x = abs(detector[n])
            rising = np.float32(up0 + (up1 - up0) * share)
            falling = np.float32(down0 + (down1 - down0) * share)
            pull = rising if x > level else falling
            level = x + pull * (level - x)
            if level < threshold:
                gains[n] = np.float32(1.0)
            else:
                power = np.float32(p0 + (p1 - p0) * share)
                gains[n] = (level * (np.float32(1.0) / threshold)) ** power
        if level < _TINY and start + stop == left + _PIECE:  # not where the caller happens to cut
            level = np.float32(0.0)
        done = stop
    memory[0] = level


@njit(cache=True, nogil=True)
def _gate_gains(
    detector: NDArray[np.float32],
    gains: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    memory: NDArray[np.float32],
    speed: float,
) -> None:
    n_samples = detector.size
    square, level = memory[0], memory[1]
    fall = np.float32(np.exp(speed / _SQUARE_FALL_MS))
    done = 0
    t1, r1, up1, down1 = _ballistics(controls, start // _PIECE * _PIECE, speed)
    while done < n_samples:
        left = (start + done) // _PIECE * _PIECE
        stop = min(n_samples, left + _PIECE - start)
        t0, r0, up0, down0 = t1, r1, up1, down1
        t1, r1, up1, down1 = _ballistics(controls, left + _PIECE, speed)
        for n in range(done, stop):
            share = (start + n - left) / _PIECE
            threshold = np.float32(t0 + (t1 - t0) * share)
            power = detector[n] * detector[n]
            square = power if power > square else power + fall * (square - power)
            x = np.sqrt(square)
            rising = np.float32(up0 + (up1 - up0) * share)
            falling = np.float32(down0 + (down1 - down0) * share)
            pull = rising if x > level else falling
            level = x + pull * (level - x)
            if level > threshold:
                gains[n] = np.float32(1.0)
            else:
                ratio = np.float32(r0 + (r1 - r0) * share - 1.0)
                gains[n] = (level * (np.float32(1.0) / threshold)) ** ratio
        if start + stop == left + _PIECE:  # not where the caller happens to cut
            if square < _TINY:
                square = np.float32(0.0)
            if level < _TINY:
                level = np.float32(0.0)
        done = stop
    memory[0], memory[1] = square, level


@njit(cache=True, nogil=True)
def _make_up(sound: NDArray[np.float32], threshold_db: NDArray[np.float64], start: int) -> None:
    """Multiply by what two compressors took from full scale, and cut at full scale."""
    one = np.float32(1.0)
    for n in range(sound.size):
        gain = 10.0 ** ((3.75 - between(threshold_db, start + n)) / 20.0)
        sound[n] = min(max(sound[n] * np.float32(gain), -one), one)
