"""What measuring loudness costs beside pyloudnorm, and how far the two are apart.

Run: python tests/bench/loudness.py [minutes ...]

Ours hears one-second blocks and gives every figure; pyloudnorm takes the whole sound and gives
integrated loudness alone. Every row is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pyloudnorm

from ltsrender.stems.loudness import LoudnessMeter, _TruePeak

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RATE = 48_000
MOST_FOR_PYLOUDNORM = 15.0  # minutes: it keeps several copies of the whole in 64 bits
RUNS = 3


def block(number: int) -> NDArray[np.float64]:
    """Return one second of noise that swells and fades over a minute, with silence between."""
    noise = np.random.default_rng(number).normal(0, 0.2, (2, RATE))
    swell = np.sin(np.pi * ((number + np.arange(RATE) / RATE) % 60.0) / 60.0) ** 4
    return noise * swell


def seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of a few runs."""
    found = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(n_seconds: int) -> tuple[float, float, float, float]:
    """Return seconds of it all, of true peak alone, the figure, and peak memory."""
    some = [block(number) for number in range(min(60, n_seconds))]

    def measure() -> float | None:
        meter = LoudnessMeter(RATE, 2)
        for number in range(n_seconds):
            meter.add(some[number % len(some)])
        return meter.result().integrated_lufs

    def true_peak() -> float:
        peak = _TruePeak(RATE, 2)
        for number in range(n_seconds):
            peak.add(some[number % len(some)])
        return peak.finish()

    measure()
    whole = seconds(measure)
    return whole, seconds(true_peak), measure() or 0.0, peak_mb()


def theirs(n_seconds: int) -> tuple[float, float, float]:
    """Return seconds, the figure, and peak memory."""
    some = [block(number) for number in range(min(60, n_seconds))]
    sound = np.concatenate([some[n % len(some)] for n in range(n_seconds)], axis=1).T.copy()
    meter = pyloudnorm.Meter(RATE)
    found = meter.integrated_loudness(sound)
    return seconds(lambda: meter.integrated_loudness(sound)), found, peak_mb()


def main() -> None:
    """Print the table."""
    lengths = [float(word) for word in sys.argv[1:]] or [1.0, 10.0, 60.0]
    print(
        "| minutes | ours, s | of it true peak, s | pyloudnorm, s | ours / pyloudnorm "
        "| without true peak | apart, LU | ours, peak MB | pyloudnorm, peak MB |\n|" + " --- |" * 9
    )
    alone = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=alone, max_tasks_per_child=1) as pool:
        for minutes in lengths:
            n_seconds = round(60 * minutes)
            all_s, peak_s, lufs, our_mb = pool.submit(ours, n_seconds).result()
            row = f"| {minutes:g} | {all_s:.2f} | {peak_s:.2f} |"
            if minutes > MOST_FOR_PYLOUDNORM:
                print(f"{row} | | | | {our_mb:.0f} | |", flush=True)
                continue
            their_s, their_lufs, their_mb = pool.submit(theirs, n_seconds).result()
            print(
                f"{row} {their_s:.2f} | {all_s / their_s:.2f} | {(all_s - peak_s) / their_s:.2f} "
                f"| {abs(lufs - their_lufs):.1e} | {our_mb:.0f} | {their_mb:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
