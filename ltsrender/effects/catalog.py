"""The effects as a table: what each is called, what it takes, in which unit and range.

Nothing here imports pedalboard: a session can be checked, and an editor can draw its knobs, without
it. Ids and names are ours. They carry their unit and stay the same when a library renames its own.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ltsrender.effects.family_dirt import DIRT
from ltsrender.effects.family_filter import FILTERS
from ltsrender.effects.family_level import LEVEL
from ltsrender.effects.family_motion import MOTION
from ltsrender.effects.family_space import SPACE
from ltsrender.effects.knobs import EffectInfo, Parameter, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EFFECTS", "LEFT_OUT", "EffectInfo", "Parameter", "Value"]

EFFECTS: Mapping[str, EffectInfo] = MappingProxyType(
    {effect.id: effect for effect in (*LEVEL, *SPACE, *MOTION, *FILTERS, *DIRT)}
)
"""Every effect by its id."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "mix": "what it delays does not stay in time; write parallel branches instead",
        "chain": "a chain is a list of inserts, and a preset may stand in its place",
        "time_stretch": "it drifts from the beat; a position lane stretches a sound",
    }
)
"""Effects that people will look for, and why they are not there."""
