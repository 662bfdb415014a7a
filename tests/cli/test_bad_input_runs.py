"""Runs of the original that are broken or hostile: each is refused with a note, nothing is run."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "model/mymodel_last.h5"
IMPORT = ("model", "import", "run-000", "-o", "mine.ltsmodel")


@pytest.fixture
def run(folder: Any, make_original_run: Callable[[Path], Path]) -> Path:
    return make_original_run(folder.path / "run-000")


def change_config(run: Path, old: str, new: str) -> None:
    file = run / "config.ini"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


CONFIGS = {
    "no number": ("44100", "fast", r"config.ini: \[audio\] sample_rate is 'fast'; a whole number"),
    "a million digits": ("44100", "4" * 500_000, "sample_rate is '4444"),
    "a negative hop": ("hop_length = 256", "hop_length = -256", "hop_length is '-256'"),
    "a misspelt key": ("hop_length", "hop_lenght", r'hop_length is missing; did you mean "hop_l'),
    "a crooked hop": ("= 256", "= 300", "hop_samples is 300; it must be a power of two"),
    "the blow-up": ("num_octaves = 8", "num_octaves = 10", "blows up by 72 dB.*at most 108 bins"),
    "other bins": ("num_octaves = 8", "num_octaves = 7", "12 x 7 = 84 bins; the network takes 96"),
    "other latents": ("latent_dim = 4", "latent_dim = 5", "latent_dim is 5; the network has 4"),
    "no model's section": (r"[VAE]", "[GAN]", "neither a section VAE nor CVAE; it has audio, GAN"),
    "no sections": ("[audio]", "audio", "is not what configparser writes"),
    "an enormous file": ("tiny", "x" * 1_100_000, "more than 1 MB"),
}


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("case", CONFIGS)
def test_configs(folder: Any, run: Path, case: str) -> None:
    old, new, words = CONFIGS[case]
    change_config(run, old, new)
    folder.refuses(*IMPORT, says=words)


def test_a_config_in_bytes(folder: Any, run: Path) -> None:
    (run / "config.ini").write_bytes(b"\xff\xfe\x00bad")
    folder.refuses(*IMPORT, says="is not what configparser writes")


def test_all_that_is_wrong_is_said_at_once(folder: Any, run: Path) -> None:
    change_config(run, "44100", "fast")
    (run / MODEL).write_bytes(b"no h5")
    messages = folder.refuses(*IMPORT, says="sample_rate is 'fast'")
    assert "mymodel_last.h5: cannot be read" in messages


Change = "Callable[[h5py.File], None]"


def edit_layer(place: list[int], **changes: Any) -> Any:
    """Change a layer of the model's config, at these numbers of layers in layers."""

    def change(file: h5py.File) -> None:
        config = json.loads(file.attrs["model_config"])
        layer: Any = config
        for number in place:
            layer = layer["config"]["layers"][number]
        inner = {key: value for key, value in changes.items() if key in layer}
        layer.update(inner)
        layer["config"].update({k: v for k, v in changes.items() if k not in inner})
        file.attrs["model_config"] = json.dumps(config)

    return change


def replace(name: str, values: Any) -> Any:
    def change(file: h5py.File) -> None:
        del file[f"model_weights/{name}"]
        file[f"model_weights/{name}"] = values

    return change


def with_nan(file: h5py.File) -> None:
    file["model_weights/decoder/dense_2/kernel:0"][3, 5] = np.nan


def with_infinity(file: h5py.File) -> None:
    file["model_weights/z_mean/z_mean/bias:0"][0] = np.inf


def link_outside(file: h5py.File) -> None:
    del file["model_weights/dense/dense/kernel:0"]
    file["model_weights/dense/dense/kernel:0"] = h5py.ExternalLink("/etc/passwd", "/kernel")


def link_soft(file: h5py.File) -> None:
    del file["model_weights/dense"]
    file["model_weights/dense"] = h5py.SoftLink("/model_weights/decoder")


def data_outside(file: h5py.File) -> None:
    group = file["model_weights/dense/dense"]
    del group["kernel:0"]
    group.create_dataset(
        "kernel:0", shape=(96, 6), dtype="f4", external=[("/etc/passwd", 0, 96 * 6 * 4)]
    )


