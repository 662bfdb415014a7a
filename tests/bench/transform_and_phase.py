"""Time and error of transform and phase, ours and librosa's, side by side in one process.

Run from the repository's root, on one thread, on recordings in a folder:

    python tests/bench/transform_and_phase.py ../shared/audio --quick

Prints a Markdown page and writes it to ``--page``. Time is processor time, of all threads, over
the length of the sound. Error is spectral convergence: |S - S0| / |S0| in dB, S and S0 the
magnitudes of a 2,048-point STFT (Hann, hop 512) of result and original, which is neither
transform's own measure.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from ltsrender.audio import PhaseSettings
from ltsrender.audio.measures import FULL_HZ, HEARD_HZ, spectral_convergence_db
from ltsrender.render.resynth import rebuild
from ltsrender.signal import ArrayReader, OverlapAdd, TransformSpec, analyse_block, kernel_for

if TYPE_CHECKING:
    from collections.abc import Callable

Sound = NDArray[np.float32]

RECORDINGS = (
    "loop_tabla",
    "guit_em9",
    "loop_amen_full",
    "perc_bell",
    "bass_voxy_c",
    "loop_garzul",
    "ambi_glass_hum",
    "drum_cymbal_open",
    "ambi_choir",
    "guit_harmonics",
    "vinyl_hiss",
    "ambi_piano",
)
PAGE = Path("ltsrender/docs/reference/benchmark-transform.md")
SPEC = TransformSpec()
SUPPORTS = (5.8, 8.0, 10.0)
# librosa at the same resolution and range, as far up as its filters reach; hop 128 is the least
# common multiple that eight octaves allow, and the one the original instrument uses.
LIBROSA = {
    "sr": SPEC.sample_rate_hz,
    "hop_length": 128,
    "fmin": SPEC.f_min_hz,
    "bins_per_octave": SPEC.bins_per_octave,
}

N_LIBROSA_BINS = 8 * SPEC.bins_per_octave  # the whole octaves that fit below the Nyquist frequency


@dataclass
class Row:
    """One method's results, a value for each recording."""

    name: str
    times: list[float] = field(default_factory=list)
    errors_8k: list[float] = field(default_factory=list)
    errors_full: list[float] = field(default_factory=list)

    def add(self, sound: Sound, seconds: float, result: Sound) -> None:
        """Take down one recording."""
        self.times.append(seconds / (len(sound) / SPEC.sample_rate_hz))
        for errors, band_hz in ((self.errors_8k, HEARD_HZ), (self.errors_full, FULL_HZ)):
            error_db = spectral_convergence_db(sound, result, SPEC.sample_rate_hz, band_hz=band_hz)
            errors.append(np.nan if error_db is None else error_db)


def timed(work: Callable[[], Sound]) -> tuple[float, Sound]:
    """Return processor seconds and result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def there_and_back(sound: Sound) -> Sound:
    """Return the sound after analysis and synthesis in blocks."""
    kernel = kernel_for(SPEC)
    reader = ArrayReader(sound[None])
    overlap = OverlapAdd(kernel, 1)
    n_blocks = -(-(len(sound) + SPEC.padding_samples) // SPEC.block_samples)
    pieces = [overlap.push(analyse_block(reader, b, kernel)) for b in range(-1, n_blocks)]
    start = SPEC.block_samples + SPEC.padding_samples
    return torch.cat(pieces, dim=1)[0, start : start + len(sound)].numpy()


def rebuilt(sound: Sound, spec: TransformSpec, phase: PhaseSettings, *, frames: bool) -> Sound:
    """Return the sound of its own magnitudes: those of frames, or those of all coefficients."""
    pieces = rebuild(sound[None], spec, phase, from_frames=frames)
    return np.concatenate(list(pieces), axis=1)[0]


def librosa_there_and_back(sound: Sound) -> Sound:
    """Return the sound after librosa's transform and its inverse."""
    spectrum = librosa.cqt(sound, n_bins=N_LIBROSA_BINS, **LIBROSA)
    return librosa.icqt(spectrum, length=len(sound), **LIBROSA)


def librosa_from_magnitudes(magnitudes: Sound, length: int, n_iterations: int) -> Sound:
    """Return the sound of librosa's magnitudes."""
    return librosa.griffinlim_cqt(
        magnitudes, n_iter=n_iterations, length=length, random_state=0, **LIBROSA
    )


