"""Train on a collection larger than one would keep in memory, from a file and from memory.

    python tests/bench/large_collections.py ../shared/audio --hours 3.2 --steps 300
    python tests/bench/large_collections.py --noise 2000000 --steps 130

The collection is made of the folder's recordings, each copy at another speed, in files of 10
seconds to 40 minutes, mono, 16 bit: an hour of it is 620,000 frames of 1,804 bytes. Every row is a
process of its own, with one thread for torch: its greatest resident memory so far at the end of
every stage, the time it took to read the recordings, for the start from principal components and
for measuring, how many frames a second it learnt in steps of 512, the processor's time of a step in
all threads, and the first digits of the model's hash. ``cold`` drops the file from the system's
cache before every sweep, as if memory were short; that needs Linux. With ``--noise`` there are no
recordings: so many frames of noise, all three ways in one process, and fitting alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
import torch

from ltsrender.audiofile import load_sound
from ltsrender.models import FrameVAE, Sizes
from ltsrender.train import TrainOptions, ahead, dataset, find_sounds, train_model, training
from ltsrender.train.collected import PIECE_FRAMES, ChosenFrames, FramesOnDisk
from ltsrender.train.loop import fit
from ltsrender.train.schedule import Schedule
from ltsrender.train.shapes import LogShapes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ltsrender.train import TrainProgress

RATE_HZ = 44_100
LENGTHS_S = (10.0, 60.0, 240.0, 900.0, 2_400.0)
BATCH_FRAMES = 512
HEADS = (
    *("kept in", "peak GB, read", "fitted", "measured", "on disk, GB", "reading, s", "start, s"),
    *("measuring, s", "frames/s", "CPU ms a step", "model"),
)
SIZES = {"n_bands": 451, "n_latents": 64, "width": 512, "n_hidden": 2}
NOISE_HEADS = ("kept in", "frames/s", "CPU ms a step", "ms a step waits", "last loss")
WAYS = ("file", "file, cold", "memory")


def copies(sounds: list[Path], rng: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Yield the recordings in turn, float32[sample], each time at another speed."""
    known = [load_sound(path, RATE_HZ).mean(axis=0) for path in sounds]
    while True:
        for audio in known:
            speed = 2.0 ** rng.uniform(-0.5, 0.5)
            at = np.arange(0.0, len(audio) - 1, speed)
            yield np.interp(at, np.arange(len(audio)), audio).astype(np.float32)


def make_collection(sounds: list[Path], folder: Path, hours: float) -> None:
    """Write files of several lengths until there are so many hours."""
    coming, left_s, number = copies(sounds, np.random.default_rng(0)), 3_600.0 * hours, 0
    while left_s > 0.0:
        wanted = round(min(left_s, LENGTHS_S[number % len(LENGTHS_S)]) * RATE_HZ)
        with soundfile.SoundFile(folder / f"{number:05d}.wav", "w", RATE_HZ, 1, "PCM_16") as file:
            while file.tell() < wanted:
                file.write(next(coming)[: wanted - file.tell()])
        left_s, number = left_s - wanted / RATE_HZ, number + 1


class FewSteps(Schedule):
    """A schedule that ends after so many steps, however long an epoch is."""

    steps = 0

    def __init__(self, options: TrainOptions, steps_per_epoch: int) -> None:
        super().__init__(options, steps_per_epoch)
        self.most_steps = self.steps


class Clock:
    """Writes down when every stage began and ended, and what memory it took until then."""

    def __init__(self) -> None:
        self.begun_s, self.facts, self.fitting_s = time.monotonic(), {}, [0.0, 0.0]

    def __call__(self, progress: TrainProgress) -> None:
        """Hear how far training is."""
        now_s, stage = time.monotonic() - self.begun_s, progress.stage
        first_s, _, n_told, _ = self.facts.get(stage, (now_s, 0.0, 0, 0.0))
        self.facts[stage] = (first_s, now_s, n_told + 1, peak_gb())
        if progress.loss is not None:
            self.fitting_s = [self.fitting_s[0] or time.process_time(), time.process_time()]
        if progress.note:
            print(f"  {progress.note}", flush=True, file=sys.stderr)


def train(way: str, folder: Path, target: Path, steps: int) -> dict[str, Any]:
    """Train in this process, and return what it took."""
    torch.set_num_threads(1)
    FewSteps.steps, training.Schedule, clock, disk = steps, FewSteps, Clock(), [0.0, 0]
    dataset.MOST_IN_MEMORY = 2**31 - 1 if way == "memory" else 0
    true_close = FramesOnDisk.close

    def close(file: FramesOnDisk) -> None:
        if not file._file.closed:
            disk[:] = os.fstat(file._file.fileno()).st_size / 1e9, len(file)
        true_close(file)

    FramesOnDisk.close = close
    if way == "file, cold":
        drop_before_sweeps()
    train_model(find_sounds(folder), target, TrainOptions(None, 1, device="cpu", name="x"), clock)
    first_s, last_s, n_steps, _ = clock.facts["fitting"]
    return {
        "read_s": clock.facts["reading"][1],
        "start_s": first_s - clock.facts["reading"][1],
        "frames_per_s": BATCH_FRAMES * (n_steps - 1) / (last_s - first_s),
        "cpu_ms": 1e3 * (clock.fitting_s[1] - clock.fitting_s[0]) / (n_steps - 1),
        "measure_s": clock.facts["measuring"][1] - last_s,
        "peaks_gb": [fact[3] for fact in clock.facts.values()],
        "disk_gb": disk[0],
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
    }


