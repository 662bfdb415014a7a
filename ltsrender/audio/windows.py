"""What every band's window is like when it is taken for a Gaussian, as the theory of phase does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ltsrender.signal.bands import relative_half_support
from ltsrender.signal.window import gaussian_sigma

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ltsrender.signal import TransformSpec


class GaussianBands(NamedTuple):
    """The physics of each band, ``float64[band]`` each.

    Attributes
    ----------
    centres
        Centre, rad/s.
    limits
        Half the support, rad/s.
    sigmas_squared
        Squared standard deviation over frequency, (rad/s)^2.
    """

    centres: NDArray[np.float64]
    limits: NDArray[np.float64]
    sigmas_squared: NDArray[np.float64]


def gaussian_bands(spec: TransformSpec) -> GaussianBands:
    """Return centre, half-support and Gaussian width of every band.

    Low-pass and Nyquist band are wide: they stand in the middle of what they cover.
    """
    centres = spec.centre_hz.copy()
    halves = relative_half_support(spec) * centres
    halves[0] = centres[1] / 2
    centres[0] = halves[0]
    halves[-1] = (centres[-1] - centres[-2]) / 2
    centres[-1] -= halves[-1]
    turn = 2 * math.pi
    return GaussianBands(turn * centres, turn * halves, (turn * halves * gaussian_sigma()) ** 2)
