"""A track's level and place: gain in dB and pan, moving for every sample without a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.ramp import Ramp, gains_with_silence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects import Moving


class Fader:
    """Gain and pan of one strip, in blocks of any length.

    The lanes are read every 64 samples and the gains lie on straight lines between: exact at the
    control times, no steps in between. -120 dB and below is exactly silent, and 0 dB in the centre
    leaves every sample as it is.

    Parameters
    ----------
    gain_db
        The level; what is not finite is silence.
    pan
        -1 left, 0 centre, 1 right, clipped to that; without influence on mono.
    sample_rate_hz
        Samples per second.
    first_sample
        Where the first block begins on the lanes' time line.
    """

    def __init__(
        self, gain_db: Moving, pan: Moving, sample_rate_hz: int, *, first_sample: int = 0
    ) -> None:
        def gains_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return gains_with_silence(gain_db.at(seconds)) * balance(pan.at(seconds))

        def gain_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return gains_with_silence(gain_db.at(seconds))[np.newaxis]

        self._stereo = Ramp(gains_at, sample_rate_hz, first_sample)
        self._mono = Ramp(gain_at, sample_rate_hz, first_sample)
        self._n_samples = 0

    def apply(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the next block float32[channel, sample], one or two channels, at its level."""
        start = self._n_samples
        self._n_samples += audio.shape[1]
        ramp = self._mono if audio.shape[0] == 1 else self._stereo
        return (audio * ramp.gains(start, self._n_samples)).astype(np.float32)


def balance(pan: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gains float64[2, n] of left and right for pan positions -1..1, float64[n].

    The sine law, scaled so that the centre is 0 dB: constant power between the sides, +3 dB on
    one and silence on the other at the ends. Positions that are not finite are the centre.

    >>> balance(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [[1.414, 1.0, 0.0], [0.0, 1.0, 1.414]]
    """
    place = np.clip(np.where(np.isfinite(pan), pan, 0.0), -1.0, 1.0)
    angle = np.pi / 4.0 * (1.0 + np.stack([place, -place]))
    # Divided by cos(pi/4), not multiplied by sqrt(2): the centre is 1 to the last bit.
    gains: NDArray[np.float64] = np.cos(angle) / np.cos(np.pi / 4.0)
    gains[np.stack([place, -place]) == 1.0] = 0.0
    return gains
