"""Chorus and phaser in motion: a slow sine moves a delay, or six all-passes.

Both follow pedalboard's, with every value interpolated for every sample (the phaser's frequencies
for every fourth, as there) and without the 50 ms by which those lag behind their knobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from ltsrender.effects.line import between
from ltsrender.effects.moving_filter import BELOW_NYQUIST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_TINY = np.float32(1e-25)
_LONGEST_MS = 150.0
_SWING_MS = 10.0  # of the chorus' delay at depth 1
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 20_000.0  # between which the phaser's sine swings
_TURN, _HALF_TURN = np.float32(2.0 * np.pi), np.float32(np.pi)
_UPDATE = 4  # samples between two frequencies of the phaser


class ChorusKernel:
    """A wavering copy."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        n_samples = int(_LONGEST_MS * sample_rate_hz / 1_000.0) + 4
        self._ring = np.zeros((n_channels, n_samples), np.float32)
        self._place = np.zeros(1, np.int64)
        self._phase = np.zeros(1, np.float32)
        self._last = np.zeros(n_channels, np.float32)

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return six rows: the rate's logarithm, swing, centre and least in samples; the rest."""
        per_ms = self._sample_rate_hz / 1_000.0
        return np.stack(
            [
                np.log(values["rate_hz"] * (2.0 * np.pi / self._sample_rate_hz)),
                values["depth"] * (_SWING_MS * per_ms),
                values["centre_delay_ms"] * per_ms,
                np.full_like(values["mix"], per_ms),
                values["feedback"],
                values["mix"],
            ]
        )

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the sound with its copy; there is no key."""
        out = np.empty_like(audio)
        memory = (self._ring, self._place, self._phase, self._last)
        _chorus(audio, out, controls, start, *memory)
        return out


class PhaserKernel:
    """Notches that wander."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._highest_hz = min(_HIGHEST_HZ, BELOW_NYQUIST * sample_rate_hz)
        self._memory = np.zeros((n_channels, 7), np.float32)
        self._phase = np.zeros(2, np.float32)  # and the gain that holds until the next update

    def controls(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return five rows: logarithm of the rate, swing, place of the centre, feedback, mix."""
        span = np.log(self._highest_hz / _LOWEST_HZ)
        centre = np.log(np.minimum(values["centre_hz"], self._highest_hz) / _LOWEST_HZ) / span
        return np.stack(
            [
                np.log(values["rate_hz"] * (2.0 * np.pi * _UPDATE / self._sample_rate_hz)),
                values["depth"] * 0.5,
                centre,
                values["feedback"],
                values["mix"],
            ]
        )

    def run(
        self,
        audio: NDArray[np.float32],
        _key: NDArray[np.float32] | None,
        controls: NDArray[np.float64],
        start: int,
        /,
    ) -> NDArray[np.float32]:
        """Return the phased sound; there is no key."""
        out = np.empty_like(audio)
        lowest = _LOWEST_HZ / self._sample_rate_hz
        span = np.log(self._highest_hz / _LOWEST_HZ)
        _phaser(audio, out, controls, start, self._memory, self._phase, lowest, span)
        return out


@njit(cache=True, nogil=True)
def _chorus(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    ring: NDArray[np.float32],
    place: NDArray[np.int64],
    phase: NDArray[np.float32],
    last: NDArray[np.float32],
) -> None:
    n_channels, n_samples = audio.shape
    size = ring.shape[1]
    write, angle = place[0], phase[0]
    one = np.float32(1.0)
    for n in range(n_samples):
        sample = start + n
        swing = np.sin(angle - _HALF_TURN) * between(controls[1], sample)
        delay = max(swing + between(controls[2], sample), controls[3, 0])
        angle += np.float32(np.exp(between(controls[0], sample)))
        if angle >= _TURN:
            angle -= _TURN
        whole = int(delay)
        part = np.float32(delay - whole)
        feedback = np.float32(between(controls[4], sample))
        wet = np.float32(between(controls[5], sample))
        near = (write - whole) % size
        far = near - 1 if near > 0 else size - 1
        for channel in range(n_channels):
            x = audio[channel, n]
            fed = x - last[channel]
            ring[channel, write] = fed if abs(fed) > _TINY else np.float32(0.0)
            copy = ring[channel, near]
            copy += part * (ring[channel, far] - copy)
            last[channel] = copy * feedback
            out[channel, n] = x * (one - wet) + copy * wet
        write = write + 1 if write + 1 < size else 0
    place[0], phase[0] = write, angle


@njit(cache=True, nogil=True)
def _phaser(
    audio: NDArray[np.float32],
    out: NDArray[np.float32],
    controls: NDArray[np.float64],
    start: int,
    memory: NDArray[np.float32],
    phase: NDArray[np.float32],
    lowest: float,
    span: float,
) -> None:
    n_channels, n_samples = audio.shape
    angle, held = phase[0], phase[1]
    one, two = np.float32(1.0), np.float32(2.0)
    for n in range(n_samples):
        sample = start + n
        if sample % _UPDATE == 0:
            where = np.sin(angle - _HALF_TURN) * between(controls[1], sample)
            where = min(max(where + between(controls[2], sample), 0.0), 1.0)
            g = np.tan(np.pi * lowest * np.exp(where * span))
            held = np.float32(g / (1.0 + g))
            angle += np.float32(np.exp(between(controls[0], sample)))
            if angle >= _TURN:
                angle -= _TURN
            for channel in range(n_channels):  # here, not where a piece happens to end
                for index in range(7):
                    if abs(memory[channel, index]) < _TINY:
                        memory[channel, index] = np.float32(0.0)
        gain = held
        feedback = np.float32(between(controls[3], sample))
        wet = np.float32(between(controls[4], sample))
        for channel in range(n_channels):
            s = memory[channel]
            x = audio[channel, n]
            y = x - s[6]
            for index in range(6):
                v = gain * (y - s[index])
                low = v + s[index]
                s[index] = low + v
                y = two * low - y
            s[6] = y * feedback
            out[channel, n] = x * (one - wet) + y * wet
    phase[0], phase[1] = angle, held
