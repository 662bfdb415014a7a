"""Even speed, and what the guard's distance is worth: the tables of how-to/latent-targets.md.

Run from the checkout:

    python tests/bench/latent_ways.py MODEL FOLDER [--pairs 7] [--seconds 4]

MODEL is one that was trained on some of the recordings in FOLDER; those are told by their hashes,
the others are strangers to it.

1. How unevenly the decoded spectrum moves while `mix` ramps from 1 to 0: the deviation of its
   steps over their mean, each step the rms over bands of the difference in dB of the shapes,
   floored 60 dB below their rms. Between held sounds: of the path. Between moving ones the sounds'
   own movement is left out, both ends of a step are mixed from the same frames; and once more as a
   share of how long the whole way is at that moment.
2. How many frames lie beyond the edge, and how far a decoded frame is from what the model makes of
   it when it hears it again, by guard.
3. The strangers: how many of their frames lie beyond the edge, and how distance goes with the
   log-spectral distance between a frame and what the model makes of it.
4. Seconds of work for a minute of a path.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ltsrender.audiofile import content_sha256, load_sound
from ltsrender.latents import (
    Anchor,
    FrameGrid,
    LatentPath,
    Steering,
    encode_anchor,
    known_ground,
    place_sound,
    space_of,
    trace_path,
)
from ltsrender.latents.ground import distances, guarded
from ltsrender.latents.space import Ground, ground_of
from ltsrender.models import load_model
from ltsrender.train.dataset import find_sounds
from ltsrender.train.ground import seen_ground
from ltsrender.train.material import read_material

if TYPE_CHECKING:
    from ltsrender.models import TimbreModel

EVERY = 4
CLOUD = 1_500


@dataclass(frozen=True)
class Ramp:
    """From a value to another, in so many seconds."""

    start: float
    end: float
    length_s: float

    def at(self, seconds: np.ndarray) -> np.ndarray:
        return self.start + (self.end - self.start) * np.clip(seconds / self.length_s, 0.0, 1.0)


def shapes_db(model: TimbreModel, z: np.ndarray) -> np.ndarray:
    frames = model.decode(z.astype(np.float32)).astype(np.float64)
    rms = np.sqrt(np.square(frames).mean(axis=1, keepdims=True))
    return 20.0 * np.log10(frames / np.maximum(rms, 1e-12) + 1e-3)


def rms(steps: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(steps).mean(axis=-1))


def unevenness(steps: np.ndarray) -> float:
    return float(steps.std() / steps.mean())


def anchor_of(model: TimbreModel, file: Path, length_s: float, *, held: bool = False) -> Anchor:
    rate = model.spec.sample_rate_hz
    sound = load_sound(file, rate).mean(axis=0, keepdims=True)[:, : int(length_s * rate)]
    placed = place_sound(sound, "loop", sample_rate_hz=rate)
    anchor = encode_anchor(placed, model, n_samples=int(length_s * rate))
    if not held:
        return anchor
    frame = min(anchor.mean.shape[1] - 1, int(0.5 * rate / model.spec.hop_samples))
    one = np.repeat(anchor.mean[:, frame : frame + 1], anchor.mean.shape[1], axis=1)
    return replace(anchor, mean=one)


def path_of(
    model: TimbreModel, anchors: list[Anchor], length_s: float, steering: Steering, mix: Ramp
) -> LatentPath:
    spec = model.spec
    n_frames = int(length_s * spec.sample_rate_hz / spec.hop_samples)
    grid = FrameGrid(n_frames, spec.hop_samples, spec.sample_rate_hz)
    names, space = ["a", "b"], space_of(model)
    return trace_path(anchors, names, {"mix": mix}, grid, steering=steering, space=space)


def moving(model: TimbreModel, path: LatentPath) -> tuple[float, float]:
    """Return the unevenness of the mix's own steps, and as shares of the way."""
    n = path.n_frames
    weight = path.weights(0, n)[0]
    first, second = (path.anchor_block(index, 0, n)[0] for index in (0, 1))
    frames = np.arange(8, n - 8, EVERY)

    def at(mix: np.ndarray) -> np.ndarray:
        return shapes_db(model, mix[:, None] * first[frames] + (1 - mix[:, None]) * second[frames])

    steps = rms(at(weight[frames + 2]) - at(weight[frames - 2]))
    places = [at(np.full(len(frames), mix)) for mix in np.linspace(0.0, 1.0, 16)]
    way = rms(np.diff(places, axis=0)).sum(axis=0)
    return unevenness(steps), unevenness(steps / way)


def table_of_speed(model: TimbreModel, pairs: list[tuple[Path, Path]], length_s: float) -> None:
    print("| | linear | constant_speed |\n|---|---|---|")
    ramp = Ramp(1.0, 0.0, length_s)
    ways = [Steering(interpolation=way) for way in ("linear", "constant_speed")]
    found: dict[str, list[list[float]]] = {"held": [], "moving": [], "share of the way": []}
    for pair in pairs:
        held, free = (
            [anchor_of(model, file, length_s, held=is_held) for file in pair]
            for is_held in (True, False)
        )
        row: list[list[float]] = [[], [], []]
        for way in ways:
            path = path_of(model, held, length_s, way, ramp)
            z = path.block(0, path.n_frames)[0]
            row[0].append(unevenness(rms(np.diff(shapes_db(model, z), axis=0))[4:-4]))
            own, share = moving(model, path_of(model, free, length_s, way, ramp))
            row[1].append(own)
            row[2].append(share)
        for name, values in zip(found, row, strict=True):
            found[name].append(values)
    for name, rows in found.items():
        straight, even = np.mean(rows, axis=0)
        print(f"| {name} | {straight:.2f} | {even:.2f} |")


