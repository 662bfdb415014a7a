"""The original beside a model: trained in the same time on the same frames, and measured alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ltsrender.cli import cli
from ltsrender.errors import ModelError
from ltsrender.models import load_model
from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal import TransformSpec
from ltsrender.signal.librosa_cqt import LibrosaSpec
from ltsrender.train import OriginalOptions, evaluate_model, train_model, train_original
from ltsrender.train.material import read_material
from ltsrender.train.original_baseline import librosa_scale, original_baseline

if TYPE_CHECKING:
    from pathlib import Path

    from ltsrender.train import TrainOptions

SAME_SCALE = 0.006
"""Windows of librosa's usual frames have another width than those of our usual bands."""
MOMENT = 0.02
"""Minutes: a few steps on the smallest machine."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, sounds: list[Path], tiny: TrainOptions) -> Path:
    path = tmp_path_factory.mktemp("beside") / "tiny.ltsmodel"
    train_model(sounds, path, tiny)
    return path


def test_frames_are_as_large_as_librosas() -> None:
    scale = librosa_scale(TransformSpec())
    usual = 1.0 / LibrosaSpectra(LibrosaSpec()).gains
    assert scale[1 : 1 + len(usual)] == pytest.approx(usual, rel=SAME_SCALE)
    assert len(scale) == TransformSpec().n_bands


@given(
    rate_hz=st.sampled_from([8_000, 22_050, 44_100, 96_000]), per_octave=st.sampled_from([12, 48])
)
def test_the_scale_falls_by_3_db_an_octave_and_never_rises(rate_hz: int, per_octave: int) -> None:
    spec = TransformSpec(sample_rate_hz=rate_hz, bins_per_octave=per_octave, padding_samples=2**16)
    scale = librosa_scale(spec)
    assert (scale > 0).all()
    assert (np.diff(scale) <= 0).all()
    assert scale[1] / scale[1 + per_octave] == pytest.approx(np.sqrt(2.0), rel=1e-5)


def test_what_is_measured_is_what_the_network_makes_on_its_own_scale(
    model: Path, sounds: list[Path]
) -> None:
    read = load_model(model)
    frames = [sound.frames[sound.audible] for sound in read_material(sounds, read)]
    made = original_baseline(frames, read, MOMENT, n_latents=5, device="cpu")
    mean, log_var = made.model.encode(frames[0])
    decoded = made.model.decode(mean)
    assert mean.shape == log_var.shape == (len(frames[0]), 5)
    assert decoded.shape == frames[0].shape
    assert np.isfinite(decoded).all()
    assert (decoded >= 0.0).all()
    again = original_baseline(frames, read, MOMENT, n_latents=5, device="cpu")
    assert again.facts["n_latents"] == made.facts["n_latents"] == 5


def test_the_evaluation_has_the_original(model: Path, sounds: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "numbers.json"
    arguments = ["model", "evaluate", str(model), str(sounds[0]), "--json", str(table)]
    arguments += ["--baseline", str(sounds[0].parent)]
    result = CliRunner().invoke(cli, [*arguments, "--original", str(MOMENT)])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(table.read_text("utf-8"))
    assert set(found["original"]) == set(found["model"])
    assert found["original"]["whole"]["all"]["lsd_db"] > found["model"]["whole"]["all"]["lsd_db"]
    assert len(found["original"]["active"]) == 256
    facts = found["original_facts"]
    assert (facts["architecture"], facts["n_latents"]) == ("timbre-vae", 256)
    assert facts["minutes"] == MOMENT
    assert facts["frames_per_s"] > 0
    assert "original: its timbre-vae, 256 latents" in result.stdout
    widths = {len(line) for line in result.stdout.splitlines() if line.startswith("  all ")}
    assert widths == {26 + 3 * (11 + 12)}


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf"])
def test_impossible_minutes_are_a_note(model: Path, sounds: list[Path], minutes: str) -> None:
    arguments = ["model", "evaluate", str(model), str(sounds[0].parent), "--original", minutes]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "original is" in result.output


def test_beside_a_model_of_the_original_frames_stay_as_they_are(
    sounds: list[Path], tmp_path: Path
) -> None:
    small = LibrosaSpec(sample_rate_hz=8_000, bins_per_octave=12, n_bins=64)
    chosen = OriginalOptions(
        "timbre-vae", minutes=None, epochs=1, n_latents=4, device="cpu", frames=small
    )
    train_original(sounds, tmp_path / "theirs.ltsmodel", chosen)
    found = evaluate_model(tmp_path / "theirs.ltsmodel", sounds[0], original_minutes=MOMENT)
    assert found.original is not None
    assert found.n_trained_on == 1
    assert np.isfinite(found.original.whole["all"]["lsd_db"] or np.nan)


def test_minutes_are_checked_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="original is 0"):
        evaluate_model(tmp_path / "none", tmp_path, original_minutes=0.0)
