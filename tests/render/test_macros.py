"""Macros that go frame by frame, heard: the render moves, the rest of it is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.latents.descriptors import DESCRIPTORS
from ltsrender.models import DescriptorAxis, load_model, read_card
from ltsrender.models.container import rewrite_card
from ltsrender.render import Plan, render_mix
from ltsrender.render.cache import AnchorCache, cache_folder
from ltsrender.render.voice import WITHOUT_SOURCES, encode_sound, make_voice, place_sounds
from ltsrender.train.material import frames_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ltsrender.latents import Anchor
    from ltsrender.models import TimbreModel
    from ltsrender.render.plan import TrackPlan

    Maker = Callable[..., dict[str, Any]]
    Planner = Callable[..., Plan]


@pytest.fixture
def model(folder: Path) -> Path:
    """The example's model, described as one that follows everything."""
    file = folder / "first-light.ltsmodel"
    card = read_card(file)
    facts = {"direction": (0.0,) * card.n_latents, "way": "edited", "r2": 0.0, "slope": 1.0}
    facts |= {"followed": 1.0, "slopes": (1.0, 1.0), "minimum": 0.0, "maximum": 1.0}
    axes = [
        {**facts, "name": "brightness", "unit": "octaves"},
        {**facts, "name": "pitch", "unit": "octaves", "reach": 0.5},
    ]
    described = tuple(DescriptorAxis.model_validate(axis) for axis in axes)
    rewrite_card(file, card.model_copy(update={"descriptors": described}))
    return file


def lane(name: str, *values: float) -> dict[str, Any]:
    points = [{"at": 0.5 * at, "value": value} for at, value in enumerate(values)]
    return {"target": f"macro/{name}", "time": "seconds", "points": points}


def rendered(plan: Plan, out: Path, workers: int = 1) -> np.ndarray:
    render_mix(plan, out, workers=workers)
    return np.ascontiguousarray(soundfile.read(out, dtype="float32", always_2d=True)[0].T)


def anchors_of(plan: TrackPlan, model: TimbreModel) -> list[Anchor]:
    cache = AnchorCache(cache_folder())
    sounds = place_sounds(plan, model.spec.sample_rate_hz)
    return [encode_sound(sound, plan, model, cache, "cpu") for sound in sounds]


def test_brighter_is_brighter_in_a_morph_too(
    model: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    read = load_model(model)
    centroids = []
    for value in (0.0, 0.5):
        plan = plan_of(track(end_s=0.6, lanes=[lane("brightness", value)]), channels=1)
        frames = frames_of(rendered(plan, tmp_path / f"{value}.wav"), read)[0][8:80]
        centroids.append(DESCRIPTORS["brightness"](frames, read.centres_hz))
    assert 0.2 < np.median(centroids[1] - centroids[0]) < 1.0


def test_a_glide_renders_the_same_bytes_again_however_it_is_cut(
    model: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    assert model.exists()
    lanes = [lane("pitch", -0.2, 0.3), lane("brightness", 0.0, 0.4)]
    plan = plan_of(track(end_s=0.5, lanes=lanes))
    first, again = (rendered(plan, tmp_path / f"{n}.wav", workers=n) for n in (1, 2))
    assert np.abs(first).max() > 0.0
    np.testing.assert_array_equal(first, again)


def test_a_glide_has_no_phases_of_partials_that_are_elsewhere(
    model: Path, track: Maker, plan_of: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []

    def remember(_frames: object, _spec: object, phase: Any, **_rest: object) -> Any:
        used.append(phase.method)
        return iter(())

    monkeypatch.setattr("ltsrender.render.voice.resynthesize", remember)
    monkeypatch.setattr("ltsrender.render.voice._faded_out", lambda blocks, *_: blocks)
    read = load_model(model)
    for name, value in (("pitch", 0.1), ("pitch", 0.0), ("brightness", 0.1)):
        plan = plan_of(track(lanes=[lane(name, value)])).tracks[0]
        voice = make_voice(plan, read, anchors_of(plan, read), "cpu")
        voice._sound(side_by_side=False)
    assert used == [WITHOUT_SOURCES, "hybrid", "hybrid"]
