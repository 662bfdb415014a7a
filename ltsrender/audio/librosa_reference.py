"""What everybody had before: ``librosa.griffinlim_cqt``, slice by slice, to be compared with.

librosa takes a whole sound into memory, 41 GB for an hour. Here it is given the slice around each
block, and the block's part of its sound is kept, so that memory does not grow. It answers on the
octaves that it can invert; what lies above and below them is silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.audio.slice_context import around_each, slice_of
from ltsrender.audio.targets import Estimate, Target
from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal import analyse_around_block
from ltsrender.signal.librosa_cqt import LibrosaSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from ltsrender.signal import Kernel, TransformSpec


def by_librosa(
    targets: Iterable[Target], kernel: Kernel, iterations: int, seed: int
) -> Iterator[Estimate]:
    """Yield coefficients of the sound that librosa makes of every block's magnitudes.

    Parameters
    ----------
    targets
        Consecutive blocks.
    kernel
        The transform's tables.
    iterations
        Of Griffin-Lim; librosa makes one at least.
    seed
        Of the phases that it begins with.
    """
    spectra = LibrosaSpectra(librosa_spec(kernel.spec), kernel.spec)
    for before, current, after in around_each(targets):
        around = [t.magnitudes if t else None for t in (before, current, after)]
        frames = _frames(slice_of(around, kernel), kernel)
        own = frames[:, :, 1 : 1 + len(spectra.gains)] / spectra.gains
        draw = (seed + current.block + 1) % 2**32
        sound = np.stack([_inverted(channel, spectra.own, iterations, draw) for channel in own])
        audio = torch.zeros((len(sound), kernel.spec.slice_samples))
        audio[:, : sound.shape[1]] = torch.from_numpy(sound)[:, : audio.shape[1]]
        yield Estimate(current.magnitudes, analyse_around_block(audio.to(kernel.device), kernel))


def librosa_spec(spec: TransformSpec) -> LibrosaSpec:
    """Return our transform as librosa knows it: all whole octaves that it can invert."""
    octaves = int(np.floor(np.log2(spec.sample_rate_hz / 4 / spec.f_min_hz))) + 1
    return LibrosaSpec(
        spec.sample_rate_hz,
        max(spec.hop_samples, 32),
        spec.f_min_hz,
        spec.bins_per_octave,
        octaves * spec.bins_per_octave,
    )


def _frames(magnitudes: tuple[Tensor, ...], kernel: Kernel) -> NDArray[np.float32]:
    """Return the columns that stand on frames, ``float32[channel, frame, band]``."""
    hop_samples = kernel.spec.hop_samples
    columns = [
        m[..., :: hop_samples // group.hop_samples]
        for group, m in zip(kernel.groups, magnitudes, strict=True)
    ]
    frames: NDArray[np.float32] = torch.cat(columns, dim=1).transpose(1, 2).cpu().numpy()
    return frames


def _inverted(
    frames: NDArray[np.float32], own: LibrosaSpec, iterations: int, seed: int
) -> NDArray[np.float32]:
    import librosa  # noqa: PLC0415 - slow to import, and only this method needs it

    sound: NDArray[np.float32] = librosa.griffinlim_cqt(
        np.ascontiguousarray(frames.T),
        n_iter=max(iterations, 1),
        sr=own.sample_rate_hz,
        hop_length=own.hop_samples,
        fmin=own.f_min_hz,
        bins_per_octave=own.bins_per_octave,
        dtype=np.float32,
        random_state=seed,
    )
    return sound
