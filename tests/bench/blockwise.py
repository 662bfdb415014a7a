"""Whether an effect does the same in blocks as in one piece, as a table.

    python tests/bench/blockwise.py [effect ...]

Two seconds of stereo noise at 48 kHz and a second of silence pass every effect of the catalogue,
once in one piece and once in blocks of each length; first with everything standing still, then with
everything that may move swinging over its whole range, each parameter at a rate of its own. A cell
holds the largest difference over all samples: "same bits", or dB below the peak of what comes out.
The column "pedalboard" holds the same effect straight from the library in one piece (it cannot be
told anything in the middle of it), beside ours standing still.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pedalboard

from ltsrender.effects import EFFECTS, EffectInfo, Impulse, Insert, complete
from ltsrender.effects.native import NativeEffect
from ltsrender.effects.stages import make_stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

RATE_HZ = 48_000
LENGTHS = (64, 100, 1_000, 4_096, 65_536)
BELL = Path(__file__).parents[2] / "examples" / "first-light" / "sounds" / "bell.flac"
SETTINGS = {  # at which the effect does something
    "pitch_shift": {"semitones": 7.0},
    "peak": {"gain_db": 12.0},
    "low_shelf": {"gain_db": 12.0},
    "high_shelf": {"gain_db": 12.0},
    "delay": {"delay_s": 0.2, "feedback": 0.5},
}


class Swing:
    """A lane from one end of a range to the other and back."""

    def __init__(self, low: float, high: float, rate_hz: float) -> None:
        self.low, self.high, self.rate_hz = low, high, rate_hz

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        way = 0.5 - 0.5 * np.cos(2.0 * np.pi * self.rate_hz * seconds)
        return self.low + (self.high - self.low) * way


def sound() -> Sound:
    """Return two seconds of noise and one of silence, float32[2, sample]."""
    audio = np.zeros((2, 3 * RATE_HZ), np.float32)
    noise = np.random.default_rng(6).uniform(-0.5, 0.5, (2, 2 * RATE_HZ))
    audio[:, : 2 * RATE_HZ] = noise
    return audio


def insert_of(info: EffectInfo) -> Insert:
    impulse = Impulse(BELL, "") if info.id == "convolution" else None
    return Insert("x", info.id, complete(info, SETTINGS.get(info.id, {})), impulse=impulse)


def lanes_of(insert: Insert) -> dict[str, Swing]:
    """Return a lane for everything of an effect that may move."""
    movable = [each for each in insert.info.parameters.values() if each.automatable]
    return {
        insert.target(each.name): Swing(each.minimum, each.maximum, 1.3 * (1.0 + 0.37 * number))
        for number, each in enumerate(movable)
    }


def in_blocks(insert: Insert, lanes: dict[str, Swing], audio: Sound, length: int) -> Sound:
    stage = make_stage(insert, lanes, RATE_HZ, 2, 0)
    starts = range(0, audio.shape[1], length)
    made = [stage.process(audio[:, start : start + length]) for start in starts]
    return np.concatenate([*made, stage.flush()], axis=1)


def difference(made: Sound, whole: Sound) -> str:
    if made.shape != whole.shape:
        return f"{made.shape[1] - whole.shape[1]:+d} samples"
    largest = float(np.abs(made.astype(np.float64) - whole).max())
    peak = float(np.abs(whole).max())
    return "same bits" if largest == 0.0 else f"{20.0 * np.log10(largest / peak):.0f} dB"


def beside_pedalboard(insert: Insert, audio: Sound, whole: Sound) -> str:
    """Return what our effect standing still differs from the library's in one piece."""
    name = insert.effect
    if name == "gain":
        made = pedalboard.Gain(insert.parameters["gain_db"])(audio, RATE_HZ)
    elif insert.info.pedalboard_class and insert.info.runs == "blocks":
        made = NativeEffect(insert, RATE_HZ, 8_192).whole(audio)
    else:
        return "not comparable"
    return difference(made, whole)


def row(info: EffectInfo, audio: Sound) -> list[str]:
    insert = insert_of(info)
    lanes = lanes_of(insert)
    cells = [f"`{info.id}`"]
    for moving in ({}, lanes):
        if moving is lanes and not lanes:
            cells += ["nothing moves"] * len(LENGTHS)
            continue
        whole = in_blocks(insert, moving, audio, audio.shape[1])
        cells += [difference(in_blocks(insert, moving, audio, n), whole) for n in LENGTHS]
        if not moving:
            beside = beside_pedalboard(insert, audio, whole)
    return [*_together(cells), beside]


def _together(cells: list[str]) -> list[str]:
    """Return a cell for standing and one for moving where all lengths agree."""
    n = len(LENGTHS)
    found = [cells[0]]
    for part in (cells[1 : n + 1], cells[n + 1 :]):
        words = [f"{length}: {cell}" for length, cell in zip(LENGTHS, part, strict=True)]
        found.append(part[0] if len(set(part)) == 1 else ", ".join(words))
    return found


def main() -> None:
    chosen = sys.argv[1:] or list(EFFECTS)
    audio = sound()
    heads = ("effect", "standing still", "everything moving", "beside pedalboard in one piece")
    print(f"| {' | '.join(heads)} |")
    print(f"|{' --- |' * len(heads)}")
    for name in chosen:
        print(f"| {' | '.join(row(EFFECTS[name], audio))} |", flush=True)


if __name__ == "__main__":
    main()
