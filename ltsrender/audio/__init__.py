"""Frames become sound: the phases that magnitudes lack, and the way back through the transform."""

from __future__ import annotations

from ltsrender.audio.detail import Detail
from ltsrender.audio.guide import Guide, make_guide
from ltsrender.audio.methods import PHASE_METHODS, PhaseMethod
from ltsrender.audio.resynthesis import PhaseSettings, resynthesize
from ltsrender.audio.timewarp import WarpedSound
from ltsrender.audio.transients import Attacks

__all__ = [
    "PHASE_METHODS",
    "Attacks",
    "Detail",
    "Guide",
    "PhaseMethod",
    "PhaseSettings",
    "WarpedSound",
    "make_guide",
    "resynthesize",
]
