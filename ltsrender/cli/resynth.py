"""``ltsrender resynth``: what a phase method makes of a sound, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("resynth")
@click.argument("sound", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help=".wav or .flac, 24 bits.")
@click.option(
    "--phase",
    "method",
    type=click.Choice(["source", "pghi", "griffinlim"]),
    default="pghi",
    show_default=True,
    help="How phases are found.",
)
@click.option(
    "--iterations",
    type=click.IntRange(0, 1_000),
    help="Refining passes.  [default: the method's own number]",
)
def command(sound: Path, out: Path, method: str, iterations: int | None) -> None:
    """Take SOUND apart, forget its phases, rebuild it, and tell error and cost."""
    container = suffix_of(out, ("wav", "flac"))
    from ltsrender.audio import PhaseSettings  # noqa: PLC0415 - after --help
    from ltsrender.render import describe_resynthesis, resynthesize_file  # noqa: PLC0415 - the same

    made = resynthesize_file(sound, out, container, PhaseSettings(method, iterations))
    say(describe_resynthesis(made))
