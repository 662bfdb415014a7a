"""Latent timbre synthesis as a tool that composers finish pieces with.

A session file and its automation become a path through latent space, the path becomes frames,
frames become sound, sound passes its effects, and leaves as stems.

The public names below are loaded when first used: importing ``ltsrender`` loads neither torch nor
numpy, so that ``ltsrender --help`` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltsrender.models import load_model
    from ltsrender.render import make_plan, render
    from ltsrender.session import read_session
    from ltsrender.stems import Stem

__version__ = "0.1.0"
__all__ = ["Stem", "load_model", "make_plan", "read_session", "render"]

_ROOM_OF = {
    "read_session": "ltsrender.session",
    "make_plan": "ltsrender.render",
    "render": "ltsrender.render",
    "load_model": "ltsrender.models",
    "Stem": "ltsrender.stems",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'ltsrender' has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOM_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
