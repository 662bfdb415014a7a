"""``ltsrender plot``: a picture of a sound and of what moved it."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("plot")
@click.argument("sound", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="Picture: .png, .svg, .pdf."
)
@click.option("--session", type=click.Path(path_type=Path), help="Draw lanes of this session.")
@click.option("--track", help="The track whose lanes are drawn; else the first.")
@click.option("--target", "targets", multiple=True, help="Lanes to draw; by default mix.")
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
    from ltsrender.render import Selection, lanes_of_track, open_plan  # noqa: PLC0415
    from ltsrender.render.picture import draw_sound  # noqa: PLC0415 - matplotlib takes its time

    plan = open_plan(session, Selection(tracks=(track,) if track else ())) if session else None
    lanes = lanes_of_track(plan.tracks[0], targets or ("mix",)) if plan else ()
    draw_sound(sound, out, lanes=lanes, title=title)
    click.echo(out)
