"""Anchors as they are written: a sound, or a point in latent space, and what each is called.

Like `ltsrender.session.rules`, everything here works on plain trees and passes over what is
missing or of the wrong type.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ltsrender.session.problems import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.session.jsontext import Place

_OF_SOUNDS = ("start_beats", "start_s", "bpm", "when_short", "crossfade_s")


def anchor_name(anchor: Any) -> str | None:
    """Return what an anchor is called on its track; None if it has no name.

    A sound by its name; a point by its own, or as its file is called.

    >>> anchor_name({"preset": "presets/latents/warm.json"})
    'warm'
    """
    key = naming_key(anchor)
    if key is None:
        return None
    said = str(anchor[key])
    return PurePosixPath(said).name.removesuffix(".json") if key == "preset" else said


def naming_key(anchor: Any) -> str | None:
    """Return the key that says what an anchor is called; None if there is none."""
    keys = ("sound", "name", "preset") if isinstance(anchor, dict) else ()
    return next((key for key in keys if isinstance(anchor.get(key), str)), None)


def is_point(anchor: Any) -> bool:
    """Return whether an anchor is a point in latent space."""
    return isinstance(anchor, dict) and anchor.get("preset") is not None


def anchor_faults(place: Place, anchor: Any) -> Iterator[Fault]:
    """Yield what is wrong with one anchor: neither sound nor point, or keys of the other kind."""
    if not isinstance(anchor, dict):
        return
    has_sound = anchor.get("sound") is not None
    if has_sound and is_point(anchor):
        yield Fault(place, 'has both "sound" and "preset"; only one may stay')
    elif not has_sound and not is_point(anchor):
        yield Fault(place, 'needs "sound", a name from "sounds", or "preset", a point')
    elif has_sound and anchor.get("name") is not None:
        yield Fault((*place, "name"), "is for presets; a sound has its name already")
    elif is_point(anchor):
        for key in _OF_SOUNDS:
            if anchor.get(key) is not None:
                yield Fault((*place, key), "is for sounds; a point has no beginning and no end")
