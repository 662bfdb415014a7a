"""Small sessions on the example's own sounds and model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.render import Plan, open_plan

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TRACK = {
    "name": "A",
    "model": "six",
    "start_s": 0.0,
    "end_s": 1.5,
    "anchors": [{"sound": "glass"}, {"sound": "string", "when_short": "once"}],
    "lanes": [
        {
            "target": "mix",
            "time": "seconds",
            "points": [{"at": 0, "value": 1.0}, {"at": 1.5, "value": -0.2}],
        }
    ],
}
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "first-light"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anchors are shared between the tests, never with the user's cache."""
    folder = tmp_path_factory.getbasetemp() / "anchors"
    monkeypatch.setenv("LTSRENDER_CACHE", str(folder))


def document(*tracks: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A session of these tracks, in 32-bit float so that nothing is rounded."""
    sounds = {name: {"file": f"sounds/{name}.flac"} for name in ("glass", "string", "breath")}
    return {
        "schema_version": 1,
        "seed": 5,
        "sounds": sounds,
        "models": {"six": {"file": "first-light.ltsmodel"}},
        "tracks": list(tracks) or [DEFAULT_TRACK],
        "render": {"bit_depth": "32f"},
    } | changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that sees the example's sounds and model."""
    for name in ("sounds", "first-light.ltsmodel"):
        (tmp_path / name).symlink_to(EXAMPLE / name)
    return tmp_path


@pytest.fixture
def track() -> Callable[..., dict[str, Any]]:
    """Make a track between two of the example's sounds, with changes."""

    def make(name: str = "A", **changes: Any) -> dict[str, Any]:
        return DEFAULT_TRACK | {"name": name} | changes

    return make


@pytest.fixture
def plan_of(folder: Path) -> Callable[..., Plan]:
    """Write a session and resolve it."""

    def make(*tracks: dict[str, Any], **changes: Any) -> Plan:
        file = folder / "piece.lts.json"
        file.write_text(json.dumps(document(*tracks, **changes)))
        return open_plan(file)

    return make
