"""Sounds that were not recorded: frames of two at once, higher or lower, through other colours.

Recordings are few, and a model that has heard nothing else learns them by heart: what it makes of
others gets worse while it gets better at its own. So a part of the frames of every batch becomes
what might have been recorded as well:

- *mixed* with another frame, as two sounds at once are: powers add, and what lies in the same band
  meets with any phase;
- *shifted* by whole bands: with 48 to the octave a step is a quarter of a semitone;
- *coloured*, as a room, a microphone or an equaliser would, by a smooth random gain.

A gain for the whole frame would be no new frame, because the level never enters the networks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

MIXED_PART = 0.7  # the others are only shifted and coloured
MIXED_DB = 20.0  # how much louder or softer the other frame is at most
COLOUR_DB = 6.0  # deviation of the gain at each knot
COLOUR_KNOTS = 8
_LEAST_RMS = 0.05  # a frame that is pushed off the scale stays what it was


def augmented(
    log_shapes: Tensor, n_changed: int, most_bands: int, floor: float, rng: torch.Generator
) -> Tensor:
    """Return frames of which the first are mixed, shifted and coloured, each by its own chance.

    Parameters
    ----------
    log_shapes : float32[frame, band]
        log(shape + floor), drawn by chance: frame i is mixed with the i-th from the end.
    n_changed
        How many change.
    most_bands
        How far they are shifted at most, up and down.
    floor
        The soft floor of shapes, linear.
    rng
        Decides everything.

    Returns
    -------
    float32[frame, band]
        Shapes of rms 1 again.
    """
    shapes = torch.exp(log_shapes) - floor
    changed = mixed(shapes[:n_changed], shapes.flip(0)[:n_changed], rng)
    changed = coloured(shifted(changed, most_bands, rng), rng)
    rms = changed.square().mean(1, keepdim=True).sqrt()
    lawful = torch.log((changed / rms.clamp_min(_LEAST_RMS)).clamp_min(0.0) + floor)
    lawful = torch.where(rms < _LEAST_RMS, log_shapes[:n_changed], lawful)
    return torch.cat([lawful, log_shapes[n_changed:]])


def mixed(shapes: Tensor, others: Tensor, rng: torch.Generator) -> Tensor:
    """Return most frames with another one added, ``float32[frame, band]``, not normalised.

    Two components of one band, a and b apart in phase by p, make
    sqrt(a^2 + b^2 + 2 a b cos p); p is uniform.
    """
    n_frames, n_bands = shapes.shape
    chosen = torch.rand(n_frames, 1, generator=rng) < MIXED_PART
    levels_db = MIXED_DB * (2.0 * torch.rand(n_frames, 1, generator=rng) - 1.0)
    gains = (chosen * 10.0 ** (levels_db / 20.0)).to(shapes.device)
    phases = math.pi * torch.rand(n_frames, n_bands, generator=rng)
    cosines = torch.cos(phases).to(shapes.device)
    added = gains * others
    powers = shapes.square() + added.square() + 2.0 * cosines * shapes * added
    return powers.clamp_min(0.0).sqrt()


def shifted(shapes: Tensor, most_bands: int, rng: torch.Generator) -> Tensor:
    """Return frames moved along the bands, ``float32[frame, band]``, not normalised.

    The lowest and the highest band are no part of the scale (low-pass and Nyquist band) and stay.
    Bands that come in from outside it are empty.
    """
    n_frames, n_bands = shapes.shape
    steps = torch.randint(-most_bands, most_bands + 1, (n_frames, 1), generator=rng)
    from_band = (torch.arange(n_bands) - steps).to(shapes.device)
    moved = shapes.gather(1, from_band.clamp(0, n_bands - 1))
    moved = torch.where((from_band < 1) | (from_band > n_bands - 2), 0.0, moved)
    moved[:, 0], moved[:, -1] = shapes[:, 0], shapes[:, -1]
    return moved


def coloured(shapes: Tensor, rng: torch.Generator) -> Tensor:
    """Return frames through smooth gains: straight in dB from knot to knot along the bands."""
    n_frames, n_bands = shapes.shape
    knots_db = COLOUR_DB * torch.randn(n_frames, 1, COLOUR_KNOTS, generator=rng)
    gains_db = functional.interpolate(knots_db, n_bands, mode="linear", align_corners=True)
    return shapes * (10.0 ** (gains_db[:, 0] / 20.0)).to(shapes.device)
