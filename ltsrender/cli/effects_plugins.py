"""Plugins on the command line: which of them work, and their states as files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.words import say
from ltsrender.errors import plain

TIMEOUT = click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 86_400.0),
    default=60.0,
    show_default=True,
    help="Seconds that one plugin may take to answer.",
)


@click.command("scan")
@click.argument("folders", metavar="[FOLDER]...", type=FILE, nargs=-1)
@TIMEOUT
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def scan_command(folders: tuple[Path, ...], timeout_s: float, as_json: bool) -> None:
    """Look for plugins, try each in a process of its own, and tell which work, or why they do not.

    Looks in every FOLDER and the folders within it; without one, in the folders that
    LTSRENDER_PLUGINS names and in those where your system keeps VST3s, on macOS Audio Units, and
    LV2s where "ltsrender[lv2]" is installed. A plugin that crashes or hangs stops nothing but its
    own line.
    """
    missing = [folder for folder in folders if not folder.exists()]
    if missing:
        listed = ", ".join(plain(str(folder)) for folder in missing)
        raise click.BadParameter(f"{listed}: does not exist", param_hint="FOLDER")
    from ltsrender.effects.plugin_scan import scan_plugins  # noqa: PLC0415 - after --help
    from ltsrender.effects.plugin_search import plugin_folders  # noqa: PLC0415
    from ltsrender.effects.shown import scanned_tree  # noqa: PLC0415
    from ltsrender.effects.tell import scanned_in_words  # noqa: PLC0415

    where = list(folders) or plugin_folders()
    found = []
    for scanned in scan_plugins(where, timeout_s):
        found.append(scanned_tree(scanned))
        if not as_json:
            say(scanned_in_words(found[-1]))
    if as_json:
        say(json.dumps({"folders": list(map(str, where)), "plugins": found}, indent=2))
    elif found:
        n_working = sum(each["works"] for each in found)
        say(f"{n_working} of {len(found)} work.")
    else:
        say(f"No plugin in {', '.join(map(str, where))}.")


@click.command("save-state")
@click.argument("plugin")
@click.option("-o", "--out", type=FILE, required=True, help="File to write, for state_file.")
@click.option("--preset", type=FILE, help="Load this preset of the plugin first, .vstpreset.")
@click.option("--state", type=FILE, help="Load this state first, of an earlier save-state.")
@click.option(
    "--set",
    "settings",
    metavar="NAME=VALUE",
    multiple=True,
    help="Then set this parameter, in plain units; may be given again.",
)
@TIMEOUT
def save_state_command(
    plugin: str,
    out: Path,
    preset: Path | None,
    state: Path | None,
    settings: tuple[str, ...],
    timeout_s: float,
) -> None:
    """Write the whole state of PLUGIN to a file that "state_file" in a chain loads.

    PLUGIN is named as in a chain, or by its path. Names and values of its parameters are those that
    ltsrender effects show tells.
    """
    pairs = [
        (name.strip(), value.strip()) for name, _, value in (s.rpartition("=") for s in settings)
    ]
    wrong = [text for text, (name, _) in zip(settings, pairs, strict=True) if not name]
    if wrong:
        listed = ", ".join(f'"{plain(text)}"' for text in wrong)
        raise click.BadParameter(f"{listed}: a setting is NAME=VALUE", param_hint="--set")
    from ltsrender.effects.plugin_state import save_state  # noqa: PLC0415 - after --help
    from ltsrender.session import Documents  # noqa: PLC0415 - the same

    item = {
        "plugin": plugin,
        "preset_file": None if preset is None else str(preset),
        "state_file": None if state is None else str(state),
        "timeout_s": timeout_s,
    }
    saved = save_state(item, pairs, Documents(Path.cwd()), out)
    say(f"{plain(str(out))}: {saved.n_bytes} bytes, the state of {plain(saved.plugin.name)}")
    for words in saved.lost:
        say(f"note: {words}: the plugin does not keep it in its state", err=True)
