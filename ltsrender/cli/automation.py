"""``ltsrender automation``: automation files and curves from elsewhere."""

from __future__ import annotations

import click

from ltsrender.cli import automation_import


@click.group("automation")
def command() -> None:
    """Bring curves from elsewhere."""


command.add_command(automation_import.command)
