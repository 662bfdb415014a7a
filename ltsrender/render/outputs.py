"""Files that a render is about to write: never its own sources, and only where writing works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.errors import Problem, SessionError
from ltsrender.safefile import check_target, is_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ltsrender.render.plan import Plan


def check_outputs(plan: Plan, files: Sequence[Path]) -> None:
    """Refuse, before any work is done, files that cannot or must not be written.

    Parameters
    ----------
    plan
        What will be rendered.
    files
        Where it would be written to.

    Raises
    ------
    SessionError
        When a file is a recording, the model or the session that is rendered.
    RenderError
        When a file could not be written.
    """
    sources = {plan.session.file}
    sounds = plan.session.document.sounds
    sources |= {plan.session.folder / sounds[name].file for name in plan.followed_sounds}
    for track in plan.all_tracks:
        sources |= {track.model_file, *(anchor.file for anchor in track.anchors)}
    for file in files:
        if any(is_same_file(file, source) for source in sources):
            words = "would be overwritten, but it is what is rendered; choose another place"
            raise SessionError(Problem(words, file))
    for file in files:
        check_target(file)
