"""Break MIDI files at random and tell what became of them.

    python tests/bench/fuzz_midi.py [--files 10000] [--seed 0]

The files are those of tests/laws/test_midi_laws.py, which hold everything that is read (14-bit
pairs, parameters, MPE, SMPTE time, RMID), and what must hold of each is its first law: read, and
made into lanes of every shape, or refused in words that name track and byte.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ltsrender.errors import InputError
from ltsrender.session.midi import read_midi

if TYPE_CHECKING:
    from types import ModuleType

LAWS = Path(__file__).resolve().parents[1] / "laws" / "test_midi_laws.py"


def laws() -> ModuleType:
    """Return the module of MIDI's laws."""
    spec = importlib.util.spec_from_file_location("test_midi_laws", LAWS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Break files and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    module = laws()
    law = module.test_any_bytes_are_lanes_or_are_refused_with_track_and_byte.hypothesis.inner_test
    n_read, slowest = 0, 0.0
    for seed in range(chosen.seed, chosen.seed + chosen.files):
        begun = time.perf_counter()
        law(seed)
        slowest = max(slowest, time.perf_counter() - begun)
        try:
            read_midi(module.broken(seed), "a.mid")
        except InputError:
            continue
        n_read += 1
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{n_read} read, {chosen.files - n_read} refused with track and byte.")
    print(f"Slowest {slowest:.2f} s, peak memory {peak_mb:.0f} MB.")


if __name__ == "__main__":
    main()
