"""What the original makes of the same sounds in the same time, to stand beside a model.

Compared are network and recipe, so everything else is the same: the timbre-vae with its own sizes
(`ltsrender.models.original_architectures`) is trained by its recipe on the very frames that are
measured, those of the model it stands beside, and its decoded frames are measured like all others.
It could instead be trained on librosa's 384 bins at hop 128, as `ltsrender train --architecture`
does; but such frames end at 8.3 kHz, come twice as often, and could only be measured through a
conversion that has an error of its own (`ltsrender.models.spectra`, -28 dB band by band).

One thing of librosa's is needed all the same: its scale. The recipe adds the square error of
magnitudes and a KL term, and how much the one counts beside the other depends on how large
magnitudes are; on the scale of our bands, where a sinusoid of amplitude A reads 0.82 A instead of
153 A at C1 and 10 A at 8 kHz, the KL term wins and every latent dies. So frames of ours are
multiplied by

    sqrt(L_k) / (2 p)     L_k the length of librosa's filter at the band's centre, p the height of
                          our windows

before the network sees them, and what it decodes is divided by the same. At the usual settings it
falls from 186 at 33 Hz by 3 dB an octave; the bands at both ends, which librosa does not have,
follow their neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from ltsrender.models import OriginalCard, choose_device
from ltsrender.models.original_card import original_latent_names
from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal.librosa_cqt import LibrosaSpec
from ltsrender.train.original_recipe import RECIPES, Budget, fit_by_recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel
    from ltsrender.models.original import OriginalVAE
    from ltsrender.signal import TransformSpec

    Frames = NDArray[np.float32]

ARCHITECTURE = "timbre-vae"
"""The one whose ``default.ini`` works as it was shipped."""
_PIECE_FRAMES = 4_096


class OriginalBaseline:
    """A network of the original behind the two calls by which models are measured.

    Parameters
    ----------
    network
        Trained, on the CPU.
    gains : float32[band]
        From frames as they are measured to those that the network knows.
    """

    has_level = False

    def __init__(self, network: OriginalVAE, gains: Frames) -> None:
        self.network = network
        self.gains = gains
        self.n_latents = network.mean.out_features

    def encode(self, frames: Frames) -> tuple[Frames, Frames]:
        """Return mean and log variance of ``float32[frame, band]``, ``float32[frame, latent]``."""
        with torch.inference_mode():
            pieces = [
                self.network.encode(piece)
                for piece in torch.split(torch.from_numpy(frames * self.gains), _PIECE_FRAMES)
            ]
        mean, log_var = (torch.cat(part).numpy() for part in zip(*pieces, strict=True))
        return mean, log_var

    def decode(self, z: Frames) -> Frames:
        """Return ``float32[frame, band]`` from ``float32[frame, latent]``."""
        with torch.inference_mode():
            pieces = [
                self.network.decode(piece)
                for piece in torch.split(torch.from_numpy(z), _PIECE_FRAMES)
            ]
        return np.asarray(torch.cat(pieces).numpy() / self.gains, dtype=np.float32)


class TrainedOriginal(NamedTuple):
    """The original's network, and how it was trained.

    Attributes
    ----------
    model
        What is measured.
    facts
        ``architecture``, ``n_latents``, ``minutes``, ``n_epochs``, ``frames_per_s`` and ``loss``,
        the lowest of an epoch.
    """

    model: OriginalBaseline
    facts: dict[str, float | str]


def original_baseline(
    sounds: Sequence[Frames],
    beside: TimbreModel,
    minutes: float,
    *,
    seed: int = 0,
    n_latents: int | None = None,
    device: str = "auto",
    told: Callable[[float, float, float | None], None] = lambda _fraction, _loss, _left: None,
) -> TrainedOriginal:
    """Train the original's network on some sounds for some minutes.

    Parameters
    ----------
    sounds
        Audible frames of each sound, ``float32[frame, band]``; the recipe weighs none of them.
    beside
        The model that it stands beside, for the scale of its frames.
    minutes
        How long.
    seed
        Where its chance starts.
    n_latents
        By default those of the recipe, 256.
    device
        Where to train; the default is that of every training.
    told
        Called after every step with the fraction done, the loss and the time left.

    Raises
    ------
    ModelError
        When training does not settle.
    """
    frames = np.concatenate(sounds)
    gains = librosa_scale(beside.spec) if beside.has_level else np.ones(1, np.float32)
    recipe = RECIPES[ARCHITECTURE]
    stacks = recipe.stacks(frames.shape[1], n_latents or recipe.n_latents)
    card = OriginalCard(
        name="the original's recipe",
        transform=beside.spec.to_dict(),
        latent_names=original_latent_names(n_latents or recipe.n_latents),
        frames={"n_bins": frames.shape[1]},
        encoder=stacks.encoder,
        decoder=stacks.decoder,
    )
    data = torch.from_numpy(frames * gains).to(choose_device(device))
    fitted = fit_by_recipe(card, recipe, data, Budget(seconds=60.0 * minutes), seed, told)
    return TrainedOriginal(
        OriginalBaseline(fitted.network, gains),
        {
            "architecture": ARCHITECTURE,
            "n_latents": card.n_latents,
            "minutes": minutes,
            "n_epochs": fitted.n_epochs,
            "frames_per_s": round(fitted.frames_per_s, 1),
            "loss": round(fitted.loss, 6),
        },
    )


def librosa_scale(spec: TransformSpec) -> Frames:
    """Return what makes magnitudes of our bands as large as librosa's, ``float32[band]``.

    L_k is inverse to the centre frequency and p the same for all bands, so one value is enough.
    """
    per_octave = spec.bins_per_octave
    lowest = LibrosaSpec(
        sample_rate_hz=spec.sample_rate_hz,
        f_min_hz=spec.f_min_hz,
        bins_per_octave=per_octave,
        n_bins=2,
    )
    first = 1.0 / float(LibrosaSpectra(lowest, spec).gains[0])
    octaves = np.maximum(np.arange(-1, spec.n_bands - 1), 0) / per_octave
    return np.asarray(first * np.exp2(-octaves / 2.0), dtype=np.float32)
