"""``ltsrender morph``: one recording into another, for people without a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.progress import rendering_step, shown_steps
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path


@click.command("morph")
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@click.option("--model", type=FILE, required=True, help="A timbre model.")
@click.option(
    "--curve",
    type=FILE,
    help="Automation file with a mix lane, or a MIDI file; a straight line without it.",
)
@click.option("-o", "--out", type=FILE, required=True, help=".wav or .flac.")
@click.option("--length", "length_s", type=float, help="Seconds; else the longer recording's.")
@click.option(
    "--controller", type=click.IntRange(0, 119), default=1, show_default=True, help="For MIDI."
)
@click.option(
    "--channel",
    type=click.IntRange(1, 16),
    help="For MIDI, where several channels have the controller.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**53), default=0, show_default=True, help="Of latent noise."
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where the timbre model runs.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    first: Path,
    second: Path,
    model: Path,
    curve: Path | None,
    out: Path,
    length_s: float | None,
    controller: int,
    channel: int | None,
    seed: int,
    device: str,
    quiet: bool,
) -> None:
    """Morph the recording FIRST (mix 1) into SECOND (mix 0) along a curve."""
    from ltsrender.render import clipping_note, plan_morph, render_mix  # noqa: PLC0415 - after --help

    container = suffix_of(out, ("wav", "flac"))
    plan = plan_morph(
        (first, second),
        model,
        curve,
        length_s=length_s,
        controller=controller,
        channel=channel,
        seed=seed,
        container=container,
    )
    with shown_steps(quiet=quiet) as show:
        stem = render_mix(plan, out, device=device, progress=lambda now: show(rendering_step(now)))
    if not quiet:
        facts = f"{stem.length_s:.2f} s, peak {stem.peak_db:.1f} dBFS{clipping_note(stem)}"
        say(f"{plain(str(stem.path))}  {facts}")
