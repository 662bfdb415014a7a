"""What a process of its own costs a plugin: time against pedalboard in this one, and difference.

A minute of stereo noise goes through the plugin of the tests, standing still and with a lane on its
cutoff. Both ways take turns in one run, so that a busy machine is busy for both; the least of the
times counts. Needs g++, make and Debian's dpf-source (or DPF_PATH).

Run: python tests/bench/plugin_worker.py [seconds]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pedalboard

from ltsrender.effects.plugin import PluginInsert, read_plugin
from ltsrender.effects.plugin_stage import PluginStage
from ltsrender.session import Documents

SOURCE = Path(__file__).resolve().parents[1] / "effects" / "plugins" / "source"
DPF = os.environ.get("DPF_PATH", "/usr/share/dpf")
RATE_HZ = 44_100
LATENCY_SAMPLES = 64  # the test plugin's
PIECE_SAMPLES = 65_536
TURNS = 5
STILL_BLOCK, MOVING_BLOCK = 512, 64  # as PluginStage's


class Slot:
    """As much of an insert as a stage looks at."""

    id = "bench"
    parameters: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def __init__(self, plugin: PluginInsert) -> None:
        self.plugin, self.info = plugin, plugin.info


class Sweep:
    """A lane on the cutoff."""

    def at(self, seconds: Any) -> Any:
        return 200.0 + 4_000.0 * (1.0 + np.sin(2.0 * np.pi * 0.2 * seconds))


def in_a_process(plugin: PluginInsert, audio: Any, *, moving: bool) -> tuple[Any, float, float]:
    """Return the sound, and the seconds of starting and of working."""
    lanes = {"Cutoff": Sweep()} if moving else {}
    slot: Any = Slot(plugin)
    begun = time.perf_counter()
    stage = PluginStage(slot, lanes, RATE_HZ, 2, 0)
    stage._start()
    started = time.perf_counter()
    made = [
        stage.process(audio[:, start : start + PIECE_SAMPLES])
        for start in range(0, audio.shape[1], PIECE_SAMPLES)
    ]
    made.append(stage.flush())
    ended = time.perf_counter()
    return np.concatenate(made, axis=1), started - begun, ended - started


def here(file: Path, audio: Any, *, moving: bool) -> tuple[Any, float, float]:
    """Return the same of pedalboard in this process, by the plainest loop that does it."""
    begun = time.perf_counter()
    plugin: Any = pedalboard.load_plugin(str(file))  # type: ignore[attr-defined]
    block = MOVING_BLOCK if moving else STILL_BLOCK
    silence = np.zeros((2, block), np.float32)
    plugin.process(silence, RATE_HZ, buffer_size=block, reset=True)
    cutoff = next(each for each in plugin._parameters if each.name == "Cutoff")
    started = time.perf_counter()
    n_samples = -(-(audio.shape[1] + LATENCY_SAMPLES) // block) * block
    padded = np.zeros((2, n_samples), np.float32)
    padded[:, : audio.shape[1]] = audio
    starts = range(0, n_samples, block)
    values = (Sweep().at(np.array(starts) / RATE_HZ) - 20.0) / 19_980.0
    made = []
    for start, value in zip(starts, values, strict=True):
        if moving:
            cutoff.raw_value = float(value)
        piece = np.ascontiguousarray(padded[:, start : start + block])
        made.append(plugin.process(piece, RATE_HZ, buffer_size=block, reset=False))
    sound = np.concatenate(made, axis=1)[:, LATENCY_SAMPLES:][:, : audio.shape[1]]
    return sound, started - begun, time.perf_counter() - started


def main() -> None:
    """Build the plugin and print the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    rng = np.random.default_rng(1)
    audio = rng.uniform(-0.5, 0.5, (2, round(seconds * RATE_HZ))).astype(np.float32)
    print(f"{platform.machine()}, pedalboard {pedalboard.__version__}; {seconds:g} s of stereo.\n")
    print("| plugin | in its own process | in the render's | ratio | start | difference |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        os.environ["LTSRENDER_PLUGIN_CACHE"] = f"{name}/facts"
        command = ["make", "-C", str(SOURCE), "vst3", f"DPF_PATH={DPF}", "DEFINES=-DLTS_CHANNELS=2"]
        folders = [f"DPF_BUILD_DIR={name}/build", f"DPF_TARGET_DIR={name}"]
        subprocess.run([*command, *folders], check=True, capture_output=True)
        file = Path(name) / "LTSTestFilter.vst3"
        plugin = read_plugin({"plugin": str(file)}, Documents(Path(name)))
        for moving in (False, True):
            turns = [
                (in_a_process(plugin, audio, moving=moving), here(file, audio, moving=moving))
                for _ in range(TURNS)
            ]
            (own, *_), (plain, *_) = turns[0]
            apart, start = min(t[0][2] for t in turns), min(t[0][1] for t in turns)
            together = min(t[1][2] for t in turns)
            print(
                f"| {'its cutoff moves' if moving else 'stands still'} | {apart:.2f} s "
                f"| {together:.2f} s | {apart / together:.2f} | {start:.2f} s "
                f"| {np.abs(own - plain).max():.1e} |"
            )


if __name__ == "__main__":
    main()
