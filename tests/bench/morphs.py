"""Phase methods on what a model decodes: morphs of recordings at several mixes, against librosa.

Run from the checkout:

    python tests/bench/morphs.py FOLDER [--model M.ltsmodel] [--minutes 4] [--out FILE.md]
    python tests/bench/morphs.py FOLDER --model IMPORTED.ltsmodel --pair guit_em9 ambi_glass_hum
    ... [--picture FILE.png]

A model is trained on the recordings unless one is given; a run of the original comes by
`ltsrender model import`. Pairs of recordings are morphed at constant mixes, the frames decoded
once, and each method finds phases for them. The error is the distance between the magnitudes of
the sound and the decoded ones, relative to these, in dB (lower is better), over librosa's 384 bands
(32.7 to 8,200 Hz), in two transforms: ours and librosa's own. At mix 1 the sound is also compared
with the recording itself (spectral convergence of a 2,048-point STFT, 40 to 8,000 Hz). Detail is
off: it would change the frames. What each method costs is told by `stages.py`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import librosa
import numpy as np
import torch
from matplotlib import pyplot as plt

from ltsrender.audio import Attacks, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.models.spectra import LibrosaSpectra
from ltsrender.signal import ArrayReader, magnitude_frames
from ltsrender.signal.librosa_cqt import librosa_block_frames, librosa_kernel_for
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
    """One morph: its sounds, its mix, its frames on our bands, and the same on librosa's scale."""

    sounds: tuple[Sound, Sound]
    mix: float
    frames: Sound
    wanted: Sound
    model: TimbreModel


def ours(method: str, iterations: int | None = None) -> Callable[[Case], Sound]:
    """Return the function that renders a case by one of our methods."""

    def run(case: Case) -> Sound:
        shares = np.array([case.mix, 1 - case.mix], np.float32)

        def weights(first: int, last: int) -> Sound:
            return np.repeat(shares[:, None], last - first, axis=1)

        readers = [ArrayReader(sound[None]) for sound in case.sounds]
        pieces = resynthesize(
            [case.frames[None]],
            case.model.spec,
            PhaseSettings(method, iterations),
            guide=make_guide(readers, weights, case.model.spec, 1),
            attacks=Attacks(readers, weights),
            n_samples=case.sounds[0].size,
        )
        return np.concatenate(list(pieces), axis=1)[0]

    return run


def by_librosa(iterations: int) -> Callable[[Case], Sound]:
    """Return the function that renders a case by librosa's Griffin-Lim."""

    def run(case: Case) -> Sound:
        return librosa.griffinlim_cqt(
            case.wanted,
            n_iter=iterations,
            random_state=1,
            length=case.sounds[0].size,
            **librosa_settings(case.model),
        )

    return run


