"""Runs of the PyTorch port that are broken or hostile: each is refused, and nothing is run."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from ltsrender.models import apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = "model/best_model_state.pt"
IMPORT = ("model", "import", "run-000", "-o", "mine.ltsmodel")
SPRUNG = "sprung"
pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture
def run(folder: Any, make_torch_run: Callable[[Path], Path]) -> Path:
    return make_torch_run(folder.path / "run-000")


def weights_of(run: Path) -> dict[str, Any]:
    state = torch.load(run / MODEL, weights_only=True)
    weights: dict[str, Any] = state["state_dict"]
    return weights


class Trap:
    """Makes a file when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (SPRUNG,)


def changed(**tensors: Any) -> Any:
    """Change tensors; None takes one away. A dot cannot stand in a name: ``fc1_weight``."""

    def change(weights: dict[str, Any]) -> Any:
        for name, values in tensors.items():
            key = name.replace("_", ".")
            if values is None:
                del weights[key]
            else:
                weights[key] = values(weights.get(key)) if callable(values) else values
        return weights

    return change


def filled(value: float) -> Any:
    def fill(tensor: torch.Tensor) -> torch.Tensor:
        tensor[-1] = value
        return tensor

    return fill


def drawn_out(tensor: torch.Tensor) -> torch.Tensor:
    """A hundred gigabytes that are one number, by steps of nothing."""
    return tensor[:1, :1].expand(5_000_000, 5_000)


