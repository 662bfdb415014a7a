"""Frames per second of training, ours against the original's network, at equal batches.

Run from the checkout:

    python tests/bench/training_speed.py FOLDER [--seconds 20] [--threads 2] [--rounds 3]

Both train on the same frames in turns. What autograd saves for a batch of 512 frames is about the
same (28.7 kB a frame ours, 31.0 kB the original's), so equal batches are equal memory; the
original's own batch of 64 stands beside it.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.models import load_model
from ltsrender.train import TrainOptions, train_model
from ltsrender.train import original_baseline as baseline
from ltsrender.train.dataset import read_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

OURS = (0.5, 0.3, 0.0)
ORIGINAL = (512, 64)


def ours(sounds: Sequence[Path], seconds: float, part: float, target: Path) -> float:
    """Return frames per second of ours with a part of the frames changed."""
    losses: list[float | None] = []
    options = TrainOptions(minutes=seconds / 60, augment=part, device="cpu")
    train_model(sounds, target, options, lambda now: losses.append(now.loss))
    n_steps = sum(loss is not None for loss in losses)
    return n_steps * options.batch_frames / seconds


def original(
    frames: NDArray[np.float32], beside: TimbreModel, seconds: float, n_batch: int
) -> float:
    """Return frames per second of the original's network with a size of batches."""
    usual = baseline.RECIPES
    recipe = dataclasses.replace(usual[baseline.ARCHITECTURE], batch_frames=n_batch)
    baseline.RECIPES = {**usual, baseline.ARCHITECTURE: recipe}
    try:
        made = baseline.original_baseline([frames], beside, seconds / 60, device="cpu")
    finally:
        baseline.RECIPES = usual
    return float(made.facts["frames_per_s"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    sounds = sorted(arguments.folder.glob("*.flac"))
    heads = [f"ours, {part:g} changed" for part in OURS]
    heads += [f"original, {n_batch}" for n_batch in ORIGINAL]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary) / "m.ltsmodel"
        for _ in range(arguments.rounds):
            speeds = [ours(sounds, arguments.seconds, part, target) for part in OURS]
            model = load_model(target)
            data = read_dataset(sounds, model.spec, 0, "cpu", lambda _fraction, _note: None)
            frames = np.asarray(data.frames)
            speeds += [original(frames, model, arguments.seconds, size) for size in ORIGINAL]
            print(f"| {' | '.join(f'{speed:,.0f}' for speed in speeds)} |", flush=True)


if __name__ == "__main__":
    main()
