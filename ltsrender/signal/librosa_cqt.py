"""Frames as librosa makes them, for models that were trained on them, in constant memory.

Symbols, for bin k at f_k = f_min 2^(k/B) and sample rate r: alpha = tanh(ln 2 / B);
L_k = r / (alpha f_k), the length of its filter in samples. librosa halves the rate once per octave
below the top one; at the rate r_k of its octave, a filter is a periodic Hann window of n_k whole
samples on a complex sinusoid, scaled to sum 1. With norm 1 and ``scale=True``

    |C_k[m]| = sqrt(L_k) |sum_t x(m hop + t) hann_k(t) exp(-2 pi i f_k t) / sum_t hann_k(t)|

so that a sinusoid of amplitude A at f_k gives A sqrt(L_k) / 2. Here the sum over time is a product
on the spectrum of one slice, as in `ltsrender.signal.cqt`: the Hann window's spectrum is known in
closed form, is narrow (the part beyond 16 side lobes, -82 dB, is left out), and the product is
folded to the hop. Nothing is resampled, and no filter is thinned out.

librosa 0.11 thins its filters (``sparsity=0.01``) and cuts off what its resampler (soxr) makes
beyond the ends. Norm of the difference of the magnitudes over their norm, 384 bins from C1, hop
128: against ``sparsity=0``, 1 s and more from the ends, 0.0002 or less in every octave; against
librosa's defaults at most 0.0055 over whole recordings of 1.5 to 4 s (eight of them), mostly from
the thinning, which alone makes 0.0034 to 0.005. Where the top octave ends near the Nyquist
frequency (full-band settings; not the original's), librosa's resampler takes half and more from the
highest bins of every octave, and frames here keep it: of 12 bins per octave from 43.03 Hz the two
highest differ by 7 % and 50 %, the others by 0.3 % or less. Edges are as in librosa 0.11: silence
outside. librosa before 0.9 reflected the sound at its ends, and its frames differ there, as far in
as the filters reach (1 s at C1).

Source: librosa 0.11, ``librosa.core.constantq`` and ``librosa.filters.wavelet`` (ISC licence);
Schoerkhuber and Klapuri, "Constant-Q transform toolbox for music processing" (2010).
"""

from __future__ import annotations

import functools
import math
import threading
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.signal.bands import relative_bandwidth
from ltsrender.signal.spec import TransformSpec
from ltsrender.signal.window import nuttall_power

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from ltsrender.signal.slices import SampleReader

C1_HZ = 32.70319566257483
_LOBES = 16
_HANN_BANDWIDTH = 1.5
"""Equivalent noise bandwidth of the Hann window, in bins."""
_LONGEST_PADDING = 2**20


