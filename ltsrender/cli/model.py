"""``ltsrender model``: timbre models and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path


@click.group("model")
def command() -> None:
    """Bring timbre models from elsewhere."""


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
