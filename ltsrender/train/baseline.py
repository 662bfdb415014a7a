"""What a model must beat: principal components of log shapes, as many as it has latents.

The level is kept apart as in our own models, so the comparison is about shapes alone. The baseline
is a frame VAE whose networks are silent, which is exactly the point where training starts
(`ltsrender.train.start`); everything that is measured of a model can be measured of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.models import FrameVAE, ModelCard, Sizes, TimbreModel
from ltsrender.models.card import default_latent_names
from ltsrender.models.vae import separate
from ltsrender.train.measure import latent_statistics
from ltsrender.train.start import start_from_principal_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ltsrender.models import Card


def principal_components(
    sounds: Sequence[NDArray[np.float32]], n_latents: int, card: Card
) -> TimbreModel:
    """Return the best linear model of some sounds.

    Parameters
    ----------
    sounds
        Audible frames of each sound, ``float32[frame, bin]``; a sound of n frames counts as
        sqrt(n), as in training.
    n_latents
        The level included.
    card
        Of the model that is compared, for its transform.
    """
    frames = np.concatenate(sounds)
    counts = np.array([len(sound) for sound in sounds])
    weights = np.repeat(1.0 / np.sqrt(counts), counts)
    n_latents = max(2, n_latents)
    sizes = Sizes(n_bands=frames.shape[1], n_latents=n_latents, width=1, n_hidden=1)
    network = FrameVAE(sizes)
    log_shapes = separate(torch.from_numpy(frames), network.floor)[1]
    start_from_principal_components(
        network, log_shapes, torch.from_numpy((weights / weights.mean()).astype(np.float32))
    )
    facts = ModelCard(
        name="principal components",
        transform=card.transform,
        sizes=sizes,
        latent_names=default_latent_names(n_latents),
        latents=latent_statistics(network, frames),
    )
    return TimbreModel(network, facts)
