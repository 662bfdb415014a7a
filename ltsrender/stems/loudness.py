"""How loud a sound is: ITU-R BS.1770-4 and EBU Tech 3341, measured while it passes.

The filters that stand for the head and the ear are pyloudnorm's own, so are the gates; what is ours
is that a piece of any length is measured in the same little memory. Power is gathered in steps of
100 ms; four of them are a momentary value (400 ms), thirty a short-term one (3 s), and the
integrated loudness is the mean of all momentary ones above two gates: -70 LUFS, and 10 LU below the
mean of those (BS.1770-4, equations 2 to 7). True peak is the peak at four times
the sample rate (annex 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import soxr

from ltsrender.units import db_from_gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP_S = 0.1
_MOMENTARY, _SHORT_TERM = 4, 30  # steps
_OFFSET_LU = -0.691  # BS.1770-4, equation 2: a full-scale 997 Hz sine is -3.01 LUFS
_ABSOLUTE_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, -10.0
_OVERSAMPLED = 4
_PADDING_S = 0.05  # fed to the resampler after the end, so that nothing stays inside it


@dataclass(frozen=True)
class Loudness:
    """How loud a sound is; ``None`` where there is too little of it.

    Attributes
    ----------
    integrated_lufs
        Of the whole; None below 400 ms, or where everything lies under the gate.
    short_term_lufs, momentary_lufs
        The loudest three seconds, and the loudest 400 ms.
    true_peak_db, peak_db
        The highest point of the wave in dBTP, and the loudest sample in dBFS; -200 for silence.
    """

    integrated_lufs: float | None = None
    short_term_lufs: float | None = None
    momentary_lufs: float | None = None
    true_peak_db: float | None = None
    peak_db: float = -200.0


class LoudnessMeter:
    """Measures a sound block by block; the blocks' lengths do not matter.

    Parameters
    ----------
    sample_rate_hz, n_channels
        Of the sound; one or two channels of equal weight.
    """

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        import pyloudnorm  # type: ignore[import-untyped] # noqa: PLC0415 - 0.8 s, with scipy
        from scipy.signal import lfilter  # type: ignore[import-untyped] # noqa: PLC0415

        self._lfilter = lfilter
        filters = pyloudnorm.Meter(sample_rate_hz)._filters.values()  # noqa: SLF001 - its own numbers
        self._filters: list[tuple[Any, Any]] = [(each.b, each.a) for each in filters]
        self._states = [np.zeros((n_channels, max(len(a), len(b)) - 1)) for b, a in self._filters]
        self._rate = sample_rate_hz
        self._step_samples = round(_STEP_S * sample_rate_hz)
        self._powers: list[NDArray[np.float64]] = []  # of whole steps, summed over channels
        self._waiting = np.zeros((n_channels, 0))
        self._peak = self._true_peak = 0.0
        self._streams = [
            soxr.ResampleStream(1, _OVERSAMPLED, 1, dtype="float64", quality="VHQ")
            for _ in range(n_channels)
        ]

    def add(self, block: NDArray[np.float32]) -> None:
        """Hear the next block, float32[channel, sample]."""
        if not block.shape[1]:
            return
        self._peak = max(self._peak, float(np.abs(block).max()))
        exact = block.astype(np.float64)
        self._hear_between(exact)
        for number, (b, a) in enumerate(self._filters):
            exact, self._states[number] = self._lfilter(
                b, a, exact, axis=1, zi=self._states[number]
            )
        exact = np.concatenate([self._waiting, exact], axis=1)
        n_steps, step = exact.shape[1] // self._step_samples, self._step_samples
        self._waiting = exact[:, n_steps * step :]
        whole = exact[:, : n_steps * step].reshape(len(exact), n_steps, step)
        self._powers.append((whole**2).mean(axis=2).sum(axis=0))

    def result(self) -> Loudness:
        """Return what was heard; nothing may be added afterwards."""
        self._hear_between(np.zeros((len(self._streams), round(_PADDING_S * self._rate))))
        powers = np.concatenate([np.zeros(0), *self._powers])
        momentary = _means(powers, _MOMENTARY)
        return Loudness(
            integrated_lufs=_integrated(momentary),
            short_term_lufs=_loudest(_means(powers, _SHORT_TERM)),
            momentary_lufs=_loudest(momentary),
            true_peak_db=db_from_gain(max(self._peak, self._true_peak)),
            peak_db=db_from_gain(self._peak),
        )

    def _hear_between(self, block: NDArray[np.float64]) -> None:
        """Hear what the wave does between samples."""
        for stream, channel in zip(self._streams, block, strict=True):
            made = stream.resample_chunk(np.ascontiguousarray(channel))
            self._true_peak = max(self._true_peak, float(np.abs(made).max(initial=0.0)))


def _means(powers: NDArray[np.float64], n_steps: int) -> NDArray[np.float64]:
    """Return the mean power of every ``n_steps`` steps in a row."""
    if len(powers) < n_steps:
        return np.zeros(0)
    means: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(powers, n_steps).mean(1)
    return means


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        levels: NDArray[np.float64] = _OFFSET_LU + 10.0 * np.log10(power)
    return levels


def _integrated(powers: NDArray[np.float64]) -> float | None:
    kept = powers[_lufs(powers) > _ABSOLUTE_GATE_LUFS]
    if kept.size:
        gate = float(_lufs(kept.mean())) + _RELATIVE_GATE_LU
        kept = kept[_lufs(kept) > gate]
    return float(_lufs(kept.mean())) if kept.size else None


def _loudest(powers: NDArray[np.float64]) -> float | None:
    loudest = powers.max(initial=0.0)
    return float(_lufs(loudest)) if loudest > 0.0 else None
