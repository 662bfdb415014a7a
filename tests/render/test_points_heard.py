"""Points in latent space from a sound and from a path, kept, used as anchors, and heard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.errors import SessionError
from ltsrender.models import load_model, read_card, rename_latents, weights_sha256
from ltsrender.render import Plan, open_plan, render_mix, render_stems
from ltsrender.render.known import is_watched, path_of
from ltsrender.render.point import point_of_path, point_of_sound, save_point
from ltsrender.render.voice import WITHOUT_SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[..., dict[str, Any]]
    Planner = Callable[..., Plan]


def lane(target: str, *values: float) -> dict[str, Any]:
    points = [{"at": 0.4 * at, "value": value} for at, value in enumerate(values)]
    return {"target": target, "time": "seconds", "points": points}


@pytest.fixture
def warm(folder: Path) -> Path:
    """A point of the glass, kept beside the session."""
    file = folder / "presets" / "latents" / "warm.json"
    file.parent.mkdir(parents=True)
    model = folder / "first-light.ltsmodel"
    point = point_of_sound(load_model(model), folder / "sounds" / "glass.flac", 0.5, 0.1)
    save_point(file, point, model, read_card(model))
    return file


def heard(plan: Plan, file: Path) -> np.ndarray:
    render_mix(plan, file, workers=1)
    return np.asarray(soundfile.read(file, dtype="float32", always_2d=True)[0])


def test_a_track_rests_on_a_point(
    warm: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    plan = plan_of(track(end_s=0.5, anchors=[{"preset": "warm"}], lanes=[]))
    path = path_of(plan.tracks[0])
    kept = json.loads(warm.read_text())["latents"]
    frames = path.block(0, path.n_frames)
    np.testing.assert_allclose(
        frames[0], np.tile(list(kept.values()), (len(frames[0]), 1)), rtol=1e-6
    )
    np.testing.assert_array_equal(path.shares(0, 9), 0.0)
    sound = heard(plan, tmp_path / "out.wav")
    assert np.sqrt(np.square(sound[4_000:18_000]).mean()) > 1e-3
    np.testing.assert_array_equal(sound, heard(plan, tmp_path / "again.wav"))


def test_a_mix_goes_from_a_sound_to_a_point(
    warm: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    assert warm.exists()
    anchors = [{"sound": "string"}, {"preset": "presets/latents/warm.json", "name": "bell"}]
    plan = plan_of(track(end_s=0.6, anchors=anchors, lanes=[lane("mix", 1.0, 0.0)]))
    path = path_of(plan.tracks[0])
    np.testing.assert_array_equal(path.shares(0, 50)[1], 0.0)
    assert path.shares(0, 1)[0, 0] == 1.0
    assert np.abs(heard(plan, tmp_path / "out.wav")).max() > 1e-3
    anchors[0] = {"preset": "warm"}
    weights = [lane("weight/warm", 1.0), lane("weight/bell", 0.5), lane("noise", 0.2)]
    both = plan_of(track(end_s=0.4, anchors=anchors, lanes=weights))
    assert np.abs(heard(both, tmp_path / "both.wav")).max() > 1e-3


def test_a_point_has_no_phases_of_its_own(
    warm: Path, track: Maker, plan_of: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warm.exists()
    from ltsrender.render import voice  # noqa: PLC0415

    used = []
    real = voice.resynthesize

    def remember(frames: Any, spec: Any, phase: Any, **rest: Any) -> Any:
        used.append(phase.method)
        return real(frames, spec, phase, **rest)

    monkeypatch.setattr(voice, "resynthesize", remember)
    anchors = [{"sound": "string"}, {"preset": "warm"}]
    heard(plan_of(track(end_s=0.2, anchors=anchors, lanes=[lane("mix", 0.5)])), tmp_path / "a.wav")
    assert used == [WITHOUT_SOURCES]


def test_a_render_with_a_point_is_made_again_from_its_manifest(
    warm: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    plan = plan_of(track(end_s=0.3, anchors=[{"preset": "warm"}], lanes=[]))
    render_stems(plan, tmp_path / "out")
    warm.unlink()
    render_stems(open_plan(tmp_path / "out" / "manifest.json"), tmp_path / "again")
    first, again = ((tmp_path / where / "mix.wav").read_bytes() for where in ("out", "again"))
    assert first == again


def told(make: Callable[[], Plan]) -> str:
    with pytest.raises(SessionError) as caught:
        make()
    return "\n".join(map(str, caught.value.problems))


def test_a_point_of_another_model_is_refused(warm: Path, track: Maker, plan_of: Planner) -> None:
    tree = json.loads(warm.read_text())
    anchors = [{"preset": "warm"}]
    warm.write_text(json.dumps(tree | {"model": {"name": "other", "weights_sha256": "1" * 64}}))
    assert 'of "other", not of the model six' in told(
        lambda: plan_of(track(anchors=anchors, lanes=[]))
    )
    latents = dict(list(tree["latents"].items())[1:]) | {"zz": 1.0}
    warm.write_text(json.dumps(tree | {"latents": latents}))
    words = told(lambda: plan_of(track(anchors=anchors, lanes=[])))
    assert "latents.zz is no latent" in words
    assert "latents.level is missing" in words
    warm.unlink()
    assert "does not exist" in told(lambda: plan_of(track(anchors=anchors, lanes=[])))


def test_a_card_may_change_and_the_place_stays(warm: Path, folder: Path) -> None:
    model = folder / "first-light.ltsmodel"
    before = weights_sha256(model)
    rename_latents(model, [("z3", "breath")])
    assert weights_sha256(model) == before
    assert json.loads(warm.read_text())["model"]["weights_sha256"] == before


def test_the_point_of_a_path_is_where_the_path_is(
    track: Maker, plan_of: Planner, folder: Path
) -> None:
    assert folder.exists()
    plan = plan_of(track(start_s=1.0, end_s=2.0, lanes=[lane("mix", 0.3)])).tracks[0]
    path = path_of(plan)
    frame = round(0.5 * 44_100 / path.grid.hop_samples)
    wanted = path.block(frame, frame + 1).mean(axis=(0, 1))
    np.testing.assert_allclose(point_of_path(plan, 1.5), wanted, atol=1e-5)
    with pytest.raises(SessionError, match=r"sounds from 1\.00 to 2\.00 s"):
        point_of_path(plan, 0.5)


def test_a_path_that_waits_for_another_track_gives_no_point(track: Maker, plan_of: Planner) -> None:
    follower = {"envelope_follower": {"track": "B"}}
    other = track("B", lanes=[lane("mix", 0.3)])
    plan = plan_of(track(lanes=[{"target": "mix"} | follower]), other).tracks[0]
    with pytest.raises(SessionError, match="has lanes that follow B"):
        point_of_path(plan, 0.5)
    ducked = [lane("mix", 0.3), {"target": "gain_db"} | follower]
    plan = plan_of(track(lanes=ducked), other)
    point_of_path(plan.tracks[0], 0.5)  # the loudness of a stem has no part in where a path is
    beyond = [lane("mix", 1.5), {"target": "gain_db"} | follower]
    assert is_watched(plan_of(track(lanes=beyond), other).tracks[0])


def test_the_command_keeps_a_point_of_a_sound_and_of_a_path(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    plan_of(track(lanes=[lane("mix", 0.3)]))
    model, sound = folder / "first-light.ltsmodel", folder / "sounds" / "glass.flac"

    def run(*words: object) -> Any:
        return CliRunner().invoke(cli, ["model", "save-point", *map(str, words)])

    of_sound = run(model, sound, "--at", 0.5, "--name", "glassy", "-o", tmp_path / "a.json")
    assert of_sound.exit_code == 0, of_sound.output
    assert json.loads((tmp_path / "a.json").read_text())["name"] == "glassy"
    piece = folder / "piece.lts.json"
    of_path = run("--session", piece, "--at", 0.5, "--length", 0.1, "-o", tmp_path / "b.json")
    assert of_path.exit_code == 0, of_path.output
    assert "piece.lts.json, A, at 0.5 s" in json.loads((tmp_path / "b.json").read_text())["note"]
    for wrong in (
        ("--at", 1, "-o", tmp_path / "c.json"),
        (model, "--at", 1, "-o", tmp_path / "c.json"),
        (model, sound, "--session", piece, "--at", 1, "-o", tmp_path / "c.json"),
        (model, sound, "--track", "A", "--at", 1, "-o", tmp_path / "c.json"),
        (model, sound, "--at", 1e6, "-o", tmp_path / "c.json"),
        (model, sound, "--at", "nan", "-o", tmp_path / "c.json"),
        (model, sound, "--at", 0.5, "--length", "nan", "-o", tmp_path / "c.json"),
        (model, sound, "--at", 0.5, "-o", tmp_path / "c.txt"),
    ):
        refused = run(*wrong)
        assert refused.exit_code == 2, refused.output
        assert not (tmp_path / "c.json").exists()


def test_silence_has_no_timbre_to_keep(folder: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(44_100), 44_100)
    with pytest.raises(SessionError, match="is silent there"):
        point_of_sound(load_model(folder / "first-light.ltsmodel"), tmp_path / "silence.wav", 0.5)


def test_a_point_of_a_recording_is_heard(
    shared_audio: Path, folder: Path, track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    model = folder / "first-light.ltsmodel"
    point = point_of_sound(load_model(model), shared_audio / "guit_em9.flac", 1.0, 0.2)
    save_point(folder / "chord.json", point, model, read_card(model))
    plan = plan_of(track(end_s=0.4, anchors=[{"preset": "chord.json"}], lanes=[]))
    assert np.abs(heard(plan, tmp_path / "out.wav")).max() > 1e-3
