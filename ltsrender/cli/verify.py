"""``ltsrender verify``: whether the files of a render are what they should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ltsrender.cli.paths import FILE
from ltsrender.cli.progress import Step, shown_steps
from ltsrender.cli.words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command("verify")
@click.argument("out", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.option("--quiet", is_flag=True, help="Print only the verdict.")
def command(out: Path, as_json: bool, quiet: bool) -> None:
    """Read the stems in the folder OUT (or beside its manifest.json) and prove that they are right.

    The exit code is 1 when a check failed.
    """
    from ltsrender.stems import read_manifest, verify  # noqa: PLC0415 - after --help
    from ltsrender.stems.manifest import FILE_NAME  # noqa: PLC0415 - the same

    path = out / FILE_NAME if out.is_dir() else out
    manifest = read_manifest(path)
    with shown_steps(quiet=quiet) as show:
        verdict = verify(
            manifest, path.parent, lambda done: show(Step("verifying", done, f"{100 * done:.0f} %"))
        )
    if as_json:
        tree = verdict.model_dump(exclude={"note": True, "checks": {"__all__": {"note"}}})
        say(json.dumps(tree, indent=2))
    else:
        say(verdict.summary())
    if not verdict.passed:
        raise SystemExit(1)