STATES: dict[str, tuple[Any, str]] = {
    "a layer is missing": (changed(fc22_weight=None), r"fc22\.weight is missing"),
    "a layer too many": (changed(fc5_weight=torch.zeros(2)), r"fc5\.weight does not belong to the"),
    "a misspelt layer": (
        lambda weights: {key.replace("fc3.w", "fc3.W"): tensor for key, tensor in weights.items()},
        r'fc3\.weight is missing; did you mean "fc3\.Weight"',
    ),
    "another model": (lambda _: nn.Linear(3, 2).state_dict(), r"fc1\.weight is missing"),
    "another shape": (
        changed(fc3_weight=torch.zeros(4, 6)),
        r"fc3\.weight has shape \[4, 6\]; the other layers ask for \[6, 4\]",
    ),
    "another bias": (changed(fc4_bias=torch.zeros(95)), r"fc4\.bias has shape \[95\]; the other"),
    "one axis": (changed(fc1_weight=torch.zeros(576)), r"fc1\.weight has shape \[576\]; two axes"),
    "no values": (changed(fc1_weight=torch.zeros(0, 96)), r"fc1\.weight has 0 units; 1\.\.16384"),
    "NaN": (changed(fc4_weight=filled(torch.nan)), r"fc4\.weight holds values that no training"),
    "infinity": (changed(fc21_bias=filled(torch.inf)), r"fc21\.bias holds values that no training"),
    "weights beyond all": (changed(fc1_bias=filled(1e9)), r"fc1\.bias has weights beyond 10000"),
    "whole numbers": (changed(fc1_bias=torch.zeros(6).int()), r"fc1\.bias is no tensor of numbers"),
    "complex numbers": (
        changed(fc1_bias=torch.zeros(6, dtype=torch.complex64)),
        r"names torch\.ComplexFloatStorage, which may be code",
    ),
    "words": (changed(fc1_bias="six"), r"fc1\.bias is no tensor of numbers"),
    "more than the file holds": (
        changed(fc1_weight=drawn_out),
        r"fc1\.weight is no tensor of numbers",
    ),
    "sparse": (
        changed(fc1_weight=lambda tensor: tensor.to_sparse()),
        r"names torch\._utils\._rebuild_sparse_tensor, which may be code",
    ),
    "on no device": (
        changed(fc1_weight=torch.zeros(6, 96, device="meta")),
        r"names torch\._utils\._rebuild_meta_tensor_no_storage, which may be code",
    ),
    "a parameter": (
        changed(fc1_weight=nn.Parameter),
        r"names torch\._utils\._rebuild_parameter, which may be code",
    ),
    "a list": (lambda weights: list(weights.values()), r"holds a list; a state_dict is needed"),
    "numbered layers": (
        lambda weights: dict(enumerate(weights.values())),
        r"holds no state_dict: its keys are not the names of some layers",
    ),
    "code beside the weights": (
        lambda weights: {"state_dict": weights, "epoch": Trap()},
        r"names \w+\.mkdir, which may be code and is never run",
    ),
    "code for a layer": (changed(fc1_bias=Trap()), r"names \w+\.mkdir, which may be code"),
    "the whole module": (
        lambda _: nn.Linear(3, 2),
        r"names torch\.nn\.modules\.linear\.Linear, which may be code and is never run; a state",
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_states(folder: Any, run: Path, case: str) -> None:
    change, words = STATES[case]
    torch.save(change(weights_of(run)), run / MODEL)
    folder.refuses(*IMPORT, says=rf"best_model_state\.pt: {words}")
    assert not (folder.path / SPRUNG).exists()


def members_of(whole: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_member(suffix: str, content: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        members = members_of(whole)
        (name,) = (name for name in members if name.endswith(suffix))
        return zipped(members | {name: content(members[name])})

    return change


def bomb(whole: bytes) -> bytes:
    """Half a gigabyte of zeros in half a megabyte."""
    members = members_of(whole)
    name = next(name for name in members if name.endswith("/data/0"))
    return zipped(members | {name: bytes(2**29)}, zipfile.ZIP_DEFLATED)


def larger_than_it_is(whole: bytes) -> bytes:
    """The directory of the zip says that a member has four gigabytes."""
    directory = whole.rindex(b"PK\x01\x02", 0, whole.index(b"/data/0", whole.index(b"PK\x01\x02")))
    sizes = struct.pack("<II", 2**32 - 2, 2**32 - 2)
    return whole[: directory + 20] + sizes + whole[directory + 28 :]


def longer_storage(pickled: bytes) -> bytes:
    """The pickle says that fc1 has more numbers than the file has bytes."""
    n_values, shape = b"M" + struct.pack("<H", 6 * 96), b"K\x06K\x60\x86"
    assert n_values in pickled
    assert shape in pickled
    longer = pickled.replace(n_values, b"J" + struct.pack("<i", 6 * 16_000), 1)
    return longer.replace(shape, b"K\x06M" + struct.pack("<H", 16_000) + b"\x86", 1)


def legacy(whole: bytes) -> bytes:
    target = io.BytesIO()
    state = torch.load(io.BytesIO(whole), weights_only=True)
    torch.save(state, target, _use_new_zipfile_serialization=False)
    return target.getvalue()


def flipped(whole: bytes) -> bytes:
    """One bit of one weight is another."""
    at = whole.index(members_of(whole)[next(n for n in members_of(whole) if n.endswith("data/0"))])
    return whole[: at + 40] + bytes([whole[at + 40] ^ 1]) + whole[at + 41 :]


def script(_: bytes) -> bytes:
    return zipped(
        {"m/data.pkl": b"\x80\x02}.", "m/constants.pkl": b"\x80\x02).", "m/code/a.py": b""}
    )


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is not a whole file of torch.save"),
    "text": (lambda _: b"weights", "is not a whole file of torch.save"),
    "a pickle": (lambda _: pickle.dumps(Trap()), "is not a whole file of torch.save"),
    "of an old torch": (legacy, "is no zip archive .files from before torch 1.6"),
    "an HDF5 file": (lambda _: b"\x89HDF\r\n\x1a\n" + bytes(2_000), "is not a whole file of torch"),
    "cut short": (lambda whole: whole[: len(whole) // 2], "is not a whole file of torch.save"),
    "its end alone": (lambda whole: whole[-300:], r"is a damaged zip archive|is not a whole file"),
    "a hole": (
        lambda whole: whole[:400] + bytes(900) + whole[1_300:],
        r"is damaged: its checksum is another|is a damaged zip archive|broken pickle",
    ),
    "a bit turned": (flipped, "member '.*/data/0' is damaged: its checksum is another"),
    "a zip bomb": (bomb, r"member '.*' is packed \(\d+ bytes that become \d+\); torch never packs"),
    "a member without end": (larger_than_it_is, "members that are larger, all together"),
    "another zip": (lambda _: zipped({"a.txt": b"a"}), "none that torch.save wrote"),
    "a crowd": (
        lambda _: zipped({f"m/{number}": b"" for number in range(1_500)}),
        "has 1500 members; a model has at most 1000",
    ),
    "a huge pickle": (
        with_member("/data.pkl", lambda pickled: pickled + bytes(2**21)),
        r"has \d+ bytes; names and shapes need no more than 1 MB",
    ),
    "a pickle of noise": (
        with_member("/data.pkl", lambda _: bytes(range(255, 0, -1))),
        "has a broken pickle",
    ),
    "a pickle of code": (
        with_member("/data.pkl", lambda _: pickle.dumps(Trap(), 4)),
        "names STACK_GLOBAL, which may be code",
    ),
    "a pickle of old code": (
        with_member("/data.pkl", lambda _: pickle.dumps(Trap(), 0)),
        r"names \w+\.mkdir, which may be code",
    ),
    "a longer storage": (with_member("/data.pkl", longer_storage), "is no whole file of weights"),
    "no weights": (
        lambda whole: zipped({k: v for k, v in members_of(whole).items() if "/data/" not in k}),
        "is no whole file of weights",
    ),
    "a program": (script, "is a TorchScript program, which is never run"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_files(folder: Any, run: Path, case: str) -> None:
    change, words = DAMAGED[case]
    whole = (run / MODEL).read_bytes()
    (run / MODEL).write_bytes(change(whole))
    folder.refuses(*IMPORT, says=rf"best_model_state\.pt: .*({words})")
    assert not (folder.path / SPRUNG).exists()


CONFIGS = {
    "other bins": ("num_octaves = 8", "num_octaves = 7", "12 x 7 = 84 bins; the network takes 96"),
    "other latents": ("latent_dim = 4", "latent_dim = 5", "latent_dim is 5; the network has 4"),
    "other units": ("n_units = 6", "n_units = 7", "n_units is 7; the network has 6 units"),
    "no rate": ("sampling_rate", "rate", r"\[audio\] sample_rate is missing"),
    "no number": ("sampling_rate = 44100", "sampling_rate", r"sampling_rate is ''; a whole number"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_configs(folder: Any, run: Path, case: str) -> None:
    old, new, words = CONFIGS[case]
    file = run / "config.ini"
    file.write_text(file.read_text().replace(old, new))
    folder.refuses(*IMPORT, says=words)


def test_all_that_is_wrong_is_said_at_once(folder: Any, run: Path) -> None:
    file = run / "config.ini"
    file.write_text(file.read_text().replace("44100", "fast"))
    broken = changed(fc1_bias=None, fc4_bias=None)(weights_of(run))
    torch.save(broken, run / MODEL)
    messages = folder.refuses(*IMPORT, says="sampling_rate is 'fast'")
    assert "fc1.bias is missing" in messages
    assert "fc4.bias is missing" in messages


def test_a_run_that_has_the_whole_module_alone(folder: Any, run: Path) -> None:
    (run / MODEL).unlink()
    torch.save(nn.Linear(3, 2), run / "model" / "last_model.pt")
    says = r"last_model\.pt: names .*Linear, which may be code and is never run"
    folder.refuses(*IMPORT, says=says)


def test_a_folder_in_the_place_of_the_file(folder: Any, run: Path) -> None:
    (run / MODEL).unlink()
    (run / MODEL).mkdir()
    folder.refuses(*IMPORT, says=r"mymodel_last\.h5: is not there; .*best_model_state\.pt")


def test_the_file_instead_of_its_run(folder: Any, run: Path) -> None:
    says = r'is a file; the folder of a run is needed; did you mean "run-000"'
    folder.refuses("model", "import", f"{run.name}/{MODEL}", "-o", "mine.ltsmodel", says=says)


def test_one_library_s_file_under_the_other_s_name(folder: Any, run: Path) -> None:
    (run / MODEL).rename(run / "model" / "mymodel_last.h5")
    folder.refuses(*IMPORT, says=r"mymodel_last\.h5: cannot be read: not a whole HDF5 file")


@pytest.mark.parametrize("name", ["best.ltsmodel", "best.pt", "best.safetensors"])
def test_a_file_of_the_port_in_the_place_of_a_model(folder: Any, run: Path, name: str) -> None:
    (run / MODEL).rename(folder.path / name)
    says = "is a zip archive or a file of PyTorch, not a timbre model; .*ltsrender model import"
    folder.refuses("inspect", name, says=says if name.endswith("ltsmodel") else name)
    morph = ("morph", "a.wav", "b.wav", "--model", name, "-o", "m.wav")
    folder.refuses(*morph, says=says)


def test_a_bare_safetensors_file_in_the_place_of_a_model(folder: Any, run: Path) -> None:
    from safetensors.torch import save_file  # noqa: PLC0415 - only here

    save_file(OrderedDict(weights_of(run)), folder.path / "fc.safetensors")
    morph = ("morph", "a.wav", "b.wav", "--model", "fc.safetensors", "-o", "m.wav")
    folder.refuses(*morph, says="is a safetensors file without an ltsrender model card")


def test_in_a_process_of_its_own_the_words_are_the_same(
    folder: Any, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ltsrender.models.run_folder.read_network", apart.read_network)
    torch.save({"state_dict": weights_of(run), "epoch": Trap()}, run / MODEL)
    folder.refuses(*IMPORT, says=r"best_model_state\.pt: names \w+\.mkdir, which may be code")
    assert not (folder.path / SPRUNG).exists()
