"""``ltsrender automation import``: movement from other programs, as an automation file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation import Imported, Wanted

KINDS = ("csv", "audacity", "markers", "reaper", "signal", "original")
LENGTH = click.FloatRange(0.01, 86_400.0)
VALUE = click.FloatRange(-1e9, 1e9)
ERROR = click.FloatRange(1e-9, 1e9)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Automation file to write, .json.")
@click.option(
    "--as",
    "kind",
    type=click.Choice(KINDS),
    help="What FILE is; left out, it is recognised. markers: labels as markers of a session.",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="What moves; once for each lane that FILE has no name for, in its order. Of the "
    "original's curve and of a recording: mix if left out.",
)
@click.option(
    "--time",
    type=click.Choice(("seconds", "beats", "samples")),
    help="Unit of a table's times, where its header does not say it; seconds if left out.",
)
@click.option("--minimum", type=VALUE, help="What the low end of FILE's own range becomes.")
@click.option("--maximum", type=VALUE, help="What the high end of FILE's own range becomes.")
@click.option(
    "--length",
    "length_s",
    type=LENGTH,
    help="Of the original's curve, which needs it: seconds from its first number to its last.",
)
@click.option(
    "--channel",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="Of a recording: 1 for left or mono, 2 for right.",
)
@click.option("--unipolar", is_flag=True, help="Of a recording: its range is 0..1, not -1..1.")
@click.option(
    "--error",
    type=ERROR,
    help="Of a recording, and of REAPER's volume in dB: how far the lane may pass from it, in the "
    "target's unit; left out, a thousandth of the range, and 0.01 dB.",
)
def command(file: Path, out: Path, kind: str | None, **said: Any) -> None:
    """Import FILE: a table (CSV), labels of Audacity, envelopes of REAPER, a recording of a
    control signal, or a curve drawn for the original (numbers, JSON or an OSC dump).
    """  # noqa: D205 - click shows the first paragraph
    from ltsrender.automation import Wanted, import_file  # noqa: PLC0415 - after --help

    suffix_of(out, ("json",))
    for option in ("length_s", "minimum", "maximum", "error"):
        value = said[option]
        if isinstance(value, float) and math.isnan(value):  # click lets it through
            hint = f"--{option.removesuffix('_s')}"
            raise click.BadParameter(f"nan is no {option.removesuffix('_s')}", param_hint=hint)
    wanted = Wanted(**said)
    _tell(import_file(file, out, wanted, kind or ""), out, wanted)


def _tell(imported: Imported, out: Path, wanted: Wanted) -> None:
    if imported.kind == "original":
        ((target, n_points),) = imported.lanes
        length = f"{wanted.length_s:g} s, {imported.n_values} numbers as {n_points} points"
        say(f"{plain(str(out))}: {plain(target)} over {length}")
    elif imported.kind == "markers":
        say(f'{plain(str(out))}: {imported.n_markers} markers, for "markers" of a session')
    for target, n_points in imported.lanes if imported.kind != "original" else ():
        say(f"{plain(str(out))}: {plain(target)}, {n_points} point{'s' if n_points > 1 else ''}")
    for note in imported.notes:
        say(note)
