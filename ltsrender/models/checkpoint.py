"""Timbre models in files: one safetensors file, the card in its header, nothing executable."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.errors import ModelError, Problem
from ltsrender.models.card import ModelCard
from ltsrender.models.container import Header, raise_problems, read_header, write_container
from ltsrender.models.layers import MAX_WEIGHT
from ltsrender.models.original import OriginalVAE
from ltsrender.models.original_card import OriginalCard
from ltsrender.models.timbre import TimbreModel
from ltsrender.models.vae import FrameVAE
from ltsrender.safefile import written_beside

if TYPE_CHECKING:
    from ltsrender.models.card import Card


def save_model(path: Path, model: FrameVAE | OriginalVAE, card: Card) -> None:
    """Write a model: the same weights and card give the same bytes.

    Parameters
    ----------
    path
        The file to write, ``*.ltsmodel`` by habit. It appears whole or not at all.

    Raises
    ------
    RenderError
        When the file cannot be written.
    ValueError
        When the card speaks of another network than this one.
    """
    if isinstance(model, FrameVAE) and isinstance(card, ModelCard) and card.sizes != model.sizes:
        raise ValueError(f"the card says {card.sizes}, the network has {model.sizes}")
    if _shapes_of(network_of(card)) != _shapes_of(model):
        raise ValueError(f"the card speaks of another network ({card.architecture})")
    tensors = {
        name: (tuple(tensor.shape), tensor.detach().cpu().numpy().astype("<f4").tobytes())
        for name, tensor in model.state_dict().items()
    }
    with written_beside(Path(path)) as part:
        write_container(part, card, tensors)


def load_model(path: Path | str, device: str = "cpu") -> TimbreModel:
    """Read a model: ``ltsrender.load_model``, for whoever wants frames and latents as arrays.

    The card is checked against the tensors before any of them is allocated, and nothing of the
    file is run.

    Parameters
    ----------
    path
        The model file, ``*.ltsmodel`` by habit: trained here, or imported from the original.
    device
        A torch device, as `choose_device` gives it.

    Returns
    -------
    TimbreModel
        ``encode(frames) -> (mean, log_var)`` and ``decode(z) -> frames``, where ``frames`` is
        float32[frame, band] with ``n_bands`` linear magnitudes of at least 0 (an imported model's
        are those of the original's ``.npy`` files) and the others are float32[frame, latent] with
        ``n_latents``; ``card`` tells the rest.

    Raises
    ------
    ModelError
        With every problem of the file.

    Examples
    --------
    >>> model = load_model("bells.ltsmodel")  # doctest: +SKIP
    >>> mean, log_var = model.encode(np.load("npy/door.npy"))  # doctest: +SKIP
    >>> frames = model.decode(mean)  # doctest: +SKIP
    """
    path = Path(path)
    header = read_header(path)
    network = network_of(header.card)
    _check_shapes(path, header, network)
    weights, sha256 = _read_weights(path, header)
    _check_values(path, weights)
    network.load_state_dict(weights, assign=True)
    return TimbreModel(network.requires_grad_(requires_grad=False), header.card, device, sha256)


def network_of(card: Card) -> FrameVAE | OriginalVAE:
    """Return the network that a card speaks of, without memory: shapes only."""
    with torch.device("meta"):
        if isinstance(card, OriginalCard):
            return OriginalVAE(card)
        if isinstance(card, ModelCard):
            return FrameVAE(card.sizes)
    raise ValueError(f"{card.architecture} has no network")


def _shapes_of(network: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _check_shapes(path: Path, header: Header, network: torch.nn.Module) -> None:
    expected = _shapes_of(network)
    problems = []
    for name in sorted({*expected, *header.shapes}):
        wanted, found = expected.get(name), header.shapes.get(name)
        if wanted is None:
            message = f"does not belong to this {header.card.architecture}"
        elif found is None:
            message = f"is missing; the card's sizes ask for {list(wanted)}"
        elif found != wanted:
            message = f"has shape {list(found)}; the card's sizes ask for {list(wanted)}"
        else:
            continue
        problems.append(Problem(message, file=path, place=f"tensor {name[:80]!r}"))
    raise_problems(path, problems)


def _read_weights(path: Path, header: Header) -> tuple[dict[str, torch.Tensor], str]:
    """Return all tensors and the hash of the whole file."""
    try:
        content = path.read_bytes()
        weights = {name: _tensor_in(content, header, name) for name in header.shapes}
    except (OSError, ValueError) as error:  # ValueError: the file shrank since its header was read
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(Problem(f"cannot be read: {reason}", file=path)) from error
    return weights, hashlib.sha256(content).hexdigest()


def _tensor_in(content: bytes, header: Header, name: str) -> torch.Tensor:
    shape = header.shapes[name]
    values = np.frombuffer(content, "<f4", math.prod(shape), header.offsets[name])
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def _check_values(path: Path, weights: dict[str, torch.Tensor]) -> None:
    problems = [
        Problem(
            f"holds weights that no training makes (NaN, infinite or beyond {MAX_WEIGHT:g})",
            file=path,
            place=f"tensor {name!r}",
        )
        for name, tensor in weights.items()
        if not bool((tensor.abs() <= MAX_WEIGHT).all())
    ]
    raise_problems(path, problems)
