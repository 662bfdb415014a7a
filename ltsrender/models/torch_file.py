"""Networks in the files that the original's PyTorch port saved: read as numbers, never run.

The port (latent-timbre-synthesis-pytorch by the original's author) has five layers: ``fc1`` and a
relu, ``fc21`` for the mean and ``fc22`` for the log variance; ``fc3`` and a relu, ``fc4`` and a
relu back to the frame. It saves them in three ways:

    model/best_model_state.pt         {"epoch", "state_dict", "optimizer"}
    model/checkpoints/ckpt_00400      the same
    model/best_model.pt, last_model.pt    the whole module, pickled: code of its makers

The first two are numbers and are read; so is a bare state_dict. The third cannot be read without
running what it names, and is refused.

Nothing here trusts the file. It must be a zip whose members lie in it uncompressed, so that no
size is larger than the file; what its pickle names is looked at before any of it is unpickled, and
then only by torch's unpickler for weights; tensors must be as large as the bytes they have.
"""

from __future__ import annotations

import pickletools
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ltsrender.errors import ModelError, Problem, nearest
from ltsrender.models.card import MAX_LATENTS, MAX_WIDTH
from ltsrender.models.layers import MAX_WEIGHT, Dense
from ltsrender.models.original_network import MAX_FILE_BYTES, OriginalNetwork, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models.original_network import Weights

MAX_PICKLE_BYTES = 2**20
"""The port's pickles, all tensors' names and shapes, have 5 kB."""
MOST_MEMBERS = 1_000
MOST_ENTRIES = 1_000

_HARMLESS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    *(f"torch {kind}Storage" for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int")),
}
"""What a pickle of tensors names. `torch.load` would allow more; nothing of it is needed."""
_NAME_OF = {
    "fc1": "encoder.0.line",
    "fc21": "mean",
    "fc22": "log_var",
    "fc3": "decoder.0.line",
    "fc4": "decoder.1.line",
}
_KEYS = tuple(f"{layer}.{part}" for layer in _NAME_OF for part in ("weight", "bias"))


def read_torch_file(path: Path) -> OriginalNetwork:
    """Read the port's model out of a file that ``torch.save`` wrote.

    Parameters
    ----------
    path
        ``best_model_state.pt`` or a checkpoint of a run.

    Raises
    ------
    ModelError
        With every layer that is missing, unknown or not as training leaves it; or saying why the
        file is not one of weights.
    """
    try:
        _check_archive(path)
        # Mapped, not read: a member cannot be unpacked into more than it is, and what a tensor
        # claims to have is compared with the bytes that are there.
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return _network_in(path, _layers_of(state))
    except Refused as refused:
        raise ModelError(Problem(str(refused), path, refused.place)) from refused
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(Problem(f"cannot be read: {error.strerror or error}", path)) from error
    except Exception as error:  # a broken pickle can make torch raise anything
        # Torch's own first words advise to switch its safety off.
        told = str(error).rpartition("WeightsUnpickler error:")[2].strip()
        words = (told.splitlines() or [type(error).__name__])[0][:120]
        raise ModelError(Problem(f"is no whole file of weights ({words})", path)) from error


def _check_archive(path: Path) -> None:
    """Refuse everything but a zip of plain members, the pickle of which names tensors alone."""
    file_bytes = path.stat().st_size
    if file_bytes > MAX_FILE_BYTES:
        raise Refused(f"is {file_bytes} bytes; a model has at most 1 GiB")
    with path.open("rb") as file:
        is_zip = zipfile.is_zipfile(file)
    if not is_zip:
        raise Refused(
            "is not a whole file of torch.save: it is no zip archive (files from before torch 1.6 "
            "must be loaded and saved again by a newer one)"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist(), file_bytes)
            damaged = archive.testzip()
            if damaged is not None:
                raise Refused("is damaged: its checksum is another", f"member {damaged[:80]!r}")
            (pickled,) = (
                info for info in archive.infolist() if info.filename.endswith("/data.pkl")
            )
            _check_pickle(archive.read(pickled))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # zipfile's NotImplementedError is a version it cannot read, its RuntimeError a password.
        raise Refused(f"is a damaged zip archive ({str(error)[:120]})") from error


def _check_members(members: list[zipfile.ZipInfo], file_bytes: int) -> None:
    if len(members) > MOST_MEMBERS:
        raise Refused(f"has {len(members)} members; a model has at most {MOST_MEMBERS}")
    for info in members:
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise Refused(
                f"is packed ({info.compress_size} bytes that become {info.file_size}); torch "
                "never packs",
                f"member {info.filename[:80]!r}",
            )
    if sum(info.file_size for info in members) > file_bytes:
        raise Refused("has members that are larger, all together, than the file")
    pickles = [info for info in members if info.filename.endswith("/data.pkl")]
    if any(info.filename.endswith("/constants.pkl") for info in members):
        raise Refused("is a TorchScript program, which is never run; its state_dict is needed")
    if len(pickles) != 1:
        raise Refused("is a zip archive, but none that torch.save wrote: it has not one data.pkl")
    if pickles[0].file_size > MAX_PICKLE_BYTES:
        raise Refused(f"has {pickles[0].file_size} bytes; names and shapes need no more than 1 MB")


