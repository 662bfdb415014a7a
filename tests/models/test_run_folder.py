"""Runs of the original, imported: what they say, and that they compute what the original did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch

from ltsrender.models import OriginalCard, TimbreModel, import_run, load_model, read_card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUNS = [
    "A_vae_small", "A_vae_u512", "A_vae2_bn", "A_vae2_nobn", "A_cvae_dense", "A_cvae_conv1_k4",
    "A_cvae_conv2_k3", "T_vae", "T_vae2_bn", "T_cvae_conv1_k4",
]  # fmt: skip
AS_COMPUTED = 1e-5
"""Largest difference over the largest value; measured 6e-7, the rounding of float32 sums. What is
promised is 1e-4."""


def difference(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, shared_runs: Path, tmp_path_factory: Any) -> Any:
    """A run's imported model, what the original made of it, and its data set's frames."""
    name = request.param
    file = tmp_path_factory.mktemp("imported") / f"{name}.ltsmodel"
    import_run(shared_runs / "runs" / name / "run-000", file)
    refs = shared_runs / "refs" / name
    reference = json.loads((refs / "reference.json").read_text())
    data = shared_runs / "datasets" / ("miniA" if name[0] == "A" else "miniTF20") / "npy"
    frames = [
        np.load(data / f"{reference[sound]}.npy", allow_pickle=False).astype(np.float32)
        for sound in ("first", "second")
    ]
    cases = {
        case: (facts, dict(np.load(refs / f"{case}.npz", allow_pickle=False)))
        for case, facts in reference["cases"].items()
    }
    return load_model(file), cases, frames


def encoded(model: TimbreModel, facts: dict[str, Any], frames: list[np.ndarray]) -> list[Any]:
    return [
        model.encode(sound[(first := facts[f"frames_offset_{index}"]) : first + facts["frames"]])
        for index, sound in enumerate(frames, 1)
    ]


def test_latents_are_the_originals(run: Any) -> None:
    model, cases, frames = run
    facts, wanted = cases["ramp"]
    for index, (mean, log_var) in enumerate(encoded(model, facts, frames), 1):
        assert difference(mean, wanted[f"z_mean_{index}"]) < AS_COMPUTED
        assert difference(log_var, wanted[f"z_log_var_{index}"]) < AS_COMPUTED


def test_every_run_is_compared(shared_runs: Path) -> None:
    assert sorted(RUNS) == sorted(folder.name for folder in (shared_runs / "refs").iterdir())


def alfa_of(raw: np.ndarray, n_frames: int) -> np.ndarray:
    """A drawn curve as the app reads it: -1..1 becomes 0..1 and on, spread over the frames."""
    steps = np.arange(len(raw))
    return np.interp(np.linspace(0, len(raw) - 1, n_frames), steps, (raw.astype(float) + 1) / 2)


def mixed(alfa: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    weight = alfa[:, None]
    return weight.astype(np.float32) * first + (1 - weight).astype(np.float32) * second


def test_curves_are_the_originals(run: Any) -> None:
    _, cases, _ = run
    assert {"ramp", "sampled", "extrap_p130", "extrap_m030"} <= set(cases)
    for facts, wanted in cases.values():
        alfa = alfa_of(wanted["raw_curve"], facts["frames"])
        np.testing.assert_allclose(alfa, wanted["alfa"], atol=1e-7)
    assert max(wanted["alfa"].max() for _, wanted in cases.values()) > 1.29
    assert min(wanted["alfa"].min() for _, wanted in cases.values()) < -0.29


def test_mixtures_are_the_originals(run: Any) -> None:
    model, cases, frames = run
    compared = []
    for facts, wanted in cases.values():
        (first, first_log_var), (second, second_log_var) = encoded(model, facts, frames)
        alfa = alfa_of(wanted["raw_curve"], facts["frames"])
        mean = mixed(alfa, first, second)
        log_var = mixed(alfa, first_log_var, second_log_var)
        assert difference(mean, wanted["mix_mean"]) < AS_COMPUTED
        if "mix_log_var" in wanted:
            assert difference(log_var, wanted["mix_log_var"]) < AS_COMPUTED
            compared.append("log_var")
        if "sampled_z" in wanted:
            z = mean + np.exp(0.5 * log_var) * wanted["epsilon"]
            assert difference(z, wanted["sampled_z"]) < AS_COMPUTED
            compared.append("sampled")
    assert set(compared) == {"log_var", "sampled"}


def test_from_the_frames_of_sounds_to_decoded_frames(run: Any) -> None:
    """The whole way by our own numbers: encoded, mixed and decoded."""
    model, cases, frames = run
    for facts, wanted in cases.values():
        (first, _), (second, _) = encoded(model, facts, frames)
        alfa = alfa_of(wanted["raw_curve"], facts["frames"])
        if "sampled_z" not in wanted:
            found = model.decode(mixed(alfa, first, second))
            assert difference(found, np.maximum(wanted["output_C"], 0.0)) < AS_COMPUTED


def test_decoded_frames_are_the_originals_without_negative_magnitudes(run: Any) -> None:
    """Before they are cut off, negative magnitudes are the original's too."""
    model, cases, _ = run
    for _, wanted in cases.values():
        z = wanted["sampled_z"] if "sampled_z" in wanted else wanted["mix_mean"]
        found = model.decode(z)
        assert difference(found, np.maximum(wanted["output_C"], 0.0)) < AS_COMPUTED
        assert found.min() >= 0.0
        with torch.inference_mode():
            raw = model.network.decoder(torch.from_numpy(z.astype(np.float32))).numpy()
        assert difference(raw, wanted["output_C"]) < AS_COMPUTED


