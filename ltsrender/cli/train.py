"""``ltsrender train``: a folder of recordings to a timbre model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.progress import shown_steps, training_step
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path


@click.command("train")
@click.argument("folder", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="The model file to write.")
@click.option("--minutes", type=float, help="How long to train.  [default: 10 without --epochs]")
@click.option("--epochs", type=int, help="Passes over all frames; makes the result repeatable.")
@click.option(
    "--latents", "n_latents", type=int, default=64, show_default=True, help="Latent dimensions."
)
@click.option("--width", type=int, default=512, show_default=True, help="Units per hidden layer.")
@click.option(
    "--validation",
    type=float,
    default=0.15,
    show_default=True,
    help="Part of the recordings, whole files, held out to measure with; 0 learns all.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Where chance starts.")
@click.option("--licence", default="", help="Licence of the model, for its card.")
@click.option("--name", default="", help="Name of the model, for its card.  [default: the file's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where to train.",
)
def command(folder: Path, out: Path, minutes: float | None, **options: Any) -> None:
    """Train a timbre model on all recordings in FOLDER and the folders in it."""
    from ltsrender.train import (  # noqa: PLC0415 - after --help
        TrainOptions,
        describe_training,
        find_sounds,
        train_model,
    )

    if minutes is None and options["epochs"] is None:
        minutes = 10.0
    chosen = TrainOptions(minutes=minutes, **options)
    with shown_steps() as show:
        sounds = find_sounds(folder)
        card = train_model(sounds, out, chosen, lambda now: show(training_step(now)))
    say(f"{plain(str(out))}: {describe_training(card)}")
