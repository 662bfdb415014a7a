"""Training: a folder of recordings becomes a timbre model."""

from __future__ import annotations

from ltsrender.train.axes import describe_model
from ltsrender.train.dataset import find_sounds
from ltsrender.train.describe import describe_training
from ltsrender.train.evaluate import Evaluation, evaluate_model
from ltsrender.train.evaluation_words import evaluation_in_words
from ltsrender.train.options import TrainExtras, TrainOptions, TrainProgress
from ltsrender.train.original_run import OriginalOptions, train_original
from ltsrender.train.preset import options_from, read_training_preset, resumed_options
from ltsrender.train.run import train_model

__all__ = [
    "Evaluation",
    "OriginalOptions",
    "TrainExtras",
    "TrainOptions",
    "TrainProgress",
    "describe_model",
    "describe_training",
    "evaluate_model",
    "evaluation_in_words",
    "find_sounds",
    "options_from",
    "read_training_preset",
    "resumed_options",
    "train_model",
    "train_original",
]
