"""How much zipper noise a moving parameter leaves, and how nearly our kernels equal pedalboard.

    python tests/bench/zipper.py [effect ...]

Every parameter travels over the whole range of the catalogue in one second, in its taper, while a
sine of 330 Hz, faded in, passes at 48 kHz. Three figures, in dB below the louder of the peaks of
what goes in and what comes out, above 4 kHz only (Butterworth, 8th order):

    residue   what our sound at control times every 64 samples differs from the same effect told
              the lane's value anew for every sample
    stepped   the same for pedalboard told a value every 64 samples, against every 4: what there was
    energy    what our sound itself holds above 4 kHz: a bound for filters, rooms, echoes and gains,
              which make no overtones when they stand still; overtones are the others' purpose

A delay asks its lane when a fade of 21 ms is over, so for delay_s the energy is the figure.

Then each kernel held still beside pedalboard's effect: the largest difference on noise over 15
settings, and, where a filter is a biquad, both beside the formula in double precision.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from ltsrender.effects import EFFECTS, Impulse, Insert, complete
from ltsrender.effects.controls import values_at
from ltsrender.effects.kernelstage import KernelStage
from ltsrender.effects.native import NativeEffect
from ltsrender.effects.stage import BlockStage
from ltsrender.effects.stages import _kernel, make_stage
from ltsrender.stems.fader import Fader, balance
from ltsrender.units import gains_from_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects import Parameter

RATE_HZ = 48_000
N_SETTINGS = 15
HIGH = butter(8, 4_000, "highpass", fs=RATE_HZ, output="sos")
TELLING = {  # settings at which a movement of the others can be heard
    "delay": {"delay_s": 0.1, "feedback": 0.5},
    "compressor": {"threshold_db": -30.0, "ratio": 4.0},
    "noise_gate": {"threshold_db": -3.0, "ratio": 2.0},
    "limiter": {"threshold_db": -12.0},
    "brickwall_limiter": {"ceiling_db": -12.0},
    "peak": {"gain_db": 12.0, "centre_hz": 600.0},
    "low_shelf": {"gain_db": 12.0, "cutoff_hz": 600.0},
    "high_shelf": {"gain_db": 12.0, "cutoff_hz": 600.0},
    "ladder": {"resonance": 0.5},
}
BELL = Path(__file__).parents[2] / "examples" / "first-light" / "sounds" / "bell.flac"
LINEAR = {
    "gain",
    "delay",
    "convolution",
    "reverb",
    "highpass",
    "lowpass",
    "peak",
    "low_shelf",
    "high_shelf",
}

Floats = np.ndarray


class Travel:
    """A lane over a parameter's range in one second."""

    def __init__(self, parameter: Parameter) -> None:
        self.low, self.high = parameter.minimum, parameter.maximum
        self.is_log = parameter.taper == "log"

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        way = np.clip(seconds, 0.0, 1.0)
        if self.is_log:
            return self.low * (self.high / self.low) ** way
        return self.low + (self.high - self.low) * way


def sine() -> NDArray[np.float32]:
    """Return one second of the test sound, float32[1, sample]."""
    n = np.arange(RATE_HZ)
    fade = np.sin(np.minimum(n / 4_800.0, 1.0) * np.pi / 2.0) ** 2
    return (0.5 * fade * np.sin(2.0 * np.pi * 330.0 * n / RATE_HZ)).astype(np.float32)[None]


def above(difference: Floats, *sounds: Floats) -> float:
    """Return the peak of a difference above 4 kHz in dB below the loudest of sounds."""
    peak = max(float(np.abs(sound).max()) for sound in sounds)
    left = np.abs(sosfilt(HIGH, difference.astype(np.float64), axis=-1)).max()
    return float(20.0 * np.log10(max(left / peak, 1e-20)))


