"""How far frames are from those of any sound: made into sound, and taken apart again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audio import PhaseSettings, resynthesize
from ltsrender.signal import magnitude_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.signal import TransformSpec

METHOD = "pghi"
"""Phases from the frames alone, refined: what is measured belongs to the frames, not to a guide."""


def consistency_db(frames: NDArray[np.float32], spec: TransformSpec) -> float | None:
    """Return 20 log10(||again - frames|| / ||frames||), again being the frames of their sound.

    What phases could not make true, by the best reconstruction that the engine has from frames
    alone: the inconsistency of the frames and the error of the method together. True frames have
    only the second.

    Parameters
    ----------
    frames : float32[frame, band]
        On the bands of ``spec``.
    spec
        The transform.
    """
    n_samples = len(frames) * spec.hop_samples
    pieces = resynthesize([frames[None]], spec, PhaseSettings(METHOD), n_samples=n_samples)
    again = magnitude_frames(np.concatenate(list(pieces), axis=1), spec)[0]
    energy = float(np.square(frames, dtype=np.float64).sum())
    error = float(np.square(again - frames, dtype=np.float64).sum())
    return round(10.0 * np.log10(max(error, 1e-30) / energy), 3) if energy > 0.0 else None
