"""Phase methods on what a model decodes: morphs of recordings at several mixes, against librosa.

Run from the checkout:

    python tests/bench/morphs.py FOLDER [--model M.ltsmodel] [--minutes 4] [--out FILE.md]

A model is trained on the recordings unless one is given. Pairs of recordings are morphed at
constant mixes, the frames decoded once, and each method finds phases for them. The error is the
distance between the magnitudes of the sound and the decoded ones, relative to these, in dB (lower
is better), over librosa's 384 bands (32.7 to 8,200 Hz), in two transforms: ours and librosa's own
constant-Q transform. Detail is off: it would change the frames. Time is that of phase and synthesis
on one thread, in seconds of work per second of sound.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import librosa
import numpy as np
import torch

from ltsrender.audio import PhaseSettings, make_guide, resynthesize
from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.signal import ArrayReader, magnitude_frames
from ltsrender.train import TrainOptions, train_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

    Sound = NDArray[np.float32]

PAIRS = (
    ("tonal", "guit_em9", "ambi_glass_hum"),
    ("tonal", "bass_voxy_c", "guit_harmonics"),
    ("percussive", "loop_tabla", "loop_amen_full"),
    ("percussive and tonal", "perc_bell", "ambi_choir"),
    ("noisy", "vinyl_hiss", "ambi_lunar_land"),
    ("noisy and tonal", "drum_cymbal_open", "ambi_piano"),
)
MIXES = (1.0, 0.75, 0.5, 0.25, 1.15)
LENGTH_S = 4.0
LIBROSA_BINS = 384


class Case(NamedTuple):
    """One morph: its two sounds, its mix, its decoded frames, and librosa's gain per band."""

    sounds: tuple[Sound, Sound]
    mix: float
    frames: Sound
    gain: Sound
    model: TimbreModel


def ours(method: str, iterations: int) -> Callable[[Case], Sound]:
    """Return the function that renders a case by one of our methods."""

    def run(case: Case) -> Sound:
        weights = np.array([case.mix, 1 - case.mix], np.float32)
        guide = make_guide(
            [ArrayReader(sound[None]) for sound in case.sounds],
            lambda first, last: np.repeat(weights[:, None], last - first, axis=1),
            case.model.spec,
            1,
        )
        pieces = resynthesize(
            [case.frames[None]],
            case.model.spec,
            PhaseSettings(method, iterations),
            guide=guide,
            n_samples=case.sounds[0].size,
        )
        return np.concatenate(list(pieces), axis=1)[0]

    return run


def by_librosa(case: Case) -> Sound:
    """Render a case by librosa's Griffin-Lim, 32 iterations."""
    return librosa.griffinlim_cqt(
        librosa_target(case),
        n_iter=32,
        random_state=1,
        length=case.sounds[0].size,
        **librosa_settings(case.model),
    )


METHODS = {
    "source": ours("source", 0),
    "source + 4": ours("source", 4),
    "pghi": ours("pghi", 0),
    "pghi + 8": ours("pghi", 8),
    "pghi + 16": ours("pghi", 16),
    "librosa gl32": by_librosa,
}


def librosa_settings(model: TimbreModel) -> dict[str, float]:
    """Return our transform as librosa calls it."""
    spec = model.spec
    return {
        "sr": spec.sample_rate_hz,
        "hop_length": spec.hop_samples,
        "fmin": spec.f_min_hz,
        "bins_per_octave": spec.bins_per_octave,
    }


def librosa_target(case: Case) -> Sound:
    """Return the decoded frames on librosa's scale, float32[bin, frame]."""
    n_frames = 1 + case.sounds[0].size // case.model.spec.hop_samples
    bands = case.frames[:n_frames, 1 : LIBROSA_BINS + 1].T
    return np.asarray(bands * case.gain[:, None], np.float32)


