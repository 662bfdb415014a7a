"""Loudness of a whole sound, by pyloudnorm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soxr

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Loudness:
    """How loud a sound is; ``None`` where there is too little of it."""

    integrated_lufs: float | None = None
    short_term_lufs: float | None = None
    momentary_lufs: float | None = None
    true_peak_db: float | None = None
    peak_db: float = -200.0


class LoudnessMeter:
    """Measures a sound, block by block."""

    def __init__(self, sample_rate_hz: int, n_channels: int) -> None:
        self._rate = sample_rate_hz
        self._blocks = [np.zeros((n_channels, 0), np.float32)]

    def add(self, block: NDArray[np.float32]) -> None:
        """Hear the next block, float32[channel, sample]."""
        self._blocks.append(block)

    def result(self) -> Loudness:
        """Return what was heard."""
        import pyloudnorm  # type: ignore[import-untyped] # noqa: PLC0415

        audio = np.concatenate(self._blocks, axis=1).T.astype(np.float64)
        peak = float(np.abs(audio).max(initial=0.0))
        if not peak or len(audio) < 0.4 * self._rate:
            return Loudness()
        lufs = float(pyloudnorm.Meter(self._rate).integrated_loudness(audio))
        over = float(np.abs(soxr.resample(audio, self._rate, 4 * self._rate, "VHQ")).max())
        level_db = 20.0 * np.log10([peak, max(peak, over)])
        return Loudness(
            integrated_lufs=lufs if np.isfinite(lufs) else None,
            true_peak_db=float(level_db[1]),
            peak_db=float(level_db[0]),
        )