def virtual(file: h5py.File) -> None:
    group = file["model_weights/dense/dense"]
    del group["kernel:0"]
    layout = h5py.VirtualLayout((96, 6), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (96, 6), "f4")
    group.create_virtual_dataset("kernel:0", layout)


def enormous(file: h5py.File) -> None:
    """A terabyte of zeros in a few bytes, and a config that asks for it."""
    group = file["model_weights/dense/dense"]
    del group["kernel:0"]
    group.create_dataset("kernel:0", shape=(96, 10**10), dtype="f4", chunks=(1, 1024))


def drawn_out(file: h5py.File) -> None:
    """The right shape, but of a size that the file cannot hold."""
    edit_layer([1], units=16_384)(file)
    edit_layer([2], units=4)(file)
    for name, shape in (("dense/dense/kernel:0", (96, 16_384)), ("dense/dense/bias:0", (16_384,))):
        del file[f"model_weights/{name}"]
        file.create_dataset(f"model_weights/{name}", shape=shape, dtype="f4", chunks=True)


def without_config(file: h5py.File) -> None:
    del file.attrs["model_config"]


def config_is(text: str) -> Any:
    def change(file: h5py.File) -> None:
        file.attrs["model_config"] = text

    return change


def without(name: str) -> Any:
    def change(file: h5py.File) -> None:
        del file[f"model_weights/{name}"]

    return change


def without_names(file: h5py.File) -> None:
    del file["model_weights/decoder"].attrs["weight_names"]


def in_a_circle(file: h5py.File) -> None:
    edit_layer([1], inbound_nodes=[[["dense", 0, 0, {}]]])(file)


HOSTILE = {
    "NaN": (with_nan, "dense_2/kernel holds values that no training makes"),
    "infinity": (with_infinity, "z_mean/bias holds values that no training makes"),
    "a weight beyond all": (
        replace("z_mean/z_mean/bias:0", np.full(4, 1e9, np.float32)),
        "layer 'z_mean' has weights beyond 10000, which no training makes",
    ),
    "a link out of the file": (link_outside, "dense/kernel is a link to another place"),
    "a link inside": (link_soft, "dense/kernel is a link to another place"),
    "data in another file": (data_outside, "dense/kernel lies in another file"),
    "virtual data": (virtual, "dense/kernel lies in another file"),
    "a terabyte": (enormous, r"has shape \[96, 10000000000\]; the layer asks for \[96, 6\]"),
    "more than the file": (drawn_out, "more than the file can hold"),
    "another shape": (
        replace("dense/dense/kernel:0", np.zeros((6, 96), np.float32)),
        r"has shape \[6, 96\]; the layer asks for \[96, 6\]",
    ),
    "another type": (
        replace("dense/dense/kernel:0", np.zeros((96, 6))),
        "is float64; the original's weights are float32",
    ),
    "a group for an array": (without("dense/dense/kernel:0"), "dense/kernel is missing"),
    "no layer": (without("decoder"), "dense_1/kernel is missing"),
    "no names": (without_names, "dense_1/kernel is missing"),
    "weights alone": (without_config, "holds weights without model_config"),
    "no JSON": (config_is("{"), "model_config is not what Keras writes"),
    "deep JSON": (config_is("[" * 20_000), "model_config is not what Keras writes"),
    "a list": (config_is('{"config": []}'), "describes no network of named layers"),
    "layers without names": (config_is('{"config": {"layers": [{}]}}'), "a layer without name"),
    "another model": (config_is('{"config": {"layers": []}}'), "has no layer 'z_mean'"),
    "code": (
        edit_layer([1], class_name="Lambda", function=["cos\nsystem\n", None, None]),
        "layer 'dense' is a Lambda .it may carry code, which is never run.; ltsrender imports",
    ),
    "an unknown layer": (edit_layer([1], class_name="LSTM"), "layer 'dense' is a LSTM; ltsrender"),
    "an unknown activation": (edit_layer([1], activation="exec"), "activation"),
    "a width of words": (edit_layer([1], units="many"), "impossible layer: n_out"),
    "a width beyond all": (edit_layer([1], units=10**9), "impossible layer: n_out"),
    "a circle": (in_a_circle, "does not lead back to an input"),
    "two ways in": (
        edit_layer([2], inbound_nodes=[[["dense", 0, 0, {}], ["z_log_var", 0, 0, {}]]]),
        "layer 'z_mean' has more than one layer before it",
    ),
    "an input in two axes": (
        edit_layer([0], batch_input_shape=[None, 8, 12]),
        "takes the shape .None, 8, 12.; a row is needed",
    ),
    "other latents in the decoder": (
        edit_layer([5, 0], batch_input_shape=[None, 3]),
        "takes 3 latents; z_mean has 4",
    ),
}


