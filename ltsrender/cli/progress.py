"""Progress for people: a bar in a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltsrender.render import Progress

LINE_EVERY_S = 5.0


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Callable[[Progress], None]]:
    """Yield a function that takes a render's progress and shows it on standard error."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _lines()


def _bar() -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[place]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, place="")

        def show(progress: Progress) -> None:
            bar.update(
                task,
                description=progress.stage,
                total=progress.total_s or None,
                completed=progress.done_s,
                place=_place(progress),
            )

        yield show


def _lines() -> Callable[[Progress], None]:
    stage, shown_at = "", 0.0

    def show(progress: Progress) -> None:
        nonlocal stage, shown_at
        now = time.monotonic()
        if progress.stage == stage and now - shown_at < LINE_EVERY_S:
            return
        stage, shown_at = progress.stage, now
        click.echo(f"{progress.stage} {_place(progress)}".rstrip(), err=True)

    return show


def _place(progress: Progress) -> str:
    if not progress.total_s:
        return ""
    speed = f"  real-time factor {progress.real_time_factor:.2f}" if progress.done_s else ""
    return f"{progress.done_s:.1f} of {progress.total_s:.1f} s{speed}"
