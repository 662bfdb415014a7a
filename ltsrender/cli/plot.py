"""``ltsrender plot``: a picture of a sound and of what moved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path


@click.command("plot")
@click.argument("sound", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Picture: .png, .svg, .pdf.")
@click.option("--session", type=FILE, help="Draw lanes of this session.")
@click.option("--track", help="The track whose lanes are drawn; else the first.")
@click.option(
    "--target", "targets", multiple=True, help="Lanes to draw; by default mix, or the weights."
)
@click.option("--title", default="", help="A line above the picture.")
def command(
    sound: Path,
    out: Path,
    session: Path | None,
    track: str | None,
    targets: tuple[str, ...],
    title: str,
) -> None:
    """Draw the spectrogram of SOUND, with a session's curves over it."""
    suffix_of(out, ("png", "svg", "pdf"))
    if session is None and (track is not None or targets):
        raise click.UsageError("--track and --target need --session")
    from ltsrender.render import lanes_of_track, open_plan, track_of  # noqa: PLC0415
    from ltsrender.render.picture import draw_sound  # noqa: PLC0415 - matplotlib takes its time

    plan = open_plan(session) if session else None
    lanes = lanes_of_track(track_of(plan, track), targets) if plan else ()
    draw_sound(sound, out, lanes=lanes, title=title)
    say(plain(str(out)))
