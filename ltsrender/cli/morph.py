"""``ltsrender morph``: one recording into another, for people without a session."""

from __future__ import annotations

from pathlib import Path

import click

from ltsrender.cli.progress import rendering_step, shown_steps


@click.command("morph")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option("--model", type=click.Path(path_type=Path), required=True, help="A timbre model.")
@click.option(
    "--curve",
    type=click.Path(path_type=Path),
    help="Automation file with a mix lane, or a MIDI file; a straight line without it.",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help=".wav or .flac.")
@click.option("--length", "length_s", type=float, help="Seconds; else the longer recording's.")
@click.option(
    "--controller", type=click.IntRange(0, 119), default=1, show_default=True, help="For MIDI."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of latent noise."
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
    seed: int,
    device: str,
    quiet: bool,
) -> None:
    """Morph the recording FIRST (mix 1) into SECOND (mix 0) along a curve."""
    from ltsrender.render import clipping_note, plan_morph, render_mix  # noqa: PLC0415 - after --help

    container = container_of(out)
    plan = plan_morph(
        (first, second),
        model,
        curve,
        length_s=length_s,
        controller=controller,
        seed=seed,
        container=container,
    )
    with shown_steps(quiet=quiet) as show:
        stem = render_mix(plan, out, device=device, progress=lambda now: show(rendering_step(now)))
    if not quiet:
        facts = f"{stem.length_s:.2f} s, peak {stem.peak_db:.1f} dBFS{clipping_note(stem)}"
        click.echo(f"{stem.path}  {facts}")


def container_of(out: Path) -> str:
    """Return the container that a file's suffix names."""
    container = out.suffix.lower().removeprefix(".")
    if container not in ("wav", "flac"):
        raise click.BadParameter(f"{out} must end in .wav or .flac", param_hint="--out")
    return container
