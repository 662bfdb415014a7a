"""A model of the original in sessions and morphs, from its run to stems."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

import ltsrender.render.run as run_module
from ltsrender.cli import cli
from ltsrender.models import import_run
from ltsrender.render import Plan, inspect_file, render_stems

if TYPE_CHECKING:
    from pathlib import Path

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

THE_SOUND_DB = -40.0
"""With all detail a stem that rests on a sound is that sound; measured -120 with a real run."""
MODELS = {"models": {"six": {"file": "run.ltsmodel"}}}
PGHI = {"method": "pghi", "iterations": 0}


@pytest.fixture(autouse=True)
def imported(folder: Path, make_original_run: Callable[[Path], Path], read_here: None) -> None:
    """An untrained run of the original beside the session."""
    del read_here  # only has to be there
    import_run(make_original_run(folder / "run-000"), folder / "run.ltsmodel")


def constant(**targets: float) -> list[dict[str, Any]]:
    return [
        {"target": target, "points": [{"at": 0, "value": value}]}
        for target, value in targets.items()
    ]


def rendered(plan: Plan, out: Path) -> np.ndarray:
    render_stems(plan, out, device="cpu")
    return soundfile.read(out / "A.wav", dtype="float32", always_2d=True)[0].T


def error_db(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(found - wanted) / np.linalg.norm(wanted)))


@pytest.mark.parametrize(("mix", "name"), [(1.0, "glass"), (0.0, "string")])
def test_on_a_sound_the_stem_is_that_sound_in_every_band(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path, mix: float, name: str
) -> None:
    anchors = [{"sound": "glass"}, {"sound": "string"}]
    stem = rendered(plan_of(track(lanes=constant(mix=mix), anchors=anchors), **MODELS), tmp_path)
    sound = soundfile.read(folder / f"sounds/{name}.flac", always_2d=True)[0].T
    n = int(1.4 * 44_100)  # the last 10 ms fade out
    assert error_db(stem[:, :n], sound[:, :n]) < THE_SOUND_DB


def test_workers_and_blocks_have_no_part_in_the_sound(
    track: Maker, plan_of: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(track("A"), track("B", phase=PGHI), **MODELS)
    render_stems(plan, tmp_path / "one", device="cpu", workers=1)
    monkeypatch.setattr(run_module, "BLOCK_SAMPLES", 5_000)
    render_stems(plan, tmp_path / "two", device="cpu", workers=3)
    for name in ("A.wav", "B.wav", "mix.wav"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("mix", [-1.0, 2.0])
@pytest.mark.parametrize("detail", [0.0, 1.0])
def test_far_beyond_the_sounds_levels_are_held(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path, mix: float, detail: float
) -> None:
    stem = rendered(plan_of(track(lanes=constant(mix=mix, detail=detail)), **MODELS), tmp_path)
    loudest = max(
        np.abs(soundfile.read(folder / f"sounds/{name}.flac")[0]).max()
        for name in ("glass", "string")
    )
    assert np.isfinite(stem).all()
    assert 0 < np.abs(stem).max() < 8 * loudest


@pytest.mark.parametrize("method", ["source", "pghi"])
def test_where_all_sounds_are_over_there_is_silence(
    track: Maker, plan_of: Planner, tmp_path: Path, method: str
) -> None:
    once = [{"sound": name, "when_short": "once"} for name in ("glass", "string")]
    long = track(lanes=constant(mix=0.4), anchors=once, end_s=16.0, phase=PGHI | {"method": method})
    stem = rendered(plan_of(long, **MODELS), tmp_path)
    assert np.abs(stem[:, :44_100]).max() > 0.01
    assert not stem[:, -44_100:].any()


def test_noise_and_weights_work_as_with_any_model(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    lanes = constant(**{"weight/glass": 1.0, "weight/string": 0.5, "noise": 0.2})
    stem = rendered(plan_of(track(lanes=lanes), **MODELS), tmp_path)
    assert np.isfinite(stem).all()
    assert np.abs(stem).max() > 0.001


def test_inspect_tells_that_statistics_are_unknown(folder: Path) -> None:
    words = inspect_file(folder / "run.ltsmodel")
    assert "original-vae, 4 latents, 96 bins" in words
    assert "training frames lie is unknown" in words


def test_a_real_run_morphs_two_recordings(shared_runs: Path, tmp_path: Path) -> None:
    """From the original's run folder to a sound, with the commands that a composer would type."""
    sounds = shared_runs / "datasets" / "miniA" / "audio"
    names = [str(sounds / f"{name}.wav") for name in ("guit_em9", "ambi_glass_hum")]
    run = shared_runs / "runs" / "A_vae_u512" / "run-000"
    lane = {
        "target": "mix",
        "points": [
            {"at": 0, "value": 1},
            {"at": 1, "value": 1},
            {"at": 2, "value": 0.5},
            {"at": 3, "value": 0.5},
        ],
    }
    curve = {"format": "ltsrender automation", "schema_version": 1, "lanes": [lane]}
    (tmp_path / "curve.json").write_text(json.dumps(curve))
    model, out = str(tmp_path / "u.ltsmodel"), str(tmp_path / "out.wav")
    for arguments in (
        ["model", "import", str(run), "-o", model],
        ["morph", *names, "--model", model, "--curve", str(tmp_path / "curve.json"), "-o", out,
         "--length", "3", "--device", "cpu"],
    ):  # fmt: skip
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, result.output
    stem = soundfile.read(out)[0]
    first = soundfile.read(names[0])[0]
    n = int(0.9 * 44_100)
    assert error_db(stem[:n], first[:n]) < THE_SOUND_DB

    def above_8300_hz(audio: np.ndarray) -> float:
        part = np.abs(np.fft.rfft(audio[int(2.1 * 44_100) : int(2.9 * 44_100)])) ** 2
        return float(part[int(0.8 * 8_300) :].sum())

    second = soundfile.read(names[1])[0]
    mixture = above_8300_hz(0.5 * first[: len(second)] + 0.5 * second[: len(first)])
    assert 0.1 < above_8300_hz(stem) / mixture < 10.0