@pytest.mark.usefixtures("read_here")
@pytest.mark.parametrize("case", HOSTILE)
def test_models(folder: Any, run: Path, case: str) -> None:
    change, words = HOSTILE[case]
    with h5py.File(run / MODEL, "a") as file:
        change(file)
    folder.refuses(*IMPORT, says=words)


def pickled() -> bytes:
    class Trap:
        def __reduce__(self) -> tuple[Any, tuple[Path]]:
            return Path.touch, (Path("sprung"),)

    return pickle.dumps(Trap())


DAMAGED = {
    "empty": lambda _: b"",
    "text": lambda _: b"weights",
    "a pickle": lambda _: pickled(),
    "cut short": lambda whole: whole[: len(whole) // 3],
    "the head alone": lambda whole: whole[:600],
    "a hole": lambda whole: whole[:800] + bytes(2_000) + whole[2_800:],
}


@pytest.mark.parametrize("case", DAMAGED)
def test_files(folder: Any, run: Path, case: str) -> None:
    file = run / MODEL
    file.write_bytes(DAMAGED[case](file.read_bytes()))
    folder.refuses(*IMPORT, says=r"mymodel_last\.h5: .*")
    assert not (folder.path / "sprung").exists()


@pytest.mark.parametrize("name", ["config.ini", MODEL])
def test_a_file_that_is_missing(folder: Any, run: Path, name: str) -> None:
    (run / name).unlink()
    folder.refuses(*IMPORT, says=f"{name}: is not there; a run of the original has")


def test_the_folder_above_the_run(folder: Any, run: Path) -> None:
    run.rename(folder.path / "timbre-vae-000")
    (folder.path / "all").mkdir()
    (folder.path / "timbre-vae-000").rename(folder.path / "all" / "run-003")
    says = r'did you mean "all/run-003"'
    folder.refuses("model", "import", "all", "-o", "mine.ltsmodel", says=says)


def test_the_h5_file_instead_of_its_run(folder: Any, run: Path) -> None:
    says = r'is a file; the folder of a run is needed; did you mean "run-000"'
    folder.refuses("model", "import", f"{run.name}/{MODEL}", "-o", "mine.ltsmodel", says=says)


def test_a_run_that_does_not_exist(folder: Any, run: Path) -> None:
    assert run.is_dir()
    says = r'run-00: does not exist; did you mean "run-000"'
    folder.refuses("model", "import", "run-00", "-o", "mine.ltsmodel", says=says)


def test_another_suffix(folder: Any, run: Path) -> None:
    folder.refuses("model", "import", run.name, "-o", "mine.h5", says="must end in .ltsmodel")


def test_an_imported_model_whose_card_was_bent(folder: Any, run: Path, make: Any) -> None:
    assert run.is_dir()
    assert folder.run(*IMPORT).code == 0
    model = (folder.path / "mine.ltsmodel").read_bytes()
    for changes, words in (
        ({"frames.n_bins": 10**9}, r"card .*frames\.n_bins is 1000000000"),
        ({"frames.hop_samples": 300}, r"card\.frames are no frames of librosa: hop_samples is 300"),
        ({"frames.hop_samples": 128}, r"card\.frames\.hop_samples is 128, but its transform has"),
        ({"decoder.0.n_out": 7}, r"layer 1 \(dense\) cannot take a shape of \[7\]"),
        ({"encoder.0.n_out": 10**8}, r"card\.encoder\.0\.dense\.n_out"),
        ({"architecture": "frame-vae"}, r"card\."),
        ({"transform.f_min_hz": 30.0}, r"card\.frames\.f_min_hz is 32\.7"),
    ):
        folder.write("bent.ltsmodel", make.with_card(model, changes))
        folder.refuses("inspect", "bent.ltsmodel", says=words)
