"""Where the bands lie: centres, windows and hops of the constant-Q transform, in numpy.

The frame is painless (Daubechies, Grossmann and Meyer 1986) and non-stationary (Balazs et al.
2011): every band is a window on the spectrum, short enough for its hop, and the squares of all
windows sum to one on every bin, so that synthesis with the same windows gives the sound back.

Two bands complete the constant-Q ones: a low-pass and a Nyquist band. Each takes the place of the
endless row of constant-Q bands that would follow outside, so its edge is as smooth as theirs, and
each runs smoothly on across 0 Hz (or the Nyquist frequency) to the mirrored side, where a window
cut off at 0 Hz would ring for seconds.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ltsrender.signal.window import crossfade, nuttall

if TYPE_CHECKING:
    from ltsrender.signal.spec import TransformSpec

Floats = NDArray[np.float64]

# The last constant-Q band ends just below the Nyquist frequency.
_BELOW_NYQUIST = 0.9999


@dataclass(frozen=True)
class Band:
    """One window on the spectrum.

    Attributes
    ----------
    first_bin
        The first bin of the window; negative where the low-pass crosses 0 Hz.
    gains
        ``float64[bin]``, the window from ``first_bin`` on; it may run past the Nyquist bin.
    """

    first_bin: int
    gains: Floats

    @property
    def bins(self) -> NDArray[np.int64]:
        """The window's bins, ``int64[bin]``."""
        return np.arange(self.first_bin, self.first_bin + len(self.gains))


def relative_bandwidth(bins_per_octave: int) -> float:
    """Return the width of a band over its centre: one step of the scale."""
    return float(2 ** (0.5 / bins_per_octave) - 2 ** (-0.5 / bins_per_octave))


def relative_half_support(spec: TransformSpec) -> float:
    """Return half the width of a band's window over its centre frequency."""
    return spec.support / 2 * relative_bandwidth(spec.bins_per_octave)


def constant_q_centres(spec: TransformSpec) -> Floats:
    """Return the centres of the constant-Q bands in hertz, ``float64[band]``, without the ends."""
    highest = _BELOW_NYQUIST * spec.sample_rate_hz / 2 / (1 + relative_half_support(spec))
    steps = math.floor(spec.bins_per_octave * math.log2(highest / spec.f_min_hz))
    return _scale(spec, 0, steps + 1)


@functools.lru_cache(maxsize=16)
def design_bands(spec: TransformSpec) -> tuple[Band, ...]:
    """Return every band's window, low-pass first, Nyquist band last, tight on every bin."""
    centres = constant_q_centres(spec)
    edge = math.ceil(spec.support) + 3  # bands outside that still reach into the inside
    below = _scale(spec, -edge, 0)
    above = _scale(spec, len(centres), len(centres) + edge)
    n_bins = spec.slice_samples // 2 + 1
    inner = [_raw_window(spec, centre, n_bins) for centre in centres]
    low_power = _power([_raw_window(spec, centre, n_bins) for centre in below], n_bins)
    high_power = _power([_raw_window(spec, centre, n_bins) for centre in above], n_bins)
    low_power[: _bin_at(spec, below[edge // 2])] = 1.0  # nothing else lives down there
    high_power[_bin_at(spec, above[edge // 2]) :] = 1.0
    height = np.sqrt(_power(inner, n_bins) + low_power + high_power)
    tight = [Band(band.first_bin, band.gains / height[band.bins]) for band in inner]
    low = _across_zero(spec, np.sqrt(low_power) / height)
    high = _across_nyquist(np.sqrt(high_power) / height)
    return (low, *tight, high)


def design_hops(spec: TransformSpec) -> NDArray[np.int64]:
    """Return every band's hop in samples: the largest power of two that leaves no aliasing."""
    hops = []
    for band in design_bands(spec):
        hop = spec.hop_samples
        while spec.slice_samples // hop < len(band.gains):
            hop //= 2
        hops.append(hop)
    # Groups of equal hop must be neighbours, coarse first.
    return np.minimum.accumulate(np.array(hops, dtype=np.int64))


def _scale(spec: TransformSpec, first: int, last: int) -> Floats:
    steps: Floats = np.exp2(np.arange(first, last) / spec.bins_per_octave)
    return spec.f_min_hz * steps


def _bin_at(spec: TransformSpec, frequency_hz: float) -> int:
    return min(
        math.ceil(frequency_hz * spec.slice_samples / spec.sample_rate_hz),
        spec.slice_samples // 2 + 1,
    )


def _raw_window(spec: TransformSpec, centre_hz: float, n_bins: int) -> Band:
    """Return one constant-Q window before normalisation, cut to the bins that exist."""
    half_hz = relative_half_support(spec) * centre_hz
    bin_hz = spec.sample_rate_hz / spec.slice_samples
    first = max(0, math.ceil((centre_hz - half_hz) / bin_hz))
    last = min(n_bins - 1, math.floor((centre_hz + half_hz) / bin_hz))
    frequencies_hz = np.arange(first, last + 1, dtype=np.float64) * bin_hz
    return Band(first, nuttall((frequencies_hz - centre_hz) / half_hz))


def _power(bands: list[Band], n_bins: int) -> Floats:
    power = np.zeros(n_bins)
    for band in bands:
        power[band.first_bin : band.first_bin + len(band.gains)] += band.gains**2
    return power


def _across_zero(spec: TransformSpec, gains: Floats) -> Band:
    """Return the low-pass: its gains at positive bins, shared smoothly with the negative ones."""
    reach = max(1, _bin_at(spec, spec.f_min_hz / 2))
    last = int(np.flatnonzero(gains)[-1])
    bins = np.arange(1 - reach, last + 1)
    return Band(1 - reach, gains[np.abs(bins)] * crossfade(bins / reach))


def _across_nyquist(gains: Floats) -> Band:
    """Return the Nyquist band, shared smoothly with the bins mirrored at the Nyquist frequency."""
    nyquist = len(gains) - 1
    first = int(np.flatnonzero(gains)[0])
    reach = max(1, (nyquist - first) // 2)
    bins = np.arange(first, nyquist + reach)
    mirrored = nyquist - np.abs(nyquist - bins)
    return Band(first, gains[mirrored] * crossfade((nyquist - bins) / reach))
