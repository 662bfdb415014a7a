"""``ltsrender effects``: what a chain can be made of."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ltsrender.cli.effects_plugins import TIMEOUT, save_state_command, scan_command
from ltsrender.cli.words import say


@click.group("effects")
def command() -> None:
    """Look up effects, presets and plugins; find out which plugins work; save their states."""


@command.command("list")
@click.option("--plugins", is_flag=True, help="Look for plugins too; none of them is loaded.")
@click.option("--json", "as_json", is_flag=True, help="Print the lists as JSON.")
def list_command(plugins: bool, as_json: bool) -> None:
    """List the built-in effects by family, and the presets with what they are for.

    Presets are looked for in presets/effects in this folder, in your own folder, and built in.
    """
    from ltsrender.effects.shown import list_all  # noqa: PLC0415 - after --help
    from ltsrender.effects.tell import list_in_words  # noqa: PLC0415 - the same

    tree = list_all(Path.cwd(), plugins=plugins)
    say(json.dumps(tree, indent=2) if as_json else list_in_words(tree))


@command.command("show")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(("effect", "preset", "plugin")),
    help="What NAME is, where several have it  [default: the first of these that has it]",
)
@TIMEOUT
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def show_command(name: str, kind: str | None, timeout_s: float, as_json: bool) -> None:
    """Tell all parameters of NAME, an effect or a plugin, or the chain of a preset.

    Each parameter comes with its unit, its range, its value when a chain says nothing, how a knob
    should travel, and the target to write in a lane that moves it. A plugin is named as in a chain,
    or by its path.
    """
    from ltsrender.effects.shown import show_one  # noqa: PLC0415 - after --help
    from ltsrender.effects.tell import one_in_words  # noqa: PLC0415 - the same

    tree = show_one(name, Path.cwd(), kind=kind or "", timeout_s=timeout_s)
    say(json.dumps(tree, indent=2) if as_json else one_in_words(tree))


command.add_command(scan_command)
command.add_command(save_state_command)
