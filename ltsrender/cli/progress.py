"""Progress for people: a bar in a terminal, a few plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ltsrender.cli.words import say, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltsrender.render import Progress
    from ltsrender.train import TrainProgress

LINE_EVERY_S = 5.0


@dataclass(frozen=True)
class Step:
    """How far some work is, as it is shown.

    Attributes
    ----------
    stage
        What is being done.
    fraction
        How much of the stage is done, 0..1; ``None`` when nobody knows.
    words
        What else there is to say: position, loss, time left.
    note
        Something to keep on the screen: a recording that was skipped, and why.
    """

    stage: str
    fraction: float | None = None
    words: str = ""
    note: str = ""


@contextmanager
def shown_steps(*, quiet: bool = False) -> Iterator[Callable[[Step], None]]:
    """Yield a function that shows steps on standard error."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _lines()


def rendering_step(progress: Progress) -> Step:
    """Return a render's progress as it is shown: place, real-time factor, time left."""
    if not progress.total_s:
        return Step(progress.stage)
    words = f"{progress.done_s:.1f} of {progress.total_s:.1f} s"
    if progress.done_s:
        left_s = progress.real_time_factor * (progress.total_s - progress.done_s)
        words += f"  real-time factor {progress.real_time_factor:.2f}  {_left(left_s)}"
    return Step(progress.stage, progress.done_s / progress.total_s, words)


def training_step(progress: TrainProgress) -> Step:
    """Return a training run's progress as it is shown: loss, time left."""
    words = f"{100 * progress.fraction:.0f} %"
    if progress.loss is not None:
        words += f"  loss {progress.loss:.4f}"
    if progress.time_left_s is not None:
        words += f"  {_left(progress.time_left_s)}"
    return Step(progress.stage, progress.fraction, words, progress.note)


def _left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} left"


def _bar() -> Iterator[Callable[[Step], None]]:
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None, words="")

        def show(step: Step) -> None:
            if step.note:
                bar.console.print(escape(shown(step.note)), soft_wrap=True)
            total = None if step.fraction is None else 1.0
            done = step.fraction or 0.0
            bar.update(task, description=step.stage, total=total, completed=done, words=step.words)

        yield show


def _lines() -> Callable[[Step], None]:
    stage, shown_at = "", 0.0

    def show(step: Step) -> None:
        nonlocal stage, shown_at
        if step.note:
            say(step.note, err=True)
        now = time.monotonic()
        if step.stage == stage and now - shown_at < LINE_EVERY_S:
            return
        stage, shown_at = step.stage, now
        say(f"{step.stage} {step.words}".rstrip(), err=True)

    return show
