"""Given magnitudes on the phases of given coefficients: the one projection that everything uses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from ltsrender.signal import Coefficients


def with_magnitudes(coefficients: Coefficients, magnitudes: tuple[Tensor, ...]) -> Coefficients:
    """Return coefficients with the phases of the first and the magnitudes of the second.

    Parameters
    ----------
    coefficients
        For each group ``complex64[channel, band, column]``. Where one is zero it has no phase,
        and the result is zero too.
    magnitudes
        For each group ``float32[channel, band, column]``, at least 0.
    """
    return tuple(_project(c, m) for c, m in zip(coefficients, magnitudes, strict=True))


def _project(coefficients: Tensor, magnitudes: Tensor) -> Tensor:
    if coefficients.device.type != "cpu":
        own = coefficients.abs()
        factor = torch.where(own > 0, magnitudes / own, torch.zeros_like(own))
        return coefficients * factor
    result = torch.empty_like(coefficients, memory_format=torch.contiguous_format)
    _project_pairs(
        torch.view_as_real(coefficients.contiguous()).numpy().reshape(-1, 2),
        magnitudes.contiguous().numpy().reshape(-1),
        torch.view_as_real(result).numpy().reshape(-1, 2),
    )
    return result


@njit(nogil=True, cache=True)
def _project_pairs(
    pairs: NDArray[np.float32], magnitudes: NDArray[np.float32], result: NDArray[np.float32]
) -> None:
    # In numba because torch needs seven passes over memory for what one pass can do.
    for i in range(magnitudes.size):
        real, imaginary = pairs[i, 0], pairs[i, 1]
        power = real * real + imaginary * imaginary
        factor = magnitudes[i] / math.sqrt(power) if power > 0 else np.float32(0)
        result[i, 0] = real * factor
        result[i, 1] = imaginary * factor
