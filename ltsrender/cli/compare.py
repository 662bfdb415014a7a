"""``ltsrender compare``: how far one sound is from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("compare")
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@click.option("--picture", type=FILE, help="Draw both and their difference: .png, .svg, .pdf.")
def command(first: Path, second: Path, picture: Path | None) -> None:
    """Measure how far the sound SECOND is from the sound FIRST."""
    if picture:
        suffix_of(picture, ("png", "svg", "pdf"), option="--picture")
    from ltsrender.render import describe_pair, load_pair  # noqa: PLC0415 - after --help
    from ltsrender.safefile import check_target  # noqa: PLC0415 - the same

    pair = load_pair(first, second)
    if picture:
        check_target(picture)
    say(describe_pair(pair))
    if picture:
        from ltsrender.render.difference import draw_difference  # noqa: PLC0415 - matplotlib takes its time

        draw_difference(pair, picture)
        say(str(picture))
