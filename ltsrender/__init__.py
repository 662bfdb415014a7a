"""Latent timbre synthesis as a tool that composers finish pieces with.

A session file and its automation become a path through latent space, the path becomes frames,
frames become sound, sound passes its effects, and leaves as stems.

The public names below are loaded when first used: importing ``ltsrender`` loads neither torch nor
numpy, so that ``ltsrender --help`` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ltsrender.version import __version__

if TYPE_CHECKING:
    from ltsrender.models import load_model
    from ltsrender.render import make_plan, open_plan, render_stems
    from ltsrender.session import read_session
    from ltsrender.stems import Stem


__all__ = [
    "Stem",
    "__version__",
    "load_model",
    "make_plan",
    "open_plan",
    "read_session",
    "render_stems",
]

_ROOM_OF = {
    "read_session": "ltsrender.session",
    "make_plan": "ltsrender.render",
    "open_plan": "ltsrender.render",
    "render_stems": "ltsrender.render",
    "load_model": "ltsrender.models",
    "Stem": "ltsrender.stems",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'ltsrender' has no attribute {name!r}")
    return getattr(importlib.import_module(_ROOM_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
