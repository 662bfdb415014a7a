"""``ltsrender render``: a session to stems."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.progress import rendering_step, shown_steps
from ltsrender.cli.words import say
from ltsrender.errors import RenderError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("render")
@click.argument("session", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Output folder.")
@click.option("--tracks", multiple=True, help="Only this track, by name; may be given again.")
@click.option("--from", "from_s", type=float, default=0.0, help="Start of a passage, in seconds.")
@click.option("--to", "to_s", type=float, help="End of a passage, in seconds.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where the timbre models run.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Tracks rendered beside each other.")
@click.option("--dry-run", is_flag=True, help="Tell what would be rendered, and render nothing.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    session: Path,
    out: Path,
    tracks: tuple[str, ...],
    from_s: float,
    to_s: float | None,
    device: str,
    workers: int | None,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Render SESSION (or the manifest.json of an earlier render) to stems in a folder."""
    from ltsrender.render import Selection, describe_plan, open_plan, render_stems  # noqa: PLC0415

    selection = Selection(tracks=tracks, from_s=from_s, to_s=to_s)
    plan = open_plan(session, selection)
    for warning in plan.session.warnings:
        say(f"note: {warning}", err=True)
    if dry_run:
        say(describe_plan(plan, out))
        return
    with shown_steps(quiet=quiet) as show:
        report = render_stems(
            plan,
            out,
            device=device,
            workers=workers,
            progress=lambda now: show(rendering_step(now)),
        )
    if not quiet:
        say(report.summary())
    if report.failures:
        say(report.complaint(), err=True)
        sys.exit(RenderError.exit_code)
