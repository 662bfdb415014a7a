"""What one file alone can tell: samples that are no numbers, clipping, a mean that is not zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.stems.loudness import Loudness, LoudnessMeter
from ltsrender.stems.verdict import Check
from ltsrender.stems.verify_files import listed
from ltsrender.units import db_from_gain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.stems.verify_files import Delivered

RUN_SAMPLES = 3
"""So many samples in a row at full scale are clipping; a wave that just reaches it has fewer."""
DC_LIMIT = 0.01
"""-40 dBFS: a mean beyond it costs headroom and clicks where a file begins and ends."""
DC_HEARD = 0.001
"""-60 dBFS: a mean worth telling, though many recordings have it."""
_LOWEST_HZ = 20.0


@dataclass(frozen=True)
class Findings:
    """What a file holds.

    Attributes
    ----------
    stem
        The file.
    n_broken
        Samples that are not finite numbers.
    dc
        Mean of every channel.
    n_runs
        Places where a channel stays at full scale for `RUN_SAMPLES` or longer.
    peak
        Largest sample.
    largest_step
        Largest difference of two samples in a row: what a shift by one sample would leave.
    loudness
        Measured when it was wanted.
    """

    stem: Delivered
    n_broken: int
    dc: tuple[float, ...]
    n_runs: int
    peak: float
    largest_step: float
    loudness: Loudness | None


def listen(stem: Delivered, progress: Callable[[int], None], *, with_loudness: bool) -> Findings:
    """Return what a file holds, reading it once in blocks."""
    facts = stem.facts
    meter = LoudnessMeter(facts.sample_rate_hz, facts.n_channels) if with_loudness else None
    total = np.zeros(facts.n_channels)
    before = np.zeros((facts.n_channels, RUN_SAMPLES))  # the last samples of the block before
    n_broken = n_runs = n_samples = 0
    peak = step = 0.0
    ceiling = 1.0 - 1.5 * _step(facts.bit_depth)
    for raw in stem.blocks():
        finite = np.isfinite(raw)
        n_broken += int(raw.size - np.count_nonzero(finite))
        block = raw if finite.all() else np.where(finite, raw, 0.0)
        total += block.sum(axis=1)
        both = np.concatenate([before, block], axis=1)
        highest = float(np.abs(block).max())
        peak = max(peak, highest)
        if highest > ceiling and facts.bit_depth != "32f":
            n_runs += _runs(np.abs(both) > ceiling)
        step = max(step, float(np.abs(np.diff(both[:, RUN_SAMPLES - 1 :])).max()))
        before = both[:, -RUN_SAMPLES:]
        n_samples += block.shape[1]
        if meter:
            meter.add(block.astype(np.float32))
        progress(block.shape[1])
    dc = tuple(float(mean) for mean in total / max(n_samples, 1))
    loudness = meter.result() if meter else None
    return Findings(stem, n_broken, dc, n_runs, peak, step, loudness)


def check_numbers(findings: list[Findings]) -> Check:
    """Return whether every sample is a number."""
    wrong = [f"{f.stem.facts.file}: {f.n_broken} samples" for f in findings if f.n_broken]
    if wrong:
        return Check(name="numbers", result="failed", words=f"not finite: {listed(wrong)}")
    return Check(name="numbers", result="passed", words="every sample is a finite number")


def check_clipping(findings: list[Findings]) -> Check:
    """Return whether nothing was cut off at full scale.

    Samples beyond full scale in 32f are not cut off: they are told, and pass.
    """
    wrong, told = [], []
    for found in findings:
        facts = found.stem.facts
        if facts.n_clipped and facts.bit_depth == "32f":
            told.append(f"{facts.file}: {facts.n_clipped}")
        elif facts.n_clipped:
            wrong.append(f"{facts.file}: {facts.n_clipped} samples were cut off at full scale")
        elif found.n_runs:
            wrong.append(f"{facts.file} stays at full scale in {found.n_runs} places")
    if wrong:
        return Check(name="clipping", result="failed", words=f"{listed(wrong)}: lower a gain")
    words = "nothing is cut off at full scale"
    if told:
        words += f"; samples beyond it, kept by 32f but not by other formats: {listed(told)}"
    return Check(name="clipping", result="passed", words=words)


def check_dc(findings: list[Findings]) -> Check:
    """Return whether the mean of every channel is close to zero.

    A file of T seconds may end in the middle of a swing: a partial of full scale at f Hz leaves a
    mean of up to 1 / (pi f T). What 20 Hz can leave is added to the limit.
    """
    wrong, told, largest = [], [], 0.0
    for found in findings:
        facts = found.stem.facts
        mean = max((abs(value) for value in found.dc), default=0.0)
        largest = max(largest, mean)
        swing = 1.0 / (math.pi * _LOWEST_HZ * facts.n_samples / facts.sample_rate_hz)
        words = f"{facts.file} {db_from_gain(mean):.1f} dBFS"
        if mean > DC_LIMIT + swing:
            wrong.append(words)
        elif mean > DC_HEARD + swing:
            told.append(words)
    if wrong:
        words = f"{listed(wrong)}; at most {db_from_gain(DC_LIMIT):.0f} dBFS: add a highpass"
        return Check(name="dc", result="failed", words=words)
    words = f"the largest mean of a channel is {db_from_gain(largest):.1f} dBFS"
    if told:
        words += f"; perhaps worth a highpass: {listed(told)}"
    return Check(name="dc", result="passed", words=words)


def _step(bit_depth: str) -> float:
    return 0.0 if bit_depth == "32f" else 2.0 ** (1 - int(bit_depth))


def _runs(full: NDArray[np.bool_]) -> int:
    """Return how many runs become long enough inside bool[channel, sample]."""
    n = RUN_SAMPLES
    windows = np.lib.stride_tricks.sliding_window_view(full, n, axis=1)
    long = np.asarray(windows.all(axis=2))
    return int(np.count_nonzero(long[:, 1:] & ~long[:, :-1]))
