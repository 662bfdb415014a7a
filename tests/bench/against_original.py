"""How long a whole render takes beside the original program, whose times were recorded.

Run from the checkout:

    python tests/bench/against_original.py FOLDER --model IMPORTED.ltsmodel

A morph of two recordings with an imported run of the original, as `ltsrender morph` renders it:
both sounds analysed and encoded anew each time, path, decoding, phase, detail, attacks, file
written. Timed in this process after a first short render, best of several, and in a process of its
own, start and imports included. The original's times are those of its ``generate_sound`` at one
Griffin-Lim iteration on 2 cores without a GPU, mono, to 8.3 kHz: it needs TensorFlow 2 and is not
run here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile

from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.render import plan_morph, render_mix

PAIR = ("guit_em9", "ambi_glass_hum")
ORIGINAL_S = {10.0: 23.1, 30.0: 151.7}
"""Seconds of work for seconds of sound; at 30 s the machine had a load of 3.2."""
REPEATS = 5


def rendered_s(sounds: tuple[Path, Path], model: Path, length_s: float) -> float:
    """Render a morph in this process with an empty cache; return how long it took."""
    with tempfile.TemporaryDirectory() as work:
        os.environ["LTSRENDER_CACHE"] = f"{work}/cache"
        begun = time.perf_counter()
        render_mix(plan_morph(sounds, model, length_s=length_s), Path(work) / "morph.wav")
        return time.perf_counter() - begun


def started_s(sounds: tuple[Path, Path], model: Path, length_s: float) -> float:
    """Do the same through the command line, in a process of its own."""
    with tempfile.TemporaryDirectory() as work:
        begun = time.perf_counter()
        subprocess.run(
            [
                *(sys.executable, "-m", "ltsrender", "morph", *map(str, sounds)),
                *("--model", str(model), "--length", f"{length_s:g}"),
                *("-o", f"{work}/morph.wav", "--quiet"),
            ],
            check=True,
            env=os.environ | {"LTSRENDER_CACHE": f"{work}/cache"},
        )
        return time.perf_counter() - begun


def in_mono(folder: Path, work: Path, sample_rate_hz: int) -> tuple[Path, Path]:
    """Write the pair in one channel, and return the files."""
    files = []
    for name in PAIR:
        sound = load_sound(folder / f"{name}.flac", sample_rate_hz).mean(0)
        files.append(work / f"{name}.wav")
        soundfile.write(files[-1], sound, sample_rate_hz, "FLOAT")
    return files[0], files[1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()
    stereo = (arguments.folder / f"{PAIR[0]}.flac", arguments.folder / f"{PAIR[1]}.flac")
    print("| morph | seconds | of the original's time | with start | of the original's time |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        mono = in_mono(
            arguments.folder, Path(work), load_model(arguments.model).spec.sample_rate_hz
        )
        for name, sounds in (("mono", mono), ("stereo", stereo)):
            rendered_s(sounds, arguments.model, 2.0)
            for length_s, original_s in ORIGINAL_S.items():
                inside = min(rendered_s(sounds, arguments.model, length_s) for _ in range(REPEATS))
                whole = min(started_s(sounds, arguments.model, length_s) for _ in range(2))
                print(
                    f"| {length_s:g} s, {name} | {inside:.2f} | 1/{original_s / inside:.0f} "
                    f"| {whole:.2f} | 1/{original_s / whole:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
