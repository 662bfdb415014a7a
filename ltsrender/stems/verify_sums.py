"""Which files are added up to which mix, and how far a sum may be from its mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.stems.verify_files import BLOCK_SAMPLES, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from ltsrender.stems.manifest import StemFacts
    from ltsrender.stems.verify_files import Delivered

NULL_GAIN = 1e-5
"""-100 dBFS: what nulls below it is one sound."""
DITHER_STEPS = {"none": 0.5, "tpdf": 1.5, "shaped": 1.5 * 24.0}
"""Steps of the format by which one sample of a file errs at most; see `largest_error`."""


@dataclass(frozen=True)
class Sum:
    """A mix and the files that add up to it.

    Attributes
    ----------
    mix
        The file that the others are compared with.
    parts
        The others, in their order; empty where they cannot be compared.
    obstacle
        Why they cannot be; empty where they can.
    """

    mix: Delivered
    parts: tuple[Delivered, ...]
    obstacle: str = ""

    @property
    def files(self) -> tuple[Delivered, ...]:
        """The parts, and the mix last."""
        return (*self.parts, self.mix)


def sums_of(wanted: Iterable[StemFacts], heard: Iterable[Delivered]) -> list[Sum]:
    """Return every mix that can be heard with the files that belong to it.

    Parameters
    ----------
    wanted
        Every file of the manifest.
    heard
        Those that can be read.
    """
    there = {stem.facts.file: stem for stem in heard}
    return [
        _sum_of(stem, [facts for facts in wanted if facts.adds_up], there)
        for stem in there.values()
        if stem.facts.what == "mix"
    ]


def _sum_of(mix: Delivered, adding: list[StemFacts], there: dict[str, Delivered]) -> Sum:
    facts = mix.facts
    same_region = [part for part in adding if part.region == facts.region]
    parts: dict[str, StemFacts] = {}
    for part in same_region:
        if (part.sample_rate_hz, part.n_channels) != (facts.sample_rate_hz, facts.n_channels):
            continue
        if part.name not in parts or _format(part) == _format(facts):
            parts[part.name] = part
    lost = [part.file for part in parts.values() if part.file not in there]
    other = {part.name for part in same_region} - parts.keys()
    obstacle = ""
    if not same_region:
        obstacle = "no file of this render is meant to add up to it"
    elif lost:
        obstacle = f"{listed(lost)} cannot be heard"
    elif other:
        obstacle = f"{listed(sorted(other))}: no file with the mix's rate and channels"
    chosen = () if obstacle else tuple(there[part.file] for part in parts.values())
    return Sum(mix, chosen, obstacle)


def _format(facts: StemFacts) -> tuple[str, str]:
    return facts.container, facts.bit_depth


def largest_error(files: Iterable[StemFacts], peak: float) -> float:
    r"""Return how far the sum of parts may be from their mix when all is well.

    Rounding to b bits errs by at most half a step, a step being :math:`2^{1-b}`; triangular dither
    adds less than one step before it. So one file errs by less than 1.5 steps, and the sum of n
    files minus the mix by less than the sum over all n + 1 files. Shaped dither feeds the error of
    earlier samples back and errs by the sum of its filter's coefficients more.

    Everything before rounding is 32-bit float, with an error of :math:`2^{-24}` of the sample per
    operation; two for every file are granted. In files of 32f that is all there is, and far below
    the -100 dBFS that are then the limit.

    Parameters
    ----------
    files
        The parts and the mix.
    peak
        The largest sample among them.
    """
    files = list(files)
    steps = sum(
        DITHER_STEPS[facts.dither] * 2.0 ** (1 - int(facts.bit_depth))
        for facts in files
        if facts.bit_depth != "32f"
    )
    floats = len(files) * 2.0**-23 * max(1.0, peak)
    return steps + floats if steps else max(NULL_GAIN, floats)


@dataclass(frozen=True)
class Residue:
    """What is left of a mix without its parts.

    Attributes
    ----------
    peak
        Its largest sample; NaN when a sample is not a number.
    at_sample
        Where that is.
    """

    peak: float
    at_sample: int


def residue_of(total: Sum, progress: Callable[[int], None]) -> Residue:
    """Return what is left of a mix when its parts are taken away, reading all in blocks."""
    worst, at, place = 0.0, 0, 0
    for *parts, mix in side_by_side(total.files):
        left = np.abs(mix - sum(parts)).max(axis=0)
        found = int(np.argmax(left))  # the first NaN, if there is one
        if not left[found] <= worst:
            worst, at = float(left[found]), place + found
        if np.isnan(worst):
            break
        place += len(left)
        progress(len(left) * len(total.files))
    return Residue(worst, at)


def side_by_side(
    files: Iterable[Delivered], n_samples: int = BLOCK_SAMPLES
) -> Iterator[list[NDArray[np.float64]]]:
    """Yield blocks of several files together; what ended earlier goes on in silence."""
    readers = [stem.blocks(n_samples) for stem in files]
    n_channels = [stem.facts.n_channels for stem in files]
    while True:
        blocks = [next(reader, None) for reader in readers]
        longest = max((block.shape[1] for block in blocks if block is not None), default=0)
        if not longest:
            return
        yield [
            np.zeros((count, longest)) if block is None else _padded(block, longest)
            for block, count in zip(blocks, n_channels, strict=True)
        ]


def _padded(block: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
    return np.pad(block, ((0, 0), (0, n_samples - block.shape[1])))
