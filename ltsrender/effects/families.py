"""The effects in families: what a composer looks for together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.effects.catalog import EFFECTS

if TYPE_CHECKING:
    from ltsrender.effects.catalog import EffectInfo

OTHERS = "others"

_FAMILIES = {
    "level": ("gain", "invert", "compressor", "limiter", "brickwall_limiter", "noise_gate"),
    "space": ("reverb", "delay", "convolution"),
    "motion": ("chorus", "phaser", "pitch_shift"),
    "filter": ("highpass", "lowpass", "peak", "low_shelf", "high_shelf", "ladder"),
    "dirt": ("distortion", "clipping", "bitcrush", "resample", "mp3", "gsm"),
}


def family_of(effect: str) -> str:
    """Return the family of an effect.

    >>> family_of("reverb")
    'space'
    """
    return next((family for family, ids in _FAMILIES.items() if effect in ids), OTHERS)


def by_family() -> dict[str, list[EffectInfo]]:
    """Return every effect of the catalog, by family."""
    found: dict[str, list[EffectInfo]] = {family: [] for family in _FAMILIES}
    for effect in EFFECTS.values():
        found.setdefault(family_of(effect.id), []).append(effect)
    return found
