"""Noise shaping: the noise of rounding moved to where the ear hears it least.

A rounding whose error is fed back through a filter makes the error's spectrum the filter's: with
``y = Q(x - sum(c[k] * e[n-k]) + dither)`` the noise in the file is ``e[n] - sum(c[k] * e[n-k])``.
At 44.1 and 48 kHz the coefficients are those of Lipshitz, Vanderkooy and Wannamaker, "Minimally
Audible Noise Shaping", JAES 39, 1991 (five coefficients for 44.1 kHz): about 15 dB less noise where
the ear is sharpest, around 4 kHz, and 20 dB more at the top. At higher rates a plain second-order
filter moves it above what can be heard. Below 44.1 kHz there is nowhere to move it to, and no
shaping is done.

The dither is added outside the loop's subtraction, as white as ever, and its error is fed back with
the rounding's, so the mean and power of the error still do not follow the sound. What clipping cuts
off is not fed back: a loop that heard it would swing on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIPSHITZ_1991 = (2.033, -2.165, 1.959, -1.590, 0.6149)
SECOND_ORDER = (2.0, -1.0)

_LOWEST_RATE_HZ = 44_100
_SECOND_ORDER_FROM_HZ = 64_000


class Shaper:
    """Rounds with feedback, block by block.

    Parameters
    ----------
    coefficients
        Of the feedback, the last error's first.
    n_channels
        Of every block.
    """

    def __init__(self, coefficients: tuple[float, ...], n_channels: int) -> None:
        self._coefficients = np.array(coefficients)
        self._errors = np.zeros((n_channels, len(coefficients)))

    def round(
        self,
        exact: NDArray[np.float64],
        noise: NDArray[np.float64],
        is_silence: NDArray[np.bool_],
    ) -> NDArray[np.float64]:
        """Return whole numbers, float64[channel, sample].

        Parameters
        ----------
        exact
            float64[channel, sample], in steps of the target.
        noise
            float64[channel, sample]: the dither, in steps.
        is_silence
            bool[channel, sample]: where zero comes out and the past is forgotten.
        """
        from ltsrender.stems.feedback import rounded  # noqa: PLC0415 - numba takes its time

        return rounded(exact, noise, is_silence, self._coefficients, self._errors)


def shaper_for(sample_rate_hz: int, n_channels: int) -> Shaper | None:
    """Return the shaper of a sample rate; None where the ear would gain nothing."""
    if sample_rate_hz < _LOWEST_RATE_HZ:
        return None
    is_high = sample_rate_hz >= _SECOND_ORDER_FROM_HZ
    return Shaper(SECOND_ORDER if is_high else LIPSHITZ_1991, n_channels)