def again_db(model: TimbreModel, z: np.ndarray) -> float:
    """Return how far decoded frames are from what the model makes of them, at the median."""
    frames = model.decode(z)
    heard = model.encode(frames)[0]
    if model.has_level:
        heard[:, 0] = z[:, 0]
    again = model.decode(heard)
    floor = 1e-3 * np.sqrt(np.square(frames).mean(axis=1, keepdims=True)) + 1e-12
    return float(np.median(np.mean(np.abs(20 * np.log10((again + floor) / (frames + floor))), 1)))


def clouds(sounds: list[np.ndarray], ground: Ground, level: int) -> dict[str, np.ndarray]:
    """Return points between and beyond sounds, by what was done to them."""
    rng = np.random.default_rng(0)

    def drawn() -> tuple[np.ndarray, np.ndarray]:
        one, other = rng.choice(len(sounds), 2, replace=False)
        return tuple(sounds[i][rng.integers(len(sounds[i]))] for i in (one, other))  # type: ignore[return-value]

    made: dict[str, np.ndarray] = {}
    for mix in (0.5, 1.1, 1.25, 1.5, 2.0):
        pairs = [drawn() for _ in range(CLOUD)]
        made[f"mix {mix:g}"] = np.array([mix * a + (1.0 - mix) * b for a, b in pairs])
    for step in (4.0, 8.0):
        points = np.array([drawn()[0] for _ in range(CLOUD)])
        column = rng.integers(level, points.shape[1], CLOUD)
        points[np.arange(CLOUD), column] += step * rng.choice([-1.0, 1.0], CLOUD)
        made[f"one latent by {step:g}"] = points
    points = np.array([drawn()[0] for _ in range(CLOUD)])
    made["scale 1.5"] = ground.mean + 1.5 * (points - ground.mean)
    if level:
        for cloud in made.values():
            cloud[:, 0] = 0.04
    return {name: cloud.astype(np.float32) for name, cloud in made.items()}


def tables_of_ground(model: TimbreModel, files: list[Path]) -> None:
    known = {sound.sha256 for sound in model.card.training_sounds}
    material = read_material(files, model)
    frames = {each.name: each.frames[each.audible] for each in material}
    learnt = [each.name for each in material if each.sha256 in known]
    facts = seen_ground(model, np.concatenate([frames[name] for name in learnt]))
    ground = ground_of(model.card.model_copy(update={"ground": facts}))
    assert ground is not None
    z = {name: model.encode(each)[0] for name, each in frames.items()}
    print(f"\nedge {ground.edge:.2f}, half {facts.distances.half:.2f}")
    print("\n| | beyond the edge | off | soft | clamp |\n|---|---|---|---|---|")
    level = int(model.has_level)
    for name, cloud in clouds([z[name] for name in learnt], ground, level).items():
        beyond = 100.0 * np.mean(distances(cloud, ground) > ground.edge)
        told = [again_db(model, guarded(cloud, ground, g)) for g in ("off", "soft", "clamp")]  # type: ignore[arg-type]
        print(f"| {name} | {beyond:.0f} % | " + " | ".join(f"{x:.1f} dB" for x in told) + " |")
    print("\n| stranger | beyond the edge |\n|---|---|")
    strangers = [name for name in z if name not in learnt]
    far, off = [], []
    for name in strangers:
        away = distances(z[name], ground)
        print(f"| {name} | {100.0 * np.mean(away > ground.edge):.0f} % |")
        some = slice(None, None, 40)
        true, made = frames[name][some], model.decode(z[name][some])
        floor = 1e-3 * np.sqrt(np.square(true).mean(axis=1, keepdims=True))
        far.append(away[some])
        off.append(rms(20.0 * np.log10((made + floor) / (true + floor))))
    ranks = [np.argsort(np.argsort(np.concatenate(values))) for values in (far, off)]
    print(f"\nrank correlation with the log-spectral distance {np.corrcoef(*ranks)[0, 1]:.2f}")


def table_of_cost(model: TimbreModel, pair: tuple[Path, Path]) -> None:
    print("\n| | seconds for a minute |\n|---|---|")
    anchors = [anchor_of(model, file, 60.0) for file in pair]
    for way in ("linear", "spherical", "constant_speed"):
        path = path_of(model, anchors, 60.0, Steering(interpolation=way), Ramp(1.5, -0.5, 60.0))  # type: ignore[arg-type]
        begun = time.perf_counter()
        for first in range(0, path.n_frames, 512):
            path.block(first, min(first + 512, path.n_frames))
        print(f"| {way} | {time.perf_counter() - begun:.2f} |")
    if path.space.ground is not None:
        begun = time.perf_counter()
        known_ground(path)
        print(f"| warn | {time.perf_counter() - begun:.2f} |")


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    words.add_argument("model", type=Path)
    words.add_argument("folder", type=Path)
    words.add_argument("--pairs", type=int, default=7)
    words.add_argument("--seconds", type=float, default=4.0)
    said = words.parse_args()
    torch.set_num_threads(1)
    model = load_model(said.model)
    files = find_sounds(said.folder)
    known = {sound.sha256 for sound in model.card.training_sounds}
    learnt = [file for file in files if content_sha256(file) in known]
    strange = [file for file in files if file not in learnt]
    order = [*learnt, *strange]
    pairs = list(zip(order[::2], order[1::2], strict=False))[: said.pairs]
    table_of_speed(model, pairs, said.seconds)
    tables_of_ground(model, files)
    table_of_cost(model, pairs[0])


if __name__ == "__main__":
    main()
