"""What a plan refuses, beyond what the session's reader can see: files, chains, weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.errors import SessionError
from ltsrender.models import DescriptorAxis, read_card, rename_latents
from ltsrender.models.container import rewrite_card
from ltsrender.render import Plan, Selection, open_plan, render_stems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Planner = Callable[..., Plan]
    Maker = Callable[..., dict[str, Any]]


def problems(error: pytest.ExceptionInfo[SessionError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def lane(target: str, *values: float) -> dict[str, Any]:
    points = [{"at": at, "value": value} for at, value in enumerate(values)]
    return {"target": target, "time": "seconds", "points": points}


def test_files_and_chains_are_all_looked_at_before_anything_is_said(
    track: Maker, plan_of: Planner
) -> None:
    with pytest.raises(SessionError) as caught:
        plan_of(
            track("A", chain="undertwo"),
            track("B", chain=[{"id": "x", "effect": "reverb", "parameters": {"room": 1}}]),
            sounds={"glass": {"file": "sounds/glas.flac"}, "string": {"file": "piece.lts.json"}},
            models={"six": {"file": "first.ltsmodel"}},
        )
    told = problems(caught)
    assert len(told) == 5
    for part in ("glas.flac", "piece.lts.json", "first.ltsmodel", "undertwo", "room"):
        assert any(part in problem for problem in told), part


def test_a_lane_must_lead_to_an_insert_and_stay_in_its_range(
    track: Maker, plan_of: Planner
) -> None:
    chain = [{"id": "verb", "effect": "reverb"}, {"id": "wall", "effect": "brickwall_limiter"}]
    lanes = [
        lane("insert/verb/wett", 0.5),
        lane("insert/verb/wet", 0.5, 2.0),
        lane("insert/wall/lookahead_ms", 5.0),
    ]
    with pytest.raises(SessionError) as caught:
        plan_of(track(chain=chain, lanes=lanes))
    told = problems(caught)
    assert len(told) == 3
    assert 'did you mean "insert/verb/wet"' in told[0]
    assert "lanes[1].points[1].value is 2; insert/verb/wet takes 0..1" in told[1]
    assert "cannot move" in told[2]


def test_weights_must_leave_something_to_hear(track: Maker, plan_of: Planner) -> None:
    lanes = [lane("weight/glass", 1.0, 0.0), lane("weight/string", 0.0, 0.0, 1.0)]
    with pytest.raises(SessionError, match=r"tracks\[0\] has weights that add up to .* at 0\.99 s"):
        plan_of(track(lanes=lanes))


def test_a_gap_between_weights_is_found_however_short(track: Maker, plan_of: Planner) -> None:
    points = [(0.0, 1.0), (0.5015, 0.0), (0.5085, 1.0)]
    written = [{"at": at, "value": value, "shape": "hold"} for at, value in points]
    lanes = [{"target": "weight/glass", "time": "seconds", "points": written}]
    with pytest.raises(SessionError, match=r"weights that add up to 0 at 0\.5\d s"):
        plan_of(track(lanes=lanes))


@pytest.mark.parametrize("end_s", [1.5, 1.502, 2.0])
def test_weights_may_end_in_nothing_once_their_track_has_ended(
    track: Maker, plan_of: Planner, tmp_path: Path, end_s: float
) -> None:
    written = [{"at": 0.0, "value": 1.0, "shape": "hold"}, {"at": end_s, "value": 0.0}]
    level = [{"target": "weight/glass", "time": "seconds", "points": written[:1]}]
    ending = [{"target": "weight/glass", "time": "seconds", "points": written}]
    files = []
    for name, lanes in (("level", level), ("ending", ending)):
        plan = plan_of(track(lanes=lanes))
        files.append(render_stems(plan, tmp_path / name, workers=1).stems[0].path.read_bytes())
    assert files[0] == files[1]


def test_a_model_of_another_rate_is_refused(plan_of: Planner) -> None:
    with pytest.raises(SessionError, match=r"is 48000; the model .* was trained at 44100 Hz"):
        plan_of(sample_rate_hz=48_000)


def test_a_selection_must_lie_in_the_piece(plan_of: Planner) -> None:
    file = plan_of().session.file
    wrong = Selection(tracks=("B",), from_s=7.0, to_s=6.0)
    with pytest.raises(SessionError) as caught:
        open_plan(file, wrong)
    told = " ".join(problems(caught))
    assert '--tracks names "B"; there are A' in told
    assert "--from is 7; the piece runs from 0 to 1.5 s" in told
    assert "--to is 6" in told


def test_the_plan_is_the_same_until_something_that_sounds_changes(
    track: Maker, plan_of: Planner, folder: Path
) -> None:
    first = plan_of().sha256
    assert plan_of().sha256 == first
    assert plan_of(track(gain_db=-1)).sha256 != first
    file = folder / "piece.lts.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"seed": 6}))
    assert open_plan(file).sha256 != first


def test_seeds_come_from_the_session_and_the_name(track: Maker, plan_of: Planner) -> None:
    plan = plan_of(track("A"), track("B"), track("C", seed=77))
    a, b, c = (t.seed for t in plan.tracks)
    assert a != b
    assert c == 77
    assert plan_of(track("B"), seed=6).tracks[0].seed != b
    assert plan_of(track("B")).tracks[0].seed == b


def test_a_macro_needs_a_direction_that_is_worth_following(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    file = tmp_path / "first-light.ltsmodel"
    card = read_card(file).model_copy(update={"descriptors": ()})  # as files were before macros
    rewrite_card(file, card)
    facts = {"unit": "x", "direction": (0.5,) * card.n_latents, "minimum": 0.0, "maximum": 1.0}
    axes = [
        {**facts, "name": "brightness", "r2": 0.9, "slope": 0.8},
        {**facts, "name": "noisiness", "r2": 0.21, "slope": 0.8},
        {**facts, "name": "pitch", "r2": 0.9, "slope": 0.1},
    ]
    lanes = [lane(f"macro/{axis['name']}", 1.0) for axis in axes] + [lane("macro/loudness", -6.0)]
    with pytest.raises(SessionError) as caught:
        plan_of(track(lanes=lanes))
    assert len(problems(caught)) == 3  # the level needs no direction
    assert "ltsrender model describe" in problems(caught)[0]
    described = [DescriptorAxis.model_validate(axis) for axis in axes]
    rewrite_card(file, card.model_copy(update={"descriptors": tuple(described)}))
    with pytest.raises(SessionError) as caught:
        plan_of(track(lanes=lanes))
    told = problems(caught)
    assert len(told) == 2
    assert "lanes[1]" in told[0]
    assert "R^2 = 0.21; 0.3 is the least" in told[0]
    assert "by 0.10 of what it says" in told[1]
    plan = plan_of(track(lanes=[lanes[0], lanes[3]]))
    assert dict(plan.tracks[0].axes) == {"macro/brightness": (0.5,) * card.n_latents}


def test_a_macro_that_goes_frame_by_frame_is_edited_as_far_as_its_lane_goes(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    file = tmp_path / "first-light.ltsmodel"
    card = read_card(file)
    facts = {"unit": "octaves", "direction": (0.5,) * card.n_latents, "way": "edited"}
    facts |= {"minimum": 0.0, "maximum": 1.0, "r2": -1.0, "slope": 0.9, "followed": 0.9}
    axes = [{**facts, "name": "brightness"}, {**facts, "name": "pitch", "reach": 0.25}]
    described = tuple(DescriptorAxis.model_validate(axis) for axis in axes)
    rewrite_card(file, card.model_copy(update={"descriptors": described}))
    lanes = [lane("macro/brightness", 0.0, 0.7), lane("macro/pitch", 0.25)]
    plan = plan_of(track(lanes=lanes)).tracks[0]
    assert dict(plan.edits) == {"brightness": (0.5, 0.7), "pitch": (0.25,)}
    assert dict(plan.axes) == {}
    with pytest.raises(SessionError) as caught:
        plan_of(track(lanes=[lane("macro/pitch", -0.3, 0.1)]))
    assert "runs from -0.3 to 0.1; the model six glides 0.25 octaves" in problems(caught)[0]


def test_a_semitone_is_as_far_as_a_model_goes_that_goes_a_semitone(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    file = tmp_path / "first-light.ltsmodel"
    card = read_card(file)
    facts = {"name": "pitch", "unit": "octaves", "direction": (0.5,) * card.n_latents}
    facts |= {"minimum": 0.0, "maximum": 1.0, "r2": -1.0, "slope": 0.9, "way": "edited"}
    axis = DescriptorAxis.model_validate(facts | {"reach": 0.0833333})  # 1 / 12 as cards round it
    rewrite_card(file, card.model_copy(update={"descriptors": (axis,)}))
    assert plan_of(track(lanes=[lane("macro/pitch", 1.0 / 12.0)])).tracks[0].edits["pitch"]


def test_a_latent_is_moved_by_its_name_or_number(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    file = tmp_path / "first-light.ltsmodel"
    n_latents = rename_latents(file, [("z3", "breath")]).n_latents
    plan = plan_of(track(lanes=[lane("latent/breath", 1.0), lane("latent/5", 0.0, 2.0)]))
    axes = plan.tracks[0].axes
    for target, index in (("latent/breath", 3), ("latent/5", 5)):
        assert axes[target] == tuple(float(i == index) for i in range(n_latents))


def test_a_latent_that_the_model_lacks_and_its_level_are_refused(
    track: Maker, plan_of: Planner
) -> None:
    targets = ("latent/breath", "latent/zz3", "latent/level", "latent/0", "latent/64")
    with pytest.raises(SessionError) as caught:
        plan_of(track(lanes=[lane(target, 1.0) for target in targets]))
    told = problems(caught)
    assert len(told) == 5
    assert "64 latents: level..z63" in told[0]
    assert 'did you mean "latent/z3"' in told[1]
    assert all('did you mean "macro/loudness"' in each for each in told[2:4])
