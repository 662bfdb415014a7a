"""Filters that move: pedalboard's curves in forms that stay calm while they do.

First order is the topology-preserving one-pole, second order the state-variable filter with
trapezoidal integrators (A. Simper, "Linear trapezoidal integrated SVF", 2013). Their memory is
what capacitors would hold, not past samples, so a jump from 20 Hz to 15 kHz makes no bang; and
their transfer functions are the bilinear transform's, as in the cookbook biquads of pedalboard.

Coefficients are computed from frequency, gain and q at every 16th sample and go straight between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ltsrender.effects.line import between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

BELOW_NYQUIST = 0.49
"""Of the sample rate: where a frequency stops, here and in pedalboard's own steps."""

_PIECE = 16
_TINY = 1e-25  # memory below this is silence: numbers near the smallest are slow
_PEAK, _LOW_SHELF, _HIGH_SHELF = 0, 1, 2


class OnePoleKernel:
    """Low-pass and high-pass of 6 dB per octave."""

    def __init__(self, is_highpass: bool, sample_rate_hz: int, n_channels: int) -> None:
        self._is_highpass = is_highpass
        self._sample_rate_hz = sample_rate_hz
        self._memory = np.zeros(n_channels)

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return one row: the logarithm of the cutoff, in cycles per sample."""
        return np.ascontiguousarray(log_cycles(values["cutoff_hz"], self._sample_rate_hz)[None])

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
        _one_pole(audio, out, controls, start, self._memory, self._is_highpass)
        return out


class EqualiserKernel:
    """A bell or a shelf."""

    def __init__(self, effect: str, sample_rate_hz: int, n_channels: int) -> None:
        self._kind = {"peak": _PEAK, "low_shelf": _LOW_SHELF, "high_shelf": _HIGH_SHELF}[effect]
        self._frequency = "centre_hz" if effect == "peak" else "cutoff_hz"
        self._sample_rate_hz = sample_rate_hz
        self._memory = np.zeros((n_channels, 2))

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return three rows: the frequency's logarithm, the gain in dB, the logarithm of q."""
        frequency = log_cycles(values[self._frequency], self._sample_rate_hz)
        return np.stack([frequency, values["gain_db"], np.log(values["q"])])

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
        _state_variable(audio, out, controls, start, self._memory, self._kind)
        return out


def log_cycles(frequency_hz: NDArray[np.float64], sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the logarithm of frequencies in cycles per sample, kept below half the rate."""
    logs: NDArray[np.float64] = np.log(np.minimum(frequency_hz / sample_rate_hz, BELOW_NYQUIST))
    return logs


@njit(cache=True, nogil=True)
def _one_pole_gain(row: NDArray[np.float64], sample: int) -> float:
    g: float = np.tan(np.pi * np.exp(between(row, sample)))
    return g / (1.0 + g)


@njit(cache=True, nogil=True)
def _one_pole(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    memory: NDArray[np.float64],
    is_highpass: bool,
) -> None:
    n_channels, n_samples = audio.shape
    row = controls[0]
    done = 0
    last = _one_pole_gain(row, start // _PIECE * _PIECE)
    while done < n_samples:
        left = (start + done) // _PIECE * _PIECE
        stop = min(n_samples, left + _PIECE - start)
        first, last = last, _one_pole_gain(row, left + _PIECE)
        step = (last - first) / _PIECE
        for channel in range(n_channels):
            s = memory[channel]
            for n in range(done, stop):
                gain = first + step * (start + n - left)
                x = audio[channel, n]
                v = (x - s) * gain
                low = v + s
                s = low + v
                out[channel, n] = x - low if is_highpass else low
            memory[channel] = s if abs(s) > _TINY else 0.0
        done = stop


@njit(cache=True, nogil=True)
def _svf(
    controls: NDArray[np.float64], sample: int, kind: int
) -> tuple[float, float, float, float, float]:
    """Return g, k and the three weights of the outputs."""
    g: float = np.tan(np.pi * np.exp(between(controls[0], sample)))
    a: float = 10.0 ** (between(controls[1], sample) / 40.0)
    k: float = np.exp(-between(controls[2], sample))
    if kind == _PEAK:
        k = k / a
        return g, k, 1.0, k * (a * a - 1.0), 0.0
    if kind == _LOW_SHELF:
        return g / a**0.5, k, 1.0, k * (a - 1.0), a * a - 1.0
    return g * a**0.5, k, a * a, k * (1.0 - a) * a, 1.0 - a * a


@njit(cache=True, nogil=True)
def _state_variable(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    memory: NDArray[np.float64],
    kind: int,
) -> None:
    n_channels, n_samples = audio.shape
    done = 0
    g1, k1, w1, x1, y1 = _svf(controls, start // _PIECE * _PIECE, kind)
    while done < n_samples:
        left = (start + done) // _PIECE * _PIECE
        stop = min(n_samples, left + _PIECE - start)
        g0, k0, w0, x0, y0 = g1, k1, w1, x1, y1
        g1, k1, w1, x1, y1 = _svf(controls, left + _PIECE, kind)
        for channel in range(n_channels):
            s1, s2 = memory[channel, 0], memory[channel, 1]
            for n in range(done, stop):
                t = (start + n - left) / _PIECE
                g, k = g0 + (g1 - g0) * t, k0 + (k1 - k0) * t
                a1 = 1.0 / (1.0 + g * (g + k))
                v0 = audio[channel, n]
                v3 = v0 - s2
                v1 = a1 * (s1 + g * v3)
                v2 = s2 + g * v1
                s1 = 2.0 * v1 - s1
                s2 = 2.0 * v2 - s2
                dry, band, low = w0 + (w1 - w0) * t, x0 + (x1 - x0) * t, y0 + (y1 - y0) * t
                out[channel, n] = dry * v0 + band * v1 + low * v2
            memory[channel, 0] = s1 if abs(s1) > _TINY else 0.0
            memory[channel, 1] = s2 if abs(s2) > _TINY else 0.0
        done = stop
