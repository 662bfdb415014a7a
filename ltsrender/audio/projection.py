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

_LEAST_POWER = 1e-36
"""Keeps zeros zero where a division would not; no coefficient that can be heard is so small."""


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
    pairs = zip(coefficients, magnitudes, strict=True)
    return tuple(project(c.clone(memory_format=torch.contiguous_format), m) for c, m in pairs)


def project(coefficients: Tensor, magnitudes: Tensor) -> Tensor:
    """Give one group other magnitudes, in place, and return it.

    Parameters
    ----------
    coefficients
        ``complex64[channel, band, column]``, contiguous.
    magnitudes
        ``float32[channel, band, column]``, at least 0.
    """
    if coefficients.device.type != "cpu":
        return project_anywhere(coefficients, magnitudes)
    _project_pairs(
        torch.view_as_real(coefficients).numpy().reshape(-1, 2),
        magnitudes.contiguous().numpy().reshape(-1),
    )
    return coefficients


def project_anywhere(coefficients: Tensor, magnitudes: Tensor) -> Tensor:
    """Do the same as `project` by means that every device has."""
    power = torch.view_as_real(coefficients).square().sum(-1)
    return coefficients.mul_(magnitudes * power.clamp_min(_LEAST_POWER).rsqrt())


def project_between(
    coefficients: Tensor, first: Tensor, shares: Tensor, magnitudes: Tensor
) -> Tensor:
    """Give one group other magnitudes, and phases between its own and others, in place.

    Parameters
    ----------
    coefficients, first
        ``complex64[channel, band, column]``, contiguous; the group and the other phases.
    shares
        ``float32[column]``, how much of the other phases, 0..1.
    magnitudes
        ``float32[channel, band, column]``, at least 0.
    """
    if coefficients.device.type != "cpu":
        return project_between_anywhere(coefficients, first, shares, magnitudes)
    n_columns = shares.shape[-1]
    _project_pairs_between(
        torch.view_as_real(coefficients).numpy().reshape(-1, n_columns, 2),
        torch.view_as_real(first).numpy().reshape(-1, n_columns, 2),
        shares.numpy(),
        magnitudes.contiguous().numpy().reshape(-1, n_columns),
    )
    return coefficients


def project_between_anywhere(
    coefficients: Tensor, first: Tensor, shares: Tensor, magnitudes: Tensor
) -> Tensor:
    """Do the same as `project_between` by means that every device has."""
    ones = torch.ones_like(magnitudes)
    own = project_anywhere(coefficients, ones).mul_(1 - shares)
    own += project_anywhere(first.clone(), ones).mul_(shares)
    return project_anywhere(own, magnitudes)


@njit(nogil=True, cache=True)
def _project_pairs(pairs: NDArray[np.float32], magnitudes: NDArray[np.float32]) -> None:
    # In numba because torch needs several passes over memory for what one pass can do.
    least = np.float32(_LEAST_POWER)
    for i in range(magnitudes.size):
        real, imaginary = pairs[i, 0], pairs[i, 1]
        factor = magnitudes[i] / math.sqrt(max(real * real + imaginary * imaginary, least))
        pairs[i, 0] = real * factor
        pairs[i, 1] = imaginary * factor


@njit(nogil=True, cache=True)
def _project_pairs_between(
    pairs: NDArray[np.float32],
    first: NDArray[np.float32],
    shares: NDArray[np.float32],
    magnitudes: NDArray[np.float32],
) -> None:
    least = np.float32(_LEAST_POWER)
    for row in range(magnitudes.shape[0]):
        for i in range(magnitudes.shape[1]):
            a, b = pairs[row, i, 0], pairs[row, i, 1]
            c, d = first[row, i, 0], first[row, i, 1]
            real, imaginary = a, b
            if shares[i] > 0:
                own = (np.float32(1) - shares[i]) / math.sqrt(max(a * a + b * b, least))
                other = shares[i] / math.sqrt(max(c * c + d * d, least))
                real, imaginary = a * own + c * other, b * own + d * other
            power = real * real + imaginary * imaginary
            factor = magnitudes[row, i] / math.sqrt(max(power, least))
            pairs[row, i, 0] = real * factor
            pairs[row, i, 1] = imaginary * factor