def test_only_decoders_without_a_relu_make_negative_magnitudes(run: Any) -> None:
    model, cases, _ = run
    ends_in_relu = getattr(model.card.decoder[-1], "activation", "linear") == "relu"
    lowest = min(float(wanted["output_C"].min()) for _, wanted in cases.values())
    assert (lowest < 0) == (not ends_in_relu)


def test_its_own_analysis_gives_the_frames_of_the_data_set(shared_runs: Path) -> None:
    import soundfile  # noqa: PLC0415 - only here

    from ltsrender.signal import ArrayReader  # noqa: PLC0415
    from ltsrender.signal.librosa_cqt import (  # noqa: PLC0415
        LibrosaSpec,
        librosa_block_frames,
        librosa_kernel_for,
    )

    data = shared_runs / "datasets" / "miniA"
    audio, _ = soundfile.read(data / "audio" / "guit_em9.wav", dtype="float32")
    stored = np.load(data / "npy" / "guit_em9.npy", allow_pickle=False)
    kernel = librosa_kernel_for(LibrosaSpec())
    blocks = [librosa_block_frames(ArrayReader(audio[None]), b, kernel)[0] for b in range(2)]
    found = np.concatenate([block.numpy() for block in blocks])[: len(stored)]
    assert np.linalg.norm(found - stored) < 0.01 * np.linalg.norm(stored)


@pytest.fixture
def tiny(make_original_run: Callable[[Path], Path], tmp_path: Path) -> Path:
    return make_original_run(tmp_path / "run-000")


def test_a_card_tells_where_the_model_comes_from(tiny: Path, tmp_path: Path) -> None:
    import_run(tiny, tmp_path / "a.ltsmodel", licence="CC0")
    card = read_card(tmp_path / "a.ltsmodel")
    assert isinstance(card, OriginalCard)
    assert (card.name, card.n_bands, card.n_latents, card.licence) == ("a", 96, 4, "CC0")
    assert card.run["audio.hop_length"] == "256"
    assert card.versions["keras"] == "2.15.0"
    assert card.frames["n_bins"] == 96


def test_the_same_run_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    for name in ("a/x.ltsmodel", "b/x.ltsmodel"):
        import_run(tiny, tmp_path / name)
    assert (tmp_path / "a/x.ltsmodel").read_bytes() == (tmp_path / "b/x.ltsmodel").read_bytes()


def test_frames_pass_as_the_sums_say(tiny: Path, tmp_path: Path) -> None:
    import_run(tiny, tmp_path / "a.ltsmodel")
    model = load_model(tmp_path / "a.ltsmodel")
    frames = np.random.default_rng(0).random((300, 96), dtype=np.float32)
    with h5py.File(tiny / "model" / "mymodel_last.h5") as file:

        def line(x: np.ndarray, layer: str, group: str = "") -> np.ndarray:
            place = file[f"model_weights/{group or layer}/{layer}"]
            return x @ place["kernel:0"][()] + place["bias:0"][()]

        hidden = np.maximum(line(frames, "dense"), 0)
        mean = line(hidden, "z_mean")
        made = np.maximum(line(line(mean, "dense_1", "decoder"), "dense_2", "decoder"), 0)
    np.testing.assert_allclose(model.encode(frames)[0], mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.decode(mean), made, rtol=1e-4, atol=1e-4)


def test_the_latents_of_silence_are_silence(tiny: Path, tmp_path: Path) -> None:
    import_run(tiny, tmp_path / "a.ltsmodel")
    model = load_model(tmp_path / "a.ltsmodel")
    silence, _ = model.silence()
    np.testing.assert_array_equal(silence, model.encode(np.zeros((1, 96), np.float32))[0][0])
    beside = silence + np.float32(0.1)
    decoded = model.decode(np.stack([silence, 0.3 * silence + 0.7 * silence, beside]))
    assert not decoded[:2].any()
    assert decoded[2].any()


def test_no_h5_is_needed_afterwards(tiny: Path, tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415

    import_run(tiny, tmp_path / "a.ltsmodel")
    code = (
        "import sys; sys.modules['h5py'] = None\n"
        "from pathlib import Path\n"
        "from ltsrender.models import load_model\n"
        f"print(load_model(Path({str(tmp_path / 'a.ltsmodel')!r})).n_latents)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n"
