"""The conductor: a session resolved into a plan, and the plan rendered into stems.

The names below are loaded when first used, so that checking a session needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltsrender.render.compare import describe_pair, load_pair
    from ltsrender.render.describe import describe_plan, lanes_of_track, track_of
    from ltsrender.render.inspect import inspect_file
    from ltsrender.render.known import ground_notes
    from ltsrender.render.morph import plan_morph
    from ltsrender.render.open import open_plan
    from ltsrender.render.plan import Plan, Selection
    from ltsrender.render.report import Progress, Report, clipping_note
    from ltsrender.render.resolve import make_plan
    from ltsrender.render.resynth import describe_resynthesis, resynthesize_file
    from ltsrender.render.run import render_mix, render_stems

__all__ = [
    "Plan",
    "Progress",
    "Report",
    "Selection",
    "clipping_note",
    "describe_pair",
    "describe_plan",
    "describe_resynthesis",
    "ground_notes",
    "inspect_file",
    "lanes_of_track",
    "load_pair",
    "make_plan",
    "open_plan",
    "plan_morph",
    "render_mix",
    "render_stems",
    "resynthesize_file",
    "track_of",
]

_MODULE_OF = {
    "Plan": "plan",
    "Progress": "report",
    "Report": "report",
    "Selection": "plan",
    "clipping_note": "report",
    "describe_pair": "compare",
    "describe_plan": "describe",
    "describe_resynthesis": "resynth",
    "ground_notes": "known",
    "inspect_file": "inspect",
    "lanes_of_track": "describe",
    "load_pair": "compare",
    "make_plan": "resolve",
    "open_plan": "open",
    "plan_morph": "morph",
    "render_mix": "run",
    "render_stems": "run",
    "resynthesize_file": "resynth",
    "track_of": "describe",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'ltsrender.render' has no attribute {name!r}")
    return getattr(importlib.import_module(f"ltsrender.render.{_MODULE_OF[name]}"), name)
