"""``ltsrender train``: a folder of recordings to a timbre model."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from ltsrender.cli.paths import FILE, suffix_of
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
    "  [default: 0.15 of more than 10 recordings, else 0]",
)
@click.option(
    "--patience",
    type=int,
    help="Stop after so many looks at held-out recordings without a better one; 0 never stops."
    "  [default: 0]",
)
@click.option(
    "--augment",
    type=float,
    help="Part of the frames that is mixed with others, moved and coloured; 0 none."
    "  [default: 0.5 where recordings are held out, else 0]",
)
@click.option(
    "--shift-bands",
    type=int,
    help="How far these are moved along the bands at most, 48 to the octave.  [default: 48]",
)
@click.option("--seed", type=int, help="Where chance starts.  [default: 0]")
@click.option("--licence", help="Licence of the model, for its card.")
@click.option("--name", help="Name of the model, for its card.  [default: the file's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    help="Where to train.  [default: auto]",
)
@click.option(
    "--resume", is_flag=True, help="Go on with the unfinished training beside the model file."
)
@click.option(
    "--checkpoint-every",
    "checkpoint_every_s",
    type=float,
    default=60.0,
    show_default=True,
    help="Seconds between two times at which the unfinished training is put away; 0 never does.",
)
@click.option("--listen", type=FILE, help="Folder for sounds to hear on the way.")
@click.option(
    "--listen-every",
    "listen_every_s",
    type=float,
    default=300.0,
    show_default=True,
    help="Seconds of training between two times; once more at the end.",
)
@click.option("--report", type=FILE, help="Picture of the training: .png, .svg, .pdf.")
@click.option(
    "--tensorboard", type=FILE, help="Folder for the log of TensorBoard, where it is installed."
)
def command(folder: Path, out: Path, preset: str | None, resume: bool, **options: Any) -> None:
    """Train a timbre model on all recordings in FOLDER and the folders in it."""
    from ltsrender.train import (  # noqa: PLC0415 - after --help
        TrainExtras,
        describe_training,
        find_sounds,
        options_from,
        resumed_options,
        train_model,
    )

    if options["report"]:
        suffix_of(options["report"], ("png", "svg", "pdf"), "--report")
    extras = TrainExtras(**{field.name: options.pop(field.name) for field in fields(TrainExtras)})
    given = {name: value for name, value in options.items() if value is not None}
    chosen = resumed_options(out, preset, given) if resume else options_from(preset, given)
    with shown_steps() as show:
        sounds = find_sounds(folder)
        card = train_model(
            sounds,
            out,
            chosen,
            lambda now: show(training_step(now)),
            resume=resume,
            extras=extras,
        )
    say(f"{plain(str(out))}: {describe_training(card)}")
