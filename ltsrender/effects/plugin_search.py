"""Where plugins are: in a file that was named, or by name in the folders where systems keep them.

Nothing is loaded here. Names are compared without regard to capitals, and the suffix may be left
away: ``"TAL-Reverb-4"`` finds ``TAL-Reverb-4.vst3``, and an LV2 of that name if there is no other.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
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
    return (".vst3", ".component", ".lv2") if sys.platform == "darwin" else (".vst3", ".lv2")


def plugin_folders() -> list[Path]:
    """Return the folders that are searched, those of ``LTSRENDER_PLUGINS`` first.

    Those of LV2s come last, and only where LV2s can be hosted.
    """
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
    return [*folders, *_lv2_folders()] if find_spec("minihost") else folders


def _lv2_folders() -> list[Path]:
    """Return where LV2s are kept: ``LV2_PATH`` as every host reads it, or the usual places."""
    chosen = [Path(folder) for folder in os.environ.get("LV2_PATH", "").split(os.pathsep) if folder]
    if chosen:
        return chosen
    if sys.platform == "darwin":
        return [base / "Library/Audio/Plug-Ins/LV2" for base in (Path.home(), Path("/"))]
    if sys.platform == "win32":
        bases = os.environ.get("APPDATA"), os.environ.get("COMMONPROGRAMFILES")
        return [Path(base) / "LV2" for base in bases if base]
    return [Path.home() / ".lv2", Path("/usr/local/lib/lv2"), Path("/usr/lib/lv2")]


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
    fitting = [path for path in listed if wanted in (path.name.lower(), path.stem.lower())]
    if fitting:  # a VST3 before an LV2 of the same name, wherever they are
        rank = suffixes().index
        return min(fitting, key=lambda path: rank(path.suffix.lower())).absolute(), ""
    names = {path.stem.lower(): path.stem for path in listed}
    return None, names.get(nearest(Path(name).stem.lower(), names), "")


def is_installed(path: Path) -> bool:
    """Return whether a plugin lies in a folder that is searched: its owner put it there.

    A plugin is a program, and a session may come from anybody.
    """
    plain = Path(os.path.normpath(path.absolute()))
    folders = [Path(os.path.normpath(folder.absolute())) for folder in plugin_folders()]
    return any(plain == folder or folder in plain.parents for folder in folders)


def name_of(path: Path) -> str:
    """Return what a chain calls a plugin: its name, with the suffix where that makes a difference.

    >>> name_of(Path("/usr/lib/vst3/Echo.vst3")), name_of(Path("/usr/lib/lv2/Echo.lv2"))
    ('Echo', 'Echo.lv2')
    """
    return path.name if path.suffix.lower() == ".lv2" else path.stem


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
