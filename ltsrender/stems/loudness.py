"""Loudness and true peak of a sound of any length, block by block.

Integrated loudness is ITU-R BS.1770-4 as pyloudnorm computes it: its filters, its blocks of 400 ms
to the sample, its two gates. A sound measured here and by `pyloudnorm.Meter` has the same figure.
Short-term and momentary loudness are the loudest 3 s and 400 ms, looked at every 100 ms
(EBU Tech 3341). True peak is the highest point of the wave at four times the rate.

Kept between blocks: three seconds of filtered sound at most, and one number for every 100 ms of the
piece, because the second gate is known at the end only; that is 0.3 MB an hour.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import soxr

from ltsrender.units import db_from_gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORT_TERM_S = 3.0
BLOCK_S = 0.4  # T_g of BS.1770-4
STEP_S = 0.1
OVERSAMPLING = 4

_OVERLAP_STEP = 1.0 - 0.75  # written as in pyloudnorm, whose rounding decides about a sample
_OFFSET_DB = -0.691
_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_WEIGHTS = (1.0, 1.0, 1.0, 1.41, 1.41)  # left, right, centre, surrounds (BS.1770-4, table 3)
_NOTHING = 1e-150
_SHORT_STEPS = round(SHORT_TERM_S / STEP_S)


@dataclass(frozen=True)
class Loudness:
    """How loud a sound is; ``None`` where there is too little of it.

    Attributes
    ----------
    integrated_lufs
        Of the whole, gated: what is quieter than -70 LUFS, or than 10 LU below the rest, is left
        out. None when nothing is louder, or the sound is shorter than 0.4 s.
    short_term_lufs, momentary_lufs
        The loudest 3 s and the loudest 0.4 s; None for shorter sounds and for digital silence.
    true_peak_db
        The highest point of the wave in dBTP, between samples too; None for digital silence.
    peak_db
        The highest sample in dBFS; -200 for silence.
    """

    integrated_lufs: float | None = None
    short_term_lufs: float | None = None
    momentary_lufs: float | None = None
    true_peak_db: float | None = None
    peak_db: float = -200.0


class LoudnessMeter:
    """Measures a sound as it goes by.

    Parameters
    ----------
    sample_rate_hz
        Of the sound.
    n_channels
        1 to 5: left, right, centre and two surrounds, in this order.

    Examples
    --------
    >>> meter = LoudnessMeter(48_000, 2)
    >>> seconds = np.arange(5 * 48_000) / 48_000
    >>> meter.add(np.tile(10 ** (-23 / 20) * np.sin(2 * np.pi * 1_000 * seconds), (2, 1)))
    >>> round(meter.result().integrated_lufs, 1)
    -23.0
    """

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        if not 1 <= n_channels <= len(_WEIGHTS):
            raise ValueError(f"{n_channels} channels; loudness is defined for 1..{len(_WEIGHTS)}")
        self._heard = _Weighting(sample_rate_hz, n_channels)
        self._blocks = _Blocks(sample_rate_hz)
        self._steps = _Steps(sample_rate_hz)
        self._true_peak = _TruePeak(sample_rate_hz, n_channels)
        self._peak = 0.0

    def add(self, block: NDArray[np.floating[Any]]) -> None:
        """Hear the next block, float[channel, sample]."""
        if not block.shape[1]:
            return
        audio = block.astype(np.float64, copy=False)
        self._peak = max(self._peak, _highest(audio))
        self._true_peak.add(audio)
        power = self._heard.power(audio)
        self._blocks.add(power)
        self._steps.add(power)

    def result(self) -> Loudness:
        """Return what was heard; no more blocks can follow."""
        if not self._peak:
            return Loudness()
        powers = self._blocks.finish()
        return Loudness(
            integrated_lufs=_gated(powers),
            short_term_lufs=_loudness(self._steps.most),
            momentary_lufs=_loudness(float(powers.max(initial=0.0))),
            true_peak_db=db_from_gain(max(self._peak, self._true_peak.finish())),
            peak_db=db_from_gain(self._peak),
        )


class _Weighting:
    """The standard's two filters, and the sum over channels."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        import pyloudnorm  # noqa: PLC0415 - with scipy it takes most of a second

        kinds = (
            (4.0, 1 / np.sqrt(2), 1500.0, "high_shelf"),
            (0.0, 0.5, 38.0, "high_pass"),
        )
        filters = [
            pyloudnorm.IIRfilter(gain_db, q, hz, sample_rate_hz, kind)
            for gain_db, q, hz, kind in kinds
        ]
        self._filters = [(each.b, each.a) for each in filters]
        self._states = [np.zeros((2, n_channels)) for _ in filters]
        self._weights = np.array(_WEIGHTS[:n_channels])

    def power(self, audio: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weighted power of every sample, float64[sample]."""
        from scipy.signal import lfilter  # noqa: PLC0415 - see above

        heard = np.ascontiguousarray(audio.T)
        for index, (b, a) in enumerate(self._filters):
            heard, self._states[index] = lfilter(b, a, heard, axis=0, zi=self._states[index])
            state = self._states[index]
            state[np.abs(state) < _NOTHING] = 0.0  # a tail that fades for ever costs time for ever
        return np.asarray(np.square(heard) @ self._weights, np.float64)


class _Blocks:
    """Power of overlapping blocks of 400 ms, cut exactly where pyloudnorm cuts."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate = sample_rate_hz
        self._kept = np.zeros(0)
        self._first = 0  # number of the first sample kept
        self._n_samples = 0
        self._powers = array("d")

    def add(self, power: NDArray[np.float64]) -> None:
        self._kept = np.concatenate([self._kept, power])
        self._n_samples += len(power)
        while self._ends(len(self._powers))[1] <= self._n_samples:
            self._measure()
        start = min(self._ends(len(self._powers))[0], self._n_samples)
        self._kept = self._kept[start - self._first :]
        self._first = start

    def finish(self) -> NDArray[np.float64]:
        """Return all, float64[block]; pyloudnorm's last block may lack a few samples."""
        seconds = self._n_samples / self._rate
        if seconds < BLOCK_S:
            return np.zeros(0)
        n_blocks = int(np.round((seconds - BLOCK_S) / (BLOCK_S * _OVERLAP_STEP))) + 1
        while len(self._powers) < n_blocks:
            self._measure()
        return np.array(self._powers[:n_blocks])

    def _ends(self, block: int) -> tuple[int, int]:
        # The very expressions of pyloudnorm: another order of the same product cuts elsewhere.
        first = int(BLOCK_S * (block * _OVERLAP_STEP) * self._rate)
        return first, int(BLOCK_S * (block * _OVERLAP_STEP + 1) * self._rate)

    def _measure(self) -> None:
        first, stop = (end - self._first for end in self._ends(len(self._powers)))
        total = float(np.sum(self._kept[first:stop]))
        self._powers.append(total / (BLOCK_S * self._rate))


class _Steps:
    """The loudest three seconds, in steps of 100 ms."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate = sample_rate_hz
        self._kept = np.zeros(0)
        self._n_steps = 0
        self._last = deque[float](maxlen=_SHORT_STEPS)
        self.most = 0.0

    def add(self, power: NDArray[np.float64]) -> None:
        self._kept = np.concatenate([self._kept, power])
        while len(self._kept) >= (n_step := self._samples(self._n_steps)):
            self._last.append(float(np.sum(self._kept[:n_step])))
            self._kept = self._kept[n_step:]
            self._n_steps += 1
            if len(self._last) == _SHORT_STEPS:
                self.most = max(self.most, sum(self._last) / (SHORT_TERM_S * self._rate))

    def _samples(self, step: int) -> int:
        return (step + 1) * self._rate // 10 - step * self._rate // 10


class _TruePeak:
    """The highest point between samples, at four times the rate (BS.1770-4, annex 2)."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._stream = soxr.ResampleStream(
            sample_rate_hz, OVERSAMPLING * sample_rate_hz, n_channels, "float64", "VHQ"
        )
        self._rest = np.zeros((0, n_channels))
        self._peak = 0.0

    def add(self, audio: NDArray[np.float64]) -> None:
        self._see(self._stream.resample_chunk(np.ascontiguousarray(audio.T)))

    def finish(self) -> float:
        self._see(self._stream.resample_chunk(self._rest, last=True))
        return self._peak

    def _see(self, wave: NDArray[np.float64]) -> None:
        if wave.size:
            self._peak = max(self._peak, _highest(wave))


def _highest(wave: NDArray[np.float64]) -> float:
    """Return the largest of the absolute values, without making them all."""
    return max(float(wave.max()), -float(wave.min()))


def _lufs(power: float) -> float:
    return _OFFSET_DB + 10.0 * float(np.log10(power))


def _loudness(power: float) -> float | None:
    return _lufs(power) if power > 0.0 else None


def _gated(powers: NDArray[np.float64]) -> float | None:
    """Return integrated loudness from the power of all blocks (BS.1770-4, equations 4 to 7)."""
    sounding = powers[powers > 0.0]
    lufs = _OFFSET_DB + 10.0 * np.log10(sounding)
    heard = sounding[lufs >= _GATE_LUFS]
    if not heard.size:
        return None
    gate = _lufs(float(np.mean(heard))) + _RELATIVE_GATE_LU
    return _loudness(float(np.mean(sounding[(lufs > gate) & (lufs > _GATE_LUFS)])))
