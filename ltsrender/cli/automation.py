"""``ltsrender automation``: automation files and curves from elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from ltsrender.cli.automation_midi import from_midi, to_midi
from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path

LENGTH = click.FloatRange(0.01, 86_400.0)


@click.group("automation")
def command() -> None:
    """Bring curves from elsewhere."""


@command.command("import")
@click.argument("curve", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Automation file to write, .json.")
@click.option(
    "--length",
    "length_s",
    type=LENGTH,
    required=True,
    help="Seconds from the curve's first number to its last.",
)
@click.option(
    "--target", default="mix", show_default=True, help="What moves; -1..1 become 0..1 of it."
)
def import_command(curve: Path, out: Path, length_s: float, target: str) -> None:
    """Import CURVE, drawn from -1 to 1 for the original (numbers, JSON or an OSC dump)."""
    from ltsrender.automation import import_curve  # noqa: PLC0415 - after --help

    suffix_of(out, ("json",))
    if math.isnan(length_s):  # click lets it through
        raise click.BadParameter("nan is no length", param_hint="--length")
    n_values, n_points = import_curve(curve, out, length_s=length_s, target=target)
    say(
        f"{plain(str(out))}: {plain(target)} over {length_s:g} s, {n_values} numbers as "
        f"{n_points} points"
    )


command.add_command(from_midi)
command.add_command(to_midi)
