"""What automation costs and how exact it is: shapes, tempo ramps, and lanes beside a render.

    python tests/bench/automation.py [SESSION] [--lanes 200] [--minutes 60]

First a million breakpoints over an hour, asked at every frame of hop 128, beside the interpolation
of numpy and SciPy, with the largest error against the same formula in long double. Then ramps of
tempo there and back. Then 200 lanes over an hour, asked as a render asks them, beside the render of
one track of the session (First light's first, unless another is named), scaled to an hour.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from ltsrender.automation import Curve, MusicalTime, TempoMap, read_lanes
from ltsrender.effects.ramp import _GROUP as GROUP
from ltsrender.effects.ramp import CONTROL_SAMPLES, Ramp
from ltsrender.latents import FrameGrid
from ltsrender.latents.sampled import Sampled
from ltsrender.render import Selection, open_plan, render_stems
from ltsrender.session import Documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.automation import Lane

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "first-light" / "first-light.lts.json"
RATE_HZ = 44_100
HOUR_S = 3600
REPEATS = 3

Floats = np.ndarray


def fastest(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least time of several runs, in seconds of processor time."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def in_long_double(shape: str, at: Floats, value: Floats, x: Floats) -> Floats:
    """Return the formula of a shape, in long double."""
    piece = np.clip(np.searchsorted(at, x, side="right") - 1, 0, at.size - 2)
    wide = np.longdouble
    a, b = value[piece].astype(wide), value[piece + 1].astype(wide)
    start, end = at[piece].astype(wide), at[piece + 1].astype(wide)
    t = (x.astype(wide) - start) / (end - start)
    if shape == "hold":
        return a
    if shape == "smooth":
        return a + (b - a) * t * t * (3 - 2 * t)
    if shape == "exponential":
        return a * np.exp(t * np.log(b / a))
    return a + (b - a) * t


def shapes() -> None:
    """Print the table of shapes."""
    rng = np.random.default_rng(0)
    n = 1_000_000
    at = np.sort(rng.uniform(0.0, HOUR_S, n))
    value = rng.uniform(0.5, 2.0, n)
    frames = np.arange(HOUR_S * RATE_HZ // 128) * 128 / RATE_HZ
    frames = frames[(frames >= at[0]) & (frames <= at[-1])]
    base = fastest(lambda: np.interp(frames, at, value))
    print(f"{n:,} breakpoints, {frames.size:,} frames; numpy.interp takes {base:.3f} s.\n")
    print("| shape | seconds | times numpy.interp | largest error |\n|---|---|---|---|")
    for shape in ("hold", "linear", "smooth", "exponential", "spline"):
        curve = Curve.of(at, value, shape)
        found = curve.at(frames)
        taken = fastest(lambda curve=curve: curve.at(frames))
        if shape == "spline":
            other = PchipInterpolator(at, value)
            error = np.abs(found - other(frames)).max()
            pchip = fastest(lambda other=other: other(frames))
            print(f"| {shape} | {taken:.3f} | {taken / base:.1f} | {error:.1e} from SciPy's |")
            print(f"| SciPy's PCHIP | {pchip:.3f} | {pchip / base:.1f} | |")
            continue
        error = float(np.abs(found - in_long_double(shape, at, value, frames)).max())
        print(f"| {shape} | {taken:.3f} | {taken / base:.1f} | {error:.1e} |")


def ramps() -> None:
    """Print how exact a day of tempo ramps is, there and back."""
    rng = np.random.default_rng(1)
    beats = np.cumsum(rng.uniform(1.0, 64.0, 4_000))
    bpm = rng.uniform(20.0, 300.0, beats.size)
    changes = [(0.0, 60.0, "linear"), *zip(beats, bpm, ["linear"] * beats.size, strict=True)]
    tempo = TempoMap([(float(b), float(p), w) for b, p, w in changes])
    moments = rng.uniform(0.0, tempo.seconds_at(float(beats[-1])), 1_000_000)
    back = tempo.seconds_at(tempo.beats_at(moments))
    taken = fastest(lambda: tempo.beats_at(rng.permutation(moments)))
    print(
        f"\n{beats.size:,} ramps over {moments.max() / HOUR_S:.1f} h: a million moments become "
        f"beats in {taken:.2f} s; there and back is {np.abs(back - moments).max():.1e} s at most."
    )


def written_lanes(minutes: float) -> dict[str, dict[str, Any]]:
    """Return lanes of several kinds, as a composer would write them for so many minutes."""
    rng = np.random.default_rng(2)
    beats = np.linspace(0.0, minutes * 80.0, int(minutes * 4))
    points = [
        {"at": float(b), "value": float(v), "shape": "smooth"}
        for b, v in zip(beats, rng.uniform(0, 1, beats.size), strict=True)
    ]
    seconds = [point | {"at": point["at"] * 0.75} for point in points]
    wave = {"lfo": {"every_beats": 8, "depth": 0.2, "centre": 0.5}}
    return {
        "points in seconds": {"time": "seconds", "points": seconds},
        "points in beats": {"points": points},
        "splines in beats": {"points": [point | {"shape": "spline"} for point in points]},
        "LFO": wave,
        "LFO with a moving rate": {"lfo": {"rate_hz": {"points": points}}},
        "random walk": {"random_walk": {"minimum": 0, "maximum": 1, "rate_hz": 4}},
        "points + LFO": {"add": [{"points": points}, wave]},
        "lag of points": {"lag": {"of": {"points": points}}},
    }


def lane_of(source: dict[str, Any], tempo: TempoMap) -> Lane:
    """Return a lane, made anew."""
    tree = {
        "format": "ltsrender automation",
        "schema_version": 1,
        "lanes": [{"target": "insert/any/thing"} | source],
    }
    documents = Documents(Path(), {"a.json": json.dumps(tree).encode()})
    return read_lanes("a.json", documents, MusicalTime(tempo))[0]


def seconds_as_frames(lanes: list[Lane], minutes: float) -> float:
    """Return the seconds that it takes to read lanes frame by frame, in a decoder's blocks."""
    n_frames = int(minutes * 60 * RATE_HZ / 256)
    grid = FrameGrid(n_frames, 256, RATE_HZ)

    def work() -> None:
        sampled = [Sampled(lane, grid) for lane in lanes]
        for first in range(0, n_frames, 512):
            for lane in sampled:
                lane.at_frames(first, min(first + 512, n_frames))

    return fastest(work, 1)


