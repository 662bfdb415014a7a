"""``ltsrender train``: a folder of recordings to a timbre model."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.progress import shown_steps, training_step
from ltsrender.cli.words import say
from ltsrender.errors import ModelError, Problem, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ltsrender.train import OriginalOptions

OURS = "frame-vae"
ORIGINALS = ("timbre-vae", "timbre-vae2", "timbre-cvae")
_OF_ORIGINALS = {
    *("folder", "out", "architecture", "minutes", "epochs", "n_latents"),
    *("seed", "licence", "name", "device"),
}
"""What can be said of them; everything else is up to their recipe."""


@click.command("train")
@click.argument("folder", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="The model file to write.")
@click.option(
    "--architecture",
    type=click.Choice([OURS, *ORIGINALS]),
    default=OURS,
    show_default=True,
    help="Ours, or one of the original's, trained by the original's own recipe to compare with.",
)
@click.option(
    "--preset", help="quick, standard, long, or a file; options given here come before its own."
)
@click.option("--minutes", type=float, help="How long to train.  [default: 10 without --epochs]")
@click.option("--epochs", type=int, help="Passes over all frames; makes the result repeatable.")
@click.option(
    "--latents",
    "n_latents",
    type=int,
    help="Latent dimensions.  [default: 64; the original's recipes: 256, 8, 256]",
)
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
    "  [default: 0.5 where recordings are held out, else 0.3]",
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
    help="Seconds of training between two times; once more at the end."
    "  [default: a quarter of the minutes, 300 at most]",
)
@click.option("--report", type=FILE, help="Picture of the training: .png, .svg, .pdf.")
@click.option(
    "--tensorboard", type=FILE, help="Folder for the log of TensorBoard, where it is installed."
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    folder: Path,
    out: Path,
    architecture: str,
    preset: str | None,
    resume: bool,
    **options: Any,
) -> None:
    """Train a timbre model on all recordings in FOLDER and the folders in it."""
    from ltsrender.train import (  # noqa: PLC0415 - after --help
        TrainExtras,
        describe_training,
        find_sounds,
        options_from,
        resumed_options,
        train_model,
        train_original,
    )

    if architecture != OURS:
        recipe = _original_options(ctx, architecture, options)
        with shown_steps() as show:
            sounds = find_sounds(folder)
            made = train_original(sounds, out, recipe, lambda now: show(training_step(now)))
        say(f"{plain(str(out))}: {describe_training(made)}")
        return
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


def _original_options(
    ctx: click.Context, architecture: str, options: Mapping[str, Any]
) -> OriginalOptions:
    """Return how to train a network of the original.

    Raises
    ------
    ModelError
        With every option that its recipe does not have, and every value out of range.
    """
    from ltsrender.train import OriginalOptions  # noqa: PLC0415 - after --help

    problems = list(_without_meaning(ctx, architecture))
    given = {
        name: value
        for name, value in options.items()
        if name in _OF_ORIGINALS and value is not None
    }
    if "epochs" in given:
        given.setdefault("minutes", None)
    try:
        chosen = OriginalOptions(architecture, **given)
    except ModelError as error:
        problems += error.problems
    if problems:
        raise ModelError(problems)
    return chosen


def _without_meaning(ctx: click.Context, architecture: str) -> Iterator[Problem]:
    """Yield a note for every option that was given and would be ignored."""
    for parameter in ctx.command.params:
        name = parameter.name or ""
        was_given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if was_given and name not in _OF_ORIGINALS:
            words = f"is not for {architecture}: the original's recipe has no such option"
            yield Problem(f"{words}; leave it out", place=parameter.opts[0])
