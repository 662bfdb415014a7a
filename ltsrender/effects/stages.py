"""Which part does an insert's work: pedalboard where nothing moves, our kernels where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ltsrender.effects.convolution import ConvolutionStage
from ltsrender.effects.kernelstage import KernelStage, KeyedStage
from ltsrender.effects.moving_delay import DelayKernel
from ltsrender.effects.moving_dynamics import CompressorKernel, GateKernel, LimiterKernel
from ltsrender.effects.moving_filter import EqualiserKernel, OnePoleKernel
from ltsrender.effects.moving_ladder import LadderKernel
from ltsrender.effects.moving_modulation import ChorusKernel, PhaserKernel
from ltsrender.effects.moving_reverb import ReverbKernel
from ltsrender.effects.stage import BlockStage, CeilingStage, GainStage
from ltsrender.effects.waveshape import WaveshapeKernel
from ltsrender.effects.whole import WholeStage, needs_the_whole, whole_work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ltsrender.effects.insert import Insert, Moving
    from ltsrender.effects.kernelstage import Kernel
    from ltsrender.effects.stage import Stage

_SHAPES = ("clipping", "distortion", "bitcrush")
_EQUALISERS = ("peak", "low_shelf", "high_shelf")
_OWN: Mapping[str, Callable[..., Stage]] = {"gain": GainStage, "convolution": ConvolutionStage}
_ONE_POLES = ("lowpass", "highpass")
_KEYED = ("compressor", "noise_gate")
_OTHERS: Mapping[str, Callable[[int, int], Kernel]] = {
    "compressor": CompressorKernel,
    "noise_gate": GateKernel,
    "limiter": LimiterKernel,
    "delay": DelayKernel,
    "chorus": ChorusKernel,
    "phaser": PhaserKernel,
    "reverb": ReverbKernel,
}


def make_stage(
    insert: Insert,
    lanes: Mapping[str, Moving],
    sample_rate_hz: int,
    n_channels: int,
    first_sample: int,
    *,
    longest_samples: int | None = None,
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
    longest_samples
        How many samples will ever be fed; for effects that need the whole sound (`whole`).

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
    keyed = bool(getattr(insert, "sidechain", ""))
    own = _OWN.get(insert.effect)
    if own is not None:
        return own(*given)
    if needs_the_whole(insert, sample_rate_hz):
        return WholeStage(whole_work(insert, sample_rate_hz), n_channels, longest_samples)
    if not moving and not keyed:
        return BlockStage(*given)
    kernel = _kernel(insert, sample_rate_hz, n_channels)
    if keyed:
        if kernel is None or insert.effect not in _KEYED:
            raise ValueError(f'insert "{insert.id}": {insert.effect} takes no side-chain')
        return KeyedStage(kernel, *given)
    if "ceiling_db" in moving:
        return CeilingStage(*given)
    return BlockStage(*given) if kernel is None else KernelStage(kernel, *given)


def _kernel(insert: Insert, sample_rate_hz: int, n_channels: int) -> Kernel | None:
    """Return a fresh kernel, or None where pedalboard's steps are not heard."""
    if insert.effect in _SHAPES:
        return WaveshapeKernel(insert.effect)
    if insert.effect in _EQUALISERS:
        return EqualiserKernel(insert.effect, sample_rate_hz, n_channels)
    if insert.effect in _ONE_POLES:
        return OnePoleKernel(insert.effect == "highpass", sample_rate_hz, n_channels)
    if insert.effect == "ladder":
        return LadderKernel(str(insert.parameters["mode"]), sample_rate_hz, n_channels)
    kernel = _OTHERS.get(insert.effect)
    return None if kernel is None else kernel(sample_rate_hz, n_channels)
