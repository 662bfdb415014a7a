"""Models of several sizes, the original's recipe and principal components, after the same minutes.

Run from the checkout:

    python tests/bench/models.py FOLDER [--minutes 2] [--threads 1] [--augment 0.5] [--out FILE]

Trained on the first recordings of a fixed list, measured on those and on all others of the folder.
Everything sees the same frames, so what is compared is network and recipe; the original's is made
for librosa's scale and gets it (`ltsrender.train.original_baseline`). It has no level apart, so its
size counts as it is; ours and PCA count the level among theirs. PCA is that of log shapes, where
our training starts; below it stands that of log magnitudes, level and all.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from ltsrender.models import load_model
from ltsrender.train import TrainOptions, train_model
from ltsrender.train.baseline import principal_components
from ltsrender.train.dataset import read_dataset
from ltsrender.train.figures import errors, floor_of, latent_usage, roughness_db
from ltsrender.train.material import read_material
from ltsrender.train.options import HELD_OUT_PART
from ltsrender.train.original_baseline import original_baseline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel
    from ltsrender.train import TrainProgress
    from ltsrender.train.figures import Measurable
    from ltsrender.train.material import Material

    Frames = NDArray[np.float32]

TRAINED_ON = (
    *("guit_em9", "ambi_glass_hum", "loop_tabla", "perc_bell"),
    *("ambi_choir", "bass_voxy_c", "vinyl_hiss", "ambi_piano"),
)
SIZES = (8, 16, 64)
ORIGINAL_SIZES = (256, 64)


class LogMagnitudes:
    """Principal components of log magnitudes as they are, no level apart."""

    has_level = False

    def __init__(self, sounds: Sequence[Frames], size: int, floor: float) -> None:
        self.floor = floor
        levels = [np.log(np.maximum(sound, floor)) for sound in sounds]
        counted = [np.full(len(sound), 1.0 / np.sqrt(len(sound))) for sound in sounds]
        values, weights = np.concatenate(levels), np.concatenate(counted)
        self.centre = np.average(values, axis=0, weights=weights)
        covariance = np.cov(values, rowvar=False, aweights=weights)
        self.directions = np.linalg.eigh(covariance)[1][:, ::-1][:, :size]

    def encode(self, frames: Frames) -> tuple[Frames, Frames]:
        """Return the components, float32[frame, latent], and no variance."""
        z = (np.log(np.maximum(frames, self.floor)) - self.centre) @ self.directions
        return z.astype(np.float32), np.zeros_like(z, dtype=np.float32)

    def decode(self, z: Frames) -> Frames:
        """Return float32[frame, band]."""
        return np.exp(z @ self.directions.T + self.centre).astype(np.float32)


class Row(NamedTuple):
    """One model: its name, latents, training frames per second, and how to ask it."""

    name: str
    size: int
    frames_per_s: float
    model: Measurable


def train_original(frames: Frames, size: int, beside: TimbreModel, minutes: float) -> Row:
    """Train by the original's recipe for some minutes."""
    made = original_baseline([frames], beside, minutes, n_latents=size, device="cpu")
    return Row("the original's recipe", size, float(made.facts["frames_per_s"]), made.model)


def train_ours(sounds: Sequence[Path], options: TrainOptions, work: Path) -> Row:
    """Train ours for some minutes."""
    steps: list[float] = []
    file = work / f"{options.n_latents}.ltsmodel"
    train_model(sounds, file, options, lambda now: count(now, steps))
    per_s = len(steps) * options.batch_frames / (60 * (options.minutes or math.nan))
    return Row("ours", options.n_latents, per_s, load_model(file))


def count(now: TrainProgress, steps: list[float]) -> None:
    """Remember every step of fitting."""
    if now.stage == "fitting":
        steps.append(now.fraction)


def figures(row: Row, sounds: Sequence[Material], floor: float) -> list[float]:
    """Return log-spectral distance, spectral convergence, roughness and active latents."""
    true = np.concatenate([sound.frames[sound.audible] for sound in sounds])
    made = [row.model.decode(row.model.encode(sound.frames)[0]) for sound in sounds]
    decoded = np.concatenate([m[sound.audible] for m, sound in zip(made, sounds, strict=True)])
    found = errors(true, decoded, floor)
    rough = [roughness_db(m, s.audible, floor) for m, s in zip(made, sounds, strict=True)]
    active = latent_usage(*row.model.encode(true))[0][1 if row.model.has_level else 0 :]
    return [
        found["lsd_db"] or 0.0,
        math.nan if found["sc_db"] is None else found["sc_db"],
        float(np.mean(rough)),
        int(active.sum()),
    ]


def told(row: Row, heard: Sequence[Material], new: Sequence[Material], floor: float) -> str:
    """Return a line of the table."""
    known, unknown = figures(row, heard, floor), figures(row, new, floor)
    speed = f"{row.frames_per_s:,.0f}" if row.frames_per_s else ""
    numbers = [f"{a:.2f} / {b:.2f}" for a, b in zip(known[:3], unknown[:3], strict=True)]
    cells = [row.name, f"{row.size}", *numbers, f"{known[3]} / {unknown[3]}", speed]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--augment", type=float, default=HELD_OUT_PART)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--originals", type=int, nargs="*", default=ORIGINAL_SIZES)
    parser.add_argument("--keep", type=Path, help="Folder to leave our models in.")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    files = sorted(arguments.folder.glob("*.flac"))
    sounds = [file for file in files if file.stem in TRAINED_ON]
    others = [file for file in files if file.stem not in TRAINED_ON]
    lines = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    heads = "| model | latents | LSD, dB | SC, dB | roughness, dB | active | frames/s |"
    say(f"Trained {arguments.minutes:g} min each on {len(sounds)} recordings,")
    say(f"{arguments.threads} thread(s), {arguments.augment:g} of our frames changed;")
    say(f"each pair: those recordings / {len(others)} others.\n")
    say(heads)
    say("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.keep or Path(temporary)
        rows = [
            train_ours(
                sounds,
                TrainOptions(
                    minutes=arguments.minutes,
                    n_latents=size,
                    device="cpu",
                    augment=arguments.augment,
                ),
                work,
            )
            for size in arguments.sizes
        ]
        beside = rows[0].model
        heard, new = (read_material(each, beside) for each in (sounds, others))
        floor = floor_of([*heard, *new])
        audible = [sound.frames[sound.audible] for sound in heard]
        for size in arguments.sizes:
            shapes = principal_components(audible, size, beside.card)
            say(told(Row("PCA", size, 0.0, shapes), heard, new, floor))
            plain = LogMagnitudes(audible, size, floor)
            say(told(Row("PCA of log magnitudes", size, 0.0, plain), heard, new, floor))
        for row in rows:
            say(told(row, heard, new, floor))
        frames = read_dataset(sounds, beside.spec, 0, "cpu", lambda _fraction, _note: None).frames
        for size in arguments.originals:
            row = train_original(frames, size, beside, arguments.minutes)
            say(told(row, heard, new, floor))
        true_rough = [
            np.mean([roughness_db(s.frames, s.audible, floor) for s in each])
            for each in (heard, new)
        ]
        say(f"| the sounds | | | | {true_rough[0]:.2f} / {true_rough[1]:.2f} | | |")
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
