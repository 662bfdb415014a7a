"""The frame VAE: one spectral column in, a few latents out, and back.

**Level apart from shape.** A frame is split into its level and its shape: the magnitudes relative
to the frame's rms. Latent 0 is the level on a scale of loudness,

    level = (r * rms) ** 0.6           (Stevens 1955, "The measurement of loudness": sones
                                        follow pressure to the power 0.6)

and is not learnt: a half-loud mixture of two sounds is what the ear calls half as loud, digital
silence stays digital silence, and no extrapolation of the timbre can change the level. It also
makes gain augmentation pointless: a gain changes latent 0 and nothing else.

Decoded frames have the level's rms whatever their shape, and r is what makes them as loud as the
frame that was encoded: the rms of the decoded shape when its loudness, the sum of magnitude ** 0.6
over bands, is that of the true one. It is 1 where the decoder gives all back. Were it 1 always, a
strong partial that the decoder misses would raise every other band: on ten recordings that a model
had never heard that made frames 4 dB too loud, and 2 of 9 dB of log-spectral distance.

**Log compression with a soft floor.** Networks see log(shape + floor): quiet partials count, and
what lies far below the frame's own level does not.

**Linear first.** Encoder and decoder are each a straight line plus a small network,

    z = W (x - m) + f(x - m)         x^ = m + V z + g(z)

W and V start as the whitened principal components of the training shapes, f and g at zero: the
untrained model *is* PCA, the best linear model there is, and training can only add to it.
(Kingma and Welling 2014, "Auto-encoding variational Bayes", for the rest.)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from ltsrender.models.card import LOUDNESS_EXPONENT

if TYPE_CHECKING:
    from ltsrender.models.card import Sizes

SILENCE_RMS = 1e-8
"""Frames at or below this rms are digital silence: a step of a 24-bit file is louder, and the
rounding of a float32 transform leaves about this much where nothing was."""
CERTAIN_LOG_VAR = -100.0
"""Log variance of the level: noise of this size changes no float32."""
MOST_LEVEL_GAIN = 4.0
"""What a frame's level may differ by from its own rms, 12 dB up or down: no shape that training
knows comes near it, and a frame that the decoder finds nothing of does not become silence."""
LATENT_LIMIT = 64.0
"""Shape latents beyond this are held here. Training frames have deviations near 1."""


def separate(magnitudes: Tensor, floor: float) -> tuple[Tensor, Tensor]:
    """Split frames into level and log-compressed shape.

    Parameters
    ----------
    magnitudes : float32[frame, band]
        Linear, >= 0.
    floor
        Soft floor of the shape, linear, relative to the frame's rms.

    Returns
    -------
    level : float32[frame]
        Loudness; exactly 0 for digital silence.
    log_shape : float32[frame, band]
        log(magnitude / rms + floor); undefined but finite for silence.
    """
    peak = magnitudes.amax(-1, keepdim=True)
    relative = magnitudes / torch.where(peak > 0.0, peak, 1.0)  # before squaring: no overflow
    relative_rms = relative.square().mean(-1, keepdim=True).sqrt()
    shape = relative / torch.where(relative_rms > 0.0, relative_rms, 1.0)
    rms = (peak * relative_rms).squeeze(-1)
    level = torch.where(rms > SILENCE_RMS, rms, 0.0).pow(LOUDNESS_EXPONENT)
    return level, torch.log(shape + floor)


def shape_of(log_shape: Tensor, floor: float) -> Tensor:
    """Turn log-compressed shapes into linear ones.

    Parameters
    ----------
    log_shape : float32[frame, band]
        Any finite values: log(shape + floor).
    floor
        The soft floor, linear.

    Returns
    -------
    float32[frame, band]
        Linear, >= 0. A shape of rms 1 over n bands has no band above sqrt(n); nor has this.
    """
    loudest = math.log(math.sqrt(log_shape.shape[-1]) + floor)
    return functional.relu(torch.exp(log_shape.clamp_max(loudest)) - floor)


def shape_of_rms_one(log_shape: Tensor, floor: float) -> Tensor:
    """Turn any finite log-compressed shape into magnitudes of rms exactly 1 (up to rounding).

    The floor is taken off before the shape is scaled: halfway between two sparse spectra all
    bands are weak (each partial meets the other's floor), and what is empty in both must stay
    empty when the rest is raised. A shape of rms 1 over n bands has no band above sqrt(n), and
    one band at least above the floor; extrapolations that break this law are shifted until they
    obey, so nothing overflows and nothing is left empty.

    Parameters
    ----------
    log_shape : float32[frame, band]
        What the decoder says: log(shape + floor).
    floor
        The soft floor, linear.

    Returns
    -------
    float32[frame, band]
        Linear, >= 0, rms 1.
    """
    loudest = log_shape.amax(-1, keepdim=True)
    lawful = loudest.clamp(math.log(2.0 * floor), math.log(math.sqrt(log_shape.shape[-1]) + floor))
    shape = shape_of(log_shape - loudest + lawful, floor)
    return shape / rms_over_bands(shape)


def rms_over_bands(shape: Tensor) -> Tensor:
    """Return the rms of shapes float32[frame, band], float32[frame, 1]."""
    return shape.square().mean(-1, keepdim=True).sqrt()


class Curve(nn.Module):
    """A residual network: n_in -> width (n_hidden layers) -> n_out."""

    def __init__(self, n_in: int, width: int, n_hidden: int) -> None:
        super().__init__()
        self.enter = nn.Linear(n_in, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(n_hidden - 1))

    def forward(self, log_shape: Tensor) -> Tensor:
        """Return the last hidden layer, float32[frame, width]."""
        x = functional.silu(self.enter(log_shape))
        for layer in self.hidden:
            x = x + functional.silu(layer(x))
        return x


class FrameVAE(nn.Module):
    """The networks for shapes; the level goes round them (see the module's text).

    Parameters
    ----------
    sizes
        Bands, latents, width, depth and floor.

    Attributes
    ----------
    centre : float32[band]
        The mean log shape of the training frames, m above.
    """

    centre: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        n_shape = sizes.n_latents - 1
        self.sizes = sizes
        self.floor = 10.0 ** (sizes.floor_db / 20.0)
        self.register_buffer("centre", torch.zeros(sizes.n_bands))
        self.encoder_line = nn.Linear(sizes.n_bands, n_shape, bias=False)
        self.encoder_curve = Curve(sizes.n_bands, sizes.width, sizes.n_hidden)
        self.encoder_mean = nn.Linear(sizes.width, n_shape)
        self.encoder_log_var = nn.Linear(sizes.width, n_shape)
        self.decoder_line = nn.Linear(n_shape, sizes.n_bands, bias=False)
        self.decoder_curve = Curve(n_shape, sizes.width, sizes.n_hidden)
        self.decoder_shape = nn.Linear(sizes.width, sizes.n_bands)

    def encode_shape(self, log_shape: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the shape latents, float32[frame, latent - 1] each."""
        x = log_shape - self.centre
        hidden: Tensor = self.encoder_curve(x)
        mean = self.encoder_line(x) + self.encoder_mean(hidden)
        return mean, self.encoder_log_var(hidden).clamp(-20.0, 4.0)

    def decode_shape(self, z: Tensor) -> Tensor:
        """Return the log-compressed shape of shape latents, float32[frame, band]."""
        line: Tensor = self.decoder_line(z)
        curve: Tensor = self.decoder_shape(self.decoder_curve(z))
        return self.centre + line + curve

    def encode(self, magnitudes: Tensor) -> tuple[Tensor, Tensor]:
        """Encode frames; silence is level 0 and the middle of the shapes.

        Parameters
        ----------
        magnitudes : float32[frame, band]

        Returns
        -------
        mean, log_var : float32[frame, latent]
        """
        level, log_shape = separate(magnitudes, self.floor)
        mean, log_var = self.encode_shape(log_shape)
        level = level * self._part_found(log_shape, mean).pow(LOUDNESS_EXPONENT)
        mean = torch.where(level[:, None] > 0.0, mean, 0.0)
        certain = torch.full_like(level, CERTAIN_LOG_VAR)
        return (
            torch.cat([level[:, None], mean], dim=1),
            torch.cat([certain[:, None], log_var], dim=1),
        )

    def _part_found(self, log_shape: Tensor, mean: Tensor) -> Tensor:
        """Return r of the module's text, float32[frame]."""
        true, found = (
            shape_of(shape, self.floor) for shape in (log_shape, self.decode_shape(mean))
        )
        true_loudness, loudness = (shape.pow(LOUDNESS_EXPONENT).mean(-1) for shape in (true, found))
        gain = (true_loudness / loudness.clamp_min(1e-6)).pow(1.0 / LOUDNESS_EXPONENT)
        part = gain * rms_over_bands(found).squeeze(-1)
        return part.clamp(1.0 / MOST_LEVEL_GAIN, MOST_LEVEL_GAIN)

    def decode(self, z: Tensor, loudest_level: float) -> Tensor:
        """Decode latents; a level of 0 or less is exact silence.

        Parameters
        ----------
        z : float32[frame, latent]
            Any finite values.
        loudest_level
            Ceiling of the level (loudness).

        Returns
        -------
        float32[frame, band]
            Linear magnitudes, finite, >= 0, whose rms is the level's.
        """
        rms = z[:, :1].clamp(0.0, loudest_level).pow(1.0 / LOUDNESS_EXPONENT)
        rms = torch.where(rms > SILENCE_RMS, rms, 0.0)
        log_shape = self.decode_shape(z[:, 1:].clamp(-LATENT_LIMIT, LATENT_LIMIT))
        magnitudes: Tensor = rms * shape_of_rms_one(log_shape, self.floor)
        return magnitudes
