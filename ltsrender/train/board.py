"""Losses for TensorBoard, where it is installed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ltsrender.errors import ModelError, Problem
from ltsrender.safefile import writing

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.train.training import Training


class Board:
    """Hands on what a training writes down, called after every step.

    Parameters
    ----------
    folder
        What ``tensorboard --logdir`` takes.

    Raises
    ------
    ModelError
        When TensorBoard is not installed.
    RenderError
        When nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        try:
            module: Any = importlib.import_module("torch.utils.tensorboard")
        except ImportError as error:
            words = "needs the package tensorboard, which is not installed: pip install tensorboard"
            raise ModelError(Problem(words, place="--tensorboard")) from error
        with writing(folder):
            self._writer = module.SummaryWriter(str(folder))
        self._n_told = 0

    def __call__(self, training: Training) -> None:
        """Hand on what is new."""
        for facts in training.history[self._n_told :]:
            for name, value in facts.items():
                if name not in {"step", "elapsed_s"}:
                    self._writer.add_scalar(name, value, int(facts["step"]))
        self._n_told = len(training.history)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()
