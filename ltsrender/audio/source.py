"""Phase from the sources: the target's magnitudes on the phases of the sounds it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ltsrender.audio.projection import magnitudes_of, project
from ltsrender.audio.targets import Estimate, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

    from ltsrender.audio.guide import Guide
    from ltsrender.signal import Coefficients, Kernel

# Outside the frames the guide's own level is followed, raised at most by this factor (12 dB).
_MOST_GAIN = 4.0
# A guide below this magnitude tells no ratio.
_LEAST_MAGNITUDE = 1e-12


def follow_source(
    targets: Iterable[Target],
    guide: Guide,
    kernel: Kernel,
    n_frames: int,
) -> Iterator[Estimate]:
    """Yield every block's magnitudes on the phases of the guide.

    Frames exist from sample 0 to the last frame only, but windows ring beyond: there the guide's
    own magnitudes are followed, at the ratio of frame to guide found at that end. With a guide
    that already has the frames' magnitudes this gives the sound back from its first sample.

    Parameters
    ----------
    targets
        Consecutive blocks, the first of them -1.
    guide
        What the sources do.
    kernel
        The transform's tables.
    n_frames
        How many frames there are.
    """
    last_block, last_frame = divmod(n_frames - 1, kernel.spec.frames_per_block)
    last_column = [
        last_frame * kernel.spec.hop_samples // group.hop_samples for group in kernel.groups
    ]
    ratios: tuple[Tensor, ...] = ()
    for target in targets:
        coefficients = guide(target.block)
        magnitudes = target.magnitudes
        if target.block < 0:
            ratios = _ratios(magnitudes, [-1] * len(magnitudes), guide(0), [0] * len(magnitudes))
            magnitudes = _followed(coefficients, ratios)
        elif target.block == last_block:
            ratios = _ratios(magnitudes, last_column, coefficients, last_column)
            magnitudes = _joined(magnitudes, last_column, _followed(coefficients, ratios))
        elif target.block > last_block:
            magnitudes = _followed(coefficients, ratios)
        certain = torch.from_numpy(guide.resting(target.block)).to(kernel.device)
        yield Estimate(magnitudes, _on_target(coefficients, magnitudes), certain)


def _on_target(coefficients: Coefficients, magnitudes: tuple[Tensor, ...]) -> Coefficients:
    """Give the guide's coefficients, which are nobody else's, other magnitudes in place."""
    return tuple(project(c, m) for c, m in zip(coefficients, magnitudes, strict=True))


def _ratios(
    magnitudes: tuple[Tensor, ...],
    columns: Sequence[int],
    guide: Coefficients,
    guide_columns: Sequence[int],
) -> tuple[Tensor, ...]:
    """Return target over guide at one column of each group, ``float32[channel, band, 1]``."""
    return tuple(
        (m[:, :, at] / g[:, :, guide_at].abs().clamp_min(_LEAST_MAGNITUDE))
        .clamp_max(_MOST_GAIN)
        .unsqueeze(-1)
        for m, at, g, guide_at in zip(magnitudes, columns, guide, guide_columns, strict=True)
    )


def _followed(coefficients: Coefficients, ratios: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    sizes = magnitudes_of(coefficients)
    return tuple(size.mul_(ratio) for size, ratio in zip(sizes, ratios, strict=True))


def _joined(
    before: tuple[Tensor, ...], last_column: Sequence[int], after: tuple[Tensor, ...]
) -> tuple[Tensor, ...]:
    return tuple(
        torch.cat([b[:, :, : last + 1], a[:, :, last + 1 :]], dim=-1)
        for b, last, a in zip(before, last_column, after, strict=True)
    )
