"""A tight full-band constant-Q transform of one slice of sound.

Symbols, for one slice of L samples: X[b] = 2 rfft(x)[b] / L; G_k[b] the window of band k;
M_k = L / hop_k its number of columns. Analysis and synthesis are

    c_k[m] = sum_b X[b] G_k[b] exp(2 pi i b m / M_k)
    X[b]   = sum_k F_k[b mod M_k] G_k[b],   F_k = DFT(c_k) / M_k

so that |c_k| is the amplitude of a sinusoid at the band's centre, phase is absolute (bins keep
their place modulo M_k: a delay by a multiple of the hop is a shift of columns) and
sum_k hop_k |c_k|^2 = 2 |x|^2. Low-pass and Nyquist band run on across the ends of the spectrum,
where X is the conjugate of its mirror image.

Sources: Velasco, Holighaus, Doerfler and Grill, "Constructing an invertible constant-Q transform
with nonstationary Gabor frames" (2011); Schoerkhuber et al., "A Matlab toolbox for efficient
perfect reconstruction time-frequency transforms with log-frequency resolution" (2014).
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ltsrender.signal.bands import Band, design_bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.signal.spec import TransformSpec

Coefficients = tuple[Tensor, ...]


@dataclass(frozen=True)
class Group:
    """Neighbouring bands of equal hop, transformed together.

    Attributes
    ----------
    hop_samples
        Their hop.
    first_band, last_band
        Their bands are ``first_band..last_band - 1``.
    n_columns
        Columns of a whole slice.
    bins
        ``int64[band, column]``, which bin of the extended spectrum is folded onto each place.
    gains
        ``float32[band, column]``, with which weight; 0 where nothing is.
    """

    hop_samples: int
    first_band: int
    last_band: int
    n_columns: int
    bins: Tensor
    gains: Tensor


class Kernel:
    """Everything about a spec that can be computed once, on one device.

    Attributes
    ----------
    spec
        The transform.
    device
        Where the tables are and the arithmetic happens.
    groups
        Bands by hop, coarse hop (low frequency) first.
    """

    def __init__(self, spec: TransformSpec, device: str | torch.device = "cpu") -> None:
        self.spec = spec
        self.device = torch.device(device)
        self.n_bins = spec.slice_samples // 2 + 1
        windows = design_bands(spec)
        # Bins beyond each end of the spectrum, stored after it: conjugates of their mirror images.
        self.n_below = -windows[0].first_bin
        self.n_above = int(windows[-1].bins[-1]) - (self.n_bins - 1)
        self.groups = tuple(self._group(windows, int(hop)) for hop in _distinct(spec.band_hops))
        self._lay_out_synthesis(windows)

    def columns_before_block(self, group: Group) -> int:
        """Return how many of a slice's columns lie in the padding before its block."""
        return self.spec.padding_samples // group.hop_samples

    def columns_per_block(self, group: Group) -> int:
        """Return how many columns of a group one block has."""
        return self.spec.block_samples // group.hop_samples

    def _group(self, windows: tuple[Band, ...], hop_samples: int) -> Group:
        members = np.flatnonzero(self.spec.band_hops == hop_samples)
        n_columns = self.spec.slice_samples // hop_samples
        bins = np.zeros((len(members), n_columns), dtype=np.int64)
        gains = np.zeros((len(members), n_columns), dtype=np.float32)
        for row, member in enumerate(members):
            window = windows[member]
            bins[row, window.bins % n_columns] = self._extended(window.bins)
            gains[row, window.bins % n_columns] = window.gains
        return Group(
            hop_samples,
            int(members[0]),
            int(members[-1]) + 1,
            n_columns,
            torch.from_numpy(bins).to(self.device),
            torch.from_numpy(gains).to(self.device),
        )

    def _extended(self, bins: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return places in the extended spectrum: bins, then those below 0, then those above."""
        below = self.n_bins - bins - 1
        above = self.n_below + bins
        return np.where(bins < 0, below, np.where(bins >= self.n_bins, above, bins))

    def _lay_out_synthesis(self, windows: tuple[Band, ...]) -> None:
        """Tabulate synthesis as a gather: a few (place, weight) pairs for each bin."""
        n_extended = self.n_bins + self.n_below + self.n_above
        count = np.zeros(n_extended, dtype=np.int64)
        entries = []
        offset = 0
        for group in self.groups:
            for band in range(group.first_band, group.last_band):
                bins = self._extended(windows[band].bins)
                places = offset + windows[band].bins % group.n_columns
                entries.append((bins, count[bins], places, windows[band].gains))
                count[bins] += 1
                offset += group.n_columns
        places_of = np.zeros((int(count.max()), n_extended), dtype=np.int64)
        weights_of = np.zeros((int(count.max()), n_extended), dtype=np.float32)
        for bins, layer, places, gains in entries:
            places_of[layer, bins] = places
            weights_of[layer, bins] = gains
        # 0 Hz and Nyquist are their own mirror images: both halves of their sum fall on one bin.
        weights_of[:, [0, self.n_bins - 1]] *= 2
        self.places = torch.from_numpy(places_of).to(self.device)
        self.weights = torch.from_numpy(weights_of).to(self.device)


def kernel_for(spec: TransformSpec, device: str | torch.device = "cpu") -> Kernel:
    """Return the kernel of a spec on a device, made on first use and shared by all threads."""
    with _MAKING:  # tracks start together, and each would make and keep tables of its own
        return _kernel(spec, str(device))


_MAKING = threading.Lock()


@functools.lru_cache(maxsize=8)
def _kernel(spec: TransformSpec, device: str) -> Kernel:
    return Kernel(spec, device)


def analyse_slice(audio: Tensor, kernel: Kernel) -> Coefficients:
    """Return the coefficients of one slice.

    Parameters
    ----------
    audio
        ``float32[channel, slice_samples]`` on the kernel's device.
    kernel
        The transform's tables.

    Returns
    -------
    Coefficients
        For each group ``complex64[channel, band, column]``; column m is centred at sample
        m * hop of the slice. Channels are transformed one by one, so that equal channels stay
        equal to the last bit.
    """
    spectra = [_extend(torch.fft.rfft(channel, norm="forward") * 2, kernel) for channel in audio]
    return tuple(
        torch.stack(
            [
                torch.fft.ifft(spectrum[group.bins] * group.gains, norm="forward")
                for spectrum in spectra
            ]
        )
        for group in kernel.groups
    )


def synthesise_slice(coefficients: Coefficients, kernel: Kernel) -> Tensor:
    """Return the sound of one slice's coefficients, ``float32[channel, slice_samples]``."""
    n_channels = coefficients[0].shape[0]
    return torch.stack(
        [
            _synthesise_channel([group[channel] for group in coefficients], kernel)
            for channel in range(n_channels)
        ]
    )


def _extend(spectrum: Tensor, kernel: Kernel) -> Tensor:
    """Return ``complex64[bin]`` followed by the bins -1, -2, ... and those above Nyquist."""
    nyquist = kernel.n_bins - 1
    below = spectrum[1 : 1 + kernel.n_below].conj()
    above = spectrum[nyquist - kernel.n_above : nyquist].flip(0).conj()
    return torch.cat([spectrum, below, above])


def _synthesise_channel(coefficients: list[Tensor], kernel: Kernel) -> Tensor:
    folded = torch.cat([torch.fft.fft(c, norm="forward").flatten() for c in coefficients])
    extended = folded[kernel.places[0]] * kernel.weights[0]
    for places, weights in zip(kernel.places[1:], kernel.weights[1:], strict=True):
        extended = extended + folded[places] * weights
    spectrum = extended[: kernel.n_bins]
    below = extended[kernel.n_bins : kernel.n_bins + kernel.n_below]
    above = extended[kernel.n_bins + kernel.n_below :]
    nyquist = kernel.n_bins - 1
    spectrum[1 : 1 + kernel.n_below] += below.conj()
    spectrum[nyquist - kernel.n_above : nyquist] += above.flip(0).conj()
    audio: Tensor = torch.fft.irfft(spectrum / 2, n=kernel.spec.slice_samples, norm="forward")
    return audio


def _distinct(hops: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(hops)[::-1]
