"""``ltsrender plot``: pictures of a sound and what moved it, and of a model's latent space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE, PICTURES, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import plain

if TYPE_CHECKING:
    from pathlib import Path

USUAL = "spectrogram"


class PictureGroup(click.Group):
    """A group whose first command may go unsaid: ``plot SOUND`` is ``plot spectrogram SOUND``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the words call, the usual one where they name none."""
        return super().resolve_command(ctx, self._completed(args))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command before words that name none, options among them."""
        return super().parse_args(ctx, self._completed(args))

    def _completed(self, args: list[str]) -> list[str]:
        said = args[:1] and (args[0] in self.commands or args[0] in ("-h", "--help"))
        return args if said else [USUAL, *args]


@click.group("plot", cls=PictureGroup)
def command() -> None:
    """Draw pictures; `ltsrender plot SOUND` alone draws the spectrogram of SOUND."""


@command.command(USUAL)
@click.argument("sound", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help="Picture: .png, .svg, .pdf.")
@click.option("--session", type=FILE, help="Draw lanes of this session.")
@click.option("--track", help="The track whose lanes are drawn; else the first.")
@click.option(
    "--target", "targets", multiple=True, help="Lanes to draw; by default mix, or the weights."
)
@click.option("--title", default="", help="A line above the picture.")
def spectrogram_command(
    sound: Path,
    out: Path,
    session: Path | None,
    track: str | None,
    targets: tuple[str, ...],
    title: str,
) -> None:
    """Draw the spectrogram of SOUND, with a session's curves over it.

    Stretches in which the track leaves what its model has seen are shaded.
    """
    suffix_of(out, PICTURES)
    if session is None and (track is not None or targets):
        raise click.UsageError("--track and --target need --session")
    from ltsrender.render import lanes_of_track, open_plan, track_of  # noqa: PLC0415
    from ltsrender.render.known import off_ground  # noqa: PLC0415
    from ltsrender.render.picture import draw_sound  # noqa: PLC0415 - matplotlib takes its time

    plan = open_plan(session) if session else None
    chosen = track_of(plan, track) if plan else None
    lanes = lanes_of_track(chosen, targets) if chosen else ()
    shaded = off_ground(chosen) if chosen else ()
    draw_sound(sound, out, lanes=lanes, title=title, shaded=shaded)
    say(plain(str(out)))


@command.command("latent")
@click.argument("model", type=FILE)
@click.argument("sounds", type=FILE, nargs=-1)
@click.option("-o", "--out", type=FILE, required=True, help="Picture: .png, .svg, .pdf.")
@click.option("--session", type=FILE, help="Draw the path of a track of this session.")
@click.option("--track", help="The track whose path is drawn; else the first.")
@click.option(
    "--projection",
    type=click.Choice(["pca", "tsne", "umap"]),
    default="pca",
    show_default=True,
    help="How latents come onto the plane.",
)
@click.option("--title", default="", help="A line above the picture.")
def latent_command(
    model: Path,
    sounds: tuple[Path, ...],
    out: Path,
    session: Path | None,
    track: str | None,
    projection: str,
    title: str,
) -> None:
    """Draw where SOUNDS, files or folders, lie in the latent space of MODEL."""
    suffix_of(out, PICTURES)
    if session is None and (track is not None or not sounds):
        words = "--track needs --session" if track is not None else "give sounds, or --session"
        raise click.UsageError(words)
    from ltsrender.render import open_plan, track_of  # noqa: PLC0415 - after --help
    from ltsrender.safefile import check_target  # noqa: PLC0415
    from ltsrender.train.scatter import map_latents  # noqa: PLC0415
    from ltsrender.train.scatter_picture import draw_map  # noqa: PLC0415 - matplotlib

    chosen = track_of(open_plan(session), track) if session else None
    check_target(out)
    found = map_latents(model, sounds, chosen, projection)
    draw_map(found, out, title or model.stem)
    say(plain(str(out)))
