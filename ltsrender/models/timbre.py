"""A timbre model as the rest of the house sees it: numpy in, numpy out, same bits every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.models.card import HEADROOM_DB, LOUDNESS_EXPONENT, ModelCard
from ltsrender.models.original import OriginalVAE
from ltsrender.models.original_card import OriginalCard
from ltsrender.models.spectra import LibrosaSpectra, OwnSpectra
from ltsrender.models.vae import FrameVAE
from ltsrender.signal.bands import constant_q_centres
from ltsrender.signal.librosa_cqt import LibrosaSpec
from ltsrender.signal.spec import TransformSpec
from ltsrender.units import gain_from_db

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models.card import Card
    from ltsrender.models.spectra import Spectra

BATCH_FRAMES = 256
"""Every pass has exactly this many frames, the last one filled up with zeros: matrix products of
one fixed shape give one answer, however the caller cuts the frames."""
_SAME_LATENT = 1e-5
"""Latents that differ by less, relative to 1 or to themselves, are the same up to rounding."""


class TimbreModel:
    """A trained model together with its card.

    Parameters
    ----------
    network
        The network, its weights already in place.
    card
        The facts about it.
    device
        A torch device: ``cpu``, ``cuda``, ``mps``.
    sha256
        Hash of the file it was read from, empty when it never was a file.

    Attributes
    ----------
    spectra : Spectra
        The frames that the model takes and gives, and how they sound.
    spec : TransformSpec
        The transform that its frames sound through.
    """

    def __init__(
        self,
        network: FrameVAE | OriginalVAE,
        card: Card,
        device: str = "cpu",
        sha256: str = "",
    ) -> None:
        self.card = card
        self.sha256 = sha256
        self.spectra: Spectra = _spectra_of(card)
        self.spec = self.spectra.spec
        self.device = device
        self.network = network.to(device).eval()
        self._decode = _decoder_of(self.network, card)
        self._silence = self._encoded_silence()

    @property
    def n_latents(self) -> int:
        """Latents of a frame, the level (latent 0) included where there is one."""
        return self.card.n_latents

    @property
    def n_bands(self) -> int:
        """Values of one of the model's own frames: bands, or librosa's bins."""
        return self.card.n_bands

    @property
    def has_level(self) -> bool:
        """Whether latent 0 is the level, 0 for silence, with a ceiling known from training."""
        return isinstance(self.card, ModelCard)

    @property
    def centres_hz(self) -> NDArray[np.float64]:
        """The frequency of every value in one of the model's own frames, ``float64[bin]``.

        The two outermost bands of a model of ours, below and above the scale, count as half an
        octave below its lowest band and as the Nyquist frequency.
        """
        centres = np.asarray(constant_q_centres(self.spec), dtype=np.float64)
        if not self.has_level:  # librosa's bins: the same scale without the two ends
            steps = np.arange(self.n_bands) / self.spec.bins_per_octave
            return np.asarray(centres[0] * 2.0**steps)
        ends_hz = centres[0] / np.sqrt(2.0), 0.5 * self.spec.sample_rate_hz
        return np.concatenate([ends_hz[:1], centres, ends_hz[1:]])

    def silence(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and log variance of a frame where nothing sounds, ``float32[latent]`` each.

        With a level all latents are 0; without one it is what the encoder makes of an empty frame.
        """
        return self._silence

    def _encoded_silence(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self.has_level:
            nothing = np.zeros(self.n_latents, np.float32)
            return nothing, nothing
        mean, log_var = self.encode(np.zeros((1, self.n_bands), np.float32))
        return mean[0], log_var[0]

    def encode(
        self, frames: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Encode magnitudes into latents.

        Parameters
        ----------
        frames : float32[frame, band]
            Linear magnitudes, finite and >= 0; any number of frames.

        Returns
        -------
        mean : float32[frame, latent]
            Latent 0 of a model of ours is the level: (rms amplitude) ** 0.6 of the frame that
            `decode` gives back, which is as loud as this one; exactly 0 for silence.
        log_var : float32[frame, latent]
            Log variance; that of the level is so small that noise never moves it.

        Raises
        ------
        ValueError
            When the shape does not fit the model, or a value is negative or not finite.
        """
        checked = self._checked(frames, self.n_bands, "frames")
        if checked.size and checked.min() < 0.0:
            raise ValueError(f"frames holds {checked.min()}; magnitudes are 0 or more")
        packed = self._in_batches(
            checked, lambda batch: torch.cat(self.network.encode(batch), dim=1), 2 * self.n_latents
        )
        return packed[:, : self.n_latents].copy(), packed[:, self.n_latents :].copy()

    def decode(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decode latents into magnitudes.

        Parameters
        ----------
        z : float32[frame, latent]
            Any finite values; any number of frames.

        Returns
        -------
        float32[frame, band]
            Linear magnitudes in the model's own scale, finite and >= 0. Those of a model with a
            level have the level's rms, held at most 12 dB above the loudest training frame, and
            are exactly 0 where the level is 0 or less; those of a model without one are exactly 0
            where the latents are those of silence.

        Raises
        ------
        ValueError
            When the shape does not fit the model, or a value is not finite.
        """
        checked = self._checked(z, self.n_latents, "z")
        frames = self._in_batches(checked, self._decode, self.n_bands)
        if not self.has_level:  # decoders whisper where nothing sounds; silence stays silent
            far = np.abs(checked - self._silence[0]) > _SAME_LATENT * (1 + np.abs(self._silence[0]))
            frames[~far.any(axis=1)] = 0.0
        return frames

    def _in_batches(
        self,
        values: NDArray[np.float32],
        pass_through: Callable[[torch.Tensor], torch.Tensor],
        n_out: int,
    ) -> NDArray[np.float32]:
        """Pass rows through the network in batches of one fixed size."""
        result = np.empty((len(values), n_out), np.float32)
        batch = np.zeros((BATCH_FRAMES, values.shape[1]), np.float32)
        for first in range(0, len(values), BATCH_FRAMES):
            rows = values[first : first + BATCH_FRAMES]
            batch[: len(rows)] = rows
            batch[len(rows) :] = 0.0
            with torch.inference_mode():
                answer = pass_through(torch.from_numpy(batch).to(self.device))
            result[first : first + len(rows)] = answer.cpu().numpy()[: len(rows)]
        return result

    def _checked(
        self, values: NDArray[np.float32], n_columns: int, name: str
    ) -> NDArray[np.float32]:
        checked = np.asarray(values, dtype=np.float32)
        if checked.ndim != 2 or checked.shape[1] != n_columns:
            raise ValueError(f"{name} has shape {checked.shape}; (frames, {n_columns}) is expected")
        if not np.isfinite(checked).all():
            raise ValueError(f"{name} holds values that are not finite")
        return checked


def _spectra_of(card: Card) -> Spectra:
    spec = TransformSpec.from_dict(card.transform)
    if isinstance(card, OriginalCard):
        return LibrosaSpectra(LibrosaSpec.from_dict(card.frames), spec)
    return OwnSpectra(spec)


def _decoder_of(
    network: FrameVAE | OriginalVAE, card: Card
) -> Callable[[torch.Tensor], torch.Tensor]:
    if isinstance(network, FrameVAE) and isinstance(card, ModelCard):
        headroom = gain_from_db(HEADROOM_DB) ** LOUDNESS_EXPONENT
        loudest_level = card.latents.maximum[0] * headroom
        return lambda batch: network.decode(batch, loudest_level)
    if isinstance(network, OriginalVAE) and isinstance(card, OriginalCard):
        return network.decode
    raise ValueError(f"the card speaks of another network ({card.architecture})")
