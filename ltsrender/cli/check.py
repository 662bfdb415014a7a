"""``ltsrender check``: every mistake in a session, without rendering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("check")
@click.argument("session", type=FILE)
def command(session: Path) -> None:
    """Find every mistake in SESSION, its automation, its chains, its sounds and models."""
    from ltsrender.render import describe_plan, open_plan  # noqa: PLC0415 - after --help

    plan = open_plan(session)
    for warning in (*plan.session.warnings, *plan.notes):
        say(f"note: {warning}", err=True)
    say(describe_plan(plan))
    say("No mistakes found.")
