"""Given magnitudes on the phases of given coefficients: the one projection that everything uses."""

from __future__ import annotations

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


def magnitudes_of(coefficients: Coefficients) -> tuple[Tensor, ...]:
    """Return the magnitudes of coefficients, for each group ``float32[channel, band, column]``."""
    return tuple(_magnitudes(group) for group in coefficients)


def _magnitudes(coefficients: Tensor) -> Tensor:
    if coefficients.device.type != "cpu":
        return coefficients.abs()
    found = torch.empty(coefficients.shape)  # contiguous, whatever the coefficients are
    _measure(coefficients.contiguous().numpy().reshape(-1), found.numpy().reshape(-1))
    return found


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
    _project(coefficients.numpy().reshape(-1), magnitudes.contiguous().numpy().reshape(-1))
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
    _project_between(
        coefficients.numpy().reshape(-1, n_columns),
        first.numpy().reshape(-1, n_columns),
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


# In numba because torch needs several passes over memory for what one pass can do. Loops over
# whole rows of complex numbers, without a branch, are vectorised: four times as fast as others.
@njit(nogil=True, cache=True)
def _project(coefficients: NDArray[np.complex64], magnitudes: NDArray[np.float32]) -> None:
    least = np.float32(_LEAST_POWER)
    for i in range(magnitudes.size):
        own = coefficients[i]
        power = own.real * own.real + own.imag * own.imag
        coefficients[i] = own * (magnitudes[i] / np.sqrt(max(power, least)))


@njit(nogil=True, cache=True)
def _project_between(
    coefficients: NDArray[np.complex64],
    first: NDArray[np.complex64],
    shares: NDArray[np.float32],
    magnitudes: NDArray[np.float32],
) -> None:
    least, one = np.float32(_LEAST_POWER), np.float32(1)
    for row in range(magnitudes.shape[0]):
        owns, others, wanted = coefficients[row], first[row], magnitudes[row]
        for i in range(wanted.size):
            own, other = owns[i], others[i]
            own_power = own.real * own.real + own.imag * own.imag
            other_power = other.real * other.real + other.imag * other.imag
            between = own * ((one - shares[i]) / np.sqrt(max(own_power, least)))
            between += other * (shares[i] / np.sqrt(max(other_power, least)))
            power = between.real * between.real + between.imag * between.imag
            owns[i] = between * (wanted[i] / np.sqrt(max(power, least)))


@njit(nogil=True, cache=True)
def _measure(coefficients: NDArray[np.complex64], magnitudes: NDArray[np.float32]) -> None:
    # Without the care for overflow that makes the usual absolute value ten times as slow.
    for i in range(magnitudes.size):
        own = coefficients[i]
        magnitudes[i] = np.sqrt(own.real * own.real + own.imag * own.imag)
