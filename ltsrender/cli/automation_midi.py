"""``ltsrender automation from-midi`` and ``to-midi``: lanes from a MIDI file, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path


@click.command("from-midi")
@click.argument("song", type=FILE)
@click.option("--map", "map_file", type=FILE, help="Controller map: what moves what.")
@click.option("-o", "--out", type=FILE, help="Automation file to write, or the map to start from.")
@click.option(
    "--tempo",
    type=click.Choice(["session", "file"]),
    default="session",
    show_default=True,
    help="Lanes in beats, for any session's tempo, or in seconds by the file's own.",
)
@click.option(
    "--pattern",
    type=click.IntRange(1, 65_535),
    help="Of a file of type 2, which pattern; left out, one follows the other.",
)
def from_midi(
    song: Path, map_file: Path | None, out: Path | None, tempo: str, pattern: int | None
) -> None:
    """Make an automation file of SONG, a MIDI file; without --map, make a map to start from."""
    if map_file is not None and out is None:
        raise click.UsageError("--out is missing: the automation file to write")
    if out is not None:
        suffix_of(out, ("json",))
    if map_file is None or out is None:
        _offer_map(song, out, pattern)
        return
    from ltsrender.automation.from_midi import write_lanes  # noqa: PLC0415 - after --help

    written = write_lanes(song, map_file, out, tempo=tempo, pattern=pattern)
    for lane in written.lanes:
        place = f"{lane.start:g}..{lane.stop:g} {lane.unit}"
        say(f"{plain(str(out))}: {plain(lane.target)}, {lane.n_points} points, {place}")
    if written.own_time:
        say(f"the MIDI file's own, as a session writes it: {written.own_time}")


def _offer_map(song: Path, out: Path | None, pattern: int | None) -> None:
    """Print a map to start from, or write it."""
    from ltsrender.automation.from_midi import (  # noqa: PLC0415 - after --help
        starting_map,
        write_starting_map,
    )

    words, text = starting_map(song, pattern)
    say(f"{plain(str(song))} has {words}", err=True)
    if out is None:
        say(text)
    else:
        write_starting_map(text, out)
        say(f"{plain(str(out))}: a map to start from; change what moves, and how far")


@click.command("to-midi")
@click.argument("lanes", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="MIDI file to write, .mid.")
@click.option(
    "--map",
    "map_file",
    type=FILE,
    help="Controller map to write; left out, it stands beside the MIDI file.",
)
@click.option("--session", type=FILE, help="Take tempo, time signature and markers from here.")
@click.option(
    "--ppq",
    type=click.IntRange(24, 32_767),
    default=960,
    show_default=True,
    help="Ticks per beat: how fine time is.",
)
@click.option(
    "--messages",
    type=click.Choice(["pairs", "nrpn"]),
    default="pairs",
    show_default=True,
    help="14-bit controllers, or parameters where there are more than 480 lanes.",
)
@click.option(
    "--length",
    "length_beats",
    type=click.FloatRange(0.25, 1_440_000.0),
    help="Beats of lanes that are made, by an LFO, say; drawn ones end with their last point.",
)
def to_midi(
    lanes: Path,
    out: Path,
    map_file: Path | None,
    session: Path | None,
    ppq: int,
    messages: str,
    length_beats: float | None,
) -> None:
    """Write LANES, an automation file, as a MIDI file of 14-bit controllers and a map of them."""
    from ltsrender.automation.to_midi import write_song  # noqa: PLC0415 - after --help

    suffix_of(out, ("mid", "midi"))
    written = write_song(
        lanes,
        out,
        map_file=map_file,
        session_file=session,
        ticks_per_beat=ppq,
        messages=messages,
        length_beats=length_beats,
    )
    for source, target, n_values in written.lanes:
        say(f"{plain(str(out))}: {plain(target)}, {n_values} values, {source}")
    say(f"{plain(str(written.map_file))}: the map that reads them back")
