"""``ltsrender check``: every mistake in a session, without rendering it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("check")
@click.argument("session", type=click.Path(path_type=Path))
def command(session: Path) -> None:
    """Find every mistake in SESSION, its automation, its chains, its sounds and models."""
    from ltsrender.render import describe_plan, open_plan  # noqa: PLC0415 - after --help

    plan = open_plan(session)
    for warning in plan.session.warnings:
        click.echo(f"note: {warning}", err=True)
    click.echo(describe_plan(plan))
    click.echo("No mistakes found.")
