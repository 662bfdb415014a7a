"""What tests of every room share: where the recordings are, and how hypothesis runs."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings

from ltsrender.models import apart, run_folder

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

settings.register_profile(
    "ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# A suite that a script starts in the background is told to ignore Ctrl-C, and so would all that it
# starts; tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_audio() -> Path:
    """The folder of CC0 recordings, which only the project's own machines have."""
    folder = SHARED / "audio"
    if not folder.is_dir():
        pytest.skip("the CC0 recordings (../shared/audio) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_runs() -> Path:
    """What the original wrote: runs, data sets and its own results; only our machines have them."""
    folder = SHARED / "original-lts"
    if not folder.is_dir():
        pytest.skip("the original's runs and results (../shared/original-lts) are not here")
    return folder


RUN_CONFIG = """[audio]
sample_rate = 44100
hop_length = 256
bins_per_octave = 12
num_octaves = 8

[VAE]
latent_dim = 4
n_units = 6

[extra]
description = tiny
"""


def keras_layer(kind: str, name: str, before: str = "", **config: Any) -> dict[str, Any]:
    nodes = [[[before, 0, 0, {}]]] if before else []
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": nodes,
    }


def keras_dense(name: str, before: str, units: int, activation: str = "linear") -> dict[str, Any]:
    return keras_layer("Dense", name, before, units=units, activation=activation, use_bias=True)


def keras_config() -> dict[str, Any]:
    """The `model_config` of a small model, as timbre-vae saves it."""
    decoder = keras_layer("Functional", "decoder", "sampling")
    decoder["config"] |= {
        "layers": [
            keras_layer("InputLayer", "z_sampling", batch_input_shape=[None, 4]),
            keras_dense("dense_1", "z_sampling", 6),
            keras_dense("dense_2", "dense_1", 96, "relu"),
        ],
        "output_layers": [["dense_2", 0, 0]],
    }
    layers = [
        keras_layer("InputLayer", "encoder_input", batch_input_shape=[None, 96]),
        keras_dense("dense", "encoder_input", 6, "relu"),
        keras_dense("z_mean", "dense", 4),
        keras_dense("z_log_var", "dense", 4),
        keras_layer("Sampling", "sampling", "z_mean"),
        decoder,
    ]
    return {"class_name": "Functional", "config": {"name": "vae", "layers": layers}}


def make_run(folder: Path) -> Path:
    """Write an untrained run of the original, as small as can be."""
    (folder / "model").mkdir(parents=True)
    (folder / "config.ini").write_text(RUN_CONFIG)
    rng = np.random.default_rng(3)
    sizes = {"dense": (96, 6), "z_mean": (6, 4), "z_log_var": (6, 4)}
    inner = {"dense_1": (4, 6), "dense_2": (6, 96)}
    with h5py.File(folder / "model" / "mymodel_last.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(keras_config())
        file.attrs["keras_version"] = "2.15.0"
        groups = {name: {name: shape} for name, shape in sizes.items()} | {"decoder": inner}
        for group, layers in groups.items():
            place = file.create_group(f"model_weights/{group}")
            names = [f"{name}/{part}:0" for name in layers for part in ("kernel", "bias")]
            place.attrs["weight_names"] = names
            for name, shape in layers.items():
                kernel = rng.normal(0, 0.5, shape).astype(np.float32)
                place[f"{name}/kernel:0"] = kernel
                place[f"{name}/bias:0"] = rng.normal(0, 0.5, shape[1]).astype(np.float32)
    return folder


@pytest.fixture(scope="session")
def make_original_run() -> Callable[[Path], Path]:
    """Make a run folder of the original in a folder that does not exist yet."""
    return make_run


TORCH_CONFIG = """[audio]
sampling_rate = 44100
hop_length = 256
bins_per_octave = 12
num_octaves = 8
cqt_fmin = A1
cqt_bit_depth = float32

[dataset]
workspace =
run_number = 0

[VAE]
latent_dim = 4
n_units = 6
device = cuda:0

[extra]
description = tiny
"""


def make_torch_weights() -> dict[str, torch.Tensor]:
    """The state_dict of a small untrained model of the original's PyTorch port."""
    rng = np.random.default_rng(4)
    sizes = {"fc1": (6, 96), "fc21": (4, 6), "fc22": (4, 6), "fc3": (6, 4), "fc4": (96, 6)}
    weights = {}
    for name, (n_out, n_in) in sizes.items():
        for part, shape in (("weight", (n_out, n_in)), ("bias", (n_out,))):
            weights[f"{name}.{part}"] = torch.from_numpy(rng.normal(0, 0.5, shape)).float()
    return weights


@pytest.fixture(scope="session")
def make_torch_run() -> Callable[[Path], Path]:
    """Make a run folder of the original's PyTorch port in a folder that does not exist yet."""

    def make(folder: Path) -> Path:
        (folder / "model").mkdir(parents=True)
        (folder / "config.ini").write_text(TORCH_CONFIG)
        state = {"epoch": 1, "state_dict": make_torch_weights(), "optimizer": {"state": {}}}
        torch.save(state, folder / "model" / "best_model_state.pt")
        return folder

    return make


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs be read in this process, which is ten times faster than in one of their own."""
    monkeypatch.setattr(run_folder, "read_network", apart._read)
