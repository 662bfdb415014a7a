"""Latent targets and the guard in whole sessions: refused with a note, or heard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.audiofile import load_sound
from ltsrender.cli import cli
from ltsrender.errors import SessionError
from ltsrender.models import KnownGround, load_model, read_card
from ltsrender.models.container import rewrite_card
from ltsrender.render import Plan, ground_notes, open_plan, render_mix, render_stems
from ltsrender.render.known import may_leave, off_ground, path_of, stretches
from ltsrender.train.ground import seen_ground
from ltsrender.train.material import frames_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[..., dict[str, Any]]
    Planner = Callable[..., Plan]


def lane(target: str, *values: float) -> dict[str, Any]:
    points = [{"at": 0.4 * at, "value": value} for at, value in enumerate(values)]
    return {"target": target, "time": "seconds", "points": points}


@pytest.fixture(scope="module")
def ground(repository: Path) -> KnownGround:
    """Where the example's sounds lie in the example's model."""
    example = repository / "examples" / "first-light"
    read = load_model(example / "first-light.ltsmodel")
    files = sorted((example / "sounds").iterdir())
    sounds = [load_sound(file, 44_100)[:1, : 2 * 44_100] for file in files]
    frames = np.concatenate([frames_of(sound, read)[0] for sound in sounds])
    return seen_ground(read, frames[np.sqrt(np.square(frames).mean(axis=1)) > 1e-4])


@pytest.fixture
def model(folder: Path, ground: KnownGround) -> Path:
    """The example's model, which has seen the example's sounds."""
    file = folder / "first-light.ltsmodel"
    rewrite_card(file, read_card(file).model_copy(update={"ground": ground}))
    return file


def told(make: Callable[[], Plan]) -> list[str]:
    with pytest.raises(SessionError) as caught:
        make()
    return [str(problem) for problem in caught.value.problems]


def test_a_model_that_was_not_described_refuses_with_a_note(
    folder: Path, track: Maker, plan_of: Planner
) -> None:
    file = folder / "first-light.ltsmodel"
    rewrite_card(file, read_card(file).model_copy(update={"ground": None}))
    found = told(lambda: plan_of(track(lanes=[lane("pca/1", 1.0)], guard="clamp")))
    assert len(found) == 2
    assert all("ltsrender model describe finds" in each for each in found)
    plan_of(track(lanes=[lane("scale", 1.5)]))  # a model of ours knows its mean


def test_what_a_model_lacks_is_said_all_at_once(
    model: Path, track: Maker, plan_of: Planner
) -> None:
    assert model.exists()
    lanes = [
        lane(target, 1.0) for target in ("pca/0", "pca/17", "pca/x", "replace/zz", "replace/0")
    ]
    found = told(lambda: plan_of(track(lanes=lanes)))
    assert len(found) == 5
    assert sum("has the axes pca/1 to pca/16" in each for each in found) == 3
    assert "level_mix takes" in found[4]


def test_one_latent_is_not_replaced_twice(track: Maker, plan_of: Planner) -> None:
    found = told(lambda: plan_of(track(lanes=[lane("replace/z3", 1.0), lane("replace/3", 0.0)])))
    assert "moved already, by replace/z3" in found[0]


def test_ways_that_do_not_go_together_are_refused(track: Maker, plan_of: Planner) -> None:
    weights = [lane("weight/glass", 1.0)]
    found = told(lambda: plan_of(track(lanes=weights, interpolation="constant_speed")))
    assert 'moves "mix"' in found[0]
    found = told(lambda: plan_of(track(interpolation="spherical", weights="free")))
    assert "which takes proportions" in found[0]


def test_free_weights_may_be_nothing_and_level_weights_may_not(
    track: Maker, plan_of: Planner
) -> None:
    plan_of(track(lanes=[lane("weight/glass", 0.0)], weights="free"))
    found = told(lambda: plan_of(track(lanes=[lane("level_weight/glass", 1.0, 0.0, 1.0)])))
    assert "level weights that add up to" in found[0]


def test_a_plan_is_another_where_a_key_says_what_is_not_usual(
    track: Maker, plan_of: Planner
) -> None:
    usual = plan_of(track()).sha256
    assert plan_of(track(guard="off")).sha256 != usual


@pytest.mark.parametrize(
    ("lanes", "keys"),
    [
        ([lane("mix", 1.2, -0.2)], {"interpolation": "spherical", "guard": "soft"}),
        ([lane("mix", 1.0, 0.0)], {"interpolation": "constant_speed"}),
        ([lane("weight/glass", 0.0, 1.5), lane("weight/string", 1.0)], {"weights": "free"}),
        ([lane("mix", 0.5), lane("pca/2", -2.0, 2.0), lane("scale", 1.0, 1.5)], {"guard": "clamp"}),
        ([lane("mix", 1.0), lane("level_mix", 1.0, 0.0), lane("smoothing", 0.3)], {}),
    ],
)
def test_it_is_heard_and_renders_the_same_bytes_again(
    model: Path, track: Maker, plan_of: Planner, tmp_path: Path, lanes: Any, keys: dict[str, Any]
) -> None:
    assert model.exists()
    plan = plan_of(track(end_s=0.5, lanes=lanes, **keys), channels=1)
    heard = []
    for workers in (1, 2):
        render_mix(plan, tmp_path / f"{workers}.wav", workers=workers)
        heard.append(soundfile.read(tmp_path / f"{workers}.wav", dtype="float32")[0])
    assert np.abs(heard[0]).max() > 1e-3
    np.testing.assert_array_equal(heard[0], heard[1])


def test_off_and_warn_render_the_same_bytes(
    model: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    assert model.exists()
    heard = []
    for guard in ("off", "warn", "clamp"):
        plan = plan_of(track(end_s=0.4, lanes=[lane("mix", 2.0)], guard=guard), channels=1)
        render_mix(plan, tmp_path / f"{guard}.wav")
        heard.append(soundfile.read(tmp_path / f"{guard}.wav", dtype="float32")[0])
    np.testing.assert_array_equal(heard[0], heard[1])
    assert not np.array_equal(heard[0], heard[2])


def test_a_render_says_where_it_left_known_ground(
    model: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    assert model.exists()
    far = track(end_s=0.8, lanes=[lane("mix", 1.0, 2.0, 1.0)], anchors=DEFAULTS)
    near = track("B", end_s=0.8, lanes=[lane("mix", 1.0, 0.0)])
    plan = plan_of(far, near, channels=1)
    report = render_stems(plan, tmp_path / "out")
    assert len(report.notes) == 1
    assert 'track "A" leaves what its model has seen at 0.' in report.notes[0]
    assert "(beats 0." in report.notes[0]
    assert f"note: {report.notes[0]}" in report.summary()
    assert ground_notes(plan) == list(report.notes)


DEFAULTS = [{"sound": "glass"}, {"sound": "string"}]


def test_only_what_may_leave_is_looked_at(track: Maker, plan_of: Planner) -> None:
    inside = ([lane("mix", 0.0, 1.0)], [lane("weight/glass", 0.0, 3.0), lane("weight/string", 1.0)])
    beyond = (
        [lane("mix", 1.0, 1.1)],
        [lane("weight/glass", -0.1), lane("weight/string", 1.0)],
        [lane("latent/z3", 0.0, 1.0)],
        [lane("replace/z3", 0.0)],
        [lane("scale", 1.2)],
        [lane("noise", 0.1)],
    )
    for lanes in (*inside, *beyond):
        moved = plan_of(track(lanes=lanes)).tracks[0]
        assert may_leave(moved) == (lanes in beyond)
        assert not may_leave(plan_of(track(lanes=lanes, guard="off")).tracks[0])
        assert may_leave(plan_of(track(lanes=inside[0], interpolation="spherical")).tracks[0])


def test_free_weights_add_up_where_no_lane_moves_them(track: Maker, plan_of: Planner) -> None:
    assert may_leave(plan_of(track(lanes=[], weights="free")).tracks[0])
    assert not may_leave(plan_of(track(lanes=[])).tracks[0])
    mixed = plan_of(track(lanes=[lane("mix", 0.0, 1.0)], weights="free")).tracks[0]
    assert not may_leave(mixed)  # a mix is no gain


def test_check_and_plot_show_it(
    model: Path, track: Maker, folder: Path, plan_of: Planner, tmp_path: Path
) -> None:
    assert model.exists()
    plan = plan_of(track(end_s=0.8, lanes=[lane("mix", 1.0, 2.0, 1.0)], anchors=DEFAULTS))
    found = stretches(path_of(plan.tracks[0]))
    assert found
    assert all(each.worst > 1.0 and each.start_s <= each.worst_s < each.end_s for each in found)
    result = CliRunner().invoke(cli, ["check", str(folder / "piece.lts.json")])
    assert result.exit_code == 0, result.output
    assert 'note: track "A" leaves what its model has seen' in result.output
    pictures = []
    words = ["plot", str(folder / "sounds" / "glass.flac"), "--session"]
    for guard in ("warn", "off"):
        plan_of(track(end_s=0.8, lanes=[lane("mix", 1.0, 2.0, 1.0)], anchors=DEFAULTS, guard=guard))
        picture = tmp_path / f"{guard}.png"
        said = [*words, str(folder / "piece.lts.json"), "-o", str(picture)]
        assert CliRunner().invoke(cli, said).exit_code == 0
        pictures.append(picture.read_bytes())
    assert pictures[0] != pictures[1]  # shaded, or not
    piece = folder / "piece.lts.json"
    assert off_ground(open_plan(piece).tracks[0]) == ()  # its guard is off
    plan_of(track(end_s=0.8, lanes=[lane("mix", 1.0, 2.0, 1.0)], anchors=DEFAULTS))
    assert off_ground(open_plan(piece).tracks[0]) == found
    lanes = CliRunner().invoke(cli, ["automation", "plot", str(piece), "-o", str(picture)])
    assert lanes.exit_code == 0, lanes.output


def test_a_described_model_knows_its_ground(model: Path) -> None:
    card = read_card(model)
    assert card.ground is not None
    assert len(card.ground.axes) == 16
    axes = np.array(card.ground.axes)
    np.testing.assert_array_equal(axes[:, 0], 0.0)
    np.testing.assert_allclose(axes @ axes.T, np.eye(16), atol=1e-4)
    assert (np.diff(card.ground.axis_deviations) <= 0.0).all()
    far = card.ground.distances
    assert 0.5 < far.half < far.p99 <= far.p999 <= far.largest


@pytest.fixture
def real_plan(shared_audio: Path, model: Path) -> Callable[..., Plan]:
    """A track between two recordings that the model has never heard, 1 s of each."""

    def make(**keys: Any) -> Plan:
        sounds = {
            name: {"file": str(shared_audio / f"{name}.flac"), "in_s": 1.0, "out_s": 2.0}
            for name in ("guit_em9", "vinyl_hiss")
        }
        track = {
            "name": "A",
            "model": "six",
            "start_s": 0.0,
            "end_s": 0.8,
            "anchors": [{"sound": name} for name in sounds],
        }
        session = {
            "schema_version": 1,
            "channels": 1,
            "sounds": sounds,
            "models": {"six": {"file": model.name}},
            "tracks": [track | keys],
            "render": {"bit_depth": "32f"},
        }
        file = model.parent / "real.lts.json"
        file.write_text(json.dumps(session))
        return open_plan(file)

    return make


def test_recordings_go_round_a_circle_and_at_even_speed(
    real_plan: Callable[..., Plan], tmp_path: Path
) -> None:
    made = {}
    for way in ("linear", "spherical", "constant_speed"):
        plan = real_plan(lanes=[lane("mix", 1.0, 0.3, 0.0)], interpolation=way)
        render_mix(plan, tmp_path / f"{way}.wav")
        made[way] = soundfile.read(tmp_path / f"{way}.wav", dtype="float32")[0]
        assert np.abs(made[way]).max() > 1e-3
    assert not np.array_equal(made["linear"], made["spherical"])
    assert not np.array_equal(made["linear"], made["constant_speed"])


def test_a_guard_keeps_recordings_on_known_ground(real_plan: Callable[..., Plan]) -> None:
    plan = real_plan(lanes=[lane("mix", 2.0)], guard="clamp")
    path = path_of(plan.tracks[0])
    assert stretches(path)  # without its guard it would leave
    from ltsrender.latents.ground import distances  # noqa: PLC0415

    ground = path.space.ground
    assert ground is not None
    assert distances(path.block(0, path.n_frames), ground).max() <= ground.edge * 1.0001


def test_noise_makes_nothing_of_a_sound_that_has_ended(track: Maker, plan_of: Planner) -> None:
    anchors = [{"sound": "string", "when_short": "once", "start_s": 0.5}]
    path = path_of(plan_of(track(lanes=[lane("noise", 2.0)], anchors=anchors)).tracks[0])
    before = round(0.4 * path.grid.sample_rate_hz / path.grid.hop_samples)
    np.testing.assert_array_equal(path.block(0, before)[..., 0], 0.0)
