"""How long the example takes to render, and how much memory, at its own length and at 20 minutes.

Run from the checkout:  python tests/bench/render_session.py [--minutes 20] [--out FILE.md]

Every render is a process of its own. "Cold" has an empty anchor cache, "warm" finds the anchors of
the cold one. The long session is the example with every track stretched: its sounds go on looping.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "first-light"
PEAK_MEMORY = """
import resource, sys
from ltsrender.cli import cli
try:
    cli(sys.argv[1:])
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def render(session: Path, out: Path, cache: Path) -> tuple[float, float, float]:
    """Render in a new process; return seconds of work, seconds of sound, peak MB."""
    begun = time.perf_counter()
    arguments = ["render", str(session), "-o", str(out), "--device", "cpu", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", PEAK_MEMORY, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"LTSRENDER_CACHE": str(cache)},
        cwd=REPOSITORY,
    )
    elapsed_s = time.perf_counter() - begun
    manifest = json.loads((out / "manifest.json").read_text())
    return elapsed_s, manifest["stems"][-1]["length_s"], int(done.stderr.split()[-1]) / 1024


def stretched(folder: Path, minutes: float) -> Path:
    """Copy the example with every track going on for this many minutes; return its session."""
    shutil.copytree(EXAMPLE, folder)
    file = next(folder.glob("*.lts.json"))
    document = json.loads(file.read_text())
    bpm = document.get("tempo", [{"bpm": 60}])[-1]["bpm"]
    for track in document["tracks"]:
        unit, length = ("end_s", minutes * 60) if "end_s" in track else ("end_beats", minutes * bpm)
        track[unit] = length
    file.write_text(json.dumps(document))
    return file


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        session = next(EXAMPLE.glob("*.lts.json"))
        long_session = stretched(work / "long", arguments.minutes)
        for what, file in (
            ("first-light, cold", session),
            ("first-light, warm", session),
            (f"{arguments.minutes:g} minutes, cold", long_session),
        ):
            if "cold" in what:
                shutil.rmtree(work / "cache", ignore_errors=True)
            elapsed_s, length_s, peak_mb = render(file, work / "out", work / "cache")
            rows.append((what, length_s, elapsed_s, elapsed_s / length_s, peak_mb))
    lines = [
        "| render | sound | work | real-time factor | peak memory |",
        "|---|---|---|---|---|",
        *(f"| {w} | {s:.1f} s | {e:.1f} s | {f:.3f} | {m:.0f} MB |" for w, s, e, f, m in rows),
    ]
    table = "\n".join(lines)
    print(table)
    if arguments.out:
        arguments.out.write_text(f"{table}\n")


if __name__ == "__main__":
    main()
