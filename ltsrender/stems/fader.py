"""A strip's level, place and width: gain, pan and stereo width, moving for every sample.

Panning is described by how far the centre lies below the sides: 3 dB where power is to stay the
same between two loudspeakers, 6 dB where the sum of both is to, 4.5 dB between them. Here the
centre keeps its level instead and the sides rise, so that a strip that is not panned is not
touched; at 0 dB nothing rises, and panning only takes the other side away.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.effects.ramp import Ramp, gains_with_silence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from ltsrender.effects import Moving

PAN_LAWS: Mapping[str, float] = MappingProxyType(
    {"0 dB": 0.0, "-3 dB": 1.0, "-4.5 dB": 1.5, "-6 dB": 2.0}
)
"""The power of the sine law (centre at 3 dB below the sides) that makes each law."""


class Fader:
    """Gain, pan and width of one strip, in blocks of any length.

    The lanes are read every 64 samples and the gains lie on smooth lines between: exact at the
    control times, no steps in between. -120 dB and below is exactly silent, and 0 dB in the centre
    at width 1 leaves every sample as it is.

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
    width
        0 mono, 1 as it is, 2 twice as wide; None leaves it. What is not finite is 1.
    pan_law
        A name in `PAN_LAWS`.
    is_inverted
        Whether the wave is turned upside down.
    """

    def __init__(
        self,
        gain_db: Moving,
        pan: Moving,
        sample_rate_hz: int,
        *,
        first_sample: int = 0,
        width: Moving | None = None,
        pan_law: str = "-3 dB",
        is_inverted: bool = False,
    ) -> None:
        def gains_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return gains_with_silence(gain_db.at(seconds)) * balance(pan.at(seconds), pan_law)

        def gain_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
            return gains_with_silence(gain_db.at(seconds))[np.newaxis]

        self._stereo = Ramp(gains_at, sample_rate_hz, first_sample)
        self._mono = Ramp(gain_at, sample_rate_hz, first_sample)
        self._width = None if width is None else Ramp(_widths(width), sample_rate_hz, first_sample)
        self._sign = -1.0 if is_inverted else 1.0
        self._n_samples = 0

    def apply(self, audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the next block float32[channel, sample], one or two channels, at its level."""
        start = self._n_samples
        stop = self._n_samples = start + audio.shape[1]
        ramp = self._mono if audio.shape[0] == 1 else self._stereo
        if self._width is not None and audio.shape[0] == 2:
            audio = widened(audio, self._width.gains(start, stop)[0]).astype(np.float32)
        return (audio * (self._sign * ramp.gains(start, stop))).astype(np.float32)


def widened(audio: NDArray[np.float32], width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a stereo sound float64[2, sample] whose side signal is ``width`` times as strong.

    Written as what is taken from one side and given to the other, so that width 1 changes no bit.

    Parameters
    ----------
    audio
        float32[2, sample].
    width
        float64[sample], 0 to 2.
    """
    given = (1.0 - width) * 0.5 * (audio[1].astype(np.float64) - audio[0])
    return np.stack([audio[0] + given, audio[1] - given])


def balance(pan: NDArray[np.float64], law: str = "-3 dB") -> NDArray[np.float64]:
    """Return the gains float64[2, n] of left and right for pan positions -1..1, float64[n].

    The sine law to the power that `PAN_LAWS` says, scaled so that the centre is 0 dB: with -3 dB
    constant power between the sides, +3 dB on one and silence on the other at the ends. Positions
    that are not finite are the centre.

    >>> balance(np.array([-1.0, 0.0, 1.0])).round(3).tolist()
    [[1.414, 1.0, 0.0], [0.0, 1.0, 1.414]]
    >>> balance(np.array([-1.0, 0.0, 0.5]), "0 dB").round(3).tolist()
    [[1.0, 1.0, 0.5], [0.0, 1.0, 1.0]]
    """
    place = np.clip(np.where(np.isfinite(pan), pan, 0.0), -1.0, 1.0)
    sides = np.stack([place, -place])  # how far each channel is from its own side
    if not PAN_LAWS[law]:
        return np.minimum(1.0, 1.0 - sides)
    # Divided by cos(pi/4), not multiplied by sqrt(2): the centre is 1 to the last bit.
    sine = np.cos(np.pi / 4.0 * (1.0 + sides)) / np.cos(np.pi / 4.0)
    gains: NDArray[np.float64] = np.maximum(sine, 0.0) ** PAN_LAWS[law]
    gains[sides == 1.0] = 0.0
    return gains


def _widths(width: Moving) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def widths_at(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        values = width.at(seconds)
        return np.clip(np.where(np.isfinite(values), values, 1.0), 0.0, 2.0)[np.newaxis]

    return widths_at
