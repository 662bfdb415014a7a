"""How far training is, by whichever of time and epochs ends first."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.train.options import TrainOptions


class Schedule:
    """A clock for the budget in minutes and a counter for the one in epochs."""

    def __init__(self, options: TrainOptions, steps_per_epoch: int) -> None:
        self.budget_s = options.budget_s
        self.most_steps = math.inf if options.epochs is None else options.epochs * steps_per_epoch
        self.step = 0
        self._started_s = time.monotonic()

    @property
    def fraction(self) -> float:
        """Part of the training that is done, 0..1."""
        return min(1.0, max(self.elapsed_s / self.budget_s, self.step / self.most_steps))

    @property
    def elapsed_s(self) -> float:
        """Seconds of fitting since the start, those before an interruption included."""
        return time.monotonic() - self._started_s

    @property
    def time_left_s(self) -> float | None:
        """Seconds until the end, as far as one can tell."""
        fraction = self.fraction
        return self.elapsed_s * (1.0 / fraction - 1.0) if fraction > 0.0 else None

    def go_on(self, step: int, elapsed_s: float) -> None:
        """Continue where another run was stopped."""
        self.step = step
        self._started_s = time.monotonic() - elapsed_s

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock: what is written or rendered meanwhile is no fitting."""
        elapsed_s = self.elapsed_s
        try:
            yield
        finally:
            self._started_s = time.monotonic() - elapsed_s
