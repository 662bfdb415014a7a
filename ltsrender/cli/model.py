"""``ltsrender model``: timbre models and their files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.progress import shown_steps, training_step
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path


LONGEST_POINT_S = 60.0


@click.group("model")
def command() -> None:
    """Timbre models: what they are, how good they are, and where they come from."""


@command.command("import")
@click.argument("run", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Model file to write, .ltsmodel.")
@click.option("--licence", default="", help="Licence of the model, for its card.")
@click.option("--name", default="", help="Name of the model, for its card.  [default: the file's]")
def import_command(run: Path, out: Path, licence: str, name: str) -> None:
    """Import RUN, a run folder of the original Latent Timbre Synthesis or of its PyTorch port."""
    from ltsrender.models import import_run  # noqa: PLC0415 - after --help

    suffix_of(out, ("ltsmodel",))
    card = import_run(run, out, name=name, licence=licence)
    say(
        f"{plain(str(out))}: {card.n_latents} latents, {card.n_bands} bins, a frame every "
        f"{card.transform['hop_samples']} samples at {card.transform['sample_rate_hz']} Hz"
    )


@command.command("info")
@click.argument("model", type=FILE)
def info_command(model: Path) -> None:
    """Tell everything that the card of MODEL says: sounds, licence, transform, latents."""
    from ltsrender.audiofile import content_sha256  # noqa: PLC0415 - after --help
    from ltsrender.models import card_in_words, read_card  # noqa: PLC0415

    card = read_card(model)
    say(card_in_words(card, content_sha256(model)))


@command.command("rename-latents")
@click.argument("model", type=FILE)
@click.argument("pairs", metavar="OLD=NEW", nargs=-1, required=True)
def rename_command(model: Path, pairs: tuple[str, ...]) -> None:
    """Rename latents of MODEL, each pair as OLD=NEW; all renames happen together."""
    from ltsrender.models import rename_latents  # noqa: PLC0415 - after --help

    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        listed = ", ".join(f'"{plain(pair)}"' for pair in wrong)
        raise click.BadParameter(f"{listed}: a pair is OLD=NEW, say z3=breath")
    renames = [(old, new) for old, _, new in (pair.partition("=") for pair in pairs)]
    card = rename_latents(model, renames)
    new_names = {new for _, new in renames}
    told = [f"{n} {name}" for n, name in enumerate(card.latent_names) if name in new_names]
    say(f"{plain(str(model))}: latents {', '.join(told)}")


@command.command("evaluate")
@click.argument("model", type=FILE)
@click.argument("folder", type=FILE)
@click.option("--json", "table", type=FILE, help="Write every number to this file, .json.")
@click.option(
    "--baseline",
    type=FILE,
    help="Fit PCA to these sounds, and train the original on them.  [default: those of FOLDER]",
)
@click.option(
    "--original",
    "original_minutes",
    type=float,
    metavar="MINUTES",
    help="Train the original's network by its own recipe for so long, and measure it too.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the pairs of frames.")
def evaluate_command(
    model: Path,
    folder: Path,
    table: Path | None,
    baseline: Path | None,
    original_minutes: float | None,
    seed: int,
) -> None:
    """Measure MODEL on the sounds in FOLDER, beside principal components of the same size."""
    if table is not None:
        suffix_of(table, ("json",), "--json")
    from ltsrender.safefile import check_target, written_beside  # noqa: PLC0415 - after --help
    from ltsrender.train import evaluate_model, evaluation_in_words  # noqa: PLC0415

    if table is not None:
        check_target(table)
    with shown_steps() as show:
        found = evaluate_model(
            model,
            folder,
            baseline_folder=baseline,
            original_minutes=original_minutes,
            seed=seed,
            progress=lambda now: show(training_step(now)),
        )
    if table is not None:
        with written_beside(table) as part:
            part.write_text(json.dumps(found.to_dict(), indent=1) + "\n", encoding="utf-8")
    say(evaluation_in_words(found))


@command.command("describe")
@click.argument("model", type=FILE)
@click.argument("folder", type=FILE)
def describe_command(model: Path, folder: Path) -> None:
    """Find what makes the sounds in FOLDER bright, noisy, high, and where they lie; tell MODEL."""
    from ltsrender.models.tell import ground_in_words  # noqa: PLC0415 - after --help
    from ltsrender.train import TrainProgress, describe_model  # noqa: PLC0415

    with shown_steps() as show:
        card = describe_model(
            model,
            folder,
            lambda part, note: show(training_step(TrainProgress("reading", part, note=note))),
        )
    say(plain(str(model)))
    for axis in card.descriptors:
        say(f"  macro/{axis.name}, {axis.unit}: {axis.worth}")
    if card.ground is not None:
        say(f"  {ground_in_words(card.ground)}")


@command.command("save-point")
@click.argument("model", type=FILE, required=False)
@click.argument("sound", type=FILE, required=False)
@click.option("--at", "at_s", type=float, required=True, help="The moment, in seconds.")
@click.option("--length", "length_s", type=float, default=0.0, help="Mean over so many seconds.")
@click.option("--session", type=FILE, help="Instead of MODEL and SOUND: a session's path.")
@click.option("--track", help="The track whose path it is; else the first.")
@click.option("--name", default="", help="What the point is called.  [default: the file's name]")
@click.option("-o", "--out", type=FILE, required=True, help="File to write, .json.")
def save_point_command(
    model: Path | None,
    sound: Path | None,
    at_s: float,
    length_s: float,
    session: Path | None,
    track: str | None,
    name: str,
    out: Path,
) -> None:
    """Keep where MODEL hears a moment of SOUND, or where a session's path is, as a preset."""
    suffix_of(out, ("json",))
    if (session is None) == (sound is None) or (session is not None and model is not None):
        raise click.UsageError("give MODEL and SOUND, or --session")
    if session is None and track is not None:
        raise click.UsageError("--track needs --session")
    if not 0.0 <= length_s <= LONGEST_POINT_S:
        words = f"is {length_s:g}; takes 0..{LONGEST_POINT_S:g} s"
        raise click.BadParameter(words, param_hint="--length")
    from ltsrender.models import load_model, read_card  # noqa: PLC0415 - after --help
    from ltsrender.render import open_plan, track_of  # noqa: PLC0415
    from ltsrender.render.point import point_of_path, point_of_sound, save_point  # noqa: PLC0415

    if model is not None and sound is not None:
        file, note = model, f"{sound.name}, at {at_s:g} s"
        point = point_of_sound(load_model(model), sound, at_s, length_s)
    elif session is not None:
        chosen = track_of(open_plan(session), track)
        file, note = chosen.model_file, f"{session.name}, {chosen.strip.name}, at {at_s:g} s"
        point = point_of_path(chosen, at_s, length_s)
    note += f", mean of {length_s:g} s" if length_s else ""
    save_point(out, point, file, read_card(file), name=name, note=plain(note))
    say(f"{plain(str(out))}: {len(point)} latents; {plain(note)}")
