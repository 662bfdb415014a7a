"""Phases from slopes along time alone: every band and every frame at once, on any device.

Integration by heap goes from the loudest place to the next, one after the other; a graphics card
wants everything at the same time. Here every band keeps its own phase, as a phase vocoder's do: the
instantaneous frequency that the levels of its neighbours tell (`ltsrender.audio.pghi`, the first of
its two slopes) is summed up over time, which is a parallel prefix sum. Where a band's level leaps
up, something begins: there it starts anew, as if that instant were an impulse, whose phase is the
same in all bands. Bands know nothing else of one another; that is left to iterations.

Measured on true frames with 32 iterations (spectral convergence, 40..8,000 Hz) against the same
iterations from chance: a guitar -24.1 and -17.7 dB, humming glass -25.3 and -23.7, a break
-8.8 and -8.5, a tabla -12.9 and -14.3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from ltsrender.audio.smoothing import smoothed
from ltsrender.audio.targets import Estimate, Target
from ltsrender.audio.windows import gaussian_bands
from ltsrender.units import gain_from_db

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from ltsrender.signal import Kernel

LEAP_DB = 12.0
"""A band that rises this much from one frame to the next begins anew; 6 dB measured the same."""
AUDIBLE_DB = -60.0
"""Below the frame's loudest band by more than this, a leap is only the edge of another's window."""
_FLOOR = 1e-7


def run_phases(targets: Iterable[Target], kernel: Kernel) -> Iterator[Estimate]:
    """Yield every block's magnitudes with phases summed up over time, the same in all channels.

    Parameters
    ----------
    targets
        Consecutive blocks.
    kernel
        The transform's tables.
    """
    spec = kernel.spec
    table = gaussian_bands(spec)
    centres, sigmas_squared, limits = (
        torch.from_numpy(column).to(kernel.device)
        for column in (table.centres, table.sigmas_squared, table.limits)
    )
    above = torch.cat([centres[1:], centres[-1:]])
    below = torch.cat([centres[:1], centres[:-1]])
    per_rise = sigmas_squared / (above - below)
    frame_s = spec.hop_samples / spec.sample_rate_hz
    carried = torch.zeros_like(centres)
    for target in targets:
        levels = _levels(target, kernel)
        rise = torch.cat([levels[:, 1:], levels[:, -1:]], 1)
        rise = rise - torch.cat([levels[:, :1], levels[:, :-1]], 1)
        # Deviations from the centre, rad/s; no sinusoid beyond the window's support rings there.
        deviations = torch.clamp(rise * per_rise, -limits, limits)
        steps = (deviations[1:] + deviations[:-1]) * (frame_s / 2)
        moments = (
            torch.arange(len(levels), dtype=torch.float64, device=kernel.device)
            + target.block * spec.frames_per_block
        ) * frame_s
        phases = carried + torch.cat([torch.zeros_like(steps[:1]), steps.cumsum(0)])
        phases = _begun_anew(phases, levels, moments, centres)
        carried = torch.remainder(phases[-1], 2 * math.pi)
        yield Estimate(
            target.magnitudes, _directed(target, phases, deviations, moments, centres, kernel)
        )


def _levels(target: Target, kernel: Kernel) -> Tensor:
    """Return log-magnitudes of what channels have in common, ``float64[frame, band]``."""
    frames = smoothed(target.frames, kernel.spec).double()
    return frames.square().mean(dim=0).sqrt().clamp_min(_FLOOR).log()


def _begun_anew(phases: Tensor, levels: Tensor, moments: Tensor, centres: Tensor) -> Tensor:
    """Return phases, less the carrier, that start at every leap like an impulse's."""
    leaps = torch.zeros_like(levels, dtype=torch.bool)
    audible = levels[1:] > levels[1:].amax(1, keepdim=True) + math.log(gain_from_db(AUDIBLE_DB))
    leaps[1:] = (levels[1:] - levels[:-1] > math.log(gain_from_db(LEAP_DB))) & audible
    places = torch.arange(len(levels), device=levels.device)[:, None]
    last_leap = torch.where(leaps, places, 0).cummax(0).values
    started = phases - phases.gather(0, last_leap) - centres * moments[last_leap]
    return torch.where(last_leap > 0, started, phases)


def _directed(
    target: Target,
    phases: Tensor,
    deviations: Tensor,
    moments: Tensor,
    centres: Tensor,
    kernel: Kernel,
) -> tuple[Tensor, ...]:
    """Return coefficients: between frames the frequency moves along a straight line."""
    spec = kernel.spec
    frame_s = spec.hop_samples / spec.sample_rate_hz
    coefficients = []
    for group, magnitudes in zip(kernel.groups, target.magnitudes, strict=True):
        ratio = spec.hop_samples // group.hop_samples
        after_s = torch.arange(ratio, dtype=torch.float64, device=kernel.device) / ratio * frame_s
        own = slice(group.first_band, group.last_band)
        start, now = phases[:-1, own].T[..., None], deviations[:-1, own].T[..., None]
        change = (deviations[1:, own] - deviations[:-1, own]).T[..., None] / (2 * frame_s)
        carrier = centres[own, None, None] * (moments[:-1, None] + after_s)
        found = carrier + start + now * after_s + change * after_s.square()
        turned = torch.remainder(found.flatten(1), 2 * math.pi).float()
        coefficients.append(torch.polar(magnitudes, turned.expand_as(magnitudes).contiguous()))
    return tuple(coefficients)
