"""Training the original's networks from end to end: read, fit by its recipe, measure, write.

What comes out is a model file like those that are imported from the original's own runs, and is
used like them. So that they can be put side by side, the card says in place of a run's
``config.ini`` what that would have said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.errors import ModelError, Problem, nearest
from ltsrender.models import OriginalCard, TimbreModel, choose_device, save_model
from ltsrender.models.original_card import original_latent_names
from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal.librosa_cqt import LibrosaSpec
from ltsrender.train.axes import descriptor_axes
from ltsrender.train.ground import seen_ground
from ltsrender.train.measure import measure
from ltsrender.train.options import TrainOptions, TrainProgress
from ltsrender.train.original_frames import read_original_frames
from ltsrender.train.original_recipe import RECIPES, Budget, fit_by_recipe
from ltsrender.train.target import check_model_target, model_name
from ltsrender.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ltsrender.train.original_recipe import Recipe


@dataclass(frozen=True)
class OriginalOptions:
    """How to train one of the original's networks; all else its recipe says.

    Attributes
    ----------
    architecture
        ``timbre-vae``, ``timbre-vae2`` or ``timbre-cvae``.
    minutes, epochs, seed, licence, name, device
        As in `TrainOptions`.
    n_latents
        Size of the latent space, 4..256; None: what the recipe says.
    frames
        The frames to learn; the default are the original's.

    Raises
    ------
    ModelError
        With every value that is out of its range.
    """

    architecture: str
    minutes: float | None = 10.0
    epochs: int | None = None
    n_latents: int | None = None
    seed: int = 0
    licence: str = ""
    name: str = ""
    device: str = "auto"
    frames: LibrosaSpec = field(default_factory=LibrosaSpec)

    def __post_init__(self) -> None:
        problems: list[Problem] = []
        if self.architecture not in RECIPES:
            words = f"is {self.architecture!r}; {', '.join(RECIPES)} are the original's"
            near = nearest(self.architecture, RECIPES)
            problems.append(Problem(words, place="architecture", suggestion=near))
        try:  # what both kinds of training have is checked in one place
            TrainOptions(
                minutes=self.minutes,
                epochs=self.epochs,
                n_latents=TrainOptions.n_latents if self.n_latents is None else self.n_latents,
                seed=self.seed,
                licence=self.licence,
                name=self.name,
            )
        except ModelError as error:
            problems += error.problems
        if problems:
            raise ModelError(problems)

    @property
    def recipe(self) -> Recipe:
        """What the original's config says of this architecture."""
        return RECIPES[self.architecture]

    @property
    def budget(self) -> Budget:
        """When to stop."""
        return Budget(
            math.inf if self.minutes is None else 60.0 * self.minutes,
            math.inf if self.epochs is None else self.epochs,
        )


def train_original(
    sounds: Sequence[Path],
    target: Path,
    options: OriginalOptions,
    progress: Callable[[TrainProgress], None] = lambda _: None,
) -> OriginalCard:
    """Train a network of the original on recordings, by its own recipe, and write it.

    Parameters
    ----------
    sounds
        Sound files; those that cannot be used are skipped, and the progress says why.
    target
        The model file. It appears when everything is done, or not at all.
    options
        Which network, and for how long.
    progress
        Called often.

    Returns
    -------
    OriginalCard
        What the file says about itself.

    Raises
    ------
    ModelError
        When no sound can be used, the device is absent, a recording would be overwritten, or
        training does not settle.
    RenderError
        When the model cannot be written.
    """
    check_model_target(target, sounds)
    device = choose_device(options.device)
    spectra = LibrosaSpectra(options.frames)
    data = read_original_frames(
        sounds,
        spectra,
        options.seed,
        device,
        lambda fraction, note: progress(TrainProgress("reading", fraction, note=note)),
    )
    name = model_name(options.name, target)
    card = _card_of(name, spectra, options).model_copy(update={"training_sounds": data.sounds})
    fitted = fit_by_recipe(
        card,
        options.recipe,
        torch.from_numpy(data.frames).to(device),
        options.budget,
        options.seed,
        lambda fraction, loss, time_left_s: progress(
            TrainProgress("fitting", fraction, loss=loss, time_left_s=time_left_s)
        ),
    )
    model = TimbreModel(fitted.network, card, device)
    heard = data.frames[data.audible]
    found = {
        "losses": {"loss": round(fitted.loss, 6)},
        "metrics": measure(model, heard, lambda part: progress(TrainProgress("measuring", part))),
        "descriptors": descriptor_axes(model, heard, data.owner[data.audible]),
        "ground": seen_ground(model, heard),
        "run": {**card.run, "extra.total_epochs": str(fitted.n_epochs)},
    }
    card = card.model_copy(update=found)
    save_model(target, fitted.network, card)
    return card


def _card_of(name: str, spectra: LibrosaSpectra, options: OriginalOptions) -> OriginalCard:
    """Return the card of a network that is not trained yet.

    Raises
    ------
    ModelError
        When the architecture cannot have these frames.
    """
    recipe, own = options.recipe, spectra.own
    n_latents = options.n_latents or recipe.n_latents
    try:
        stacks = recipe.stacks(own.n_bins, n_latents)
    except ValueError as error:
        raise ModelError(Problem(str(error), place=options.architecture)) from error
    section = "CVAE" if options.architecture == "timbre-cvae" else "VAE"
    said: dict[str, object] = {
        "audio.sample_rate": own.sample_rate_hz,
        "audio.hop_length": own.hop_samples,
        "audio.bins_per_octave": own.bins_per_octave,
        "audio.num_octaves": own.n_octaves,
        f"{section}.latent_dim": n_latents,
        f"{section}.kl_beta": recipe.kl_beta,
        "training.learning_rate": recipe.learning_rate,
        "training.batch_size": recipe.batch_frames,
        "training.early_patience_epoch": recipe.patience,
        "extra.description": options.architecture,
        "notes.additional_notes": f"by {recipe.config} of the original, trained in ltsrender",
    }
    versions = {"ltsrender": __version__, "torch": torch.__version__, "numpy": np.__version__}
    return OriginalCard(
        name=name,
        transform=spectra.spec.to_dict(),
        frames=own.to_dict(),
        latent_names=original_latent_names(n_latents),
        encoder=stacks.encoder,
        decoder=stacks.decoder,
        run={key: str(value) for key, value in said.items()},
        versions=versions,
        licence=options.licence,
        seed=options.seed,
        created_with=f"ltsrender {__version__}, {options.architecture} by the original's recipe",
    )