def fit_noise(n_frames: int, steps: int, work: Path) -> None:
    """Print how quickly noise is learnt from a file and from memory."""
    torch.set_num_threads(1)
    rng, n_bands = np.random.default_rng(0), 451
    rows = np.empty((n_frames, n_bands), np.float32)
    noise = rng.random((PIECE_FRAMES + 997, n_bands), dtype=np.float32)
    file = FramesOnDisk(work, n_frames, n_bands)
    begun_s = time.monotonic()
    for first in range(0, n_frames, PIECE_FRAMES):
        at = first // PIECE_FRAMES % 997
        rows[first : first + PIECE_FRAMES] = noise[at : at + min(PIECE_FRAMES, n_frames - first)]
        file.write(first, rows[first : first + PIECE_FRAMES])
    os.fsync(file._file.fileno())
    print(f"{rows.nbytes / 1e9:.1f} GB written in {time.monotonic() - begun_s:.0f} s")
    print(f"| {' | '.join(NOISE_HEADS)} |\n|{'---|' * len(NOISE_HEADS)}")
    training.Schedule, FewSteps.steps = FewSteps, steps
    options = TrainOptions(None, 1, device="cpu")
    true_take, waited_s = ahead.Ahead.take, [0.0]

    def take(self: ahead.Ahead, wanted: NDArray[np.int64]) -> NDArray[np.float32]:
        begun_s = time.monotonic()
        frames = true_take(self, wanted)
        waited_s[0] += time.monotonic() - begun_s
        return frames

    ahead.Ahead.take = take
    for way, frames in zip(WAYS, (file, file, rows), strict=True):
        if way == "file, cold":
            drop_before_sweeps()
        torch.manual_seed(0)
        network, losses, waited_s[0] = FrameVAE(Sizes(**SIZES)), [], 0.0
        shapes = LogShapes(frames, network.floor)
        begun_s, begun_cpu_s = time.monotonic(), time.process_time()
        weights = torch.ones(n_frames)
        fit(network, shapes, weights, options, lambda _, loss, __, to=losses: to.append(loss))
        took_s, cpu_s = time.monotonic() - begun_s, time.process_time() - begun_cpu_s
        shapes.close()
        print(
            f"| {way} | {BATCH_FRAMES * steps / took_s:,.0f} | {1e3 * cpu_s / steps:.0f} "
            f"| {1e3 * waited_s[0] / steps:.0f} | {losses[-1]:.6f} |",
            flush=True,
        )
    file.close()


def drop_before_sweeps() -> None:
    """Let every sweep begin with a file that the system knows nothing of."""
    true_swept = ahead.Ahead._swept

    def swept(self: ahead.Ahead, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        frames = self._frames
        while isinstance(frames, ChosenFrames):
            frames = frames.source
        os.posix_fadvise(frames._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return true_swept(self, rows)

    ahead.Ahead._swept = swept


def peak_gb() -> float:
    """Return the greatest resident memory so far; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1_024) / 1e9


def row(way: str, facts: dict[str, Any]) -> str:
    """Return a line of the table."""
    cells = [
        way,
        *(f"{peak:.2f}" for peak in facts["peaks_gb"]),
        f"{facts['disk_gb']:.1f}",
        *(f"{facts[name]:.0f}" for name in ("read_s", "start_s", "measure_s")),
        f"{facts['frames_per_s']:,.0f}",
        f"{facts['cpu_ms']:.0f}",
        facts["sha256"][:8],
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--noise", type=int, help="So many frames of noise; no folder is needed.")
    parser.add_argument("--hours", type=float, default=3.5)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--work", type=Path, help="Where there is room; removed at the end.")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--only", choices=WAYS, help="What a process of its own does.")
    arguments = parser.parse_args()
    if arguments.only:
        target = arguments.work / f"{arguments.only}.ltsmodel"
        facts = train(arguments.only, arguments.folder, target, arguments.steps)
        print(json.dumps(facts))
        return
    work = Path(tempfile.mkdtemp(dir=arguments.work))
    try:
        if arguments.noise:
            fit_noise(arguments.noise, arguments.steps, work)
            return
        (work / "sounds").mkdir()
        make_collection(find_sounds(arguments.folder), work / "sounds", arguments.hours)
        print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
        for way in arguments.ways:
            command = [
                *(sys.executable, __file__, str(work / "sounds"), "--work", str(work)),
                *("--only", way, "--steps", str(arguments.steps)),
            ]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            print(row(way, json.loads(done.stdout)), flush=True)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
