"""Files on the command line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click


class FilePath(click.Path):
    """A file or folder; ``~`` is the home folder even where the shell left it as it stood.

    Shells expand it in ``--model ~/a``, but not in ``--model=~/a``.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; an empty one is a variable that was not set."""
        if not str(value):
            self.fail("the name of a file or folder is missing", param, ctx)
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not os.path.lexists(path):
            with suppress(RuntimeError):  # there is no such user: then it is only a name
                return path.expanduser()
        return path


FILE = FilePath()
PICTURES = ("png", "svg", "pdf")
"""Kinds of pictures that can be written, by their suffixes."""


def suffix_of(out: Path, allowed: tuple[str, ...], option: str = "--out") -> str:
    """Return the suffix of a file that is to be written, in lower case and without its dot.

    Raises
    ------
    click.BadParameter
        When it is not one of those allowed.
    """
    suffix = out.suffix.lower().removeprefix(".")
    if suffix not in allowed:
        kinds = " or ".join(f".{kind}" for kind in allowed)
        raise click.BadParameter(f"{out} must end in {kinds}", param_hint=option)
    return suffix
