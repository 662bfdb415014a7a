"""Make the six sounds of First light by physical models: no recording was used.

Run ``python make_sounds.py`` in this folder: it writes ``sounds/*.flac``, the same samples every
time. ``python make_sounds.py --check`` writes nothing and says whether the files in ``sounds``
are the ones this script makes. Change a number below and listen: every one of them is a
length, a weight, a speed or a place on a body.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from bodies import (
    SAMPLE_RATE_HZ,
    Body,
    Signal,
    Strings,
    blow,
    bow,
    pluck,
    pulled_string,
    ring,
    strike,
    without_drift,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 1951  # every sound draws its chances from (SEED, its name)
PEAK = 10.0 ** (-3.0 / 20.0)
D2_HZ = 73.416  # the piece hangs on the overtones of this string


def times(length_s: float) -> Signal:
    """Float64[sample]: the time of every sample of a sound of that length."""
    return np.arange(round(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def curve(time_s: Signal, *points: tuple[float, float]) -> Signal:
    """Move smoothly through (seconds, value) points, flat at each of them."""
    places, values = np.array(points).T
    left = np.clip(np.searchsorted(places, time_s, side="right") - 1, 0, places.size - 2)
    part = np.clip((time_s - places[left]) / (places[left + 1] - places[left]), 0.0, 1.0)
    return values[left] + (values[left + 1] - values[left]) * part * part * (3.0 - 2.0 * part)


def wander(rng: np.random.Generator, n_samples: int, rate_hz: float) -> Signal:
    """Move at random, by 1 on the average, with about ``rate_hz`` turns per second."""
    n_points = int(n_samples / SAMPLE_RATE_HZ * rate_hz) + 4
    points = rng.standard_normal(n_points)
    place = np.arange(n_samples) / SAMPLE_RATE_HZ * rate_hz
    return curve(place, *enumerate(points))


def shifted(sound: Signal, start_s: float, n_samples: int) -> Signal:
    """Float64[..., n_samples]: the sound put at a time, cut or filled with silence."""
    start = round(start_s * SAMPLE_RATE_HZ)
    placed = np.zeros((*sound.shape[:-1], n_samples))
    room = min(sound.shape[-1], n_samples - start)
    placed[..., start : start + room] = sound[..., :room]
    return placed


def wine_glass(rim_hz: float, angle: float, rng: np.random.Generator) -> Body:
    """Blow a wine glass, to be struck on its rim at an angle (radians).

    French 1983: the rim bends into m = 2, 3, 4 ... waves, omega_m ~ sqrt(((m^2-1)^2 + wall) /
    (1 + 1/m^2)), where ``wall`` is what the stem end adds. No glass is quite round: every mode is a
    pair, a little apart, that beats; the angle decides which of the two rings.
    """
    waves = np.repeat(np.arange(2, 14), 2)
    wall = np.tile([6.0, 70.0], 12)  # the second family bends the wall too
    shape = np.sqrt(((waves**2 - 1.0) ** 2 + wall) / (1.0 + 1.0 / waves**2))
    centre_hz = rim_hz * shape / shape[0]
    apart = 1.0 + 0.0011 * rng.uniform(0.3, 1.6, waves.size)
    frequency_hz = np.concatenate([centre_hz, centre_hz * apart])
    decay_s = 8.0 / (1.0 + (frequency_hz / 3_000.0) ** 1.3)
    lean = rng.uniform(0.0, 2.0 * np.pi, waves.size)
    phase = waves * angle + lean
    touched = np.concatenate([np.cos(phase), np.sin(phase)]) * np.tile([1.0, 0.35], 24)
    listeners = waves * np.array([[0.35], [1.9]]) + lean
    heard = np.concatenate([np.cos(listeners), np.sin(listeners)], axis=1)
    radiates = frequency_hz / (frequency_hz + 1_200.0)
    inside = frequency_hz < 17_000.0
    return Body(frequency_hz, decay_s, touched, heard * radiates).part(inside)


def glass(rng: np.random.Generator) -> Signal:
    """Strike a half full glass three times; its water swings and bends the notes."""
    time_s = times(5.0)
    swing = 0.009 * np.exp(-time_s / 2.5) * np.sin(2.0 * np.pi * 1.35 * time_s)
    bend = 1.0 + swing - 0.004 * np.exp(-time_s / 0.8)
    shape_seed = rng.integers(1 << 30)
    sound = np.zeros((2, time_s.size))
    for start_s, speed, stiffness, angle in (
        (0.005, 1.0, 4e9, 0.0),
        (1.70, 0.45, 1e9, 0.9),
        (2.55, 0.30, 4e8, 2.1),
    ):
        body = wine_glass(6 * D2_HZ, angle, np.random.default_rng(shape_seed))
        force = strike(body, speed, 0.04, stiffness, 0.02)
        sound += ring(body, shifted(force, start_s, time_s.size), bend)
    return sound


def wooden_box(rng: np.random.Generator) -> Body:
    """Build the body of a lute: two air resonances and forty of wood, wide and quick to die."""
    wood_hz = 170.0 * 34.0 ** np.linspace(0.0, 1.0, 40) * rng.uniform(0.97, 1.03, 40)
    frequency_hz = np.concatenate([[98.0, 131.0], wood_hz])
    decay_s = np.concatenate([[0.25, 0.3], 0.16 / (1.0 + wood_hz / 2_500.0)])
    weight = np.concatenate([[1.2, 0.9], rng.uniform(0.2, 1.0, 40) * np.sign(rng.normal(size=40))])
    scale = 1.0 / (decay_s * SAMPLE_RATE_HZ)  # wide and narrow modes stand equally tall
    return Body(frequency_hz, decay_s, weight * scale * 8.0, np.ones((1, 42)))


def string(rng: np.random.Generator) -> Signal:
    """Pluck a low string over a curved bridge; the open strings it wakes answer, then two speak."""
    time_s = times(5.0)
    notes_hz = D2_HZ * np.array([1.0, 1.0018, 3.0, 5.0, 7.0])
    strings = Strings(
        frequency_hz=notes_hz,
        decay_s=np.array([16.0, 12.0, 9.0, 8.0, 7.0]),
        dullness=np.array([0.10, 0.14, 0.06, 0.05, 0.05]),
        stiffness=np.array([-0.35, -0.35, -0.2, -0.15, -0.1]),
        buzz=np.array([2.6, 1.2, 0.0, 0.0, 0.0]),
        bridge=0.004,
    )
    plucks = np.zeros((notes_hz.size, time_s.size))
    for which, start_s, strength, position, finger, hold in (
        (0, 0.005, 1.0, 0.13, 0.012, 1),
        (1, 0.005, 0.6, 0.21, 0.03, 1),
        (3, 1.95, 0.45, 0.30, 0.05, 3),
        (2, 2.75, 0.60, 0.27, 0.05, 2),
    ):
        wave = strength * pulled_string(notes_hz[which], position, finger, hold)
        plucks[which] += shifted(wave, start_s, time_s.size)
    force = pluck(strings, plucks)
    scratch = rng.standard_normal(time_s.size) * np.exp(-(((time_s - 0.004) / 0.0015) ** 2))
    table = np.diff(force, prepend=0.0)  # the wood near the bridge passes little bass
    return 2.0 * table + ring(wooden_box(rng), force + 0.04 * scratch)[0]


def breath(rng: np.random.Generator) -> Signal:
    """Breathe in through the throat, out over a tube that finds its note and loses it."""
    time_s = times(5.5)
    turbulence = rng.standard_normal(time_s.size)
    inhale = curve(time_s, (0.0, 0.0), (1.1, 0.7), (1.75, 1.0), (2.05, 0.0))
    inward = np.zeros(time_s.size)
    for start_hz, end_hz, width_hz, level in (
        (420.0, 640.0, 60.0, 1.0),
        (1_080.0, 1_500.0, 80.0, 0.7),
        (2_350.0, 2_700.0, 110.0, 0.5),
        (3_600.0, 3_500.0, 180.0, 0.3),
        (6_800.0, 8_200.0, 900.0, 0.25),
    ):
        formant = Body(
            np.array([1.0]) * start_hz, np.array([2.2 / width_hz]), np.ones(1), np.array([[level]])
        )
        bend = curve(time_s, (0.0, 1.0), (1.9, end_hz / start_hz))
        inward += ring(formant, turbulence * inhale**1.5, bend)[0] * np.sqrt(width_hz) * 0.003
    push = curve(time_s, (2.1, 0.0), (2.7, 0.50), (3.5, 0.80), (4.4, 0.66), (5.4, 0.0))
    gusts = 1.0 + 0.04 * wander(rng, time_s.size, 6.0)
    eddies = np.convolve(rng.standard_normal(time_s.size), np.hanning(26) / 3.0, mode="same")
    pressure = push * gusts * (1.0 + 0.25 * eddies)
    drift = 0.003 * wander(rng, time_s.size, 1.5) + 0.02 * (push - 0.7)
    note_hz = 6.0 * D2_HZ * 0.652 * (1.0 + drift)  # a tube this short speaks a fifth higher
    outward = blow(pressure, note_hz, 0.32, 0.62)
    return inward + outward


def metal_bar(f1_hz: float, rng: np.random.Generator) -> Body:
    """Cut a free bar of steel, which bends and twists, to be bowed at its end."""
    bend = np.array([1.0, 2.756, 5.404, 8.933, 13.344, 18.64, 24.81, 31.87])
    twist = 3.61 * np.arange(1, 8)
    ratio = np.concatenate([bend, twist])
    frequency_hz = f1_hz * ratio * rng.uniform(0.997, 1.003, ratio.size)
    decay_s = 5.0 / (1.0 + (frequency_hz / 2_500.0) ** 0.9)
    touched = np.concatenate([np.ones(8), 0.6 * np.ones(7)]) * rng.uniform(0.7, 1.2, 15)
    heard = rng.uniform(0.4, 1.0, (1, 15))
    return Body(frequency_hz, decay_s, touched, heard)


def metal(rng: np.random.Generator) -> Signal:
    """Bow a steel bar, slower and harder until its growl breaks into a chord."""
    time_s = times(5.5)
    speed = curve(time_s, (0.0, 0.09), (1.0, 0.15), (2.2, 0.068), (3.3, 0.195), (4.4, 0.1))
    press = curve(time_s, (0.0, 0.0), (0.45, 36.0), (2.1, 120.0), (3.3, 48.0), (4.1, 0.0))
    hand = 1.0 + 0.02 * wander(rng, time_s.size, 5.0)
    return bow(metal_bar(2 * D2_HZ, np.random.default_rng(8)), speed * hand, press, 17.0)


def bell_body(rng: np.random.Generator) -> Body:
    """Cast a great bell: the founders' five partials, then the rim's crowded overtones."""
    hum = np.array([1.0, 2.0, 2.4, 3.0, 4.0, 5.0, 5.33, 6.67, 8.0, 8.6, 10.1, 11.3])
    rim = 12.0 * 5.5 ** np.linspace(0.0, 1.0, 44) * rng.uniform(0.985, 1.015, 44)
    ratio = np.repeat(np.concatenate([hum, rim]), 2)
    apart = np.tile([1.0, 1.0], ratio.size // 2)
    apart[1::2] += rng.uniform(0.4, 2.2, ratio.size // 2) / (D2_HZ * ratio[1::2])
    frequency_hz = D2_HZ * ratio * apart
    decay_s = 11.0 / (1.0 + (frequency_hz / 700.0) ** 0.9)
    touched = rng.uniform(0.5, 1.0, ratio.size) * np.sign(rng.standard_normal(ratio.size))
    heard = rng.uniform(0.3, 1.0, (1, ratio.size))
    radiates = frequency_hz / (frequency_hz + 600.0)
    return Body(frequency_hz, decay_s, touched, heard * radiates)


def bell(rng: np.random.Generator) -> Signal:
    """Strike a bell so hard that its low modes wake the high ones.

    A thin shell stretches when it bends: the square of its movement is a force on every mode (the
    first term of the von Karman equations). So the high partials bloom a moment after the stroke.
    """
    time_s = times(6.0)
    body = bell_body(rng)
    force = shifted(strike(body, 1.0, 1.5, 4e7, 0.03), 0.005, time_s.size)
    first = ring(body, force)
    moved = ring(body.part(slice(12)), force)[0]
    stretch = np.diff(moved * np.abs(moved), prepend=0.0)
    bloom = ring(body, stretch)
    return first + bloom * (np.abs(first).max() / np.abs(bloom).max()) * 1.1


def rain(rng: np.random.Generator) -> Signal:
    """Let shards of glass fall, each at its place between left and right, thick and then thin."""
    time_s = times(5.0)
    partials = np.array([9, 11, 12, 14, 15, 18, 21, 22, 27])
    falling = curve(time_s, (0.0, 6.0), (1.5, 44.0), (2.4, 30.0), (4.2, 0.0)) / SAMPLE_RATE_HZ
    sound = np.zeros((2, time_s.size))
    for partial, side in zip(partials, rng.permutation(np.linspace(0.1, 1.4, 9)), strict=True):
        whole = wine_glass(D2_HZ * partial, 0.0, rng)
        places = np.array([[np.cos(side)], [np.sin(side)]])
        heard = whole.heard[:1] * places + 0.2 * whole.heard
        shard = Body(whole.frequency_hz, whole.decay_s * 0.16, whole.touched, heard)
        force = np.zeros(time_s.size)
        for land in np.flatnonzero(rng.random(time_s.size) < falling / partials.size):
            hit = strike(shard, rng.exponential(0.5) + 0.1, 0.004, 2e9, 0.003)
            force[land : land + hit.size] += hit[: time_s.size - land]
        sound += ring(shard, force)
    return sound


SOUNDS = {
    "glass": glass,
    "string": string,
    "breath": breath,
    "metal": metal,
    "bell": bell,
    "rain": rain,
}


def make(name: str) -> NDArray[np.int32]:
    """Int32[channel, sample]: a finished sound, 20 bits, peak -3 dBFS, silent at both ends."""
    rng = np.random.default_rng([SEED, *name.encode()])
    sound = without_drift(np.atleast_2d(SOUNDS[name](rng)), 20.0)
    n_samples = sound.shape[1]
    time_s = np.arange(n_samples) / SAMPLE_RATE_HZ
    length_s = n_samples / SAMPLE_RATE_HZ
    sound *= curve(time_s, (0.0, 0.0), (0.004, 1.0), (length_s - 0.8, 1.0), (length_s, 0.0))
    steps = np.round(sound * (PEAK / np.abs(sound).max()) * 2**19).astype(np.int32)
    return steps * 2**12  # left-aligned in 32 bits, as soundfile takes integers


def check(name: str, target: Path) -> bool:
    """Tell whether a file holds the sound this script makes, to one step of its 20 bits."""
    made = make(name)
    file, _ = soundfile.read(target, dtype="int32", always_2d=True)
    if file.T.shape != made.shape:
        print(f"{target}: {file.T.shape} samples, expected {made.shape}")
        return False
    furthest = int(np.abs(file.T.astype(np.int64) - made).max()) >> 12
    print(f"{target}: {'the same samples' if furthest == 0 else f'{furthest} steps away'}")
    return furthest <= 1  # other processors round their sines otherwise


def main() -> int:
    """Write every sound, or with ``--check`` compare."""
    parser = argparse.ArgumentParser(description="Make the sounds of First light.")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--target", type=Path, default=Path(__file__).parent / "sounds")
    options = parser.parse_args()
    files = {name: options.target / f"{name}.flac" for name in SOUNDS}
    if options.check:
        same = [
            check(name, file) for name, file in files.items()
        ]  # all of them, not only the first
        return 0 if all(same) else 1
    options.target.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        soundfile.write(file, make(name).T, SAMPLE_RATE_HZ, subtype="PCM_24", compression_level=1.0)
        print(f"{file}: {file.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