METHODS = {
    "hybrid": ours("hybrid"),
    "hybrid, 16": ours("hybrid", 16),
    "source": ours("source"),
    "pghi": ours("pghi"),
    "vocoder": ours("vocoder"),
    "griffinlim": ours("griffinlim"),
    "librosa gl1": by_librosa(1),
    "librosa gl32": by_librosa(32),
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


def errors_db(case: Case, made: Sound) -> tuple[float, float, float]:
    """Return the distances to the decoded frames, in two transforms, and to the first sound."""
    own = magnitude_frames(made[None], case.model.spec)[0][:, 1 : LIBROSA_BINS + 1]
    target = case.frames[: len(own), 1 : LIBROSA_BINS + 1]
    theirs = np.abs(librosa.cqt(made, n_bins=LIBROSA_BINS, **librosa_settings(case.model)))
    to_sound = spectral_convergence_db(case.sounds[0], made, case.model.spec.sample_rate_hz)
    return (
        relative_db(target, own),
        relative_db(case.wanted, theirs[:, : case.wanted.shape[1]]),
        float(to_sound or 0.0),
    )


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
    true = [frames_of(sound, model) for sound in sounds]
    latents = [model.encode(frames)[0] for frames in true]
    to_librosa = librosa_scale(sounds, true, model)
    found = []
    for mix in MIXES:
        frames = np.maximum(model.decode(mix * latents[0] + (1 - mix) * latents[1]), 0.0)
        frames = np.concatenate([frames, frames[-1:]])
        wanted = to_librosa(frames)[:, : 1 + sounds[0].size // model.spec.hop_samples]
        found.append(Case(sounds, mix, model.spectra.onto_bands(frames), wanted, model))
    return found


def frames_of(sound: Sound, model: TimbreModel) -> Sound:
    """Return a sound's frames on the model's own scale, float32[frame, bin]."""
    n_frames = -(-sound.size // model.spec.hop_samples)
    if not isinstance(model.spectra, LibrosaSpectra):
        return magnitude_frames(sound[None], model.spec)[0]
    kernel = librosa_kernel_for(model.spectra.own)
    reader = ArrayReader(sound[None])
    n_blocks = -(-n_frames // model.spectra.frames_per_block)
    blocks = [librosa_block_frames(reader, b, kernel)[0].numpy() for b in range(n_blocks)]
    return np.concatenate(blocks)[:n_frames]


def librosa_scale(
    sounds: tuple[Sound, Sound], true: list[Sound], model: TimbreModel
) -> Callable[[Sound], Sound]:
    """Return the way from a model's frames to librosa's magnitudes, float32[bin, frame].

    For frames of our own the levels are matched per band on the recordings themselves, which
    favours librosa.
    """
    if isinstance(model.spectra, LibrosaSpectra):
        return lambda frames: np.ascontiguousarray(frames.T)
    settings = librosa_settings(model)
    theirs = [np.abs(librosa.cqt(s, n_bins=LIBROSA_BINS, **settings)).T for s in sounds]
    n_frames = min(len(true[0]), len(theirs[0]))
    bands = np.concatenate([frames[:n_frames, 1 : LIBROSA_BINS + 1] for frames in true])
    bins = np.concatenate([frames[:n_frames] for frames in theirs])
    gain = (bands * bins).sum(axis=0) / np.maximum((bands * bands).sum(axis=0), 1e-12)
    return lambda frames: np.asarray(
        frames[:, 1 : LIBROSA_BINS + 1].T * gain[:, None], dtype=np.float32
    )


def model_of(arguments: argparse.Namespace) -> TimbreModel:
    """Return the model that is given, or train one on the pairs' recordings."""
    file = arguments.model
    if file is None:
        file = Path(tempfile.mkdtemp()) / "twelve.ltsmodel"
        names = dict.fromkeys(name for _, *pair in PAIRS for name in pair)
        sounds = [arguments.folder / f"{name}.flac" for name in names]
        train_model(
            sounds, file, TrainOptions(minutes=arguments.minutes, validation=0.0), lambda _: None
        )
    torch.set_num_threads(1)
    return load_model(file)


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--pair", nargs=2, help="one pair of recordings instead of all")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path, help="draw three morphs half way, by three methods")
    arguments = parser.parse_args()
    model = model_of(arguments)
    pairs = [("pair", *arguments.pair)] if arguments.pair else PAIRS
    if arguments.picture:
        draw(arguments.folder, model, arguments.picture)
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for pair in pairs:
        for case in cases(arguments.folder, pair, model):
            for name, method in METHODS.items():
                error = errors_db(case, method(case))
                for row in (pair[0], f"mix {case.mix:g}", "all"):
                    found.setdefault((row, name), []).append(error)
        print(f"{pair[1]} and {pair[2]} done", flush=True)
    text = table(found, [pair[0] for pair in pairs])
    print(text)
    if arguments.out:
        arguments.out.write_text(text)


def draw(folder: Path, model: TimbreModel, out: Path) -> None:
    """Draw both sounds of three pairs and what is half way between them, 0 to 17 kHz."""
    methods = ("hybrid", "pghi", "librosa gl32")
    figure, axes = plt.subplots(3, 5, figsize=(11, 5.4), layout="constrained")
    for row, pair in zip(axes, (PAIRS[0], PAIRS[2], PAIRS[4]), strict=True):
        case = cases(folder, pair, model)[MIXES.index(0.5)]
        made = [METHODS[method](case) for method in methods]
        titles = (pair[1], pair[2], *methods)
        for axis, title, sound in zip(row, titles, (*case.sounds, *made), strict=True):
            spectrum = np.abs(librosa.stft(sound, n_fft=1_024, hop_length=256))[:400]
            levels = librosa.amplitude_to_db(spectrum, ref=1.0)
            axis.imshow(levels, origin="lower", aspect="auto", vmin=-50, vmax=30, cmap="magma")
            axis.set_title(title, fontsize=9)
            axis.set_axis_off()
    figure.savefig(out, dpi=80)


def table(
    found: dict[tuple[str, str], list[tuple[float, float, float]]], classes: list[str]
) -> str:
    """Return the means as Markdown: a row for every class of sounds, every mix, and all."""
    rows = [*dict.fromkeys(classes), *(f"mix {m:g}" for m in MIXES), "all"]
    lines = ["| | " + " | ".join(METHODS) + " |", "|---" * (len(METHODS) + 1) + "|"]
    for row in rows:
        means = [np.mean(found[row, name], axis=0) for name in METHODS]
        cells = [f"{own:.1f} / {theirs:.1f}" for own, theirs, _ in means]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    at_one = [np.mean(found["mix 1", name], axis=0)[2] for name in METHODS]
    lines.append("| to the sound, mix 1 | " + " | ".join(f"{e:.1f}" for e in at_one) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
