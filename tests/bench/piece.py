"""A composer's own case: models of exactly the sounds of a piece, beside principal components.

Run from the checkout:

    python tests/bench/piece.py SOUND... [--minutes 10] [--augment 0 0.3] [--out piece.md]

Every model is measured on the sounds that it was trained on, as `ltsrender model evaluate` does:
how near decoded frames come, how the way between frames of different sounds goes, and how far
decoded frames are from those of any sound.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import torch

from ltsrender.models import load_model
from ltsrender.train import TrainOptions, train_model
from ltsrender.train.baseline import principal_components
from ltsrender.train.evaluate import Measuring, evaluate_model
from ltsrender.train.material import read_material
from ltsrender.train.options import ALL_LEARNT_PART

if TYPE_CHECKING:
    from ltsrender.train.evaluate import Measured

HEADS = (
    *(
        "model",
        "latents",
        "LSD, dB",
        "SC, dB",
        "way / ends",
        "bend, dB",
        "midpoint, dB",
        "ends, dB",
    ),
    *("roughness, dB", "from any sound, dB"),
)
MOST_COMPONENTS = 256


def told(name: str, size: int, found: Measured) -> str:
    """Return a line of the table."""
    whole, between = found.whole["all"], found.between
    ways = [between.get(key) for key in ("path_ratio", "bend_db", "midpoint_db", "ends_db")]
    consistency = fmean(value for value in found.consistency_db if value is not None)
    numbers = [whole["lsd_db"], whole["sc_db"], *ways, fmean(found.roughness_db), consistency]
    cells = ["" if number is None else f"{number:.2f}" for number in numbers]
    return f"| {name} | {size or ''} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sounds", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--latents", type=int, default=64)
    parser.add_argument("--augment", type=float, nargs="*", default=[ALL_LEARNT_PART])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    names = ", ".join(sound.stem for sound in arguments.sounds)
    say(f"{names}; {arguments.minutes:g} min each, {arguments.threads} thread(s)\n")
    say(f"| {' | '.join(HEADS)} |")
    say(f"|{'---|' * len(HEADS)}")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        folder = work / "sounds"
        folder.mkdir()
        for sound in arguments.sounds:
            (folder / sound.name).symlink_to(sound.resolve())
        for index, part in enumerate(arguments.augment):
            file = work / f"{index}.ltsmodel"
            options = TrainOptions(
                minutes=arguments.minutes,
                n_latents=arguments.latents,
                augment=part,
                device="cpu",
                validation=0.0,
            )
            train_model(sorted(folder.iterdir()), file, options)
            found = evaluate_model(file, folder)
            say(told(f"ours, {part:g} changed", arguments.latents, found.model))
        say(told("PCA", arguments.latents, found.baseline))
        model = load_model(file)
        heard = read_material(sorted(folder.iterdir()), model)
        audible = [sound.frames[sound.audible] for sound in heard]
        large = principal_components(audible, MOST_COMPONENTS, model.card)
        say(told("PCA", MOST_COMPONENTS, Measuring(model, heard, 0).of(large, lambda _: None)))
        say(told("the sounds", 0, found.truth))
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
