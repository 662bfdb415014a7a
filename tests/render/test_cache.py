"""Encoded anchors are kept only for what would encode them the same way again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.latents import place_sound
from ltsrender.models import load_model
from ltsrender.render import cache

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class AnyModel:
    """As much of a model as a key asks for."""

    sha256 = "0" * 64
    spectra = "a transform"


def test_another_library_keeps_anchors_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    placed = place_sound(np.ones((1, 9), np.float32), "loop", sample_rate_hz=44_100)
    model: Any = AnyModel()
    before = cache._key(placed, model, 9, "cpu", {})
    assert cache._key(placed, model, 9, "cpu", {}) == before
    monkeypatch.setattr("torch.__version__", "0.0")
    assert cache._key(placed, model, 9, "cpu", {}) != before


def test_a_macro_has_anchors_of_its_own() -> None:
    placed = place_sound(np.ones((1, 9), np.float32), "loop", sample_rate_hz=44_100)
    model: Any = AnyModel()
    every = [{}, {"brightness": (0.5,)}, {"brightness": (0.25,)}, {"noisiness": (0.5,)}]
    assert len({cache._key(placed, model, 9, "cpu", macros) for macros in every}) == 4


def test_moves_are_kept_with_their_anchor(repository: Path, tmp_path: Path) -> None:
    model = load_model(repository / "examples" / "first-light" / "first-light.ltsmodel")
    audio = np.random.default_rng(1).standard_normal((1, 6_000)).astype(np.float32)
    placed = place_sound(audio, "once", sample_rate_hz=model.spec.sample_rate_hz)
    kept = cache.AnchorCache(tmp_path)
    macros = {"brightness": (-0.5, 0.5)}
    made, read = (
        kept.anchor(placed, model, n_samples=6_000, device="cpu", macros=macros) for _ in "ab"
    )
    assert len(list(tmp_path.iterdir())) == 1
    assert read.moves["brightness"].amounts == (-0.5, 0.5)
    np.testing.assert_array_equal(
        made.moves["brightness"].latents, read.moves["brightness"].latents
    )


def test_lanes_may_stand_in_any_order(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(repository / "examples" / "first-light" / "first-light.ltsmodel")
    audio = np.random.default_rng(1).standard_normal((1, 6_000)).astype(np.float32)
    placed = place_sound(audio, "once", sample_rate_hz=model.spec.sample_rate_hz)
    kept = cache.AnchorCache(tmp_path)
    macros = {"noisiness": (3.0,), "brightness": (0.5,)}
    kept.anchor(placed, model, n_samples=6_000, device="cpu", macros=macros)
    monkeypatch.setattr(cache, "encode_anchor", None)  # what is kept needs no encoding
    other_way = dict(reversed(macros.items()))
    read = kept.anchor(placed, model, n_samples=6_000, device="cpu", macros=other_way)
    assert set(read.moves) == set(macros)
