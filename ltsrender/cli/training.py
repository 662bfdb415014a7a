"""The progress of a training run, for people: a bar in a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltsrender.train import TrainProgress

LINE_EVERY_S = 5.0


@contextmanager
def shown_training() -> Iterator[Callable[[TrainProgress], None]]:
    """Yield a function that shows a training run's progress on standard error."""
    if sys.stderr.isatty():
        yield from _bar()
    else:
        yield _lines()


def _bar() -> Iterator[Callable[[TrainProgress], None]]:
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[place]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=1.0, place="")

        def show(progress: TrainProgress) -> None:
            if progress.note:
                bar.console.print(escape(progress.note), soft_wrap=True)
            bar.update(
                task,
                description=progress.stage,
                completed=progress.fraction,
                place=_place(progress),
            )

        yield show


def _lines() -> Callable[[TrainProgress], None]:
    last_stage, last_s = "", 0.0

    def show(progress: TrainProgress) -> None:
        nonlocal last_stage, last_s
        if progress.note:
            click.echo(progress.note, err=True)
        now = time.monotonic()
        if progress.stage == last_stage and now - last_s < LINE_EVERY_S:
            return
        last_stage, last_s = progress.stage, now
        percent = f"{100 * progress.fraction:.0f} %"
        click.echo(f"{progress.stage} {percent} {_place(progress)}".rstrip(), err=True)

    return show


def _place(progress: TrainProgress) -> str:
    loss = "" if progress.loss is None else f"loss {progress.loss:.4f}"
    if progress.time_left_s is None:
        return loss
    minutes, seconds = divmod(round(progress.time_left_s), 60)
    return f"{loss}  {minutes}:{seconds:02d} left"
