"""Five hours written and read back: error in steps of the file, speed and memory, beside soundfile.

Run: python tests/bench/round_trip.py [hours of the long file] [folder]

Every row is a process of its own, so that its peak memory is its own. The files are removed.
"""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from ltsrender.stems import Metadata, StemFormat, StemWriter
from ltsrender.stems.shaping import LIPSHITZ_1991

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 48_000
BLOCK = 10 * RATE
SHAPED = 1.5 * (1.0 + sum(map(abs, LIPSHITZ_1991)))
GOLDEN = 0.618_033_988_75


@dataclass(frozen=True)
class Case:
    """One row: who writes what, and by how many steps the file may differ."""

    hours: float
    container: str
    bit_depth: str
    bound: float
    rate: int = RATE
    dither: str = "tpdf"
    soundfile: str = ""

    @property
    def words(self) -> str:
        if self.soundfile:
            return f"soundfile, {self.soundfile} {self.bit_depth}"
        more = [f"{self.rate} Hz"] if self.rate != RATE else []
        more += [self.dither] if self.dither != "tpdf" else []
        return ", ".join([f"{self.container} {self.bit_depth}", *more])


def cases(hours: float) -> list[Case]:
    short = 1 / 6
    return [
        Case(hours, "wav", "24", 1.5),
        Case(hours, "wav", "24", 1.0, soundfile="RF64"),
        Case(short, "wav", "24", 1.5),
        Case(short, "wav", "24", 1.0, soundfile="WAV"),
        Case(short, "wav", "16", 1.5),
        Case(short, "wav", "16", SHAPED, dither="shaped"),
        Case(short, "wav", "32f", 0.0),
        Case(short, "flac", "24", 1.5),
        Case(short, "flac", "24", 1.0, soundfile="FLAC"),
        Case(short, "aiff", "24", 1.5),
        Case(short, "wav", "24", 1.5, rate=44_100),
        Case(short, "wav", "24", 1.5, rate=96_000),
    ]


class Sound:
    """Noise, ten seconds of it, at another level in every block: a block that moved is heard."""

    def __init__(self, hours: float) -> None:
        self.n_blocks = max(1, round(hours * 3_600 * RATE / BLOCK))
        self._noise = np.random.default_rng(1).uniform(-0.9, 0.9, (2, BLOCK)).astype(np.float32)

    def block(self, number: int) -> NDArray[np.float32]:
        return self._noise * np.float32(0.1 + 0.9 * (number * GOLDEN % 1.0))


def write(case: Case, path: Path, sound: Sound) -> None:
    if case.soundfile:
        subtype = f"PCM_{case.bit_depth}"
        with soundfile.SoundFile(path, "w", RATE, 2, subtype, format=case.soundfile) as file:
            for number in range(sound.n_blocks):
                file.write(sound.block(number).T)
        return
    form = StemFormat(case.container, case.bit_depth, case.rate, case.dither)
    told = Metadata(title="Five hours", time_reference_samples=3_600 * case.rate)
    with StemWriter(path, RATE, 2, form, 1, metadata=told) as writer:
        for number in range(sound.n_blocks):
            writer.write(sound.block(number))


def largest_error(case: Case, path: Path, sound: Sound) -> float:
    """Read the file back block by block; the largest difference in its steps."""
    step = 2.0 ** (1 - int(case.bit_depth.removesuffix("f")))
    most = 0.0
    whole = None
    if case.rate != RATE:
        blocks = [sound.block(number) for number in range(sound.n_blocks)]
        whole = soxr.resample(
            np.concatenate(blocks, axis=1).T.astype(np.float64), RATE, case.rate, "VHQ"
        )
    with soundfile.SoundFile(path) as file:
        n_block = BLOCK * case.rate // RATE
        assert file.frames == sound.n_blocks * n_block, "the file is not as long as the sound"
        for number in range(sound.n_blocks):
            made = file.read(n_block, dtype="float64")
            if whole is None:
                wanted = sound.block(number).T
            else:  # what lies beyond full scale is cut off, and is not the rounding's error
                wanted = whole[number * n_block : (number + 1) * n_block].clip(-1.0, 1.0)
            most = max(most, float(np.abs(made - wanted).max()))
    return most / step


def measured(case: Case, folder: str) -> str:
    """Return a row of the table."""
    sound = Sound(case.hours)
    path = Path(folder) / f"a.{case.container}"
    # What is compiled or imported when it is first asked for is no part of writing.
    write(case, path, Sound(0.0))
    begun, busy = time.perf_counter(), time.process_time()
    write(case, path, sound)
    wall, busy = time.perf_counter() - begun, time.process_time() - busy
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size, kind = path.stat().st_size / 1e9, soundfile.info(path).format
    begun = time.perf_counter()
    error = largest_error(case, path, sound)
    reading = time.perf_counter() - begun
    path.unlink()
    length_s = sound.n_blocks * BLOCK / RATE
    return (
        f"| {case.words} | {length_s / 3_600:.2g} h | {size:.2f} GB {kind} | {wall:.1f} "
        f"| {busy:.1f} | {length_s / busy:.0f} | {reading:.1f} | {error:.3f} | {case.bound:.3g} "
        f"| {peak_mb:.0f} |" + ("" if error <= case.bound else " FAILED")
    )


def main() -> None:
    """Print the table."""
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    place = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        needed = 1.2 * hours * 3_600 * RATE * 6
        if shutil.disk_usage(folder).free < needed:
            sys.exit(f"{folder} has less than {needed / 1e9:.1f} GB free; name another folder")
        print(
            "| written | length | file | s | of them busy | times real time, busy | s to read back "
            "| largest error | bound | peak MB |\n|" + " --- |" * 10
        )
        alone = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=alone, max_tasks_per_child=1) as pool:
            for case in cases(hours):
                print(pool.submit(measured, case, folder).result(), flush=True)


if __name__ == "__main__":
    main()