def measure(sounds: dict[str, Sound], librosa_iterations: tuple[int, ...]) -> list[Row]:
    """Return all rows; every method hears the same sounds in turn."""
    ways = {"ours: source phase, frames": (SPEC, PhaseSettings("source"), True)}
    for support in SUPPORTS:
        spec = TransformSpec(support=support)
        for n in (0, 8):
            name = f"ours: pghi, {n} iterations, support {support:g}"
            ways[name] = (spec, PhaseSettings("pghi", n), False)
    ways["ours: pghi, 8 iterations, frames"] = (SPEC, PhaseSettings("pghi"), True)
    ways["ours: vocoder, 32 iterations, frames"] = (SPEC, PhaseSettings("vocoder"), True)
    rows = {name: Row(name) for name in ("ours: transform and back", *ways)}
    rows |= {name: Row(name) for name in ("librosa: cqt and icqt",)}
    for sound in sounds.values():
        rows["ours: transform and back"].add(sound, *timed(partial(there_and_back, sound)))
        for name, (spec, phase, frames) in ways.items():
            rows[name].add(sound, *timed(partial(rebuilt, sound, spec, phase, frames=frames)))
        rows["librosa: cqt and icqt"].add(sound, *timed(partial(librosa_there_and_back, sound)))
        magnitudes = np.abs(librosa.cqt(sound, n_bins=N_LIBROSA_BINS, **LIBROSA))
        for n in librosa_iterations:
            name = f"librosa: griffinlim_cqt, {n} iteration{'s' if n > 1 else ''}"
            work = partial(librosa_from_magnitudes, magnitudes, len(sound), n)
            rows.setdefault(name, Row(name)).add(sound, *timed(work))
        sys.stderr.write(".")
    return list(rows.values())


def page(rows: list[Row], names: list[str], clip_s: float) -> str:
    """Return the Markdown page."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "numba", "librosa"))
    head = f"""# Benchmark: transform and phase

Written by `python tests/bench/transform_and_phase.py`. One process, one thread, {len(names)}
recordings of up to {clip_s:g} s, mixed to mono; {versions}.

Time is processor time over the length of the sound (1 is real time). Error is the spectral
convergence of a 2,048-point STFT in dB, mean over the recordings; lower is better. Ours starts from
the magnitudes of all coefficients and counts their analysis, librosa from magnitudes at hop
{LIBROSA["hop_length"]}, their analysis not counted. "frames" are what a model knows, one magnitude
per band at hop {SPEC.hop_samples}. librosa's resolution is that of support 5.8.
Compare rows with one another: the machine may have been busy with other work.

| method | time | error, 40 to 8,000 Hz | error, 20 to 20,000 Hz |
|---|---|---|---|"""
    body = [
        f"| {row.name} | {np.mean(row.times):.4f} | {np.mean(row.errors_8k):.1f} dB | "
        f"{np.mean(row.errors_full):.1f} dB |"
        for row in rows
    ]
    detail = [
        "",
        "Error from 40 to 8,000 Hz of each recording, in dB:",
        "",
        f"| method | {' | '.join(f'`{name}`' for name in names)} |",
        "|---|" + "---|" * len(names),
        *[
            f"| {row.name} | {' | '.join(f'{error:.1f}' for error in row.errors_8k)} |"
            for row in rows
        ],
        "",
    ]
    return "\n".join([head, *body, *detail])


def read(path: Path, clip_s: float) -> Sound:
    """Return a recording's beginning in mono, its peak at 0.7."""
    audio, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    if rate_hz != SPEC.sample_rate_hz:
        raise SystemExit(f"{path}: {rate_hz} Hz; this benchmark takes {SPEC.sample_rate_hz} Hz")
    sound = audio[: int(clip_s * rate_hz)].mean(axis=1)
    return np.ascontiguousarray(0.7 * sound / np.abs(sound).max(), dtype=np.float32)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder with the recordings")
    parser.add_argument("--quick", action="store_true", help="two short clips, few iterations")
    parser.add_argument("--clip-s", type=float, default=10.0, help="length of each clip in seconds")
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write; '-' for nowhere")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="librosa")
    names = list(RECORDINGS[:2] if options.quick else RECORDINGS)
    clip_s = min(options.clip_s, 2.0) if options.quick else options.clip_s
    sounds = {name: read(options.folder / f"{name}.flac", clip_s) for name in names}
    warm = next(iter(sounds.values()))[:44_100]
    measure({"warm": warm}, (1,))  # compile and plan outside the clock
    rows = measure(sounds, (1,) if options.quick else (1, 32))
    text = page(rows, names, clip_s)
    sys.stdout.write(text)
    if str(options.page) != "-" and not options.quick:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
