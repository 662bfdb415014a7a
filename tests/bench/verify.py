"""What proving a delivery costs: seconds per minute of audio, and memory.

Run: python tests/bench/verify.py [minutes ...]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ltsrender.stems import (
    PlanFacts,
    StemFormat,
    StemPlace,
    StemWriter,
    document_copies,
    make_manifest,
    verify,
)

RATE = 48_000
BLOCK = 2**16
CASES = [(4, "wav", "24", False), (4, "wav", "24", True), (16, "wav", "24", False)]
CASES += [(4, "flac", "24", False), (4, "wav", "32f", False)]
FACTS = PlanFacts(
    session="a",
    session_folder="..",
    documents=document_copies({"a": b"{}"}),
    sounds={},
    models={},
    seed=1,
    track_seeds={},
    plan_sha256="0" * 64,
)


def measured(
    minutes: float, n_stems: int, container: str, bit_depth: str, *, master: bool
) -> tuple[float, bool]:
    """Write a delivery, and return the seconds of its verification and the verdict."""
    rng = np.random.default_rng(1)
    names = [*map(str, range(n_stems)), "mix"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        form = StemFormat(container, bit_depth, RATE)
        writers = [StemWriter(folder / f"{n}.{container}", RATE, 2, form, 1, name=n) for n in names]
        for writer in writers:
            writer.__enter__()
        for _ in range(max(1, round(minutes * 60 * RATE / BLOCK))):
            blocks = [rng.normal(0, 0.02, (2, BLOCK)).astype(np.float32) for _ in range(n_stems)]
            mix = np.sum(blocks, axis=0)
            for writer, block in zip(
                writers, [*blocks, np.tanh(4 * mix) if master else mix], strict=True
            ):
                writer.write(block)
        pairs = []
        for writer in writers:
            writer.__exit__(None, None, None)
            mixed = writer.stem.name == "mix"
            place = StemPlace("mix", "mix", adds_up=False) if mixed else StemPlace()
            pairs.append((writer.stem, place))
        manifest = make_manifest(FACTS, pairs, mix_differs=("a master",) if master else ())
        begun = time.perf_counter()
        verdict = verify(manifest, folder)
        return time.perf_counter() - begun, verdict.passed


def main() -> None:
    """Print the table."""
    lengths = [float(word) for word in sys.argv[1:]] or [1.0, 5.0]
    print("| stems | format | master | minutes | s per minute | s per minute and file | peak MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for minutes in lengths:
        for n_stems, container, bit_depth, master in CASES:
            seconds, passed = measured(minutes, n_stems, container, bit_depth, master=master)
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            each = seconds / minutes
            print(
                f"| {n_stems} | {container} {bit_depth} | {'on' if master else 'off'} "
                f"| {minutes:g} | {each:.2f} | {each / (n_stems + 1):.3f} | {peak_mb:.0f} |"
                + ("" if passed else " FAILED")
            )


if __name__ == "__main__":
    main()