def errors_db(case: Case, made: Sound) -> tuple[float, float]:
    """Return the distances to the decoded frames, in our transform and in librosa's."""
    own = magnitude_frames(made[None], case.model.spec)[0][:, 1 : LIBROSA_BINS + 1]
    target = case.frames[: len(own), 1 : LIBROSA_BINS + 1]
    theirs = np.abs(librosa.cqt(made, n_bins=LIBROSA_BINS, **librosa_settings(case.model)))
    wanted = librosa_target(case)
    return relative_db(target, own), relative_db(wanted, theirs[:, : wanted.shape[1]])


def relative_db(target: Sound, made: Sound) -> float:
    """Return the distance of two arrays, relative to the first, in dB."""
    return float(20 * np.log10(np.linalg.norm(target - made) / np.linalg.norm(target)))


def looped(folder: Path, name: str, model: TimbreModel) -> Sound:
    """Return the first seconds of a recording, repeated where it is shorter."""
    rate = model.spec.sample_rate_hz
    sound = load_sound(folder / f"{name}.flac", rate).mean(axis=0)
    return np.resize(sound, int(LENGTH_S * rate)).astype(np.float32)


def cases(folder: Path, pair: tuple[str, str, str], model: TimbreModel) -> list[Case]:
    """Return one case for every mix of a pair."""
    sounds = (looped(folder, pair[1], model), looped(folder, pair[2], model))
    true = [magnitude_frames(sound[None], model.spec)[0] for sound in sounds]
    latents = [model.encode(frames)[0] for frames in true]
    theirs = [
        np.abs(librosa.cqt(s, n_bins=LIBROSA_BINS, **librosa_settings(model))).T for s in sounds
    ]
    n_frames = min(len(true[0]), len(theirs[0]))
    bands = np.concatenate([frames[:n_frames, 1 : LIBROSA_BINS + 1] for frames in true])
    bins = np.concatenate([frames[:n_frames] for frames in theirs])
    gain = (bands * bins).sum(axis=0) / np.maximum((bands * bands).sum(axis=0), 1e-12)
    found = []
    for mix in MIXES:
        frames = model.decode(mix * latents[0] + (1 - mix) * latents[1])
        frames = np.concatenate([frames, frames[-1:]])
        found.append(Case(sounds, mix, frames, gain.astype(np.float32), model))
    return found


def model_of(arguments: argparse.Namespace) -> TimbreModel:
    """Return the model that is given, or train one on the pairs' recordings."""
    file = arguments.model
    if file is None:
        file = Path(tempfile.mkdtemp()) / "twelve.ltsmodel"
        names = dict.fromkeys(name for _, *pair in PAIRS for name in pair)
        sounds = [arguments.folder / f"{name}.flac" for name in names]
        train_model(sounds, file, TrainOptions(minutes=arguments.minutes), lambda _: None)
    torch.set_num_threads(1)
    return load_model(file)


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    model = model_of(arguments)
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    seconds = dict.fromkeys(METHODS, 0.0)
    n_cases = 0
    for pair in PAIRS:
        for case in cases(arguments.folder, pair, model):
            n_cases += 1
            for name, method in METHODS.items():
                begun = time.thread_time()
                made = method(case)
                seconds[name] += time.thread_time() - begun
                error = errors_db(case, made)
                for row in (pair[0], f"mix {case.mix:g}", "all"):
                    found.setdefault((row, name), []).append(error)
        print(f"{pair[1]} and {pair[2]} done", flush=True)
    text = table(found, {name: s / (n_cases * LENGTH_S) for name, s in seconds.items()})
    print(text)
    if arguments.out:
        arguments.out.write_text(text)


def table(found: dict[tuple[str, str], list[tuple[float, float]]], times: dict[str, float]) -> str:
    """Return the means as Markdown: a row for every class of sounds, every mix, and all."""
    rows = [*dict.fromkeys(pair[0] for pair in PAIRS), *(f"mix {m:g}" for m in MIXES), "all"]
    lines = ["| | " + " | ".join(METHODS) + " |", "|---" * (len(METHODS) + 1) + "|"]
    for row in rows:
        means = [np.mean(found[row, name], axis=0) for name in METHODS]
        cells = [f"{own:.1f} / {theirs:.1f}" for own, theirs in means]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    lines.append("| time | " + " | ".join(f"{times[name]:.3f}" for name in METHODS) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
