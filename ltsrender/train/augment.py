"""Sounds that were not recorded: the same frames a few bands higher or lower.

A step along the constant-Q bands is a step in pitch, a quarter of a semitone with 48 bands per
octave. A gain would be no new frame, because the level never enters the networks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

_LEAST_RMS = 0.1  # of a frame that is pushed off the scale; it stays where it was


def shifted(log_shapes: Tensor, most_bands: int, floor: float, rng: torch.Generator) -> Tensor:
    """Return frames of which half are moved along the bands, each by its own number.

    The lowest and the highest band are no part of the scale (low-pass and Nyquist band) and stay.
    Bands that come in from outside it are empty, and the rms is made 1 again.

    Parameters
    ----------
    log_shapes : float32[frame, band]
        log(shape + floor).
    most_bands
        How far at most, up and down.
    floor
        The soft floor of shapes, linear.
    rng
        Decides which frames move, and how far.
    """
    n_frames, n_bands = log_shapes.shape
    steps = torch.randint(-most_bands, most_bands + 1, (n_frames, 1), generator=rng)
    steps *= torch.randint(0, 2, (n_frames, 1), generator=rng)
    steps = steps.to(log_shapes.device)
    from_band = torch.arange(n_bands, device=log_shapes.device) - steps
    is_scale = torch.ones(n_bands, dtype=torch.bool, device=log_shapes.device)
    is_scale[0] = is_scale[-1] = False
    outside = (from_band < 1) | (from_band > n_bands - 2)
    moved = log_shapes.gather(1, from_band.clamp(0, n_bands - 1))
    moved = torch.where(outside, math.log(floor), moved)
    moved = torch.where(is_scale, moved, log_shapes)
    shape = torch.exp(moved) - floor
    rms = shape.square().mean(1, keepdim=True).sqrt()
    lawful = torch.log((shape / rms.clamp_min(_LEAST_RMS)).clamp_min(0.0) + floor)
    return torch.where((steps == 0) | (rms < _LEAST_RMS), log_shapes, lawful)
