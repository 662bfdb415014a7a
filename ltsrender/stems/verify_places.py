"""What is said about the places of stems in the mix: by the null where it holds, else by lags."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ltsrender.stems.verdict import Check
from ltsrender.stems.verify_files import listed
from ltsrender.stems.verify_latency import lags_of
from ltsrender.stems.verify_sums import largest_error
from ltsrender.units import db_from_gain, samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ltsrender.stems.manifest import Manifest
    from ltsrender.stems.verify_sound import Findings
    from ltsrender.stems.verify_sums import Residue, Sum

_MASTER_S = 0.001
"""What the filters of a master may move the peak of its response by; a latency is longer."""


def check_latency(
    manifest: Manifest,
    sums: Sequence[Sum],
    residues: Sequence[Residue | None],
    findings: Mapping[str, Findings],
    progress: Callable[[int], None],
) -> Check:
    """Return whether every stem lies where it lies in the mix."""
    wrong: list[str] = []
    told: list[str] = []
    quiet: list[str] = []
    for total, residue in zip(sums, residues, strict=True):
        if residue is None or math.isnan(residue.peak):
            continue
        steps = {stem.facts.file: findings[stem.facts.file].largest_step for stem in total.parts}
        peak = max(findings[stem.facts.file].peak for stem in total.files)
        bound = largest_error((stem.facts for stem in total.files), peak)
        if not manifest.mix_differs and residue.peak <= bound:
            seen = [step for step in steps.values() if step > 2.0 * bound]
            quiet += [file for file, step in steps.items() if step <= 2.0 * bound]
            if seen:
                left = db_from_gain(min(seen) - bound)
                told.append(f"one sample too late would leave {left:.1f} dBFS of the null")
            continue
        faults, places, unknown = _heard(total, progress, is_sum=not manifest.mix_differs)
        wrong += faults
        told += places
        quiet += unknown
    if wrong:
        return Check(name="latency", result="failed", words=listed(wrong))
    if not told:
        words = "there is no mix with stems to compare"
        if quiet:
            words = f"too quiet, too low or too steady to tell: {listed(quiet)}"
        return Check(name="latency", result="not_checked", words=words)
    words = f"nothing lies out of place: {listed(told)}"
    if quiet:
        words += f"; too quiet, too low or too steady to tell: {listed(quiet)}"
    return Check(name="latency", result="passed", words=words)


def _heard(
    total: Sum, progress: Callable[[int], None], *, is_sum: bool
) -> tuple[list[str], list[str], list[str]]:
    """Return what is wrong, what is right, and what cannot be told, by correlation."""
    *stems, whole = lags_of(total, progress, is_sum=is_sum)
    wrong = [
        f"{lag.file} lies {_samples(lag.samples)} {'after' if lag.samples > 0 else 'before'} "
        "the others, seen from the mix"
        for lag in stems
        if lag.samples
    ]
    right = [lag.file for lag in stems if lag.samples == 0]
    unknown = [lag.file for lag in stems if lag.samples is None]
    told = [f"{len(right)} of {len(stems)} by correlation with {whole.file}"] if right else []
    allowed = samples_from_seconds(_MASTER_S, total.mix.facts.sample_rate_hz)
    if whole.samples is None:
        unknown.append(whole.file)
    elif abs(whole.samples) > (0 if is_sum else allowed) and not wrong:
        side = "before" if whole.samples > 0 else "after"
        wrong.append(f"{whole.file} lies {_samples(whole.samples)} {side} the sum of its stems")
    elif whole.samples and (right or not stems):
        told.append(f"{whole.file} is moved by {_samples(whole.samples)}, as a filter may do")
    elif not stems:
        told.append(f"{whole.file} by correlation with its stem")
    return wrong, told, unknown


def _samples(count: int) -> str:
    return "1 sample" if abs(count) == 1 else f"{abs(count)} samples"
