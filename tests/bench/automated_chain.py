"""An automated chain beside DawDreamer's: how fast, and how much zipper noise.

    python tests/bench/automated_chain.py [--minutes 5]

Low-pass, delay, reverb, gain, compressor; stereo, 48 kHz, every 64 samples a new value; cutoff,
delay mix, wet, gain and threshold all move there and back, two seconds each way. DawDreamer has a
low-pass of 12 dB per octave where ours has 6, and its delay has no feedback; the rest is alike.
Where a parameter of its processors cannot be automated by its own name it is automated by the one
that its automation takes. Each runs in turn in this process; the best of three.

Residue: a sine of 330 Hz, 4 seconds; what comes out less what comes out when values change at
every sample, above 4 kHz, in dB below the peak. For every sample ours is asked at 64 control times
that are 64 times as dense (the lanes' values for every sample given to the same kernels);
DawDreamer is rendered again in blocks of one.
"""

from __future__ import annotations

import argparse
import time

import dawdreamer  # before anything that brings LLVM
import numpy as np
from scipy.signal import butter, sosfilt

from ltsrender.effects import EFFECTS, ChainProcessor, Insert, complete
from ltsrender.effects.controls import values_at
from ltsrender.effects.stages import _kernel
from ltsrender.units import gains_from_db

RATE_HZ = 48_000
HIGH = butter(8, 4_000, "highpass", fs=RATE_HZ, output="sos")
PERIOD_S = 4.0
MOVES = {  # by insert: parameter, from, to, in logarithms or not
    "lowpass": ("cutoff_hz", 100.0, 10_000.0, True),
    "delay": ("mix", 0.0, 1.0, False),
    "reverb": ("wet", 0.0, 1.0, False),
    "gain": ("gain_db", -40.0, 6.0, False),
    "compressor": ("threshold_db", -60.0, 0.0, False),
}
STILL = {"delay": {"delay_s": 0.1}, "compressor": {"ratio": 4.0}}

Floats = np.ndarray


class Swing:
    """A lane there and back, smoothly turning."""

    def __init__(self, low: float, high: float, is_log: bool) -> None:
        self.low, self.high, self.is_log = low, high, is_log

    def at(self, seconds: Floats) -> Floats:
        way = 0.5 - 0.5 * np.cos(2.0 * np.pi * seconds / PERIOD_S)
        if self.is_log:
            return self.low * (self.high / self.low) ** way
        return self.low + (self.high - self.low) * way


LANES = {effect: Swing(low, high, is_log) for effect, (_, low, high, is_log) in MOVES.items()}
INSERTS = [Insert(name, name, complete(EFFECTS[name], STILL.get(name, {}))) for name in MOVES]


def ours(audio: Floats) -> Floats:
    """Return the sound after our chain, in blocks of 65,536."""
    lanes = {f"insert/{name}/{MOVES[name][0]}": lane for name, lane in LANES.items()}
    processor = ChainProcessor(INSERTS, lanes, RATE_HZ, 2)
    blocks = [processor.process(audio[:, n : n + 65_536]) for n in range(0, audio.shape[1], 65_536)]
    return np.concatenate([*blocks, processor.flush()], axis=1)


def ours_exactly(audio: Floats) -> Floats:
    """Return our chain with every value anew for every sample."""
    n_samples = audio.shape[1]
    seconds = np.arange(n_samples) / RATE_HZ
    for insert in INSERTS:
        name, lane = MOVES[insert.effect][0], LANES[insert.effect]
        kernel = _kernel(insert, RATE_HZ, 2)
        if kernel is None:
            audio = (audio * gains_from_db(lane.at(seconds))).astype(np.float32)
            continue
        numbers = [each.name for each in insert.info.parameters.values() if each.kind == "number"]
        values = {n: values_at(insert, n, lane if n == name else None, seconds) for n in numbers}
        rows = kernel.controls(values)
        still = np.ascontiguousarray(np.repeat(rows.T[:, :, np.newaxis], 3, axis=2))
        pieces = [
            kernel.run(np.ascontiguousarray(audio[:, n : n + 1]), None, still[n], n % 64)
            for n in range(n_samples)
        ]
        audio = np.concatenate(pieces, axis=1)
    return audio


