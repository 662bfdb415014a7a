"""How near a stem comes to its sound at mix 1: ours against librosa's Griffin-Lim, same frames.

Run from the checkout:

    python tests/bench/decoded_frames.py                      the example's sounds and model
    python tests/bench/decoded_frames.py --recordings FOLDER  a model trained two minutes on four
    ... [--minutes 2] [--out FILE.md]

Every sound is encoded and decoded by the model; the decoded frames get phases by each method, with
its own number of iterations. The error is the spectral convergence of STFT-2048 magnitudes (Hann,
hop 512) against the recording in dB, lower is better: over 40 to 16000 Hz, and over 40 to 8000 Hz
where librosa's bands end. Time is that of phase and synthesis on one thread, in seconds of work per
second of sound.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np
import torch

from ltsrender.audio import PhaseSettings, make_guide, resynthesize
from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.signal import ArrayReader, magnitude_frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel
    from ltsrender.signal import TransformSpec

    Sound = NDArray[np.float32]

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "examples" / "first-light"
FOUR = ("guit_em9", "perc_bell", "ambi_glass_hum", "loop_tabla")
LONGEST_S = 8.0
LIBROSA_BINS = 384  # eight octaves: beyond, icqt is unstable at this rate


def by_our_engine(method: str) -> Callable[[Sound, Sound, TransformSpec], Sound]:
    """Return the function that finds phases by one of our methods."""

    def run(frames: Sound, sound: Sound, spec: TransformSpec) -> Sound:
        guide = None
        if method == "source":
            reader = ArrayReader(sound[None])
            guide = make_guide([reader], lambda a, b: np.ones((1, b - a), np.float32), spec, 1)
        blocks = resynthesize(
            [frames[None]], spec, PhaseSettings(method), guide=guide, n_samples=sound.size
        )
        return np.concatenate(list(blocks), axis=1)[0]

    return run


def by_librosa(frames: Sound, sound: Sound, spec: TransformSpec) -> Sound:
    """Find phases by librosa's Griffin-Lim, 32 iterations, on the bands that it can take.

    Band k + 1 of ours is bin k of librosa's, both at 32.7 Hz * 2 ** (k / 48). Levels are matched
    per band on the recording itself, which favours librosa.
    """
    settings = {
        "sr": spec.sample_rate_hz,
        "hop_length": spec.hop_samples,
        "fmin": spec.f_min_hz,
        "bins_per_octave": spec.bins_per_octave,
    }
    theirs = np.abs(librosa.cqt(sound, n_bins=LIBROSA_BINS, **settings))
    true = magnitude_frames(sound[None], spec)[0, :, 1 : LIBROSA_BINS + 1].T
    n_frames = min(theirs.shape[1], true.shape[1])
    theirs, true = theirs[:, :n_frames], true[:, :n_frames]
    gain = (theirs * true).sum(axis=1) / np.maximum((true * true).sum(axis=1), 1e-12)
    n_wanted = 1 + sound.size // spec.hop_samples
    magnitudes = frames[:n_wanted, 1 : LIBROSA_BINS + 1].T * gain[:, None]
    return librosa.griffinlim_cqt(
        magnitudes.astype(np.float32), n_iter=32, random_state=1, length=sound.size, **settings
    )


METHODS = {
    "source": by_our_engine("source"),
    "pghi": by_our_engine("pghi"),
    "librosa gl32": by_librosa,
}


def row(name: str, sound: Sound, model: TimbreModel) -> str:
    """Measure one sound: a line of the table."""
    spec = model.spec
    frames = model.decode(model.encode(magnitude_frames(sound[None], spec)[0])[0])
    frames = np.concatenate([frames, frames[-1:]])
    cells = [name]
    for method, run in METHODS.items():
        begun = time.perf_counter()
        made = run(frames, sound, spec)
        factor = (time.perf_counter() - begun) * spec.sample_rate_hz / sound.size
        errors = [
            spectral_convergence_db(sound, made, spec.sample_rate_hz, band_hz=(40.0, top))
            for top in (16e3, 8e3)
        ]
        full = "" if method == "librosa gl32" else f"{errors[0]:.1f} / "
        cells.append(f"{full}{errors[1]:.1f}")
        cells.append(f"{factor:.3f}")
    return "| " + " | ".join(cells) + " |"


def model_of(arguments: argparse.Namespace) -> tuple[list[Path], Path]:
    """Return the sounds and the model to measure; train one where recordings are given."""
    if not arguments.recordings:
        return sorted((EXAMPLE / "sounds").glob("*.flac")), EXAMPLE / "first-light.ltsmodel"
    from ltsrender.train import TrainOptions, train_model  # noqa: PLC0415 - only where it is asked

    sounds = [arguments.recordings / f"{name}.flac" for name in FOUR]
    model = Path(tempfile.mkdtemp()) / "four.ltsmodel"
    train_model(
        sounds, model, TrainOptions(minutes=arguments.minutes, validation=0.0), lambda _: None
    )
    return sounds, model


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    sounds, file = model_of(arguments)
    torch.set_num_threads(1)
    model = load_model(file)
    titles = ("source: SC to 16 kHz / 8 kHz", "pghi: SC", "librosa gl32: SC to 8 kHz")
    head = "| sound | " + " | ".join(f"{title} | time" for title in titles) + " |"
    lines = [head, "|---" * 7 + "|"]
    print("\n".join(lines))
    for path in sounds:
        audio = load_sound(path, model.spec.sample_rate_hz)
        sound = np.ascontiguousarray(audio[0, : int(LONGEST_S * model.spec.sample_rate_hz)])
        lines.append(row(path.stem, sound, model))
        print(lines[-1], flush=True)
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
