"""Pure arithmetic of sound: a tight constant-Q transform, its slices and its frames."""

from __future__ import annotations

from ltsrender.signal.cqt import (
    Coefficients,
    Kernel,
    analyse_slice,
    kernel_for,
    synthesise_slice,
)
from ltsrender.signal.frames import block_frames, frames_of, magnitude_frames, spread
from ltsrender.signal.slices import (
    ArrayReader,
    OverlapAdd,
    SampleReader,
    analyse_around_block,
    analyse_block,
    synthesise_around_block,
)
from ltsrender.signal.spec import TransformSpec

__all__ = [
    "ArrayReader",
    "Coefficients",
    "Kernel",
    "OverlapAdd",
    "SampleReader",
    "TransformSpec",
    "analyse_around_block",
    "analyse_block",
    "analyse_slice",
    "block_frames",
    "frames_of",
    "kernel_for",
    "magnitude_frames",
    "spread",
    "synthesise_around_block",
    "synthesise_slice",
]