def seconds_as_controls(lanes: list[Lane], minutes: float) -> float:
    """Return the seconds that it takes to read lanes every 64 samples, as effects do."""
    n_samples = int(minutes * 60 * RATE_HZ)

    def work() -> None:
        ramps = [Ramp(lane.at, RATE_HZ) for lane in lanes]
        for group in range(n_samples // (GROUP * CONTROL_SAMPLES)):
            for ramp in ramps:
                ramp._within_group(group, 0, 0)  # the gains are not wanted

    return fastest(work, 1)


def beside_a_render(session: Path, n_lanes: int, minutes: float) -> None:
    """Print what lanes cost beside the render of one track."""
    plan = open_plan(session)
    name = plan.tracks[0].strip.name
    plan = open_plan(session, Selection(tracks=(name,)))
    length_s = plan.n_samples / plan.sample_rate_hz
    with tempfile.TemporaryDirectory() as folder:
        render_stems(plan, Path(folder) / "warm", device="cpu")
        begun = time.process_time()
        render_stems(plan, Path(folder) / "timed", device="cpu")
        render_s = (time.process_time() - begun) * minutes * 60 / length_s
    print(
        f"\nThe render of {name}, {length_s:.0f} s long, scaled to {minutes:g} minutes: "
        f"{render_s:.0f} s of processor time. {n_lanes} lanes over as long:\n"
    )
    print("| lanes | at frames | of the render | every 64 samples | of the render |")
    print("|---|---|---|---|---|")
    tempo = TempoMap([(0, 75), (400, 90), (1500, 60)])
    few = 10
    for kind, source in written_lanes(minutes).items():
        figures = []
        for measure in (seconds_as_frames, seconds_as_controls):
            lanes = [lane_of(source, tempo) for _ in range(few)]
            figures.append(measure(lanes, minutes) * n_lanes / few)
        cells = " | ".join(f"{taken:.1f} s | {100 * taken / render_s:.2f} %" for taken in figures)
        print(f"| {kind} | {cells} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("session", type=Path, nargs="?", default=EXAMPLE)
    parser.add_argument("--lanes", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60.0)
    chosen = parser.parse_args()
    shapes()
    ramps()
    beside_a_render(chosen.session, chosen.lanes, chosen.minutes)


if __name__ == "__main__":
    main()
