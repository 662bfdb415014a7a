"""Which frames a model knows, and how they sound through our bands.

A model of ours knows frames of our own bands. A model of the original knows librosa's: the same
centres and, with the transform that `ltsrender.signal.librosa_cqt.bands_for` chooses, the same
bandwidths, but magnitudes that grow with the length of the filter. A sinusoid of amplitude A at
its centre has A sqrt(L_k) / 2 in bin k, and A p_k in our band k + 1, where p_k is the peak of the
band's window; so

    magnitude in band k + 1 = 2 p_k / sqrt(L_k) * magnitude in bin k

Noise has the same gain, since bin and band let through the same power of it. Measured over all
384 bins of the usual run: sinusoids at the centres come out within 0.002 dB, the power of white
noise within 0.01 dB of our own analysis in every octave. Recordings (four, 5 s) keep their level
within 0.002 dB; band by band the magnitudes differ by -28 to -29 dB, for a Hann window is no
Nuttall window, and our bands with a finer hop take an rms where librosa takes a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ltsrender.signal.bands import constant_q_centres, design_bands, relative_half_support
from ltsrender.signal.cqt import kernel_for
from ltsrender.signal.frames import block_frames
from ltsrender.signal.librosa_cqt import (
    LibrosaSpec,
    bands_for,
    librosa_block_frames,
    librosa_kernel_for,
)
from ltsrender.signal.window import nuttall

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.signal.slices import SampleReader
    from ltsrender.signal.spec import TransformSpec


class Spectra(Protocol):
    """The frames of a model.

    Attributes
    ----------
    spec
        The transform that they sound through.
    """

    @property
    def spec(self) -> TransformSpec:
        """The transform that they sound through."""

    @property
    def frames_per_block(self) -> int:
        """How many frames `block` returns."""

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Which bands of the transform the frames say anything about, ``bool[band]``."""

    def block(self, reader: SampleReader, block: int, device: str) -> NDArray[np.float32]:
        """Return a block of a sound's frames, ``float32[channel, frame, bin]``."""

    def onto_bands(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return frames ``float32[..., bin]`` as magnitudes of bands, ``float32[..., band]``."""


@dataclass(frozen=True)
class OwnSpectra:
    """Frames of our own bands."""

    spec: TransformSpec

    @property
    def frames_per_block(self) -> int:
        """How many frames `block` returns."""
        return self.spec.frames_per_block

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Every band."""
        return np.ones(self.spec.n_bands, dtype=np.bool_)

    def block(self, reader: SampleReader, block: int, device: str) -> NDArray[np.float32]:
        """Return a block of a sound's frames, ``float32[channel, frame, band]``."""
        frames: NDArray[np.float32] = (
            block_frames(reader, block, kernel_for(self.spec, device)).cpu().numpy()
        )
        return frames

    def onto_bands(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the frames as they are."""
        return frames


class LibrosaSpectra:
    """Frames of librosa's bins.

    Parameters
    ----------
    own
        How librosa makes them.
    spec
        The transform that they sound through, on the same scale; by default the best one.
    """

    def __init__(self, own: LibrosaSpec, spec: TransformSpec | None = None) -> None:
        self.own = own
        self.spec = spec or bands_for(own)
        self.gains = _gains(own, self.spec)
        self.gains.flags.writeable = False

    def __repr__(self) -> str:
        return f"LibrosaSpectra({self.own!r}, {self.spec!r})"

    @property
    def frames_per_block(self) -> int:
        """How many frames `block` returns."""
        return self.own.frames_per_block

    @property
    def covered(self) -> NDArray[np.bool_]:
        """The bands that have a bin: neither those above the last bin, nor the two at the ends."""
        covered = np.zeros(self.spec.n_bands, dtype=np.bool_)
        covered[1 : 1 + len(self.gains)] = True
        return covered

    def block(self, reader: SampleReader, block: int, device: str) -> NDArray[np.float32]:
        """Return a block of a sound's frames, ``float32[channel, frame, bin]``."""
        kernel = librosa_kernel_for(self.own, device)
        frames: NDArray[np.float32] = librosa_block_frames(reader, block, kernel).cpu().numpy()
        return frames

    def onto_bands(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return magnitudes of bands; 0 where the frames have no bin.

        Bins above our last band, less than a semitone below the Nyquist frequency, are left out.
        """
        bands = np.zeros((*frames.shape[:-1], self.spec.n_bands), dtype=np.float32)
        n_bins = len(self.gains)
        bands[..., 1 : 1 + n_bins] = frames[..., :n_bins] * self.gains
        return bands


def _gains(own: LibrosaSpec, spec: TransformSpec) -> NDArray[np.float32]:
    """Return from bin to band: 2 p_k / sqrt(L_k), ``float32[bin]``, for the bins that have one."""
    centres_hz = constant_q_centres(spec)
    bin_hz = spec.sample_rate_hz / spec.slice_samples
    gains = []
    for band, centre_hz, length in zip(
        design_bands(spec)[1:-1], centres_hz, own.filter_samples, strict=False
    ):
        position = band.bins * bin_hz / centre_hz - 1.0
        raw = nuttall(position / relative_half_support(spec))
        peak = band.gains.sum() / raw.sum()  # the height of the tight window over the plain one
        gains.append(2.0 * peak / np.sqrt(length))
    return np.array(gains, dtype=np.float32)
