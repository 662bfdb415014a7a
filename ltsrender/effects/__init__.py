"""Sound to sound: chains of effects whose parameters move in time.

>>> import numpy as np
>>> from ltsrender.effects import EFFECTS, Insert, apply_chain, complete
>>> soft = Insert("soft", "lowpass", complete(EFFECTS["lowpass"], {"cutoff_hz": 500.0}))
>>> noise = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 1_000)).astype(np.float32)
>>> filtered = np.concatenate(list(apply_chain([noise], [soft], {}, 44_100, 2)), axis=1)
>>> filtered.shape == noise.shape and bool(np.std(filtered) < np.std(noise))
True

What an effect is called and takes is in `EFFECTS`, a table; what a composer wrote becomes inserts,
and groups of them, in `read_chain`; sound passes in `ChainProcessor`. pedalboard is imported when
the first sound passes, not before: a session is checked without it.
"""

from __future__ import annotations

from ltsrender.effects.catalog import EFFECTS, LEFT_OUT, EffectInfo, Parameter, Value
from ltsrender.effects.chain import ChainProcessor, apply_chain
from ltsrender.effects.insert import (
    Branch,
    ChainPart,
    Group,
    Impulse,
    Insert,
    Moving,
    inserts_of,
    longest_gap_s,
    macros_of,
    sidechains_of,
    targets_of,
)
from ltsrender.effects.macro import Macro, Move, rivals
from ltsrender.effects.note_length import NoteLength, in_time, note_length
from ltsrender.effects.preset import Preset, complete, read_chain, read_preset

__all__ = [
    "EFFECTS",
    "LEFT_OUT",
    "Branch",
    "ChainPart",
    "ChainProcessor",
    "EffectInfo",
    "Group",
    "Impulse",
    "Insert",
    "Macro",
    "Move",
    "Moving",
    "NoteLength",
    "Parameter",
    "Preset",
    "Value",
    "apply_chain",
    "complete",
    "in_time",
    "inserts_of",
    "longest_gap_s",
    "macros_of",
    "note_length",
    "read_chain",
    "read_preset",
    "rivals",
    "sidechains_of",
    "targets_of",
]
