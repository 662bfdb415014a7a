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

from ltsrender.signal.bands import design_bands
from ltsrender.signal.folding import Folding, GatherFolding, NumbaFolding, tabulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
    """

    hop_samples: int
    first_band: int
    last_band: int
    n_columns: int

    @property
    def n_bands(self) -> int:
        """How many bands there are."""
        return self.last_band - self.first_band


class Kernel:
    """Everything about a spec that can be computed once, on one device.

    Parameters
    ----------
    spec
        The transform.
    device
        Where the arithmetic happens.
    portable
        Whether to compute by means that every device has; always so but on the processor.

    Attributes
    ----------
    spec, device
        As given.
    groups
        Bands by hop, coarse hop (low frequency) first.
    n_bins
        Bins of a slice's spectrum.
    """

    def __init__(
        self, spec: TransformSpec, device: str | torch.device = "cpu", *, portable: bool = False
    ) -> None:
        self.spec = spec
        self.device = torch.device(device)
        self.portable = portable or self.device.type != "cpu"
        self.n_bins = spec.slice_samples // 2 + 1
        windows = tabulate(design_bands(spec))
        # Bins beyond each end of the spectrum that windows reach.
        self.n_below = -int(windows.firsts[0])
        self.n_above = int(windows.firsts[-1] + windows.lengths[-1]) - self.n_bins
        self.folding: Folding = (
            GatherFolding(windows, self.device) if self.portable else NumbaFolding(windows)
        )
        self.groups = tuple(self._group(int(hop)) for hop in np.unique(spec.band_hops)[::-1])

    def widened(self, spec: TransformSpec) -> Kernel:
        """Return the kernel of another spec by the same means, on the same device."""
        if self.portable and self.device.type == "cpu":
            return Kernel(spec, self.device, portable=True)
        return kernel_for(spec, self.device)

    def columns_before_block(self, group: Group) -> int:
        """Return how many of a slice's columns lie in the padding before its block."""
        return self.spec.padding_samples // group.hop_samples

    def columns_per_block(self, group: Group) -> int:
        """Return how many columns of a group one block has."""
        return self.spec.block_samples // group.hop_samples

    def _group(self, hop_samples: int) -> Group:
        members = np.flatnonzero(self.spec.band_hops == hop_samples)
        n_columns = self.spec.slice_samples // hop_samples
        return Group(hop_samples, int(members[0]), int(members[-1]) + 1, n_columns)


def kernel_for(spec: TransformSpec, device: str | torch.device = "cpu") -> Kernel:
    """Return the kernel of a spec on a device, made on first use and shared by all threads."""
    with _MAKING:  # tracks start together, and each would make and keep tables of its own
        return _kernel(spec, str(device))


_MAKING = threading.Lock()


@functools.lru_cache(maxsize=8)
def _kernel(spec: TransformSpec, device: str) -> Kernel:
    return Kernel(spec, device)


def analyse_slice(audio: Tensor, kernel: Kernel) -> Coefficients:
    """Return the coefficients of slices.

    Parameters
    ----------
    audio
        ``float32[..., slice_samples]`` on the kernel's device; as many channels and slices as
        there are, each transformed by itself, so that equal ones stay equal to the last bit.
    kernel
        The transform's tables.

    Returns
    -------
    Coefficients
        For each group ``complex64[..., band, column]``; column m is centred at sample m * hop of
        the slice.
    """
    return coefficients_of(spectrum_of(audio, kernel), kernel)


def coefficients_of(spectrum: Tensor, kernel: Kernel) -> Coefficients:
    """Return the coefficients of a spectrum, for each group ``complex64[..., band, column]``."""
    return tuple(_columns_of(spectrum, group, kernel) for group in kernel.groups)


def synthesise_slice(coefficients: Iterable[Tensor], kernel: Kernel) -> Tensor:
    """Return the sound of slices' coefficients, ``float32[..., slice_samples]``.

    Groups are used one after the other, so that they need not all exist at the same time.
    """
    return sound_of(joined_spectrum(coefficients, kernel), kernel)


def joined_spectrum(coefficients: Iterable[Tensor], kernel: Kernel) -> Tensor:
    """Return the spectrum of slices' coefficients, ``complex64[..., bin]`` as `spectrum_of`."""
    extended: Tensor | None = None
    for group, columns in zip(kernel.groups, coefficients, strict=True):
        if extended is None:
            extended = _empty(columns.shape[:-2], kernel)
        kernel.folding.unfold(torch.fft.fft(columns, norm="forward"), group.first_band, extended)
    assert extended is not None  # noqa: S101 - a transform has bands
    return _closed(extended, kernel)


