"""The effects in families: what a composer looks for together."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ltsrender.effects.family_dirt import DIRT
from ltsrender.effects.family_filter import FILTERS
from ltsrender.effects.family_level import LEVEL
from ltsrender.effects.family_motion import MOTION
from ltsrender.effects.family_space import SPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltsrender.effects.catalog import EffectInfo

FAMILIES: Mapping[str, tuple[EffectInfo, ...]] = MappingProxyType(
    {"level": LEVEL, "space": SPACE, "motion": MOTION, "filter": FILTERS, "dirt": DIRT}
)
"""Every effect of the catalog, by family."""


def family_of(effect: str) -> str:
    """Return the family of an effect.

    >>> family_of("reverb")
    'space'
    """
    return next(name for name, infos in FAMILIES.items() if effect in (i.id for i in infos))
