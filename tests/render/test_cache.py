"""Encoded anchors are kept only for what would encode them the same way again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.latents import place_sound
from ltsrender.render import cache

if TYPE_CHECKING:
    import pytest


class AnyModel:
    """As much of a model as a key asks for."""

    sha256 = "0" * 64
    spectra = "a transform"


def test_another_library_keeps_anchors_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    placed = place_sound(np.ones((1, 9), np.float32), "loop", sample_rate_hz=44_100)
    model: Any = AnyModel()
    before = cache._key(placed, model, 9, "cpu")
    assert cache._key(placed, model, 9, "cpu") == before
    monkeypatch.setattr("torch.__version__", "0.0")
    assert cache._key(placed, model, 9, "cpu") != before
