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
@click.option(
    "--preset", help="quick, standard, long, or a file; options given here come before its own."
)
@click.option("--minutes", type=float, help="How long to train.  [default: 10 without --epochs]")
@click.option("--epochs", type=int, help="Passes over all frames; makes the result repeatable.")
@click.option("--latents", "n_latents", type=int, help="Latent dimensions.  [default: 64]")
@click.option("--width", type=int, help="Units per hidden layer.  [default: 512]")
@click.option(
    "--validation",
    type=float,
    help="Part of the recordings, whole files, held out to measure with; 0 learns all."
    "  [default: 0.15]",
)
@click.option(
    "--patience",
    type=int,
    help="Stop after so many looks at held-out recordings without a better one; 0 never stops."
    "  [default: 0]",
)
@click.option("--seed", type=int, help="Where chance starts.  [default: 0]")
@click.option("--licence", help="Licence of the model, for its card.")
@click.option("--name", help="Name of the model, for its card.  [default: the file's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    help="Where to train.  [default: auto]",
)
def command(folder: Path, out: Path, preset: str | None, **options: Any) -> None:
    """Train a timbre model on all recordings in FOLDER and the folders in it."""
    from ltsrender.train import (  # noqa: PLC0415 - after --help
        describe_training,
        find_sounds,
        options_from,
        train_model,
    )

    given = {name: value for name, value in options.items() if value is not None}
    chosen = options_from(preset, given)
    with shown_steps() as show:
        sounds = find_sounds(folder)
        card = train_model(sounds, out, chosen, lambda now: show(training_step(now)))
    say(f"{plain(str(out))}: {describe_training(card)}")
