"""Between coefficients, which have a hop of their own in every band, and frames, which have one.

A frame holds one magnitude for each band. Where a band has a finer hop, its magnitudes are reduced
to the frame hop by their rms over one hop around the frame. The way back draws straight lines from
frame to frame. Measured on eight recordings with the sources' phases (spectral convergence of a
2,048-point STFT, 40..16,000 Hz, hop 256 / 128): rms -38.1 / -46.7 dB, the magnitude at the frame
itself -35.4 / -46.5, the mean -35.5 / -44.0. A least-squares fit of the straight lines does best
(-39.4 / -50.6) but dips to zero beside onsets, which is rough to learn and ruins logarithms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ltsrender.signal.cqt import Kernel, analyse_slice, kernel_for
from ltsrender.signal.slices import ArrayReader, SampleReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.signal.spec import TransformSpec


def block_frames(reader: SampleReader, block: int, kernel: Kernel) -> Tensor:
    """Return the frames of one block of a sound, ``float32[channel, frame, band]``.

    Frame j is centred at sample ``block * block_samples + j * hop_samples``.
    """
    spec = kernel.spec
    start = block * spec.block_samples - spec.padding_samples
    audio = reader.read(start, start + spec.slice_samples)
    coefficients = analyse_slice(torch.from_numpy(audio).to(kernel.device), kernel)
    reduced = []
    for group, whole in zip(kernel.groups, coefficients, strict=True):
        ratio = spec.hop_samples // group.hop_samples
        first = kernel.columns_before_block(group)
        last = first + kernel.columns_per_block(group)
        reduced.append(
            _rms_per_hop(_power(whole[:, :, first - ratio // 2 : last + ratio // 2]), ratio)
        )
    return _as_frames(reduced)


def spread(frames: Tensor, kernel: Kernel) -> tuple[Tensor, ...]:
    """Return magnitudes at every band's own hop, straight lines between the frames of one block.

    Parameters
    ----------
    frames
        ``float32[channel, frames_per_block + 1, band]``; the last is the next block's first.
    kernel
        The transform's tables.

    Returns
    -------
    tuple of Tensor
        For each group ``float32[channel, band, column]``.
    """
    magnitudes = []
    for group in kernel.groups:
        ratio = kernel.spec.hop_samples // group.hop_samples
        bands = frames[:, :, group.first_band : group.last_band].transpose(1, 2).unsqueeze(-1)
        share = torch.arange(ratio, dtype=torch.float32, device=frames.device) / ratio
        line = bands[:, :, :-1] + (bands[:, :, 1:] - bands[:, :, :-1]) * share
        magnitudes.append(line.flatten(2))
    return tuple(magnitudes)


def magnitude_frames(
    audio: NDArray[np.float32], spec: TransformSpec, device: str | torch.device = "cpu"
) -> NDArray[np.float32]:
    """Return the frames of a whole sound.

    Parameters
    ----------
    audio
        ``float32[channel, sample]``.
    spec
        The transform.
    device
        Where to compute.

    Returns
    -------
    NDArray
        ``float32[channel, frame, band]``, linear amplitude; frame j is centred at sample j * hop,
        and there are as many as start within the sound, at least one.
    """
    kernel = kernel_for(spec, device)
    reader = ArrayReader(audio)
    n_frames = max(1, -(-audio.shape[1] // spec.hop_samples))
    n_blocks = -(-n_frames // spec.frames_per_block)
    blocks = [block_frames(reader, block, kernel).cpu().numpy() for block in range(n_blocks)]
    return np.concatenate(blocks, axis=1)[:, :n_frames]


def _power(coefficients: Tensor) -> Tensor:
    return torch.view_as_real(coefficients).square().sum(-1)


def _rms_per_hop(power: Tensor, ratio: int) -> Tensor:
    """Return the rms over one hop around each frame, by the trapezoid rule.

    Parameters
    ----------
    power
        ``float32[channel, band, column]`` with half a hop of columns on each side.
    ratio
        Columns per hop.

    Returns
    -------
    Tensor
        ``float32[channel, band, frame]``.
    """
    if ratio == 1:
        return power.sqrt()
    mean = power[:, :, :-ratio].reshape(*power.shape[:2], -1, ratio).mean(-1)
    ends = (power[:, :, ratio::ratio] - power[:, :, :-ratio:ratio]) / (2 * ratio)
    rms: Tensor = (mean + ends).clamp_min(0.0).sqrt()
    return rms


def _as_frames(reduced: list[Tensor]) -> Tensor:
    return torch.cat(reduced, dim=1).transpose(1, 2).contiguous()
