"""``ltsrender inspect``: what a file holds."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Tell what FILE holds: a session, automation, MIDI, a model, a manifest or a sound."""
    from ltsrender.render import inspect_file  # noqa: PLC0415 - after --help

    click.echo(inspect_file(file))
