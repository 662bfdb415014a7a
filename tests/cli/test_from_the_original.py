"""From a run and a drawn curve of the original to a morph and a session of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("maker", ["make_original_run", "make_torch_run"])
def test_the_whole_way(folder: Any, request: pytest.FixtureRequest, maker: str) -> None:
    make: Callable[[Path], Path] = request.getfixturevalue(maker)
    make(folder.path / "run-000")
    imported = folder.run("model", "import", "run-000", "-o", "mine.ltsmodel")
    assert imported.code == 0, imported.messages
    assert imported.output.startswith("mine.ltsmodel: 4 latents, 96 bins, a frame every 256 samp")
    folder.write("curve.txt", b"1 1.3 -1 -1.3")
    curve = ("automation", "import", "curve.txt", "-o", "curve.json", "--length", "0.4")
    assert folder.run(*curve).code == 0
    morph = ("morph", "a.wav", "b.wav", "--model", "mine.ltsmodel", "--curve", "curve.json")
    morphed = folder.run(*morph, "-o", "m.wav", "--device", "cpu")
    assert morphed.code == 0, morphed.messages
    folder.edit(
        {
            "models.tiny.file": "mine.ltsmodel",
            "tracks.0.lanes": [],
            "tracks.0.automation": [{"file": "curve.json"}],
        }
    )
    checked = folder.run("check", "piece.lts.json")
    assert checked.code == 0, checked.messages
