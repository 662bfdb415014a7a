"""The one description of the transform that everything else is derived from."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.signal import bands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# Fewer bins than this across the narrowest window sample its shape too coarsely to be tight.
_LEAST_BINS = 4
_LEAST_RINGING = 3.7
_LONGEST_SLICE = 2**24


@dataclass(frozen=True)
class TransformSpec:
    """A constant-Q transform, checked; equal specs give equal tables.

    Attributes
    ----------
    sample_rate_hz
        Rate of the sound, 4,000..768,000 Hz.
    bins_per_octave
        Bands per octave, 4..192.
    f_min_hz
        Centre of the lowest constant-Q band; the default is C1. At least an octave must fit
        between it and the Nyquist frequency.
    support
        Width of a band's window in bandwidths, 3..16. 5.8 is librosa's resolution; more gives a
        lower Q and finer time.
    hop_samples
        The frame hop, a power of two from 8 to 4,096; no band has a larger hop.
    slice_samples
        Samples transformed at once; a multiple of the hop, long enough for the lowest band.
    padding_samples
        Samples at each end of a slice that only feed the windows; a multiple of the hop.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its bound.

    Examples
    --------
    >>> spec = TransformSpec()
    >>> spec.n_bands, spec.block_samples, spec.frames_per_block
    (451, 262144, 1024)
    """

    sample_rate_hz: int = 44_100
    bins_per_octave: int = 48
    f_min_hz: float = 32.70319566257483
    support: float = 5.8
    hop_samples: int = 256
    slice_samples: int = 3 * 2**17
    padding_samples: int = 2**16

    def __post_init__(self) -> None:
        _check_whole("sample_rate_hz", self.sample_rate_hz, 4_000, 768_000)
        _check_whole("bins_per_octave", self.bins_per_octave, 4, 192)
        _check_range("support", self.support, 3.0, 16.0)
        _check_range("f_min_hz", self.f_min_hz, 1.0, self.sample_rate_hz / 8)
        _check_whole("hop_samples", self.hop_samples, 8, 4_096)
        if self.hop_samples & (self.hop_samples - 1):
            raise ValueError(f"hop_samples is {self.hop_samples}; it must be a power of two")
        _check_whole("slice_samples", self.slice_samples, self._shortest_slice(), _LONGEST_SLICE)
        _check_whole(
            "padding_samples", self.padding_samples, self.hop_samples, self.slice_samples // 3
        )
        for name in ("slice_samples", "padding_samples"):
            if getattr(self, name) % self.hop_samples:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it must be a multiple of hop_samples, "
                    f"which is {self.hop_samples}"
                )

    def _shortest_slice(self) -> int:
        narrowest_hz = 2 * bands.relative_half_support(self) * self.f_min_hz
        return math.ceil(_LEAST_BINS * self.sample_rate_hz / narrowest_hz)

    @classmethod
    def at_rate(cls, sample_rate_hz: int, **parameters: Any) -> TransformSpec:
        """Return a spec whose padding is long enough for its lowest band to ring off.

        Windows ring for a time that is inverse to their width; the slices of the default are
        doubled until the lowest band's are as well covered as the default's own, sliced sound then
        comes back to better than 100 dB.

        Raises
        ------
        ValueError
            As the class itself.
        """
        spec = cls(sample_rate_hz=sample_rate_hz, **parameters)
        while spec.ringing_periods < _LEAST_RINGING and spec.slice_samples < _LONGEST_SLICE:
            spec = replace(
                spec,
                slice_samples=2 * spec.slice_samples,
                padding_samples=2 * spec.padding_samples,
            )
        return spec

    @property
    def ringing_periods(self) -> float:
        """How long the padding is, in periods of the lowest band's width."""
        width_hz = 2 * bands.relative_half_support(self) * self.f_min_hz
        return self.padding_samples / self.sample_rate_hz * width_hz

    @property
    def block_samples(self) -> int:
        """Samples of sound that one slice stands for: the slice without its padding."""
        return self.slice_samples - 2 * self.padding_samples

    @property
    def frames_per_block(self) -> int:
        """Frames in one block."""
        return self.block_samples // self.hop_samples

    @cached_property
    def n_bands(self) -> int:
        """How many bands a frame has, low-pass and Nyquist band included."""
        return len(self.centre_hz)

    @cached_property
    def centre_hz(self) -> NDArray[np.float64]:
        """Centre of every band in hertz, ``float64[band]``; the low-pass stands at 0 Hz."""
        ends = (np.array([0.0]), np.array([self.sample_rate_hz / 2]))
        return _locked(np.concatenate([ends[0], bands.constant_q_centres(self), ends[1]]))

    @cached_property
    def band_hops(self) -> NDArray[np.int64]:
        """Hop of every band in samples, ``int64[band]``, never rising with frequency."""
        return _locked(bands.design_hops(self))

    def to_dict(self) -> dict[str, int | float]:
        """Return the parameters as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TransformSpec:
        """Return the spec that `to_dict` described.

        Raises
        ------
        ValueError
            When a parameter is missing, unknown, of the wrong type or out of its bounds.
        """
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in values]
        unknown = [str(name) for name in values if name not in names]
        if missing or unknown:
            raise ValueError(
                f"a transform has exactly the parameters {', '.join(names)}; "
                f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
            )
        return cls(**values)


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; it must be a whole number")  # noqa: TRY004 - one error class for every bad parameter
    _check_range(name, value, least, most)


def _check_range(name: str, value: object, least: float, most: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; it must be a number")  # noqa: TRY004 - see above
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}; it must be within {least:g}..{most:g}")


def _locked(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, closed for writing: a spec's tables are shared by everyone."""
    array.flags.writeable = False
    return array
