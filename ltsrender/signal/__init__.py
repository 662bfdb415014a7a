"""Pure arithmetic of sound: a tight constant-Q transform, its slices and its frames.

The names below load when they are first used, so that a spec can be checked without torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltsrender.signal.cqt import (
        Coefficients,
        Kernel,
        analyse_slice,
        kernel_for,
        synthesise_slice,
    )
    from ltsrender.signal.frames import block_frames, magnitude_frames, spread
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
    "kernel_for",
    "magnitude_frames",
    "spread",
    "synthesise_around_block",
    "synthesise_slice",
]

_MODULE_OF = {
    "analyse_around_block": "slices",
    "analyse_block": "slices",
    "analyse_slice": "cqt",
    "ArrayReader": "slices",
    "block_frames": "frames",
    "Coefficients": "cqt",
    "Kernel": "cqt",
    "kernel_for": "cqt",
    "magnitude_frames": "frames",
    "OverlapAdd": "slices",
    "SampleReader": "slices",
    "spread": "frames",
    "synthesise_around_block": "slices",
    "synthesise_slice": "cqt",
    "TransformSpec": "spec",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'ltsrender.signal' has no attribute {name!r}")
    return getattr(importlib.import_module(f"ltsrender.signal.{_MODULE_OF[name]}"), name)
