"""``ltsrender automation``: automation files and curves from elsewhere."""

from __future__ import annotations

import click

from ltsrender.cli import automation_import
from ltsrender.cli.automation_midi import from_midi, to_midi
from ltsrender.cli.automation_view import (
    check_command,
    plot_command,
    sample_command,
    simplify_command,
)


@click.group("automation")
def command() -> None:
    """Bring curves from elsewhere; look at lanes; thin their points."""


for _each in (
    automation_import.command,
    from_midi,
    to_midi,
    check_command,
    plot_command,
    simplify_command,
    sample_command,
):
    command.add_command(_each)
