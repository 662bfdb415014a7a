"""Gains that follow a lane smoothly: exact every 64 samples, lines between.

A gain that jumps clicks; one that steps at a control rate of 689 Hz buzzes. A line of gain from one
control time to the next does neither, and a lane's sudden step becomes a fade of 1.5 ms. Between
neighbours within 6 dB of each other the line is straight in decibels or in amplitude, whichever
goes better on to the next control times: a fade is the one, a pan near its end the other. Else, and
to and from silence, it is straight in amplitude. The values at the control times are exact, and do
not depend on how the caller cuts time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.units import gains_from_db

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CONTROL_SAMPLES = 64
"""Samples from one control time to the next, everywhere in effects and stems."""

SILENT_DB = -120.0
"""A gain at or below this level is exactly zero."""

_GROUP = 8192  # control times evaluated together, always the same ones: no rounding by the caller


class Ramp:
    """A gain for every sample, from gains at the control times.

    Parameters
    ----------
    gains_at
        Gives float64[..., n] gains for times float64[n] in seconds.
    sample_rate_hz
        Samples per second.
    first_sample
        Where on the render's time line this ramp's sample 0 lies.
    """

    def __init__(
        self,
        gains_at: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        sample_rate_hz: int,
        first_sample: int = 0,
    ) -> None:
        self._gains_at = gains_at
        self._sample_rate_hz = sample_rate_hz
        self._first_sample = first_sample
        self._group = -1
        self._controls = np.zeros(0)
        self._is_still = False

    def gains(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return gains float64[..., stop - start] of samples ``start`` to ``stop``."""
        group_samples = _GROUP * CONTROL_SAMPLES
        pieces = [
            self._within_group(
                group,
                max(start - group * group_samples, 0),
                min(stop - group * group_samples, group_samples),
            )
            for group in range(start // group_samples, -(-stop // group_samples))
        ]
        return np.concatenate(pieces, axis=-1) if pieces else self._within_group(0, 0, 0)

    def _within_group(self, group: int, start: int, stop: int) -> NDArray[np.float64]:
        if group != self._group:
            # One more on either side of the group: where the lines come from and where they go.
            index = np.arange(group * _GROUP - 1, (group + 1) * _GROUP + 2, dtype=np.float64)
            index = np.maximum(index, 0.0)
            samples = self._first_sample + index * CONTROL_SAMPLES
            self._controls = self._gains_at(samples / self._sample_rate_hz)
            self._group = group
            self._is_still = bool((self._controls == self._controls[..., :1]).all())
        if self._is_still:  # most faders, most of the time
            return np.repeat(self._controls[..., :1], stop - start, axis=-1)
        from ltsrender.effects.line import draw_lines  # noqa: PLC0415 - numba takes its time

        rows = np.ascontiguousarray(self._controls.reshape(-1, _GROUP + 3))
        line = np.empty((rows.shape[0], stop - start))
        draw_lines(rows, start, line)
        return line.reshape(*self._controls.shape[:-1], stop - start)


def gains_with_silence(levels_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return amplitude factors of levels; exact zero from `SILENT_DB` down, and for NaN."""
    audible = (levels_db > SILENT_DB) & np.isfinite(levels_db)
    return np.where(audible, gains_from_db(np.where(audible, levels_db, 0.0)), 0.0)
