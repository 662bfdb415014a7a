"""How well the stereo image holds: two channels from frames, at mix 1, detail 0.

Run from the checkout:  python tests/bench/stereo.py FOLDER --model M.ltsmodel [--out FILE.md]

Stereo recordings are encoded and decoded channel by channel, and each phase method makes sound of
the frames. Against the recording, in a 4,096-point STFT, every bin weighted by the product of its
channels' magnitudes: the rms error of the phase between the channels (degrees) and of their level
difference (dB); and spectral convergence (2,048 points, 40 to 8,000 Hz) of the middle, the sum of
the channels, and of the side, their difference.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import librosa
import numpy as np
import torch

from ltsrender.audio import PHASE_METHODS, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.measures import spectral_convergence_db
from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.signal import ArrayReader, magnitude_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

    Sound = NDArray[np.float32]

RECORDINGS = ("guit_em9", "ambi_choir", "ambi_piano", "loop_tabla")
LENGTH_S = 4.0
METHODS = [name for name in PHASE_METHODS if name != "librosa"]


def image_error(sound: Sound, made: Sound) -> tuple[float, float]:
    """Return the rms errors of phase (degrees) and level (dB) between two channels."""
    true = [librosa.stft(channel, n_fft=4_096) for channel in sound]
    found = [librosa.stft(channel, n_fft=4_096) for channel in made]
    weight = np.abs(true[0]) * np.abs(true[1])
    turned = np.angle(found[0] * np.conj(found[1]) * np.conj(true[0] * np.conj(true[1])))
    levels = [20 * np.log10((np.abs(a) + 1e-6) / (np.abs(b) + 1e-6)) for a, b in (true, found)]
    errors = [np.degrees(turned), levels[1] - levels[0]]
    phase, level = (float(np.sqrt((weight * e * e).sum() / weight.sum())) for e in errors)
    return phase, level


def made_by(method: str, sound: Sound, model: TimbreModel) -> Sound:
    """Return the sound of a recording's decoded frames."""

    def weights(first: int, last: int) -> Sound:
        return np.ones((1, last - first), np.float32)

    frames = [model.decode(model.encode(f)[0]) for f in magnitude_frames(sound, model.spec)]
    together = np.stack([np.concatenate([f, f[-1:]]) for f in frames])
    guide = make_guide([ArrayReader(sound)], weights, model.spec, 2)
    pieces = resynthesize(
        [together], model.spec, PhaseSettings(method), guide=guide, n_samples=sound.shape[1]
    )
    return np.concatenate(list(pieces), axis=1)


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(arguments.model)
    rate = model.spec.sample_rate_hz
    lines = ["| | " + " | ".join(METHODS) + " |", "|---" * (len(METHODS) + 1) + "|"]
    for name in RECORDINGS:
        sound = load_sound(arguments.folder / f"{name}.flac", rate)[:, : int(LENGTH_S * rate)]
        sound = np.ascontiguousarray(sound)
        cells = []
        for method in METHODS:
            made = made_by(method, sound, model)
            phase, level = image_error(sound, made)
            middle, side = (
                spectral_convergence_db(sound[0] + s * sound[1], made[0] + s * made[1], rate)
                for s in (1, -1)
            )
            cells.append(f"{phase:.1f}°, {level:.1f} dB; {middle:.1f} / {side:.1f}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
