"""``ltsrender inspect``: what a file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("inspect")
@click.argument("file", type=FILE)
def command(file: Path) -> None:
    """Tell what FILE holds: a session, automation, MIDI, a model, a manifest or a sound."""
    from ltsrender.render import inspect_file  # noqa: PLC0415 - after --help

    say(inspect_file(file))
