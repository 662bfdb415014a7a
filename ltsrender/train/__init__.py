"""Training: a folder of recordings becomes a timbre model."""

from __future__ import annotations

from ltsrender.train.dataset import find_sounds
from ltsrender.train.describe import describe_training
from ltsrender.train.options import TrainExtras, TrainOptions, TrainProgress
from ltsrender.train.preset import options_from, read_training_preset, resumed_options
from ltsrender.train.run import train_model

__all__ = [
    "TrainExtras",
    "TrainOptions",
    "TrainProgress",
    "describe_training",
    "find_sounds",
    "options_from",
    "read_training_preset",
    "resumed_options",
    "train_model",
]
