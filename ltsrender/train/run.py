"""Training from end to end: read, start from PCA, fit, measure, write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.errors import ModelError, Problem
from ltsrender.models import (
    FrameVAE,
    ModelCard,
    Sizes,
    TimbreModel,
    choose_device,
    save_model,
)
from ltsrender.models.card import default_latent_names
from ltsrender.models.vae import separate
from ltsrender.safefile import check_target, is_same_file
from ltsrender.signal import TransformSpec
from ltsrender.train.axes import descriptor_axes
from ltsrender.train.dataset import read_dataset
from ltsrender.train.loop import fit
from ltsrender.train.measure import latent_statistics, measure
from ltsrender.train.options import TrainProgress
from ltsrender.train.start import start_from_principal_components
from ltsrender.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ltsrender.train.dataset import Dataset
    from ltsrender.train.options import TrainOptions

_PIECE_FRAMES = 8_192


def train_model(
    sounds: Sequence[Path],
    target: Path,
    options: TrainOptions,
    progress: Callable[[TrainProgress], None] = lambda _: None,
) -> ModelCard:
    """Train a timbre model on recordings and write it.

    Parameters
    ----------
    sounds
        Sound files; those that cannot be used are skipped, and the progress says why.
    target
        The model file. It appears when everything is done, or not at all.
    options
        How to train.
    progress
        Called often.

    Returns
    -------
    ModelCard
        What the file says about itself.

    Raises
    ------
    ModelError
        When no sound can be used, the device is absent, a recording would be overwritten, or
        training does not settle.
    RenderError
        When the model cannot be written.
    """
    _check_target(target, sounds)
    device = choose_device(options.device)
    spec = TransformSpec.at_rate(options.sample_rate_hz, hop_samples=options.hop_samples)
    dataset = read_dataset(
        sounds,
        spec,
        options.seed,
        device,
        lambda fraction, note: progress(TrainProgress("reading", fraction, note=note)),
    )
    network = _fresh_network(spec, options)
    losses = _fit(network.to(device), dataset, options, progress)
    card = _card_of(network, dataset, spec, options, losses)
    stem = target.stem.encode("utf-8", "replace").decode()  # file systems take more than Unicode
    card = card.model_copy(update={"name": options.name or stem})
    model = TimbreModel(network, card, device)
    metrics = measure(
        model,
        dataset.frames,
        lambda fraction: progress(TrainProgress("measuring", fraction)),
    )
    axes = descriptor_axes(model, dataset.frames, dataset.sound_index)
    card = card.model_copy(update={"metrics": metrics, "descriptors": axes})
    save_model(target, network, card)
    return card


def _check_target(target: Path, sounds: Sequence[Path]) -> None:
    """Refuse, before hours of work, a file that cannot or must not be written."""
    if any(is_same_file(target, sound) for sound in sounds):
        words = "would be overwritten, but it is one of the recordings; choose another place"
        raise ModelError(Problem(words, target))
    check_target(target)


def _fresh_network(spec: TransformSpec, options: TrainOptions) -> FrameVAE:
    sizes = Sizes(
        n_bands=spec.n_bands,
        n_latents=options.n_latents,
        width=options.width,
        n_hidden=options.n_hidden,
    )
    with torch.random.fork_rng(devices=[]):  # the caller's chance stays the caller's
        torch.manual_seed(options.seed)
        return FrameVAE(sizes)


def _fit(
    network: FrameVAE,
    dataset: Dataset,
    options: TrainOptions,
    progress: Callable[[TrainProgress], None],
) -> dict[str, float]:
    """Fit the network in place and return the parts of the loss."""
    pieces = torch.split(torch.from_numpy(dataset.frames), _PIECE_FRAMES)
    log_shapes = torch.cat([separate(piece, network.floor)[1] for piece in pieces])
    weights = torch.from_numpy(dataset.frame_weights())
    start_from_principal_components(network, log_shapes, weights)
    return fit(
        network,
        log_shapes.to(network.centre.device),
        weights,
        options,
        lambda fraction, loss, time_left_s: progress(
            TrainProgress("fitting", fraction, loss=loss, time_left_s=time_left_s)
        ),
    )


def _card_of(
    network: FrameVAE,
    dataset: Dataset,
    spec: TransformSpec,
    options: TrainOptions,
    losses: dict[str, float],
) -> ModelCard:
    return ModelCard(
        name="",
        transform=spec.to_dict(),
        sizes=network.sizes,
        latent_names=default_latent_names(options.n_latents),
        latents=latent_statistics(network, dataset.frames),
        training_sounds=dataset.sounds,
        losses={name: round(value, 6) for name, value in losses.items()},
        versions={"ltsrender": __version__, "torch": torch.__version__, "numpy": np.__version__},
        licence=options.licence,
        seed=options.seed,
        created_with=f"ltsrender {__version__}",
    )
