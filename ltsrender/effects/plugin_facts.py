"""What is known of a plugin without loading it here: asked of its own process, and remembered.

The answer is kept under the hash of everything it depends on: the plugin's file or whole bundle,
the preset, the state, and the version of the library that loads it. A plugin that was updated is
asked again; one that was not costs a render's check only the reading of its file.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import platformdirs

from ltsrender.effects.catalog import EffectInfo, Parameter
from ltsrender.effects.plugin_process import PluginFault, PluginProcess
from ltsrender.errors import RenderError
from ltsrender.safefile import written_beside

CACHE_VARIABLE = "LTSRENDER_PLUGIN_CACHE"
TIMEOUT_S = 60.0

_VERSION = 1  # to be raised whenever the same plugin would be described differently
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class PluginFacts:
    """A plugin as it presents itself.

    Attributes
    ----------
    name, maker, version
        As it says.
    file
        Its file or bundle.
    sha256
        Of the file, or of all files of the bundle and their names.
    info
        Its parameters as a row of the catalog; ``native`` is the parameter's number in the plugin,
        and defaults are the values after the preset and the state.
    n_channels
        How many channels it takes.
    declared_samples, measured_samples
        The latency at 44.1 kHz that it declares, and that of a test sound; None where what comes
        out is no copy of what went in.
    trouble
        What is wrong with it, in words; else empty.
    """

    name: str
    maker: str
    version: str
    file: Path
    sha256: str
    info: EffectInfo
    n_channels: int
    declared_samples: int
    measured_samples: int | None
    trouble: str


def read_facts(
    file: Path,
    name: str = "",
    *,
    preset: bytes = b"",
    state: bytes = b"",
    timeout_s: float = TIMEOUT_S,
) -> PluginFacts:
    """Return the facts of a plugin, from the cache or from the plugin.

    Parameters
    ----------
    file, name
        The plugin, and which one of its file; an empty name is its only one.
    preset, state
        What it is set to first.
    timeout_s
        How long loading may take.

    Raises
    ------
    PluginFault
        When it cannot be read or loaded, or the preset or state does not fit it.
    """
    try:
        sha256 = tree_sha256(file)
    except OSError as error:
        raise PluginFault(f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    makers = (_VERSION, host_version(file), sha256, name)
    key = hashlib.sha256(repr((makers, preset, state)).encode()).hexdigest()[:40]
    kept = cache_folder() / f"{key}.json"
    answer = _read(kept)
    if answer is None:
        header = {"do": "facts", "file": str(file), "name": name, "n_preset": len(preset)}
        answer, _ = ask_once(header, preset + state, timeout_s)
        try:
            with written_beside(kept) as part:
                part.write_text(json.dumps(answer), encoding="utf-8")
        except (RenderError, OSError):
            pass  # facts that could not be kept are still facts
    return _facts(answer, file, sha256)


def ask_once(
    header: dict[str, Any], payload: bytes = b"", timeout_s: float = TIMEOUT_S
) -> tuple[dict[str, Any], bytes]:
    """Start a process, ask it one thing, and end it."""
    process = PluginProcess(timeout_s)
    try:
        return process.ask(header, payload)
    finally:
        process.close()


def host_version(file: Path) -> str:
    """Return the name and version of the library that loads a plugin; no version, no library."""
    library = "minihost" if file.suffix.lower() == ".lv2" else "pedalboard"
    try:
        return f"{library} {importlib.metadata.version(library)}"
    except importlib.metadata.PackageNotFoundError:
        return library


def cache_folder() -> Path:
    """Return where facts are kept: ``$LTSRENDER_PLUGIN_CACHE``, or the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("ltsrender")) / "plugins"


def tree_sha256(path: Path) -> str:
    """Return the hash of a file, or of a folder's files with their names, in order."""
    if path.is_file():
        return _file_sha256(path)
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(path).as_posix()} {_file_sha256(file)}\n".encode())
    return digest.hexdigest()


def _file_sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(kept: Path) -> dict[str, Any] | None:
    try:
        answer = json.loads(kept.read_text(encoding="utf-8"))
        _facts(answer, kept, "")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found: dict[str, Any] = answer
    return found


def _facts(answer: dict[str, Any], file: Path, sha256: str) -> PluginFacts:
    table = {row["name"]: _parameter(row) for row in answer["parameters"]}
    sentence = f"{answer['name']} by {answer['maker'] or 'somebody'}, a plugin."
    return PluginFacts(
        name=answer["name"],
        maker=answer["maker"],
        version=answer["version"],
        file=file,
        sha256=sha256,
        info=EffectInfo(answer["name"], sentence, "", MappingProxyType(table)),
        n_channels=answer["channels"],
        declared_samples=answer["declared"],
        measured_samples=answer["measured"],
        trouble=answer["trouble"],
    )


def _parameter(row: dict[str, Any]) -> Parameter:
    return Parameter(
        row["name"],
        row["kind"],
        row["unit"],
        row["minimum"],
        row["maximum"],
        row["default"],
        row["taper"],
        row["automatable"],
        tuple(row["choices"]),
        str(row["index"]),
    )
