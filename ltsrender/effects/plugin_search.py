"""Where plugins are: in a file that was named, or by name in the folders where systems keep them.

Nothing is loaded here. Names are compared without regard to capitals, and the suffix may be left
away: ``"TAL-Reverb-4"`` finds ``TAL-Reverb-4.vst3``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ltsrender.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDERS_VARIABLE = "LTSRENDER_PLUGINS"
"""Folders (or plugins) that are searched before the system's, as in ``PATH``."""

_DEEPEST = 4  # makers' folders within folders


def suffixes() -> tuple[str, ...]:
    """Return what plugins' names end in on this system."""
    return (".vst3", ".component") if sys.platform == "darwin" else (".vst3",)


def plugin_folders() -> list[Path]:
    """Return the folders that are searched, those of ``LTSRENDER_PLUGINS`` first."""
    chosen = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    folders = [Path(folder).expanduser() for folder in chosen if folder]
    if sys.platform == "darwin":
        for base in (Path.home(), Path("/")):
            folders += [base / "Library/Audio/Plug-Ins" / kind for kind in ("VST3", "Components")]
    elif sys.platform == "win32":
        local, common = os.environ.get("LOCALAPPDATA"), os.environ.get("COMMONPROGRAMFILES")
        folders += [Path(local) / "Programs/Common/VST3"] if local else []
        folders += [Path(common) / "VST3"] if common else []
    else:
        folders += [Path.home() / ".vst3", Path("/usr/lib/vst3"), Path("/usr/local/lib/vst3")]
    return folders


def plugins_in(folders: Iterable[Path]) -> list[Path]:
    """Return every plugin in folders and the folders within, each once, in order."""
    found: dict[Path, None] = {}
    for folder in folders:
        found.update(dict.fromkeys(_walk(folder, 0)))
    return list(found)


def find_plugin(name: str, root: Path) -> tuple[Path | None, str]:
    """Return the plugin that a composer means, or nothing and the nearest name that there is.

    Parameters
    ----------
    name
        A path, absolute or relative to ``root`` (the session's folder), or a plugin's name.
    root
        Where relative paths begin.
    """
    for way in (Path(name).expanduser(), root / name):
        if way.is_absolute() or way.parts[: len(root.parts)] == root.parts:
            for path in (way, *(Path(f"{way}{suffix}") for suffix in suffixes())):
                if path.suffix.lower() in suffixes() and path.exists():
                    return path.absolute(), ""
    listed = plugins_in(plugin_folders())
    wanted = Path(name).name.lower() if Path(name).suffix.lower() in suffixes() else name.lower()
    for path in listed:
        if wanted in (path.name.lower(), path.stem.lower()):
            return path.absolute(), ""
    names = {path.stem.lower(): path.stem for path in listed}
    return None, names.get(nearest(Path(name).stem.lower(), names), "")


def find_named(wanted: str, root: Path) -> tuple[Path | None, str, str]:
    """Return as `find_plugin`, and between the two which plugin of its file was meant.

    ``"Suite#Echo"`` is the plugin Echo of a file Suite that holds several; else that is empty.
    """
    path, near = find_plugin(wanted, root)
    name = ""
    if path is None and "#" in wanted:
        before, _, name = wanted.rpartition("#")
        path, near = find_plugin(before, root)
    return path, name, near


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    if folder.suffix.lower() in suffixes() and folder.exists():
        yield folder
        return
    if depth > _DEEPEST:
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.suffix.lower() in suffixes() or entry.is_dir():
            yield from _walk(entry, depth + 1)
