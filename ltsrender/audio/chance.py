"""Phases left to chance, and chance that is the same wherever a piece is cut."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from numba import njit

from ltsrender.audio.targets import Estimate, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from ltsrender.signal import Kernel

_TURN = 2.0 * math.pi
_MOST_SEED = 0x7FFF_FFFF_FFFF_FFFF


def draw_phases(targets: Iterable[Target], kernel: Kernel, seed: int) -> Iterator[Estimate]:
    """Yield every block's magnitudes with drawn phases, the same in all channels.

    Parameters
    ----------
    targets
        Consecutive blocks.
    kernel
        The transform's tables.
    seed
        Any whole number.
    """
    for target in targets:
        coefficients = []
        for group, magnitudes in zip(kernel.groups, target.magnitudes, strict=True):
            n_bands, n_columns = magnitudes.shape[1:]
            directions = np.empty((n_bands, n_columns), dtype=np.complex64)
            start = target.block * n_columns
            _draw(seed & _MOST_SEED, group.first_band, start, directions)
            turned: Tensor = magnitudes * torch.from_numpy(directions).to(magnitudes.device)
            coefficients.append(turned)
        yield Estimate(target.magnitudes, tuple(coefficients))


@njit(nogil=True, cache=True)
def chance(seed: int, band: int, column: int) -> float:
    """Return a phase 0..2 pi that is always the same for the same arguments (splitmix-like)."""
    mixed = np.uint64(column) * np.uint64(0x9E3779B97F4A7C15)
    mixed += np.uint64(band) * np.uint64(0xBF58476D1CE4E5B9)
    mixed += np.uint64(seed) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return float(mixed >> np.uint64(11)) * (_TURN / 9007199254740992.0)


@njit(nogil=True, cache=True)
def _draw(seed: int, first_band: int, first_column: int, directions: NDArray[np.complex64]) -> None:
    for band in range(directions.shape[0]):
        for column in range(directions.shape[1]):
            phase = chance(seed, first_band + band, first_column + column)
            directions[band, column] = complex(math.cos(phase), math.sin(phase))
