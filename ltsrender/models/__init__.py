"""Timbre models: what they are, how they are kept in files, and how frames pass through them.

A timbre model turns a frame (one column of magnitudes) into a few numbers, its latents, and back.
Opening a model file runs nothing that the file brings along: it is a table of numbers
(safetensors) and a card (JSON), both checked before anything is allocated.

The names below load when they are first used, so that reading a card needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ltsrender.models.card import (
        Card,
        DescriptorAxis,
        Distances,
        KnownGround,
        LatentStatistics,
        ModelCard,
        Sizes,
        TrainingSound,
    )
    from ltsrender.models.checkpoint import load_model, save_model
    from ltsrender.models.container import read_card, weights_sha256
    from ltsrender.models.device import choose_device
    from ltsrender.models.original_card import OriginalCard
    from ltsrender.models.rename import rename_latents
    from ltsrender.models.run_folder import import_run
    from ltsrender.models.tell import card_in_words
    from ltsrender.models.timbre import TimbreModel
    from ltsrender.models.vae import FrameVAE

__all__ = [
    "Card",
    "DescriptorAxis",
    "Distances",
    "FrameVAE",
    "KnownGround",
    "LatentStatistics",
    "ModelCard",
    "OriginalCard",
    "Sizes",
    "TimbreModel",
    "TrainingSound",
    "card_in_words",
    "choose_device",
    "import_run",
    "load_model",
    "read_card",
    "rename_latents",
    "save_model",
    "weights_sha256",
]

_MODULE_OF = {
    "Card": "card",
    "DescriptorAxis": "card",
    "Distances": "card",
    "FrameVAE": "vae",
    "KnownGround": "card",
    "LatentStatistics": "card",
    "ModelCard": "card",
    "OriginalCard": "original_card",
    "Sizes": "card",
    "TimbreModel": "timbre",
    "TrainingSound": "card",
    "card_in_words": "tell",
    "choose_device": "device",
    "import_run": "run_folder",
    "load_model": "checkpoint",
    "read_card": "container",
    "rename_latents": "rename",
    "save_model": "checkpoint",
    "weights_sha256": "container",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'ltsrender.models' has no attribute {name!r}")
    return getattr(importlib.import_module(f"ltsrender.models.{_MODULE_OF[name]}"), name)
