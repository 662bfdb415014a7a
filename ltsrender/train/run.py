"""Training from end to end: read, start from PCA, fit, measure, write."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

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
from ltsrender.signal import TransformSpec
from ltsrender.train.axes import descriptor_axes
from ltsrender.train.beside import Beside
from ltsrender.train.collected import spread_out
from ltsrender.train.dataset import read_dataset
from ltsrender.train.ground import seen_ground
from ltsrender.train.loop import batch_of, drawn, fit, rng_of
from ltsrender.train.measure import latent_statistics, measure
from ltsrender.train.options import TrainExtras, TrainProgress
from ltsrender.train.precision import mixed_precision
from ltsrender.train.shapes import LogShapes, shapes_for
from ltsrender.train.split import held_out_sounds
from ltsrender.train.start import start_from_principal_components
from ltsrender.train.target import check_model_target, model_name
from ltsrender.train.unfinished import (
    read_unfinished,
    remove_unfinished,
    unfinished_file,
)
from ltsrender.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ltsrender.train.dataset import Dataset
    from ltsrender.train.options import TrainOptions
    from ltsrender.train.training import Training
    from ltsrender.train.unfinished import Unfinished

WATCHED_FRAMES = 4_096
"""Frames of held-out sounds that training looks at on its way."""
START_FRAMES = 20_480
"""Changed frames whose principal components training starts from."""
BEFORE_ALL_STEPS = 2**63
MEASURED_FRAMES = 400_000
"""The start and the card are computed from all frames, of more than these from every n-th."""
USUAL_EXTRAS = TrainExtras()


def train_model(
    sounds: Sequence[Path],
    target: Path,
    options: TrainOptions,
    progress: Callable[[TrainProgress], None] = lambda _: None,
    *,
    resume: bool = False,
    extras: TrainExtras = USUAL_EXTRAS,
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
    resume
        Go on with the unfinished training beside the target; without one, begin.
    extras
        What to do beside training.

    Returns
    -------
    ModelCard
        What the file says about itself.

    Raises
    ------
    ModelError
        When no sound can be used, the device is absent, a recording would be overwritten,
        training does not settle, an unfinished training would be lost, or the one to be resumed
        had other options or recordings.
    RenderError
        When the model cannot be written.
    """
    check_model_target(target, sounds)
    unfinished = _unfinished(target, options, resume=resume, progress=progress)
    beside = Beside(
        extras, lambda fraction, note: progress(TrainProgress("fitting", fraction, note=note))
    )
    device = choose_device(options.device)
    spec = TransformSpec.at_rate(options.sample_rate_hz, hop_samples=options.hop_samples)
    with closing(
        read_dataset(
            sounds,
            spec,
            options.seed,
            device,
            lambda fraction, note: progress(TrainProgress("reading", fraction, note=note)),
            target.parent,  # its disk has room for the model; the system's place may be memory
        )
    ) as dataset:
        if unfinished:
            unfinished.check_sounds(dataset.sounds)
        held_out = held_out_sounds(
            [sound.sha256 for sound in dataset.sounds], options.validation, options.seed
        )
        known, strangers = dataset.only([not out for out in held_out]), dataset.only(held_out)
        idle = options.without_effect(any_held_out=bool(strangers.sounds))
        for note in [*idle, *extras.without_effect()]:
            progress(TrainProgress("reading", 1.0, note=note))
        network = _fresh_network(spec, options).to(device)
        name = model_name(options.name, target)
        beside.begin(
            target,
            options,
            dataset,
            known,
            lambda network: _card_of(network, name, known, strangers, spec, options),
        )
        with beside.interrupt:
            training = _fit(
                network, known, strangers, options, progress, unfinished, beside.after_step
            )
        if training.watch.is_over:
            words = (
                "ends before its time: held-out recordings no longer gain; the best weights stay"
            )
            progress(TrainProgress("fitting", 1.0, note=words))
        card = _card_of(network, name, known, strangers, spec, options)
        model = TimbreModel(network, card, device)
        found = {
            "losses": {part: round(value, 6) for part, value in training.smooth.items()},
            "metrics": _measured(model, known, strangers, progress),
            "descriptors": descriptor_axes(model, known.frames, known.sound_index),
            "ground": seen_ground(model, known.frames),
        }
        card = card.model_copy(update=found)
        save_model(target, network, card)
        remove_unfinished(target)
        beside.end(training, model, known, strangers)
        return card