def through_coefficients(
    spectrum: Tensor, kernel: Kernel, change: Callable[[Group, Tensor], Tensor]
) -> Tensor:
    """Take a spectrum to its coefficients, change them, and come back.

    One group at a time exists. Nothing passes the time domain, where iterations need not go.

    Parameters
    ----------
    spectrum
        ``complex64[..., bin]`` from `spectrum_of`.
    kernel
        The transform's tables.
    change
        Is given a group and its ``complex64[..., band, column]``, which it may
        overwrite, and returns what shall stand in their place.

    Returns
    -------
    Tensor
        ``complex64[..., bin]``, the spectrum of the changed coefficients.
    """
    result = _empty(spectrum.shape[:-1], kernel)
    for group in kernel.groups:
        changed = change(group, _columns_of(spectrum, group, kernel))
        kernel.folding.unfold(torch.fft.fft(changed, norm="forward"), group.first_band, result)
    return _closed(result, kernel)


def spectrum_of(audio: Tensor, kernel: Kernel) -> Tensor:
    """Return X of slices with the bins beyond its ends, ``complex64[..., bin]``.

    Parameters
    ----------
    audio
        ``float32[..., slice_samples]``.
    kernel
        The transform's tables.
    """
    extended = _empty(audio.shape[:-1], kernel)
    inside = extended[..., kernel.n_below : kernel.n_below + kernel.n_bins]
    if kernel.portable:
        inside.copy_(torch.fft.rfft(audio, norm="forward") * 2)
    else:  # one by one: a batched transform may round its rows in different ways
        for row in np.ndindex(audio.shape[:-1]):
            torch.mul(torch.fft.rfft(audio[row], norm="forward"), 2, out=inside[row])
    return _with_mirror_images(extended, kernel)


def sound_of(spectrum: Tensor, kernel: Kernel) -> Tensor:
    """Return the sound of a spectrum, ``float32[..., slice_samples]``; undoes `spectrum_of`."""
    inside = spectrum[..., kernel.n_below : kernel.n_below + kernel.n_bins] / 2
    n_samples = kernel.spec.slice_samples
    if kernel.portable:
        whole: Tensor = torch.fft.irfft(inside, n=n_samples, norm="forward")
        return whole
    audio = torch.empty((*spectrum.shape[:-1], n_samples))
    for row in np.ndindex(spectrum.shape[:-1]):
        audio[row] = torch.fft.irfft(inside[row], n=n_samples, norm="forward")
    return audio


def _empty(shape: torch.Size, kernel: Kernel) -> Tensor:
    n_extended = kernel.n_below + kernel.n_bins + kernel.n_above
    return torch.zeros((*shape, n_extended), dtype=torch.complex64, device=kernel.device)


def _with_mirror_images(extended: Tensor, kernel: Kernel) -> Tensor:
    """Fill the bins beyond the ends with the conjugates of those inside; in place."""
    below, inside, above = _parts(extended, kernel)
    below.copy_(inside[..., 1 : kernel.n_below + 1].flip(-1).conj())
    above.copy_(inside[..., -kernel.n_above - 1 : -1].flip(-1).conj())
    return extended


def _closed(extended: Tensor, kernel: Kernel) -> Tensor:
    """Give bins beyond the ends back to those they mirror, for synthesis adds to both; in place."""
    below, inside, above = _parts(extended, kernel)
    inside[..., 1 : kernel.n_below + 1] += below.flip(-1).conj()
    inside[..., -kernel.n_above - 1 : -1] += above.flip(-1).conj()
    # 0 Hz and the Nyquist frequency are their own mirror images.
    for own in (0, -1):
        inside[..., own] = 2 * inside[..., own].real
    return _with_mirror_images(extended, kernel)


def _parts(extended: Tensor, kernel: Kernel) -> tuple[Tensor, Tensor, Tensor]:
    inside = slice(kernel.n_below, kernel.n_below + kernel.n_bins)
    return extended[..., : inside.start], extended[..., inside], extended[..., inside.stop :]


def _columns_of(extended: Tensor, group: Group, kernel: Kernel) -> Tensor:
    folded = kernel.folding.fold(extended, group.first_band, group.last_band, group.n_columns)
    columns: Tensor = torch.fft.ifft(folded, norm="forward")
    return columns
