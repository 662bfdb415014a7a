"""The file that a training is to write: what must be true of it before hours of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.errors import ModelError, Problem
from ltsrender.safefile import check_target, is_same_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check_model_target(target: Path, sounds: Sequence[Path]) -> None:
    """Refuse a model file that cannot or must not be written.

    Raises
    ------
    ModelError
        When it is one of the recordings.
    RenderError
        When it cannot be written.
    """
    if any(is_same_file(target, sound) for sound in sounds):
        words = "would be overwritten, but it is one of the recordings; choose another place"
        raise ModelError(Problem(words, target))
    check_target(target)


def model_name(name: str, target: Path) -> str:
    """Return the name for the card: the one given, or the file's, which not always is Unicode."""
    return name or target.stem.encode("utf-8", "replace").decode()