def _check_pickle(pickled: bytes) -> None:
    """Look at what a pickle names, without unpickling it."""
    try:
        for opcode, argument, _ in pickletools.genops(pickled):
            if opcode.name == "GLOBAL" and argument in _HARMLESS:
                continue
            if opcode.name in ("GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"):
                named = str(argument or opcode.name).replace(" ", ".")[:80]
                raise Refused(
                    f"names {named}, which may be code and is never run; a state_dict is numbers "
                    "alone (the port's best_model_state.pt, or a file in checkpoints)"
                )
    except ValueError as error:
        raise Refused(f"has a broken pickle ({str(error)[:120]})") from error


def _layers_of(state: object) -> dict[str, Any]:
    """Return the state_dict, which may lie beside the epoch and the optimizer."""
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict):
        raise Refused(f"holds a {type(state).__name__}; a state_dict is needed")
    if len(state) > MOST_ENTRIES or not all(isinstance(key, str) for key in state):
        raise Refused("holds no state_dict: its keys are not the names of some layers")
    return state


def _network_in(path: Path, state: dict[str, Any]) -> OriginalNetwork:
    problems = [
        Problem(
            "is missing" if key not in state else "is no tensor of numbers",
            path,
            key,
            nearest(key, set(state) - set(_KEYS)) if key not in state else "",
        )
        for key in _KEYS
        if not _is_plain(state.get(key))
    ]
    problems += [
        Problem(f"does not belong to the port's model, which has {', '.join(_NAME_OF)}", path, key)
        for key in list(state)[:20]
        if key not in _KEYS
    ]
    if problems:
        raise ModelError(problems)
    problems = _unlike_each_other(path, state)
    if problems:
        raise ModelError(problems)
    n_units, n_bins = state["fc1.weight"].shape
    n_latents = state["fc21.weight"].shape[0]
    weights: Weights = {}
    for key in _KEYS:
        layer, part = key.split(".")
        try:
            weights[f"{_NAME_OF[layer]}.{part}"] = _values(state[key], key)
        except Refused as refused:
            problems.append(Problem(str(refused), path, refused.place))
    if problems:
        raise ModelError(problems)
    return OriginalNetwork(
        n_bins,
        n_latents,
        (Dense(n_in=n_bins, n_out=n_units, activation="relu"),),
        (
            Dense(n_in=n_latents, n_out=n_units, activation="relu"),
            Dense(n_in=n_units, n_out=n_bins, activation="relu"),
        ),
        weights,
    )


def _is_plain(tensor: object) -> bool:
    """Return whether these are real numbers that lie in memory as a row of rows.

    A tensor may say that it has more values than there are bytes, by steps of 0 from one to the
    next: that is not contiguous.
    """
    return (
        isinstance(tensor, torch.Tensor)
        and tensor.layout == torch.strided
        and tensor.device.type == "cpu"
        and not tensor.is_quantized
        and tensor.is_floating_point()
        and tensor.is_contiguous()
    )


def _unlike_each_other(path: Path, state: dict[str, Any]) -> list[Problem]:
    """Return which shapes are not those that fc1 and fc21 ask of all others."""
    first, mean = state["fc1.weight"].shape, state["fc21.weight"].shape
    for key, shape in (("fc1.weight", first), ("fc21.weight", mean)):
        if len(shape) != 2:
            return [Problem(f"has shape {list(shape)[:8]}; two axes are needed", path, key)]
    (n_units, n_bins), n_latents = first, mean[0]
    limits = (("units", n_units, MAX_WIDTH), ("bins", n_bins, MAX_WIDTH))
    problems = [
        Problem(f"has {n} {what}; 1..{most} are allowed", path, "fc1.weight")
        for what, n, most in limits
        if not 1 <= n <= most
    ]
    if not 1 <= n_latents <= MAX_LATENTS:
        words = f"has {n_latents} latents; 1..{MAX_LATENTS} are allowed"
        problems.append(Problem(words, path, "fc21.weight"))
    sizes = {
        "fc1": (n_units, n_bins),
        "fc21": (n_latents, n_units),
        "fc22": (n_latents, n_units),
        "fc3": (n_units, n_latents),
        "fc4": (n_bins, n_units),
    }
    for key in _KEYS:
        layer, part = key.split(".")
        wanted = list(sizes[layer] if part == "weight" else sizes[layer][:1])
        found = list(state[key].shape)
        if found != wanted:
            words = f"has shape {found[:8]}; the other layers ask for {wanted}"
            problems.append(Problem(words, path, key))
    return problems


def _values(tensor: torch.Tensor, key: str) -> NDArray[np.float32]:
    """Return a tensor as float32; with ``cqt_bit_depth = float64`` the port trained in float64."""
    wide = tensor.to(torch.float64).numpy()
    if not np.isfinite(wide).all():
        raise Refused("holds values that no training makes (NaN or infinite)", key)
    if wide.size and np.abs(wide).max() > MAX_WEIGHT:
        raise Refused(f"has weights beyond {MAX_WEIGHT:g}, which no training makes", key)
    return np.ascontiguousarray(wide, dtype=np.float32)