def engine_of(audio: Floats, n_block: int) -> tuple[object, object]:
    """Return DawDreamer's engine with the chain, and the processor at its end."""
    seconds = np.arange(audio.shape[1]) / RATE_HZ
    lane = {name: lane.at(seconds).astype(np.float32) for name, lane in LANES.items()}
    engine = dawdreamer.RenderEngine(RATE_HZ, n_block)
    source = engine.make_playback_processor("source", audio)
    low = engine.make_filter_processor("low", "low", 1_000.0, 0.7071, 1.0)
    echo = engine.make_delay_processor("echo", "linear", 100.0, 0.5)
    room = engine.make_reverb_processor("room", 0.5, 0.5, 0.33, 0.4, 1.0)
    # Its adder's gain cannot move; the gain of a shelf far below the sound can.
    gain = engine.make_filter_processor("gain", "high_shelf", 20.0, 0.7071, 1.0)
    press = engine.make_compressor_processor("press", -18.0, 4.0, 10.0, 100.0)
    asked = [
        (low, ("freq", "frequency"), lane["lowpass"]),
        (echo, ("wet_level", "wet"), lane["delay"]),
        (room, ("wet_level",), lane["reverb"]),
        (gain, ("gain",), gains_from_db(lane["gain"].astype(np.float64)).astype(np.float32)),
        (press, ("threshold",), lane["compressor"]),
    ]
    for processor, names, values in asked:
        if not any(taken(processor, name, values) for name in names):
            print(f"DawDreamer: {processor.get_name()} {names} cannot move; it stands still")
    chain = [(source, [])]
    for before, processor in zip(
        ("source", "low", "echo", "room", "gain"), (low, echo, room, gain, press), strict=True
    ):
        chain.append((processor, [before]))
    engine.load_graph(chain)
    return engine, press


def taken(processor: object, name: str, values: Floats) -> bool:
    """Return whether a processor took automation under a name."""
    try:
        return bool(processor.set_automation(name, values))  # type: ignore[attr-defined]
    except (RuntimeError, TypeError, ValueError):
        return False


def theirs(audio: Floats, n_block: int) -> tuple[Floats, float]:
    """Return the sound after DawDreamer's chain, and the seconds its render took."""
    engine, last = engine_of(audio, n_block)
    begun = time.perf_counter()
    engine.render(audio.shape[1] / RATE_HZ)
    taken_s = time.perf_counter() - begun
    return last.get_audio()[:, : audio.shape[1]], taken_s


def above(difference: Floats, whole: Floats) -> float:
    """Return the peak of a difference above 4 kHz in dB below a sound's."""
    left = np.abs(sosfilt(HIGH, difference.astype(np.float64), axis=-1)).max()
    return float(20.0 * np.log10(max(left / np.abs(whole).max(), 1e-20)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    minutes = parser.parse_args().minutes
    n_samples = round(minutes * 60.0 * RATE_HZ)
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, (2, n_samples)).astype(np.float32)
    ours(noise[:, :RATE_HZ])
    mine, others = [], []
    for _ in range(3):
        begun = time.perf_counter()
        ours(noise)
        mine.append(time.perf_counter() - begun)
        others.append(theirs(noise, 64)[1])
    n = np.arange(4 * RATE_HZ)
    fade = np.sin(np.minimum(n / 4_800.0, 1.0) * np.pi / 2.0) ** 2
    sine = (0.5 * fade * np.sin(2.0 * np.pi * 330.0 * n / RATE_HZ)).astype(np.float32)
    both = np.stack([sine, sine])
    made, exact = ours(both), ours_exactly(both)
    held, fine = theirs(both, 64)[0], theirs(both, 1)[0]
    least = min(held.shape[1], fine.shape[1])
    length_s = minutes * 60.0
    print(f"{'':12} {'seconds':>8} {'x real time':>12} {'residue':>9}")
    for name, times, rest in (
        ("ours", mine, above(made - exact, made)),
        ("DawDreamer", others, above(held[:, :least] - fine[:, :least], held)),
    ):
        print(f"{name:12} {min(times):8.2f} {length_s / min(times):12.0f} {rest:9.1f}")


if __name__ == "__main__":
    main()
