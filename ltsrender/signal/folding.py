"""Windows laid on the spectrum and folded: the step between a spectrum and its bands.

Analysis multiplies the spectrum by a band's window and folds it onto as many places as the band
has columns, bin b onto place b mod M; synthesis goes back and adds up. The spectrum is *extended*:
the bins below 0 Hz and above the Nyquist frequency that the outermost windows reach stand before
and after it, so that every window is one contiguous stretch.

There are two ways to compute the same: numba on the processor, where a pass over memory costs as
much as the Fourier transforms themselves and each place is touched once; gathers in torch on
anything else. The second takes any device, the processor included, where tests hold one against
the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from numba import njit
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.signal.bands import Band


class Windows(NamedTuple):
    """All windows in flat arrays.

    Attributes
    ----------
    firsts, starts, lengths
        ``int64[band]``: the window's first bin (which may be negative), where in the extended
        spectrum that is, and the number of its bins.
    offsets
        ``int64[band]``: where its gains begin.
    gains
        ``float32[...]``, one window after the other.
    """

    firsts: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    offsets: NDArray[np.int64]
    gains: NDArray[np.float32]


class Folding(Protocol):
    """One of the two ways."""

    def fold(self, extended: Tensor, first_band: int, last_band: int, n_columns: int) -> Tensor:
        """Return windowed, folded spectra, ``complex64[..., band, place]``.

        Parameters
        ----------
        extended
            ``complex64[..., bin]``, the extended spectrum.
        first_band, last_band
            The bands ``first_band..last_band - 1``, all with ``n_columns`` columns.
        n_columns
            How many places there are.
        """

    def unfold(self, folded: Tensor, first_band: int, extended: Tensor) -> None:
        """Add bands ``first_band ..`` to an extended spectrum, in place.

        Parameters
        ----------
        folded
            ``complex64[..., band, place]``.
        first_band
            The first of them.
        extended
            ``complex64[..., bin]``.
        """


def tabulate(bands: Sequence[Band]) -> Windows:
    """Return all windows, low-pass first, in flat arrays."""
    firsts = np.array([band.first_bin for band in bands], dtype=np.int64)
    lengths = np.array([len(band.gains) for band in bands], dtype=np.int64)
    return Windows(
        firsts,
        firsts - firsts[0],
        lengths,
        np.cumsum(lengths) - lengths,
        np.concatenate([band.gains for band in bands]).astype(np.float32),
    )


class NumbaFolding:
    """On the processor, row by row.

    Parameters
    ----------
    windows
        All windows.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def fold(self, extended: Tensor, first_band: int, last_band: int, n_columns: int) -> Tensor:
        """Return windowed, folded spectra; see `Folding`."""
        shape = (*extended.shape[:-1], last_band - first_band, n_columns)
        folded = torch.empty(shape, dtype=extended.dtype)
        rows = extended.numpy().reshape(-1, extended.shape[-1])
        places = folded.numpy().reshape(-1, *shape[-2:])
        for row, bands in zip(rows, places, strict=True):
            _fold(self.windows, row, first_band, bands)
        return folded

    def unfold(self, folded: Tensor, first_band: int, extended: Tensor) -> None:
        """Add bands to an extended spectrum; see `Folding`."""
        rows = extended.numpy().reshape(-1, extended.shape[-1])
        places = folded.contiguous().numpy().reshape(-1, *folded.shape[-2:])
        for row, bands in zip(rows, places, strict=True):
            _unfold(self.windows, bands, first_band, row)


class GatherFolding:
    """On any device, all rows at once.

    Parameters
    ----------
    windows
        All windows.
    device
        Where the tables are and the arithmetic happens.
    """

    def __init__(self, windows: Windows, device: torch.device) -> None:
        self.windows = windows
        self.device = device
        self._tables: dict[tuple[int, int, int], tuple[Tensor, Tensor, Tensor]] = {}

    def fold(self, extended: Tensor, first_band: int, last_band: int, n_columns: int) -> Tensor:
        """Return windowed, folded spectra; see `Folding`."""
        places, bins, gains = self._table(first_band, last_band, n_columns)
        n_bands = last_band - first_band
        folded = torch.zeros(
            (*extended.shape[:-1], n_bands * n_columns), dtype=extended.dtype, device=self.device
        )
        # Within a band no two bins share a place: supports are never longer than the columns.
        folded[..., places] = extended[..., bins] * gains
        return folded.reshape(*folded.shape[:-1], n_bands, n_columns)

    def unfold(self, folded: Tensor, first_band: int, extended: Tensor) -> None:
        """Add bands to an extended spectrum; see `Folding`."""
        n_bands, n_columns = folded.shape[-2:]
        for band in range(first_band, first_band + n_bands):
            places, bins, gains = self._table(band, band + 1, n_columns)
            first = int(self.windows.starts[band])
            row = folded[..., band - first_band, :]
            extended[..., first : first + len(bins)] += row[..., places] * gains

    def _table(self, first: int, last: int, n_columns: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return place, bin and gain of every product of some bands."""
        key = (first, last, n_columns)
        if key not in self._tables:
            windows = self.windows
            places, bins = [], []
            for row, band in enumerate(range(first, last)):
                own = np.arange(windows.lengths[band])
                bins.append(windows.starts[band] + own)
                places.append(row * n_columns + (windows.firsts[band] + own) % n_columns)
            gains = windows.gains[windows.offsets[first] :][: sum(map(len, bins))]
            self._tables[key] = (
                torch.from_numpy(np.concatenate(places)).to(self.device),
                torch.from_numpy(np.concatenate(bins)).to(self.device),
                torch.from_numpy(gains).to(self.device),
            )
        return self._tables[key]


# Both loop over slices: with sums of indices inside their loops they are not vectorised, and take
# twice the time.
@njit(nogil=True, cache=True)
def _fold(
    windows: Windows,
    extended: NDArray[np.complex64],
    first_band: int,
    folded: NDArray[np.complex64],
) -> None:
    n_columns = folded.shape[1]
    for row in range(folded.shape[0]):
        band = first_band + row
        start, length = windows.starts[band], windows.lengths[band]
        gains = windows.gains[windows.offsets[band] : windows.offsets[band] + length]
        bins = extended[start : start + length]
        place = windows.firsts[band] % n_columns
        before = min(length, n_columns - place)  # up to the last place; the rest begins anew at 0
        own, rest = folded[row, place:], folded[row]
        for i in range(before):
            own[i] = bins[i] * gains[i]
        later_bins, later_gains = bins[before:], gains[before:]
        for i in range(length - before):
            rest[i] = later_bins[i] * later_gains[i]
        # What no bin falls on.
        rest[length - before : place] = 0
        own[before:] = 0


@njit(nogil=True, cache=True)
def _unfold(
    windows: Windows,
    folded: NDArray[np.complex64],
    first_band: int,
    extended: NDArray[np.complex64],
) -> None:
    n_columns = folded.shape[1]
    for row in range(folded.shape[0]):
        band = first_band + row
        start, length = windows.starts[band], windows.lengths[band]
        gains = windows.gains[windows.offsets[band] : windows.offsets[band] + length]
        bins = extended[start : start + length]
        place = windows.firsts[band] % n_columns
        before = min(length, n_columns - place)
        own, rest = folded[row, place:], folded[row]
        for i in range(before):
            bins[i] += own[i] * gains[i]
        later_bins, later_gains = bins[before:], gains[before:]
        for i in range(length - before):
            later_bins[i] += rest[i] * later_gains[i]
