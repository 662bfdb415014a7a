"""Whole renders in which a lane moves the time of a sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from ltsrender.cli import cli
from ltsrender.render import Plan, render_stems

if TYPE_CHECKING:
    from pathlib import Path

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

RECORDING_DB = -60.0
"""With all detail a stem that rests on a sound is that sound; what remains is rounding."""
RATE = 44_100


def lane(target: str, *points: tuple[float, float]) -> dict[str, Any]:
    written = [{"at": at, "value": value} for at, value in points]
    return {"target": target, "time": "seconds", "points": written}


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float32", always_2d=True)[0].T


def error_db(true: np.ndarray, made: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(made - true) / np.linalg.norm(true)))


@pytest.mark.parametrize(("first_s", "last_s"), [(0.2, 1.6), (1.6, 0.2)])
def test_at_its_own_speed_a_moved_sound_is_the_recording(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path, first_s: float, last_s: float
) -> None:
    lanes = [lane("mix", (0, 1)), lane("position/glass", (0, first_s), (1.4, last_s))]
    render_stems(plan_of(track(lanes=lanes, end_s=1.4)), tmp_path / "out", device="cpu")
    recorded = sound(folder / "sounds/glass.flac")
    first, n_samples = round(first_s * RATE), round(1.35 * RATE)
    step = 1 if last_s > first_s else -1
    true = recorded[:, first : first + step * n_samples : step]
    made = sound(tmp_path / "out" / "A.wav")[:, : true.shape[1]]
    assert error_db(true, made) < RECORDING_DB


def test_other_sounds_keep_their_own_time(track: Maker, plan_of: Planner, tmp_path: Path) -> None:
    rest = [lane("mix", (0, 0))]
    for name, lanes in (("as-is", rest), ("moved", [*rest, lane("position/glass", (0, 0.5))])):
        render_stems(plan_of(track(lanes=lanes)), tmp_path / name, device="cpu")
    stems = [sound(tmp_path / name / "A.wav") for name in ("as-is", "moved")]
    np.testing.assert_array_equal(*stems)


def test_a_moved_morph_renders_the_same_bytes_again_and_is_told_by_check(
    track: Maker, plan_of: Planner, folder: Path, tmp_path: Path
) -> None:
    moved = lane("position/glass", (0, 0.0), (0.5, 0.25), (1.0, 0.25), (1.0, 1.0), (1.5, 0.5))
    plan = plan_of(track(lanes=[lane("mix", (0, 1), (1.5, 0)), moved], start_s=0.5, end_s=2.0))
    render_stems(plan, tmp_path / "one", device="cpu")
    piece = str(folder / "piece.lts.json")
    again = [piece, "-o", str(tmp_path / "two"), "--device", "cpu"]
    assert CliRunner().invoke(cli, ["render", *again]).exit_code == 0
    stems = [(tmp_path / name / "A.wav").read_bytes() for name in ("one", "two")]
    assert stems[0] == stems[1]
    made = sound(tmp_path / "one" / "A.wav")
    assert np.isfinite(made).all()
    assert np.abs(made).max() > 0.01
    told = CliRunner().invoke(cli, ["check", piece])
    assert told.exit_code == 0
    assert "glass (loop, position 0.00..1.00 s)" in told.output


def test_the_position_is_part_of_the_plan_s_hash(track: Maker, plan_of: Planner) -> None:
    hashes = {
        plan_of(track(lanes=[lane("mix", (0, 1)), lane("position/glass", (0, at))])).sha256
        for at in (0.1, 0.2)
    }
    assert len(hashes) == 2


def test_a_knob_moves_time(track: Maker, plan_of: Planner, folder: Path) -> None:
    reference = {
        "file": "two-breaths.mid",
        "cc_map": [{"controller": 2, "target": "position/glass", "minimum": 0.0, "maximum": 1.27}],
    }
    plan = plan_of(track(automation=[reference]))
    found = plan.tracks[0].strip.lanes["position/glass"].at(np.array([0.0, 4.0]))
    np.testing.assert_allclose(found, [0.0, 1.1], atol=1e-9)
    assert json.loads((folder / "piece.lts.json").read_text())["tracks"][0]["automation"]