@dataclass(frozen=True)
class LibrosaSpec:
    """The arguments of one ``librosa.cqt``, checked.

    Attributes
    ----------
    sample_rate_hz
        Rate of the sound, 4,000..768,000 Hz.
    hop_samples
        Samples between frames, a power of two from 32 to 4,096.
    f_min_hz
        Centre of the lowest bin.
    bins_per_octave
        4..192.
    n_bins
        Bins of a frame, at least 2.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its bound. Among what is refused are the settings at
        which ``librosa.icqt`` blows up, by 72 dB, without a word: a top octave that begins above a
        quarter of the sample rate.

    Examples
    --------
    >>> spec = LibrosaSpec()
    >>> round(float(spec.centre_hz[-1])), spec.frames_per_block
    (8252, 1024)
    """

    sample_rate_hz: int = 44_100
    hop_samples: int = 128
    f_min_hz: float = C1_HZ
    bins_per_octave: int = 48
    n_bins: int = 384

    def __post_init__(self) -> None:
        _check_whole("sample_rate_hz", self.sample_rate_hz, 4_000, 768_000)
        _check_whole("hop_samples", self.hop_samples, 32, 4_096)
        if self.hop_samples & (self.hop_samples - 1):
            raise ValueError(f"hop_samples is {self.hop_samples}; it must be a power of two")
        _check_number("f_min_hz", self.f_min_hz, 1.0, self.sample_rate_hz / 8)
        _check_whole("bins_per_octave", self.bins_per_octave, 4, 192)
        _check_whole("n_bins", self.n_bins, 2, 16 * self.bins_per_octave)
        self._check_top()
        if self.padding_samples > _LONGEST_PADDING:
            raise ValueError(
                f"f_min_hz is {self.f_min_hz:g}; with {self.bins_per_octave} bins_per_octave its "
                f"filter would last {self.filter_samples[0] / self.sample_rate_hz:.0f} s"
            )

    def _check_top(self) -> None:
        quarter_hz = self.sample_rate_hz / 4
        most_octaves = math.floor(math.log2(quarter_hz / self.f_min_hz)) + 1
        if self.n_octaves > most_octaves:
            raise ValueError(
                f"n_bins is {self.n_bins}, that is {self.n_octaves} octaves from f_min_hz "
                f"{self.f_min_hz:g}; librosa blows up by 72 dB when the top octave begins above "
                f"a quarter of the sample rate, here {quarter_hz:g} Hz: at most "
                f"{most_octaves * self.bins_per_octave} bins"
            )

    @property
    def n_octaves(self) -> int:
        """Octaves, the last of which may not be whole."""
        return -(-self.n_bins // self.bins_per_octave)

    @property
    def alpha(self) -> float:
        """Bandwidth of a filter over its centre frequency."""
        return math.tanh(math.log(2) / self.bins_per_octave)

    @functools.cached_property
    def centre_hz(self) -> NDArray[np.float64]:
        """Centre of every bin in hertz, ``float64[bin]``."""
        steps: NDArray[np.float64] = np.exp2(np.arange(self.n_bins) / self.bins_per_octave)
        return self.f_min_hz * steps

    @functools.cached_property
    def filter_samples(self) -> NDArray[np.float64]:
        """Length of every bin's filter in samples, ``float64[bin]``, L_k above."""
        return self.sample_rate_hz / (self.alpha * self.centre_hz)

    @property
    def padding_samples(self) -> int:
        """Samples at each end of a slice that only feed the filters."""
        half = max(self.filter_samples[0] / 2, self.hop_samples, 2**10)
        return 1 << math.ceil(math.log2(half))

    @property
    def slice_samples(self) -> int:
        """Samples transformed at once."""
        return 4 * self.padding_samples

    @property
    def frames_per_block(self) -> int:
        """Frames that one slice gives."""
        return (self.slice_samples - 2 * self.padding_samples) // self.hop_samples

    def to_dict(self) -> dict[str, int | float]:
        """Return the parameters as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LibrosaSpec:
        """Return the spec that `to_dict` described.

        Raises
        ------
        ValueError
            When a parameter is missing, unknown, of the wrong type or out of its bounds.
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise ValueError(
                f"frames of librosa have exactly the parameters {', '.join(sorted(names))}; "
                f"found: {', '.join(sorted(map(str, values))) or 'none'}"
            )
        return cls(**values)


@dataclass(frozen=True)
class _Octave:
    """Bins whose spectra are cut out together.

    Attributes
    ----------
    first_bins
        ``int64[bin]``, where each bin's part of the spectrum begins.
    gains
        ``complex64[bin, place]``: whole rows of the slice's columns, or less than one.
    """

    first_bins: Tensor
    gains: Tensor


class LibrosaKernel:
    """Everything about a `LibrosaSpec` that can be computed once, on one device."""

    def __init__(self, spec: LibrosaSpec, device: str | torch.device = "cpu") -> None:
        import torch  # noqa: PLC0415 - a spec is checked without it

        self.spec = spec
        self.device = torch.device(device)
        self.n_columns = spec.slice_samples // spec.hop_samples
        windows = [_window(spec, k) for k in range(spec.n_bins)]
        self.n_places = spec.slice_samples // 2 + 1
        octaves = []
        for stop in range(spec.n_bins, 0, -spec.bins_per_octave):
            members = windows[max(0, stop - spec.bins_per_octave) : stop]
            width = max(len(gains) for _, gains in members)
            if width > self.n_columns:
                width = -(-width // self.n_columns) * self.n_columns
            table = np.zeros((len(members), width), dtype=np.complex64)
            for row, (_, gains) in zip(table, members, strict=True):
                row[: len(gains)] = gains
            firsts = torch.tensor([first for first, _ in members], device=self.device)
            octaves.append(_Octave(firsts, torch.from_numpy(table).to(self.device)))
            self.n_places = max(self.n_places, max(first for first, _ in members) + width)
        self.octaves = tuple(reversed(octaves))


def _window(spec: LibrosaSpec, k: int) -> tuple[int, NDArray[np.complex128]]:
    """Return where bin k's part of a slice's ``rfft`` begins, and with what it is multiplied."""
    f_hz, length = spec.centre_hz[k], spec.filter_samples[k]
    factor = 2 ** _halvings(spec, k)
    rate_hz = spec.sample_rate_hz / factor
    half = length / factor / 2
    n = math.floor(half) + math.ceil(half)
    place_hz = spec.sample_rate_hz / spec.slice_samples
    reach_hz = _LOBES * rate_hz / n
    first = max(1, math.ceil((f_hz - reach_hz) / place_hz))
    last = min(spec.slice_samples // 2, math.floor((f_hz + reach_hz) / place_hz))
    offset = (np.arange(first, last + 1) * place_hz - f_hz) / rate_hz
    # A filter of an odd number of samples is centred half a sample off, and librosa convolves with
    # it (no conjugate): the sound is heard half a sample late.
    shift = np.exp(1j * np.pi * offset * (n % 2))
    scale = math.sqrt(length) / spec.slice_samples
    gains: NDArray[np.complex128] = shift * (scale * _hann_spectrum(offset, n))
    return first, gains


def _hann_spectrum(offset: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the spectrum of a periodic Hann window of sum 1, ``offset`` in cycles per sample."""

    def dirichlet(nu: NDArray[np.float64]) -> NDArray[np.complex128]:
        sine = np.sin(np.pi * nu)
        near = np.abs(sine) < 1e-12
        ratio = np.where(near, n, np.sin(np.pi * n * nu) / np.where(near, 1.0, sine))
        whole: NDArray[np.complex128] = ratio * np.exp(1j * np.pi * nu)
        return whole

    hann = 0.5 * dirichlet(offset) + 0.25 * (dirichlet(offset - 1 / n) + dirichlet(offset + 1 / n))
    return hann.real / (n / 2)


def _halvings(spec: LibrosaSpec, k: int) -> int:
    """Return how often librosa has halved the sample rate before it comes to bin k."""
    twos = spec.hop_samples.bit_length() - 1
    cutoff_hz = spec.centre_hz[-1] * (1 + _HANN_BANDWIDTH / 2 * spec.alpha)
    room = math.ceil(math.log2(spec.sample_rate_hz / 2 / cutoff_hz)) - 2
    early = min(max(0, room), max(0, twos - spec.n_octaves + 1))
    octaves_below_top = (spec.n_bins - 1 - k) // spec.bins_per_octave
    return early + min(octaves_below_top, twos - early)


def librosa_kernel_for(spec: LibrosaSpec, device: str | torch.device = "cpu") -> LibrosaKernel:
    """Return the kernel of a spec on a device, made on first use and shared by all threads."""
    with _MAKING:
        return _kernel(spec, str(device))


_MAKING = threading.Lock()


@functools.lru_cache(maxsize=4)
def _kernel(spec: LibrosaSpec, device: str) -> LibrosaKernel:
    return LibrosaKernel(spec, device)


def librosa_block_frames(reader: SampleReader, block: int, kernel: LibrosaKernel) -> Tensor:
    """Return the frames of one block of a sound, ``float32[channel, frame, bin]``.

    Parameters
    ----------
    reader
        The sound.
    block
        Which block; may be negative.
    kernel
        The transform's tables.

    Returns
    -------
    Tensor
        ``abs(librosa.cqt(...))``, transposed; frame j of block b is centred at sample
        ``(b * frames_per_block + j) * hop_samples``. Channels are transformed one by one.
    """
    import torch  # noqa: PLC0415 - see above

    spec = kernel.spec
    start = block * spec.frames_per_block * spec.hop_samples - spec.padding_samples
    audio = torch.from_numpy(reader.read(start, start + spec.slice_samples)).to(kernel.device)
    return torch.stack([_channel_frames(channel, kernel) for channel in audio])


def _channel_frames(audio: Tensor, kernel: LibrosaKernel) -> Tensor:
    import torch  # noqa: PLC0415 - see above

    spec, n_columns = kernel.spec, kernel.n_columns
    spectrum = torch.fft.rfft(audio)
    spectrum = torch.nn.functional.pad(spectrum, (0, kernel.n_places - spectrum.shape[0]))
    first = spec.padding_samples // spec.hop_samples
    found = []
    for octave in kernel.octaves:
        width = octave.gains.shape[1]
        parts = spectrum.unfold(0, width, 1)[octave.first_bins] * octave.gains
        if width > n_columns:
            parts = parts.view(len(parts), -1, n_columns).sum(1)
        # Where a part begins only turns the phase of its columns.
        columns = torch.fft.ifft(parts, n=n_columns, norm="forward")
        found.append(columns[:, first : first + spec.frames_per_block].abs())
    return torch.cat(found).T.contiguous()


def bands_for(spec: LibrosaSpec) -> TransformSpec:
    """Return our transform on librosa's scale: band k + 1 has bin k's centre and bandwidth.

    The support is chosen so that bands and bins let through the same power of noise (equal
    equivalent noise bandwidths): then one gain per bin is right for sinusoids and for noise.
    """
    nuttall_bandwidth = nuttall_power() * relative_bandwidth(spec.bins_per_octave) / 2
    return TransformSpec(
        sample_rate_hz=spec.sample_rate_hz,
        bins_per_octave=spec.bins_per_octave,
        f_min_hz=spec.f_min_hz,
        support=_HANN_BANDWIDTH * spec.alpha / nuttall_bandwidth,
        hop_samples=spec.hop_samples,
        slice_samples=spec.slice_samples,
        padding_samples=spec.padding_samples,
    )


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; it must be a whole number")  # noqa: TRY004 - one error class for every bad parameter
    _check_number(name, value, least, most)


def _check_number(name: str, value: object, least: float, most: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; it must be a number")  # noqa: TRY004 - see above
    if not least <= value <= most:
        raise ValueError(f"{name} is {value:g}; it must be within {least:g}..{most:g}")
