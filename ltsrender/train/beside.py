"""What a run does beside training: putting itself away, sounds, a log, a report.

None of it changes the model, and what is not asked for is not even imported: a render room or
matplotlib takes longer to load than a small model to train.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.safefile import check_target
from ltsrender.train.board import Board
from ltsrender.train.interrupt import Interrupt
from ltsrender.train.unfinished import Keeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ltsrender.models import FrameVAE, ModelCard, TimbreModel
    from ltsrender.train.dataset import Dataset
    from ltsrender.train.listen import Listener
    from ltsrender.train.options import TrainExtras, TrainOptions
    from ltsrender.train.training import Training


class Beside:
    """Everything that is done beside a training.

    Parameters
    ----------
    extras
        What was asked for.
    note
        Is told, with how far training is, what could not be done.

    Attributes
    ----------
    interrupt
        To fit in: Ctrl-C ends a fit between two steps.

    Raises
    ------
    ModelError, RenderError
        Before any work, when something could not be written or is not installed.
    """

    def __init__(self, extras: TrainExtras, note: Callable[[float, str], None]) -> None:
        self._extras, self._note = extras, note
        self.interrupt = Interrupt()
        if extras.report:
            check_target(extras.report)
        if extras.listen:
            check_target(extras.listen / "source-1.wav")
        self._board = Board(extras.tensorboard) if extras.tensorboard else None
        self._keeper: Keeper | None = None
        self._listener: Listener | None = None

    def begin(
        self,
        target: Path,
        options: TrainOptions,
        dataset: Dataset,
        known: Dataset,
        card_of: Callable[[FrameVAE], ModelCard],
    ) -> None:
        """Get ready, once the recordings are read."""
        every_s = self._extras.checkpoint_every_s
        self._keeper = Keeper(target, options, dataset.sounds, every_s, self._note, self.interrupt)
        if self._extras.listen:
            from ltsrender.train.listen import Listener  # noqa: PLC0415 - only where it is asked

            folder, every_s = self._extras.listen, self._extras.listening_every_s(options.budget_s)
            self._listener = Listener(folder, known.files, every_s, card_of, self._note)

    def after_step(self, training: Training) -> None:
        """Do what it is time for."""
        for each in (self._keeper, self._listener, self._board):
            if each:
                each(training)

    def end(
        self, training: Training, model: TimbreModel, known: Dataset, strangers: Dataset
    ) -> None:
        """Do what is done once, when the model is there."""
        if self._board:
            self._board(training)
            self._board.close()
        if self._listener:
            self._listener.listen(training)
        if self._extras.report:
            from ltsrender.train.report import draw_report  # noqa: PLC0415 - only where it is asked

            draw_report(self._extras.report, model, training.history, known, strangers)