def _unfinished(
    target: Path,
    options: TrainOptions,
    *,
    resume: bool,
    progress: Callable[[TrainProgress], None],
) -> Unfinished | None:
    """Return the training to go on with; refuse to begin where another one would be lost."""
    unfinished = read_unfinished(target) if resume else None
    if unfinished:
        unfinished.check_options(options)
        progress(TrainProgress("reading", 0.0, note=f"goes on with a training {unfinished.done}"))
    elif resume:
        words = "there is no unfinished training to resume; begins anew"
        progress(TrainProgress("reading", 0.0, note=words))
    elif unfinished_file(target).exists():
        words = "is an unfinished training of this model; go on with --resume, or delete it first"
        raise ModelError(Problem(words, unfinished_file(target)))
    return unfinished


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
    known: Dataset,
    strangers: Dataset,
    options: TrainOptions,
    progress: Callable[[TrainProgress], None],
    unfinished: Unfinished | None,
    after_step: Callable[[Training], None],
) -> Training:
    """Fit the network in place, from the start or from where it was stopped."""
    options = options.for_sounds(any_held_out=bool(strangers.sounds))
    weights, device = torch.from_numpy(known.frame_weights()), network.centre.device
    with mixed_precision(device), shapes_for(known.frames, network.floor, device) as log_shapes:
        if not unfinished:
            start_from_principal_components(
                network, *_to_start_from(network, known, log_shapes, weights, options)
            )
        return fit(
            network,
            log_shapes,
            weights,
            options,
            lambda fraction, loss, time_left_s: progress(
                TrainProgress("fitting", fraction, loss=loss, time_left_s=time_left_s)
            ),
            held_out=_to_watch(network, strangers),
            begun=unfinished.restore if unfinished else _nothing,
            after_step=after_step,
        )


def _to_start_from(
    network: FrameVAE,
    known: Dataset,
    log_shapes: Tensor | LogShapes,
    weights: Tensor,
    options: TrainOptions,
) -> tuple[Tensor | LogShapes, Tensor]:
    """Return frames as training will see them, and how much each counts."""
    if not options.augment:
        few = spread_out(known.frames, MEASURED_FRAMES)
        return LogShapes(few, network.floor), weights[:: -(-len(known.frames) // len(few))]
    chances, rng = weights.double().cumsum(0), rng_of(options.seed, BEFORE_ALL_STEPS)
    frames = batch_of(log_shapes, chances, START_FRAMES, options, network.floor, rng)
    return frames.cpu(), torch.ones(START_FRAMES)


def _nothing(training: Training) -> None:
    """Do nothing."""


def _to_watch(network: FrameVAE, strangers: Dataset) -> Tensor | None:
    """Return frames of the held-out sounds, drawn as training draws: short sounds count too."""
    if not strangers.sounds:
        return None
    chances = torch.from_numpy(strangers.frame_weights()).double().cumsum(0)
    chosen = drawn(chances, min(WATCHED_FRAMES, len(chances)), rng_of(0, 0))
    return LogShapes(strangers.frames, network.floor, network.centre.device)[chosen]


def _measured(
    model: TimbreModel,
    known: Dataset,
    strangers: Dataset,
    progress: Callable[[TrainProgress], None],
) -> dict[str, float]:
    """Return the metrics of the card, those of held-out sounds beside the others."""
    heard, unheard = (spread_out(dataset.frames, MEASURED_FRAMES) for dataset in (known, strangers))
    part = len(heard) / (len(heard) + len(unheard))
    metrics = measure(model, heard, lambda done: progress(TrainProgress("measuring", part * done)))
    if not strangers.sounds:
        return metrics
    validation = measure(
        model,
        unheard,
        lambda done: progress(TrainProgress("measuring", part + (1.0 - part) * done)),
    )
    return metrics | {f"validation_{name}": value for name, value in validation.items()}


def _card_of(
    network: FrameVAE,
    name: str,
    known: Dataset,
    strangers: Dataset,
    spec: TransformSpec,
    options: TrainOptions,
) -> ModelCard:
    """Return the card of a network that was not measured yet."""
    return ModelCard(
        name=name,
        transform=spec.to_dict(),
        sizes=network.sizes,
        latent_names=default_latent_names(options.n_latents),
        latents=latent_statistics(network, spread_out(known.frames, MEASURED_FRAMES)),
        training_sounds=known.sounds,
        held_out_sounds=strangers.sounds,
        versions={"ltsrender": __version__, "torch": torch.__version__, "numpy": np.__version__},
        licence=options.licence,
        seed=options.seed,
        created_with=f"ltsrender {__version__}",
    )
