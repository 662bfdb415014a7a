"""Proof of delivery: the finished files are read again and measured against their manifest.

Every check is a question a mastering engineer would ask, with its answer in words and numbers.
Nothing is believed that a file can be asked: a stem that was written well and then cut, a level
that is not what was promised, a sum that is not the mix are found here and not in the studio.
Files are read in blocks, so memory does not grow with their length.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ltsrender.stems.verdict import Check, Verdict
from ltsrender.stems.verify_files import find_files, listed
from ltsrender.stems.verify_places import check_latency
from ltsrender.stems.verify_sound import check_clipping, check_dc, check_numbers, listen
from ltsrender.stems.verify_sums import NULL_GAIN, largest_error, residue_of, sums_of
from ltsrender.units import db_from_gain, seconds_from_samples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ltsrender.stems.manifest import Manifest
    from ltsrender.stems.verify_files import Delivered
    from ltsrender.stems.verify_sound import Findings
    from ltsrender.stems.verify_sums import Residue, Sum

LOUDNESS_LU = 0.1
"""How far a measured level may be from the one that was promised, in LU and dB."""


def verify(
    manifest: Manifest, folder: Path, progress: Callable[[float], None] = lambda _: None
) -> Verdict:
    """Measure the files of a render and return what was found.

    Parameters
    ----------
    manifest
        What was rendered; a verdict in it is not looked at.
    folder
        Where the files are.
    progress
        Called now and then with how much is done, 0..1.
    """
    heard, files = find_files(manifest, folder)
    sums = sums_of(manifest.stems, heard)
    count = _counter(heard, sums, progress)
    findings = [listen(stem, count, with_loudness=stem.facts.what == "mix") for stem in heard]
    by_file = {found.stem.facts.file: found for found in findings}
    residues = [None if total.obstacle else residue_of(total, count) for total in sums]
    checks = [
        files,
        *_failures(manifest),
        _check_length(manifest),
        _check_null(manifest, sums, residues, by_file),
        check_latency(manifest, sums, residues, by_file, count),
        check_clipping(findings),
        check_numbers(findings),
        check_dc(findings),
        _check_loudness(manifest, findings),
    ]
    return Verdict.of(checks)


def _counter(
    heard: list[Delivered], sums: list[Sum], progress: Callable[[float], None]
) -> Callable[[int], None]:
    """Return a function that is told how many samples were read, and tells how much is done."""
    alone = sum(stem.facts.n_samples for stem in heard)
    together = sum(stem.facts.n_samples for total in sums for stem in total.files if total.parts)
    done, whole = 0, max(1, alone + together)

    def count(n_samples: int) -> None:
        nonlocal done
        done += n_samples
        progress(min(1.0, done / whole))

    return count


def _failures(manifest: Manifest) -> list[Check]:
    """Return a check that failed for stems that were never written; none when all were."""
    words = [
        f"{failure.track}{f', insert {failure.insert}' if failure.insert else ''}: {failure.reason}"
        for failure in manifest.failures
    ]
    return [Check(name="stems", result="failed", words=listed(words))] if words else []


def _check_length(manifest: Manifest) -> Check:
    """Return whether all files of a region start together and are equally long."""
    wrong = []
    sets = {(facts.region, facts.sample_rate_hz): facts for facts in reversed(manifest.stems)}
    for facts in manifest.stems:
        first = sets[facts.region, facts.sample_rate_hz]
        if facts.n_samples != first.n_samples:
            words = f"{facts.file} has {facts.n_samples} samples, {first.file} {first.n_samples}"
            wrong.append(words)
        if facts.start_s != first.start_s:
            words = f"{facts.file} starts at {facts.start_s:g} s, {first.file} at {first.start_s:g}"
            wrong.append(words)
    if not manifest.stems:
        return Check(name="length", result="not_checked", words="there are no files")
    words = "all files that belong together start together and are equally long"
    return Check(
        name="length", result="failed" if wrong else "passed", words=listed(wrong) or words
    )


def _check_null(
    manifest: Manifest,
    sums: list[Sum],
    residues: list[Residue | None],
    findings: dict[str, Findings],
) -> Check:
    """Return whether the files that add up are the mix, added up."""
    if not sums:
        return Check(name="null", result="not_checked", words="there is no mix to compare with")
    told, failed, open_ = [], False, False
    for total, residue in zip(sums, residues, strict=True):
        name = total.mix.facts.file
        if residue is None:
            told.append(f"{name}: {total.obstacle}")
            open_ = True
            continue
        level = f"{db_from_gain(residue.peak):.1f} dBFS" if residue.peak >= 0 else "no number"
        if manifest.mix_differs:
            told.append(f"{name} is {level} away from the sum of its stems")
            continue
        peak = max(findings[stem.facts.file].peak for stem in total.files)
        bound = largest_error((stem.facts for stem in total.files), peak)
        passed = residue.peak <= bound
        failed |= not passed
        told.append(_null_words(total, residue, level, bound, passed=passed))
    if manifest.mix_differs:
        reasons = "; ".join(manifest.mix_differs)
        words = f"the mix is more than the sum of its stems: {reasons} ({listed(told)})"
        return Check(name="null", result="not_checked", words=words)
    result = "failed" if failed else "not_checked" if open_ else "passed"
    return Check(name="null", result=result, words=listed(told))


def _null_words(total: Sum, residue: Residue, level: str, bound: float, *, passed: bool) -> str:
    facts = total.mix.facts
    at_s = seconds_from_samples(residue.at_sample, facts.sample_rate_hz)
    depths = sorted({stem.facts.bit_depth for stem in total.files} - {"32f"})
    limit = f"{db_from_gain(bound):.1f} dBFS"
    words = f"{facts.file} without its {len(total.parts)} stems leaves {level}"
    if not passed:
        words += f" at {at_s:.3f} s"
    if not depths:
        return f"{words}; at most {limit}"
    words += f"; rounding to {' and '.join(depths)} bits can leave {limit}"
    if bound > NULL_GAIN:
        words += ", too coarse to show -100 dBFS: more bits, or 32f, can show it"
    return words


def _check_loudness(manifest: Manifest, findings: list[Findings]) -> Check:
    """Return whether the mixes are as loud as the manifest says, and as was asked for."""
    wrong, told = [], []
    for found in findings:
        facts = found.stem.facts
        if found.loudness is None:
            continue
        for unit, measured, said in (
            ("LUFS", found.loudness.integrated_lufs, facts.loudness.integrated_lufs),
            ("dBTP", found.loudness.true_peak_db, facts.loudness.true_peak_db),
        ):
            if measured is None:
                continue
            words = f"{facts.file} {measured:.2f} {unit}"
            told.append(words)
            if said is not None and not _near(measured, said):
                wrong.append(f"{words}, where the manifest says {said:.2f}")
            wrong += [f"{words}, {broken}" for broken in _broken_promise(manifest, found, unit)]
    if wrong:
        return Check(name="loudness", result="failed", words=listed(wrong))
    wanted = manifest.promised
    if not told:
        words = "there is no mix, or too little sound in it to tell"
        asked = wanted.integrated_lufs is not None or wanted.true_peak_db is not None
        result = "failed" if asked and findings else "not_checked"
        return Check(name="loudness", result=result, words=words)
    return Check(name="loudness", result="passed", words=listed(told))


def _broken_promise(manifest: Manifest, found: Findings, unit: str) -> list[str]:
    wanted, loud = manifest.promised, found.loudness
    if loud is None:
        return []
    if unit == "LUFS":
        facts = found.stem.facts
        first = next(each for each in manifest.stems if each.what == "mix")
        if wanted.integrated_lufs is None or wanted.region != facts.region:
            return []
        if facts.mono != first.mono:  # folded, or not, beside the mix that was measured
            return []
        measured, target = loud.integrated_lufs, wanted.integrated_lufs
        kept = measured is not None and _near(measured, target)
        return [] if kept else [f"not {target:.2f} as promised"]
    measured, ceiling = loud.true_peak_db, wanted.true_peak_db
    if measured is None or ceiling is None or measured <= ceiling + LOUDNESS_LU:
        return []
    return [f"above the ceiling of {ceiling:.2f}"]


def _near(measured: float, said: float) -> bool:
    return math.isclose(measured, said, rel_tol=0.0, abs_tol=LOUDNESS_LU)
