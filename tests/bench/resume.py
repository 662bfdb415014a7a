"""Kill a training ten times at random moments and see whether it comes to the same bytes.

    python tests/bench/resume.py --kills 10 --folder ../shared/audio

Every run is the real command in a process of its own, ended by SIGKILL, which no program can
catch. The undisturbed run beside it has the same seed and epochs, on the processor, one thread.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ltsrender.train.unfinished import read_unfinished, unfinished_file


def command_of(arguments: argparse.Namespace, target: Path) -> list[str]:
    """Return the command that trains, or goes on."""
    return [
        *(sys.executable, "-m", "ltsrender", "train", str(arguments.folder), "-o", str(target)),
        *("--epochs", str(arguments.epochs), "--width", str(arguments.width)),
        *("--device", "cpu", "--seed", "7", "--checkpoint-every", "0.2", "--resume"),
    ]


def one_thread() -> dict[str, str]:
    """Return the environment: as many threads every time, or the last bits differ."""
    return os.environ | {"OMP_NUM_THREADS": "1"}


def run_to_the_end(command: list[str], target: Path) -> tuple[float, float]:
    """Return when an undisturbed run puts itself away first and when it ends, in seconds."""
    begun, first_s = time.monotonic(), 0.0
    process = subprocess.Popen(
        command, env=one_thread(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None:
        if not first_s and unfinished_file(target).exists():
            first_s = time.monotonic() - begun
        time.sleep(0.01)
    if process.returncode:
        raise SystemExit(f"training ended with {process.returncode}")
    return first_s, time.monotonic() - begun


def main() -> int:
    """Print every kill, and whether the bytes are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("examples/first-light/sounds"))
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0, help="Of the moments.")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311 - when to kill is no secret
    folder = Path(tempfile.mkdtemp())
    whole, parts = folder / "whole" / "m.ltsmodel", folder / "parts" / "m.ltsmodel"
    first_s, length_s = run_to_the_end(command_of(arguments, whole), whole)
    print(f"undisturbed: {length_s:.1f} s, put away first after {first_s:.1f} s", flush=True)
    share_s = (length_s - first_s) / arguments.kills  # so that it is not over before the last kill
    for number in range(arguments.kills):
        process = subprocess.Popen(
            command_of(arguments, parts),
            env=one_thread(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.5 * first_s, first_s + share_s))
        was_running = process.poll() is None
        process.kill()
        process.wait()
        saved = read_unfinished(parts)
        where = "finished" if parts.exists() else saved.done if saved else "nothing put away yet"
        print(f"kill {number + 1}: {'running' if was_running else 'over'}, {where}", flush=True)
    run_to_the_end(command_of(arguments, parts), parts)
    same = whole.read_bytes() == parts.read_bytes()
    print(f"the same bytes: {same}; beside the model: {[p.name for p in parts.parent.iterdir()]}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
