"""The transistor ladder in motion: cutoff, resonance and drive of every sample their own.

The circuit is pedalboard's, the table of its saturation included, without the 50 ms by which that
one lags behind its knobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ltsrender.effects.line import between
from ltsrender.effects.moving_filter import log_cycles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_PIECE = 16
_TINY = np.float32(1e-25)
_OUTPUT_GAIN = 1.2
_WEIGHTS = {  # of the input and the four poles; and how much of the resonance's loss is made good
    "lowpass_12": ((0, 0, 1, 0, 0), 0.5),
    "highpass_12": ((1, -2, 1, 0, 0), 0.0),
    "bandpass_12": ((0, 1, -1, 0, 0), 0.5),
    "lowpass_24": ((0, 0, 0, 0, 1), 0.5),
    "highpass_24": ((1, -4, 6, -4, 1), 0.0),
    "bandpass_24": ((0, 0, 1, -2, 1), 0.5),
}
_TABLE = np.append(np.tanh(np.linspace(-5.0, 5.0, 128)), np.tanh(5.0)).astype(np.float32)


class LadderKernel:
    """Four poles in a row with feedback around them."""

    def __init__(self, mode: str, sample_rate_hz: int, n_channels: int) -> None:
        weights, self._made_good = _WEIGHTS[mode]
        self._weights = np.array(weights, np.float32) * np.float32(_OUTPUT_GAIN)
        self._sample_rate_hz = sample_rate_hz
        self._memory = np.zeros((n_channels, 5), np.float32)

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return three rows: logarithm of the cutoff, feedback, logarithm of the drive."""
        cutoff = log_cycles(values["cutoff_hz"], self._sample_rate_hz)
        return np.stack([cutoff, 0.1 + 0.9 * values["resonance"], np.log(values["drive"])])

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the filtered sound; there is no key."""
        out = np.empty_like(audio)
        made_good = np.float32(self._made_good)
        _ladder(audio, out, controls, start, self._memory, self._weights, made_good, _TABLE)
        return out


@njit(cache=True, nogil=True)
def _saturated(x: np.float32, table: NDArray[np.float32]) -> np.float32:
    """Return the hyperbolic tangent from a table of 128 points between -5 and 5."""
    inside = min(max(x, np.float32(-5.0)), np.float32(5.0))
    place = inside * np.float32(12.7) + np.float32(63.5)
    index = int(place)
    found: np.float32 = table[index] + (place - np.float32(index)) * (
        table[index + 1] - table[index]
    )
    return found


@njit(cache=True, nogil=True)
def _settings(controls: NDArray[np.float64], sample: int) -> tuple[float, float, float, float]:
    """Return the pole, the drive, and the gains that make up for both drives."""
    pole: float = np.exp(-2.0 * np.pi * np.exp(between(controls[0], sample)))
    drive: float = np.exp(between(controls[2], sample))
    second = drive * 0.04 + 0.96
    gain: float = drive**-2.642 * 0.6103 + 0.3903
    again: float = second**-2.642 * 0.6103 + 0.3903
    return pole, drive, gain, again


@njit(cache=True, nogil=True)
def _ladder(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    memory: NDArray[np.float32],
    weights: NDArray[np.float32],
    made_good: np.float32,
    table: NDArray[np.float32],
) -> None:
    n_channels, n_samples = audio.shape
    one, four = np.float32(1.0), np.float32(4.0)
    done = 0
    pole1, drive1, gain1, again1 = _settings(controls, start // _PIECE * _PIECE)
    while done < n_samples:
        left = (start + done) // _PIECE * _PIECE
        stop = min(n_samples, left + _PIECE - start)
        pole0, drive0, gain0, again0 = pole1, drive1, gain1, again1
        pole1, drive1, gain1, again1 = _settings(controls, left + _PIECE)
        back0 = between(controls[1], left)
        back1 = between(controls[1], left + _PIECE)
        for channel in range(n_channels):
            s = memory[channel]
            s0, s1, s2, s3, s4 = s[0], s[1], s[2], s[3], s[4]
            for n in range(done, stop):
                t = (start + n - left) / _PIECE
                pole = np.float32(pole0 + (pole1 - pole0) * t)
                drive = np.float32(drive0 + (drive1 - drive0) * t)
                gain = np.float32(gain0 + (gain1 - gain0) * t)
                again = np.float32(again0 + (again1 - again0) * t)
                back = np.float32(back0 + (back1 - back0) * t)
                second = drive * np.float32(0.04) + np.float32(0.96)
                g = one - pole
                b0, b1 = g * np.float32(0.76923076923), g * np.float32(0.23076923076)
                dx = gain * _saturated(drive * audio[channel, n], table)
                a = dx - four * back * (again * _saturated(second * s4, table) - dx * made_good)
                b = b1 * s0 + pole * s1 + b0 * a
                c = b1 * s1 + pole * s2 + b0 * b
                d = b1 * s2 + pole * s3 + b0 * c
                e = b1 * s3 + pole * s4 + b0 * d
                s0, s1, s2, s3, s4 = a, b, c, d, e
                out[channel, n] = (
                    a * weights[0]
                    + b * weights[1]
                    + c * weights[2]
                    + d * weights[3]
                    + e * weights[4]
                )
            s[0], s[1], s[2], s[3], s[4] = s0, s1, s2, s3, s4
            if start + stop == left + _PIECE:  # not where the caller happens to cut
                for index in range(5):
                    if abs(s[index]) < _TINY:
                        s[index] = np.float32(0.0)
        done = stop
