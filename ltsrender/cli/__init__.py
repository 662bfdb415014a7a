"""The command line: one file per command, each loaded only when it is called.

A command parses, calls one function and prints. Errors are printed as notes, one line each, and
become the exit code: 0 done, 1 failed or interrupted while rendering, 2 bad input or usage.
"""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any

import click

from ltsrender import __version__

COMMANDS = {
    "render": "Render a session to stems.",
    "verify": "Prove that the stems of a render are what they should be.",
    "check": "Find every mistake in a session without rendering it.",
    "morph": "Morph one recording into another along a curve.",
    "train": "Train a timbre model on a folder of recordings.",
    "automation": "Import a curve drawn for the original Latent Timbre Synthesis.",
    "model": "Import, measure, describe and rename timbre models.",
    "effects": "Look up effects, presets and plugins; try plugins.",
    "inspect": "Tell what a session, automation file, model or sound holds.",
    "plot": "Draw a sound's spectrogram, or sounds in latent space.",
    "resynth": "Rebuild a sound without its phases; tell error and cost.",
    "compare": "Measure how far one sound is from another, and draw both.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules of this room, imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"ltsrender.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; print what went wrong as notes, never as a traceback."""
        from ltsrender.cli.words import say  # noqa: PLC0415 - after --help has been answered
        from ltsrender.errors import LtsError  # noqa: PLC0415 - the same

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a title may be more than a terminal can show
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().main(*args, **kwargs)
        except LtsError as error:
            say(str(error), err=True)
            sys.exit(error.exit_code)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="ltsrender %(version)s")
def cli() -> None:
    """Write how a timbre should change; ltsrender renders the stems."""
