"""What every stage of a render costs, how far it is from its floor, and how much memory there is.

Run from the checkout:

    python tests/bench/stages.py FOLDER --model M.ltsmodel [--length 60] [--memory 5 60]

A morph of two recordings at mix 0.5, one thread, mono, detail and attacks as in a render. Each
stage is timed alone, in seconds of processor time for a second of sound. Its floor is the larger
of two times: its floating-point operations at the rate that a large matrix product (for the
model) or a Fourier transform in fast memory (for the rest) reaches on this machine, and the bytes
that it must move at the rate of a copy. ``--memory`` renders morphs of that many minutes, each in
a process of its own, and tells peak memory and real-time factor.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import librosa
import numpy as np
import torch

from ltsrender.audio import Attacks, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.griffin_lim import MOMENTUM
from ltsrender.audio.methods import PHASE_METHODS
from ltsrender.audio.projection import project
from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.signal import ArrayReader, analyse_block, analyse_slice, kernel_for, synthesise_slice
from ltsrender.signal.cqt import spectrum_of, through_coefficients

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.audio.guide import Analyse
    from ltsrender.models import TimbreModel
    from ltsrender.signal import Kernel

    Sound = NDArray[np.float32]

PAIR = ("guit_em9", "loop_tabla")
REPEATS = 5


class Rates(NamedTuple):
    """What this machine can do on one thread: operations per second, and bytes per second."""

    products: float
    transforms: float
    bytes: float


class Stage(NamedTuple):
    """A stage: seconds per second of sound, and its floor."""

    name: str
    seconds: float
    floor: float


def fastest(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least processor time of several runs, in seconds."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def measured_rates() -> Rates:
    """Measure a matrix product, Fourier transforms in fast memory, and a copy."""
    a = torch.randn(1_024, 1_024)
    rows = torch.randn(16, 2_048, dtype=torch.complex64)
    block = torch.randn(2**25)
    twenty_s = fastest(lambda: [torch.fft.fft(rows) for _ in range(20)])
    return Rates(
        2 * 1_024**3 / fastest(lambda: a @ a),
        20 * _fft_flops(rows.numel(), 2_048) / twenty_s,
        2 * 4 * block.numel() / fastest(block.clone),
    )


def _fft_flops(n_values: int, length: int) -> float:
    return 5.0 * n_values * math.log2(length)


def _slice_work(kernel: Kernel) -> tuple[float, float]:
    """Return operations and bytes of one analysis: the spectrum, then every band's transform."""
    n = kernel.spec.slice_samples
    sizes = [(g.n_bands * g.n_columns, g.n_columns) for g in kernel.groups]
    flops = 2.5 * n * math.log2(n) + sum(_fft_flops(size, length) for size, length in sizes)
    # Sound read, spectrum written and read, coefficients written.
    return flops, 4.0 * n + 2 * 8 * (n // 2) + sum(8 * size for size, _ in sizes)


def transform_stages(model: TimbreModel, rates: Rates) -> list[Stage]:
    """Time analysis, synthesis and one iteration; a slice stands for its block."""
    kernel = kernel_for(model.spec)
    audio = torch.randn(1, model.spec.slice_samples)
    coefficients = analyse_slice(audio, kernel)
    magnitudes = dict(zip(kernel.groups, [c.abs() for c in coefficients], strict=True))
    spectrum = spectrum_of(audio, kernel)

    def iteration() -> object:
        following = through_coefficients(
            spectrum, kernel, lambda group, columns: project(columns, magnitudes[group])
        )
        return following + MOMENTUM * (following - spectrum)

    flops, n_bytes = _slice_work(kernel)
    block_s = model.spec.block_samples / model.spec.sample_rate_hz
    floor = max(flops / rates.transforms, n_bytes / rates.bytes) / block_s
    bands = sum(_fft_flops(g.n_bands * g.n_columns, g.n_columns) for g in kernel.groups)
    n_values = sum(c.numel() for c in coefficients)
    both = max(2 * bands / rates.transforms, 20.0 * n_values / rates.bytes) / block_s
    analysis_s = fastest(lambda: analyse_slice(audio, kernel))
    synthesis_s = fastest(lambda: synthesise_slice(coefficients, kernel))
    return [
        Stage("analysis of one sound", analysis_s / block_s, floor),
        Stage("one iteration", fastest(iteration) / block_s, both),
        Stage("synthesis", synthesis_s / block_s, floor),
    ]


def model_stages(model: TimbreModel, rates: Rates) -> list[Stage]:
    """Time encoding and decoding, a second of frames."""
    n_frames = model.spec.sample_rate_hz // model.spec.hop_samples
    frames = np.abs(np.random.default_rng(0).standard_normal((8 * n_frames, model.n_bands)))
    z = model.encode(frames.astype(np.float32))[0]
    stages = []
    for name, work in (
        ("encoding of one sound", lambda: model.encode(frames.astype(np.float32))),
        ("decoding", lambda: model.decode(z)),
    ):
        part = name[:5]
        n_weights = sum(
            p.numel() for key, p in model.network.named_parameters() if key.startswith(part)
        )
        stages.append(Stage(name, fastest(work) / 8, 2.0 * n_weights * n_frames / rates.products))
    return stages


def render_stage(folder: Path, model: TimbreModel, length_s: float) -> list[Stage]:
    """Time phase and synthesis as a render does them, frames given, by every method."""
    rate = model.spec.sample_rate_hz
    sounds = [
        np.resize(load_sound(folder / f"{name}.flac", rate).mean(0), int(length_s * rate))
        for name in PAIR
    ]
    readers = [ArrayReader(sound[None].astype(np.float32)) for sound in sounds]
    shares = np.array([[0.5], [0.5]], np.float32)

    def weights(first: int, last: int) -> Sound:
        return np.repeat(shares, last - first, axis=1)

    latents = []
    for reader in readers:
        n_blocks = -(-sounds[0].size // model.spec.block_samples)
        blocks = [model.spectra.block(reader, b, "cpu")[0] for b in range(n_blocks)]
        latents.append(model.encode(np.concatenate(blocks))[0])
    decoded = model.spectra.onto_bands(model.decode((latents[0] + latents[1]) / 2))
    stages = []
    for method in ("source", "hybrid", "pghi", "vocoder", "griffinlim"):
        guide = None
        if PHASE_METHODS[method].needs_guide:
            remember = functools.lru_cache(maxsize=len(readers))  # as a render does
            analyse = cast("Analyse", remember(analyse_block))
            guide = make_guide(readers, weights, model.spec, 1, analyse=analyse)

        def work(method: str = method, guide: object = guide) -> object:
            pieces = resynthesize(
                [decoded[None]],
                model.spec,
                PhaseSettings(method),
                guide=guide,
                attacks=Attacks(readers, weights),
                n_samples=sounds[0].size,
            )
            return [piece.shape for piece in pieces]

        seconds = fastest(work, 2) / length_s
        stages.append(Stage(f"phase and synthesis, {method}", seconds, math.nan))
    return stages + librosa_stages(sounds[0][: 10 * rate], rate)


def librosa_stages(sound: Sound, sample_rate_hz: int) -> list[Stage]:
    """Time librosa's Griffin-Lim at the original's settings: one iteration, its default, and 32."""
    settings = {"sr": sample_rate_hz, "hop_length": 128, "bins_per_octave": 48}
    magnitudes = np.abs(librosa.cqt(sound, n_bins=384, **settings)).astype(np.float32)
    stages = []
    for n in (1, 32):

        def work(n: int = n) -> object:
            return librosa.griffinlim_cqt(magnitudes, n_iter=n, random_state=0, **settings)

        seconds = fastest(work, 1) * sample_rate_hz / sound.size
        stages.append(Stage(f"librosa griffinlim_cqt, {n} iterations, hop 128", seconds, math.nan))
    return stages


def memory(folder: Path, model: Path, minutes: float) -> tuple[float, float]:
    """Render a morph that long in a new process: real-time factor, and peak memory in MB."""
    program = (
        # Not ru_maxrss: that counts what this process held when it started the new one.
        "import sys\nfrom pathlib import Path\nfrom ltsrender.cli import cli\n"
        "try:\n    cli(sys.argv[1:])\n"
        "finally:\n    status = Path('/proc/self/status').read_text()\n"
        "    print(status.split('VmHWM:')[1].split()[0], file=sys.stderr)\n"
    )
    with tempfile.TemporaryDirectory() as work:
        session = Path(work) / "long.lts.json"
        session.write_text(json.dumps(_session(folder, model, minutes)))
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", program, "render", str(session), "-o", f"{work}/out", "--quiet"],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"LTSRENDER_CACHE": f"{work}/cache"},
        )
        return (time.perf_counter() - begun) / (60 * minutes), int(done.stderr.split()[-1]) / 1024


def _session(folder: Path, model: Path, minutes: float) -> dict[str, object]:
    lane = {
        "target": "mix",
        "time": "seconds",
        "points": [{"at": 0, "value": 1}, {"at": 60 * minutes, "value": 0}],
    }
    return {
        "schema_version": 1,
        "channels": 1,
        "sounds": {name: {"file": str((folder / f"{name}.flac").resolve())} for name in PAIR},
        "models": {"model": {"file": str(model.resolve())}},
        "tracks": [
            {
                "name": "morph",
                "model": "model",
                "start_s": 0,
                "end_s": 60 * minutes,
                "anchors": [{"sound": name} for name in PAIR],
                "lanes": [lane],
            }
        ],
    }


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--length", type=float, default=30.0)
    parser.add_argument("--memory", type=float, nargs="*", default=[])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(arguments.model)
    rates = measured_rates()
    rates_line = (
        f"Matrix product {rates.products / 1e9:.0f} GFLOP/s, Fourier transforms "
        f"{rates.transforms / 1e9:.1f} GFLOP/s, copy {rates.bytes / 1e9:.1f} GB/s, one thread."
    )
    lines = [
        rates_line,
        "",
        "| stage | time | floor | times the floor |",
        "|---|---|---|---|",
    ]
    stages = [*transform_stages(model, rates), *model_stages(model, rates)]
    for stage in [*stages, *render_stage(arguments.folder, model, arguments.length)]:
        rest = f"{stage.floor:.5f} | {stage.seconds / stage.floor:.1f}" if stage.floor > 0 else "| "
        lines.append(f"| {stage.name} | {stage.seconds:.5f} | {rest} |")
    if arguments.memory:
        lines += ["", "| morph | real-time factor | peak memory |", "|---|---|---|"]
    for minutes in arguments.memory:
        factor, peak_mb = memory(arguments.folder, arguments.model, minutes)
        lines.append(f"| {minutes:g} minutes | {factor:.3f} | {peak_mb:.0f} MB |")
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text)


if __name__ == "__main__":
    main()
