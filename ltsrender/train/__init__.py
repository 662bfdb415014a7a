"""Training: a folder of recordings becomes a timbre model."""

from __future__ import annotations

from ltsrender.train.axes import describe_model
from ltsrender.train.dataset import find_sounds
from ltsrender.train.evaluate import Evaluation, evaluate_model
from ltsrender.train.evaluation_words import evaluation_in_words
from ltsrender.train.options import TrainOptions, TrainProgress
from ltsrender.train.run import train_model

__all__ = [
    "Evaluation",
    "TrainOptions",
    "TrainProgress",
    "describe_model",
    "evaluate_model",
    "evaluation_in_words",
    "find_sounds",
    "train_model",
]