def through(stage: object, audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a sound after a stage."""
    return np.concatenate([stage.process(audio), stage.flush()], axis=1)  # type: ignore[attr-defined]


def every_sample(insert: Insert, name: str, lane: Travel, audio: Floats) -> Floats:
    """Return an effect told its lane's value anew for every sample."""
    seconds = np.arange(RATE_HZ) / RATE_HZ
    if insert.effect == "gain":
        return (audio * gains_from_db(values_at(insert, name, lane, seconds))).astype(np.float32)
    if insert.effect == "convolution":
        at_full = replace(insert, parameters={"mix": 1.0, "gain_db": 0.0})
        wet = through(make_stage(at_full, {}, RATE_HZ, 1, 0), audio)
        lanes = {each: lane if each == name else None for each in ("mix", "gain_db")}
        mix, gain_db = (values_at(insert, each, way, seconds) for each, way in lanes.items())
        return (audio * (1.0 - mix) + wet * mix * gains_from_db(gain_db)).astype(np.float32)
    if name == "ceiling_db":
        ceilings = gains_from_db(values_at(insert, name, lane, seconds))
        at_full_scale = replace(insert, parameters={**insert.parameters, name: 0.0})
        wall = BlockStage(at_full_scale, {}, RATE_HZ, 1, 0)
        return through(wall, (audio / ceilings).astype(np.float32)) * ceilings
    kernel = _kernel(insert, RATE_HZ, 1)
    if kernel is None:
        return stepped(insert, name, lane, audio, 4)
    numbers = [each.name for each in insert.info.parameters.values() if each.kind == "number"]
    values = {
        each: values_at(insert, each, lane if each == name else None, seconds) for each in numbers
    }
    rows = kernel.controls(values)
    still = np.ascontiguousarray(np.repeat(rows.T[:, :, np.newaxis], 3, axis=2))
    made = [kernel.run(audio[:, n : n + 1], None, still[n], n % 64) for n in range(RATE_HZ)]
    return np.concatenate(made, axis=1)


def stepped(insert: Insert, name: str, lane: Travel, audio: Floats, n_block: int) -> Floats:
    """Return pedalboard's effect told a value at the start of every block."""
    effect = NativeEffect(insert, RATE_HZ, n_block)
    parameter = insert.info.parameters[name]
    values = values_at(insert, name, lane, np.arange(0, RATE_HZ, n_block) / RATE_HZ)
    made = []
    for number, value in enumerate(values):
        effect.set(parameter, float(value))
        block = np.ascontiguousarray(audio[:, number * n_block : (number + 1) * n_block])
        made.append(effect.process(block))
    return np.concatenate(made, axis=1)


def residues(effects: list[str]) -> None:
    """Print the first table."""
    audio = sine()
    print(f"{'parameter':34} {'residue':>8} {'stepped':>8} {'energy':>8}")
    for effect in effects:
        info = EFFECTS[effect]
        impulse = Impulse(BELL, "") if effect == "convolution" else None
        given = complete(info, TELLING.get(effect, {}))
        insert = Insert("x", effect, given, impulse=impulse)
        for name, parameter in info.parameters.items():
            if not parameter.automatable:
                continue
            lane = Travel(parameter)
            ours = through(make_stage(insert, {insert.target(name): lane}, RATE_HZ, 1, 0), audio)
            exact = every_sample(insert, name, lane, audio)
            n_samples = min(ours.shape[1], exact.shape[1])
            residue = above((ours[:, :n_samples] - exact[:, :n_samples])[0], audio, ours)
            before = "-"
            if info.pedalboard_class:
                steps = [stepped(insert, name, lane, audio, n) for n in (64, 4)]
                before = f"{above((steps[0] - steps[1])[0], audio, steps[1]):.1f}"
            energy = f"{above(ours[0], audio, ours):.1f}" if effect in LINEAR else ""
            print(f"{effect + '/' + name:34} {residue:8.1f} {before:>8} {energy:>8}")
    pan = Travel(replace(EFFECTS["gain"].parameters["gain_db"], minimum=-1.0, maximum=1.0))
    zero = Travel(replace(EFFECTS["gain"].parameters["gain_db"], minimum=0.0, maximum=0.0))
    both = np.repeat(audio, 2, axis=0)
    ours = Fader(zero, pan, RATE_HZ).apply(both)
    exact = both * balance(pan.at(np.arange(RATE_HZ) / RATE_HZ))
    print(f"{'pan':34} {above(ours - exact, both, ours):8.1f} {'-':>8} {above(ours, both):8.1f}\n")


def settings(effect: str, rng: np.random.Generator) -> list[dict[str, float]]:
    """Return the defaults and settings by chance."""
    found: list[dict[str, float]] = [{}]
    for _ in range(N_SETTINGS - 1):
        setting = {}
        for parameter in EFFECTS[effect].parameters.values():
            if parameter.kind == "number":
                low, high = parameter.minimum, parameter.maximum
                if parameter.name == "delay_s":
                    high = 1.0
                way = rng.uniform()
                is_log = parameter.taper == "log"
                value = low * (high / low) ** way if is_log else low + (high - low) * way
                setting[parameter.name] = float(value)
        found.append(setting)
    return found


def in_double(insert: Insert, audio: Floats) -> Floats:
    """Return a bell or shelf by the cookbook's formula in double precision."""
    given = {name: float(value) for name, value in insert.parameters.items()}
    f, a = given.get("centre_hz", given.get("cutoff_hz", 0.0)), 10.0 ** (given["gain_db"] / 40.0)
    turn = 2.0 * np.pi * f / RATE_HZ
    c, s = np.cos(turn), np.sin(turn)
    if insert.effect == "peak":
        alpha = s / 2.0 / given["q"]
        b = [1.0 + alpha * a, -2.0 * c, 1.0 - alpha * a]
        return lfilter(b, [1.0 + alpha / a, -2.0 * c, 1.0 - alpha / a], audio)
    way = 1.0 if insert.effect == "low_shelf" else -1.0
    beta, less, more = s * np.sqrt(a) / given["q"], (a - 1.0) * c * way, a + 1.0
    middle = way * 2.0 * ((a - 1.0) - way * more * c)
    b = [a * (more - less + beta), a * middle, a * (more - less - beta)]
    last = -way * 2.0 * ((a - 1.0) + way * more * c)
    return lfilter(b, [more + less + beta, last, more + less - beta], audio)


def held_still(effects: list[str]) -> None:
    """Print the second table."""
    rng = np.random.default_rng(3)
    audio = rng.uniform(-0.5, 0.5, (2, RATE_HZ)).astype(np.float32)
    print(f"{'held still':20} {'worst':>8} {'median':>8}   beside double: pedalboard, ours (worst)")
    for effect in effects:
        apart, doubles = [], []
        for setting in settings(effect, rng):
            insert = Insert("x", effect, complete(EFFECTS[effect], setting))
            kernel = _kernel(insert, RATE_HZ, 2)
            if kernel is None:
                break
            theirs = through(BlockStage(insert, {}, RATE_HZ, 2, 0), audio)
            ours = KernelStage(kernel, insert, {}, RATE_HZ, 2, 0).process(audio)
            apart.append(decibels(ours - theirs, theirs))
            if effect in ("peak", "low_shelf", "high_shelf"):
                true = in_double(insert, audio.astype(np.float64))
                doubles.append((decibels(theirs - true, true), decibels(ours - true, true)))
        if apart:
            words = "   ".join(f"{max(each):.1f}" for each in zip(*doubles, strict=True))
            print(f"{effect:20} {max(apart):8.1f} {np.median(apart):8.1f}   {words}")


def decibels(difference: Floats, whole: Floats) -> float:
    """Return the peak of a difference in dB below a sound's peak."""
    return float(20.0 * np.log10(max(np.abs(difference).max() / np.abs(whole).max(), 1e-20)))


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(EFFECTS)
    residues(chosen)
    held_still(chosen)
