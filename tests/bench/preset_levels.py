"""How much louder or softer the chains that come along make a sound, each macro at its default.

    python tests/bench/preset_levels.py FOLDER [preset ...]

FOLDER holds recordings: `RECORDINGS`, and others that the chains were never matched to. Every sound
is brought to -20 LUFS first, in two channels; what is printed is the integrated loudness behind the
chain minus that before it, in LU, over the sound's own length: pink noise of 20 s, then the three
recordings, then the others of at least three seconds, their middle and the furthest from 0. The
last column is the range of pink noise while each macro goes from 0 to 1, in five steps.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import load_sound
from ltsrender.effects import apply_chain, read_chain, read_preset
from ltsrender.session import Documents
from ltsrender.stems.loudness import LoudnessMeter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.effects.insert import ChainPart

RATE_HZ = 44_100
LEVEL_LUFS = -20.0
NOISE_S, SHORT_NOISE_S, SHORTEST_S = 20.0, 6.0, 3.0
PRESETS = Path(__file__).resolve().parents[2] / "presets" / "effects"
RECORDINGS = ("guit_em9", "loop_amen_full", "bass_voxy_c")
"""A sustained chord of an electric guitar, a drum loop, and a bass that sounds like a voice."""


def pink_noise(seconds: float = NOISE_S) -> NDArray[np.float32]:
    """Return two channels with equal power in every octave from 20 Hz on, at -20 LUFS."""
    n_samples = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(size=(2, n_samples)), axis=1)
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(n_samples, 1.0 / RATE_HZ), 20.0))
    spectrum[:, 0] = 0.0
    return levelled(np.fft.irfft(spectrum, n_samples, axis=1).astype(np.float32))


def recording(path: Path) -> NDArray[np.float32]:
    """Return a recording in two channels, at -20 LUFS."""
    sound = load_sound(path, RATE_HZ)
    return levelled(np.repeat(sound, 2, axis=0) if len(sound) == 1 else sound)


def levelled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a sound at -20 LUFS."""
    return np.asarray(sound * 10.0 ** ((LEVEL_LUFS - loudness(sound)) / 20.0), np.float32)


def loudness(sound: NDArray[np.float32]) -> float:
    """Return the integrated loudness in LUFS."""
    meter = LoudnessMeter(RATE_HZ, len(sound))
    meter.add(sound)
    found = meter.result().integrated_lufs
    assert found is not None
    return found


def change_lu(parts: tuple[ChainPart, ...], sound: NDArray[np.float32]) -> float:
    """Return how much louder a sound at -20 LUFS is behind a chain."""
    made = np.concatenate(list(apply_chain([sound], parts, {}, RATE_HZ, len(sound))), axis=1)
    return loudness(made) - LEVEL_LUFS


def main() -> None:
    folder, *names = sys.argv[1:]
    names = names or sorted(file.stem for file in PRESETS.glob("*.json"))
    sounds = [pink_noise(), *(recording(Path(folder) / f"{name}.flac") for name in RECORDINGS)]
    others = [
        recording(file)
        for file in sorted(Path(folder).glob("*.flac"))
        if file.stem not in RECORDINGS
        and load_sound(file, RATE_HZ).shape[1] >= SHORTEST_S * RATE_HZ
    ]
    print(f"| preset | pink noise | {' | '.join(RECORDINGS)} | {len(others)} others | macros |")
    print("|---" * 7 + "|")
    documents = Documents(PRESETS)
    for name in names:
        preset = read_preset(f"{name}.json", documents)
        cells = [f"{change_lu(preset.inserts, sound):+.2f}" for sound in sounds]
        rest = [change_lu(preset.inserts, sound) for sound in others]
        furthest = max(rest, key=abs)
        cells.append(f"{np.median(rest):+.1f}, at most {furthest:+.1f}")
        words = [f"`{macro.name}` {macro_range(name, macro.name)}" for macro in preset.macros]
        print(f"| `{name}` | {' | '.join(cells)} | {', '.join(words)} |", flush=True)


def macro_range(preset: str, macro: str) -> str:
    """Return the softest and the loudest that a macro makes pink noise, in words."""
    documents, noise = Documents(PRESETS), pink_noise(SHORT_NOISE_S)
    found = [
        change_lu(
            read_chain([{"preset": f"{preset}.json", "macros": {macro: at}}], documents), noise
        )
        for at in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    return f"{min(found):+.1f}..{max(found):+.1f}"


if __name__ == "__main__":
    main()
