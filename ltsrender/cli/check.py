"""``ltsrender check``: every mistake in a session, without rendering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.progress import Step, shown_steps
from ltsrender.cli.words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("check")
@click.argument("session", type=FILE)
def command(session: Path) -> None:
    """Find every mistake in SESSION, its automation, its chains, its sounds and models."""
    from ltsrender.render import describe_plan, ground_notes, open_plan  # noqa: PLC0415

    plan = open_plan(session)
    for warning in (*plan.session.warnings, *plan.notes):
        say(f"note: {warning}", err=True)
    say(describe_plan(plan))
    with shown_steps() as show:
        notes = ground_notes(plan, lambda track: show(Step(f'following track "{track}"')))
    for note in notes:
        say(f"note: {note}")
    say("No mistakes found.")
