"""``ltsrender resynth``: what a phase method makes of a sound, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ltsrender.cli.paths import FILE, suffix_of
from ltsrender.cli.words import say
from ltsrender.errors import nearest

if TYPE_CHECKING:
    from pathlib import Path

_PARAMETERS = {"bins_per_octave": int, "f_min_hz": float, "hop_samples": int, "support": float}


class _Setting(click.ParamType[tuple[str, Any]]):
    """``name=value``, a parameter of the transform."""

    name = "name=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Return the name and its number."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        kind = _PARAMETERS.get(name)
        if kind is None:
            near = nearest(name, _PARAMETERS)
            hint = f"; did you mean {near}?" if near else ""
            self.fail(f"{name!r} is not one of {', '.join(_PARAMETERS)}{hint}", param, ctx)
        try:
            return name, kind(number)
        except ValueError:
            self.fail(f"{name} is {number!r}; it must be a number, as in support=8", param, ctx)


@click.command("resynth")
@click.argument("sound", type=FILE)
@click.option("-o", "--out", type=FILE, required=True, help=".wav or .flac, 24 bits.")
@click.option(
    "--phase",
    "method",
    type=click.Choice(["hybrid", "source", "pghi", "vocoder", "griffinlim", "librosa"]),
    default="pghi",
    show_default=True,
    help="How phases are found.",
)
@click.option(
    "--iterations",
    type=click.IntRange(0, 1_000),
    help="Refining passes at most.  [default: the method's own number]",
)
@click.option(
    "--frames", "from_frames", is_flag=True, help="Rebuild from frames, which is all a model knows."
)
@click.option(
    "--transform",
    "parameters",
    type=_Setting(),
    multiple=True,
    help=f"Another transform: {', '.join(_PARAMETERS)}. May be given more than once.",
)
def command(
    sound: Path,
    out: Path,
    method: str,
    iterations: int | None,
    from_frames: bool,
    parameters: tuple[tuple[str, Any], ...],
) -> None:
    """Take SOUND apart, forget its phases, rebuild it, and tell error and cost."""
    container = suffix_of(out, ("wav", "flac"))
    from ltsrender.audio import PhaseSettings  # noqa: PLC0415 - after --help
    from ltsrender.render import describe_resynthesis, resynthesize_file  # noqa: PLC0415 - the same

    made = resynthesize_file(
        sound,
        out,
        container,
        PhaseSettings(method, iterations),
        from_frames=from_frames,
        transform=dict(parameters),
    )
    say(describe_resynthesis(made))
