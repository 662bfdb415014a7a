"""Which part does an insert's work: pedalboard where nothing moves, our kernels where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.effects.kernelstage import KeyedStage, KernelStage
from ltsrender.effects.moving_delay import DelayKernel
from ltsrender.effects.moving_dynamics import CompressorKernel, GateKernel, LimiterKernel
from ltsrender.effects.moving_filter import EqualiserKernel, OnePoleKernel
from ltsrender.effects.moving_ladder import LadderKernel
from ltsrender.effects.moving_modulation import ChorusKernel, PhaserKernel
from ltsrender.effects.moving_reverb import ReverbKernel
from ltsrender.effects.stage import BlockStage, CeilingStage, GainStage
from ltsrender.effects.waveshape import WaveshapeKernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ltsrender.effects.insert import Insert, Moving
    from ltsrender.effects.kernelstage import Kernel
    from ltsrender.effects.stage import Stage


def make_stage(
    insert: Insert,
    lanes: Mapping[str, Moving],
    sample_rate_hz: int,
    n_channels: int,
    first_sample: int,
) -> Stage:
    """Return an insert at work.

    Parameters
    ----------
    insert
        Complete and checked; no plugin.
    lanes
        By target, ``insert/<id>/<parameter>``: what moves. Other targets are not looked at.
    sample_rate_hz, n_channels
        Of the sound.
    first_sample
        Where on the lanes' time line the sound's sample 0 lies.

    Raises
    ------
    ValueError
        When a lane moves a parameter that cannot move; the plan should have refused it.
    """
    moving = {
        name: lanes[insert.target(name)]
        for name in insert.info.parameters
        if insert.target(name) in lanes
    }
    fixed = [name for name in moving if not insert.info.parameters[name].automatable]
    if fixed:
        raise ValueError(f"{insert.target(fixed[0])} cannot be automated")
    given = (insert, moving, sample_rate_hz, n_channels, first_sample)
    if not insert.info.pedalboard_class:
        return GainStage(*given)
    if getattr(insert, "sidechain", ""):
        kernel = _kernel(insert, sample_rate_hz, n_channels)
        if kernel is None:
            raise ValueError(f'insert "{insert.id}": {insert.effect} takes no side-chain')
        return KeyedStage(kernel, *given)
    if not moving:
        return BlockStage(*given)
    if "ceiling_db" in moving:
        return CeilingStage(*given)
    kernel = _kernel(insert, sample_rate_hz, n_channels)
    return BlockStage(*given) if kernel is None else KernelStage(kernel, *given)


def _kernel(insert: Insert, rate: int, n_channels: int) -> Kernel | None:  # noqa: PLR0911
    """Return a fresh kernel, or None where pedalboard's steps are not heard."""
    match insert.effect:
        case "lowpass" | "highpass":
            return OnePoleKernel(insert.effect == "highpass", rate, n_channels)
        case "peak" | "low_shelf" | "high_shelf":
            return EqualiserKernel(insert.effect, rate, n_channels)
        case "compressor":
            return CompressorKernel(rate, n_channels)
        case "noise_gate":
            return GateKernel(rate, n_channels)
        case "limiter":
            return LimiterKernel(rate, n_channels)
        case "delay":
            return DelayKernel(rate, n_channels)
        case "chorus":
            return ChorusKernel(rate, n_channels)
        case "phaser":
            return PhaserKernel(rate, n_channels)
        case "ladder":
            return LadderKernel(str(insert.parameters["mode"]), rate, n_channels)
        case "reverb":
            return ReverbKernel(rate, n_channels)
        case "clipping" | "distortion" | "bitcrush":
            return WaveshapeKernel(insert.effect)
    return None
