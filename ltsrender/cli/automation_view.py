"""Looking at automation: check, plot, simplify, sample."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, PICTURES, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.automation.view import View
    from ltsrender.render import Plan

SESSION = click.option(
    "--session", type=FILE, help="Read FILE with the tempo, bars, markers and sounds of this one."
)
TRACK = click.option("--track", help="Of the session; else its first.")
TARGETS = click.option(
    "--target", "targets", multiple=True, help="Only this lane, by target or name; may be repeated."
)
FROM = click.option(
    "--from", "start", help='Where to begin: seconds, or "9|1", "16 beats", "marker:B + 2 beats".'
)
TO = click.option("--to", "end", help="Where to end, written likewise.")


@click.command("check")
@click.argument("file", type=FILE)
@SESSION
@TRACK
def check_command(file: Path, session: Path | None, track: str | None) -> None:
    """Find every mistake in FILE, automation or a session, and tell what each lane does."""
    from ltsrender.automation.tell import describe_view, time_words  # noqa: PLC0415 - after --help
    from ltsrender.render.view import (  # noqa: PLC0415
        is_midi_file,
        view_of_file,
        view_of_track,
        views_of_session,
    )

    plan = _session_in(file, session, track)
    if is_midi_file(file):
        from ltsrender.render import inspect_file  # noqa: PLC0415

        say(inspect_file(file))
        return
    if plan is None:
        views = [view_of_file(file, session, track)]
    else:
        views = [*views_of_session(plan)] if track is None else [view_of_track(plan, track)]
    for view in views:
        span = view.span()
        when = f"{span[0]:.6g}..{span[1]:.6g} s" if plan else time_words(view)
        say(f"{plain(view.name)}: {when}")
        say(describe_view(view))
    say("No mistakes found.")


@click.command("plot")
@click.argument("file", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Picture: .png, .svg, .pdf.")
@SESSION
@TRACK
@click.option("--all", "every", is_flag=True, help="Of a session: every track, bus and the master.")
@TARGETS
@FROM
@TO
@click.option("--title", default="", help="A line above the picture.")
def plot_command(
    file: Path,
    out: Path,
    session: Path | None,
    track: str | None,
    every: bool,
    targets: tuple[str, ...],
    start: str | None,
    end: str | None,
    title: str,
) -> None:
    """Draw the lanes of FILE, automation or a session, over time."""
    suffix_of(out, PICTURES)
    if every and track is not None:
        raise click.UsageError("--all and --track exclude each other")
    from ltsrender.automation.sampled import stretch_s  # noqa: PLC0415
    from ltsrender.render import track_of  # noqa: PLC0415
    from ltsrender.render.known import off_ground  # noqa: PLC0415
    from ltsrender.render.lane_picture import draw_lanes  # noqa: PLC0415 - matplotlib
    from ltsrender.safefile import check_target  # noqa: PLC0415

    plan = _session_in(file, session, track)
    view = _view(file, session, track, plan, every=every).only(targets)
    view = view if targets else view.moving()
    start_s, end_s = stretch_s(view, start, end)
    check_target(out)
    off = off_ground(track_of(plan, track)) if plan and not every else ()
    beyond = [(each.start_s, each.end_s) for each in off]
    draw_lanes(view, out, start_s=start_s, end_s=end_s, title=title, beyond=beyond)
    say(plain(str(out)))


@click.command("simplify")
@click.argument("file", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Automation file to write, .json.")
@click.option(
    "--error",
    "max_error",
    type=click.FloatRange(0.0, 1e9),
    help="How far a lane may be from where it was, in its unit  [default: 0.1 % of its span]",
)
@TARGETS
def simplify_command(
    file: Path, out: Path, max_error: float | None, targets: tuple[str, ...]
) -> None:
    """Write FILE with fewer points: every lane stays within an error of what it was.

    Jumps, points written as texts and the ends of shapes that are not straight stay.
    """
    from ltsrender.automation.simplify import simplify_file  # noqa: PLC0415 - after --help
    from ltsrender.session import Documents  # noqa: PLC0415

    suffix_of(out, ("json",))
    if max_error is not None and math.isnan(max_error):  # click lets it through
        raise click.BadParameter("nan is no error", param_hint="--error")
    documents = Documents(file.parent)
    found = simplify_file(file.name, documents, out, max_error=max_error, targets=targets)
    for lane in found:
        within = f"within {lane.max_error:.4g} {lane.unit}".rstrip()
        say(f"{plain(lane.label)}: {lane.before} points became {lane.after}, {within}")
    if not found:
        words = "its lanes are not drawn, or other lanes use them"
        say(f"nothing to thin in {plain(file.name)}: {words}")
    say(plain(str(out)))


@click.command("sample")
@click.argument("file", type=FILE)
@SESSION
@TRACK
@TARGETS
@click.option(
    "--at",
    multiple=True,
    help='A moment: seconds, or "9|1", "16 beats", "marker:B + 2 beats"; may be repeated.',
)
@click.option(
    "--every", help='A distance: seconds, or "1 beat", "250 ms"  [default: 1, without --at]'
)
@FROM
@TO
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, with all digits.")
def sample_command(
    file: Path,
    session: Path | None,
    track: str | None,
    targets: tuple[str, ...],
    at: tuple[str, ...],
    every: str | None,
    start: str | None,
    end: str | None,
    as_csv: bool,
) -> None:
    """Print the values of the lanes of FILE, automation or a session, at moments."""
    from ltsrender.automation.sampled import csv_of, moments_s, table_of  # noqa: PLC0415

    plan = _session_in(file, session, track)
    view = _view(file, session, track, plan).only(targets)
    moments = moments_s(view, at, every, start, end)
    say(csv_of(view, moments) if as_csv else table_of(view, moments))
    for shown in view.lanes:
        if shown.waits_for:
            heard = ", ".join(shown.waits_for)
            say(f"note: {shown.label} follows {heard}: known once it is rendered", err=True)


def _session_in(file: Path, session: Path | None, track: str | None) -> Plan | None:
    """Return the session that FILE is, or was rendered from; None where it is automation."""
    from ltsrender.render import open_plan  # noqa: PLC0415 - after --help
    from ltsrender.render.view import is_session  # noqa: PLC0415

    if is_session(file):
        if session is not None:
            raise click.UsageError(f"{file} is a session itself; leave out --session")
        return open_plan(file)
    if session is None and track is not None:
        raise click.UsageError("--track needs --session")
    return None


def _view(
    file: Path, session: Path | None, track: str | None, plan: Plan | None, *, every: bool = False
) -> View:
    from ltsrender.render.view import view_of_all, view_of_file, view_of_track  # noqa: PLC0415

    if plan is not None:
        return view_of_all(plan, file.name) if every else view_of_track(plan, track)
    if every:
        raise click.UsageError("--all needs a session as FILE")
    return view_of_file(file, session, track)
