"""How far a macro lane moves the descriptor of the rendered sound, against what it says.

Run from the checkout:

    python tests/bench/macros.py MODEL FOLDER [NAMES...]

Each recording alone on a track, rendered with the macro at several values and at 0, with and
without detail; the descriptor is measured on frames of the rendered sound, as the median
difference from the render at 0 over frames that sound in both.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from ltsrender.latents import rms_of
from ltsrender.models import ModelCard, load_model
from ltsrender.render import open_plan, render_mix
from ltsrender.train.descriptors import DESCRIPTORS
from ltsrender.train.material import bin_centres_hz, frames_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

AMOUNTS = {
    "brightness": (-1.0, -0.5, 0.5, 1.0),
    "noisiness": (-6.0, -3.0, 3.0, 6.0),
    "pitch": (-1.0, -0.5, 0.5, 1.0),
    "loudness": (-12.0, -6.0, 6.0),
}
LENGTH_S = 3.0
AUDIBLE_DB = -50.0


def rendered(
    model: Path, sound: Path, name: str, amount: float, detail: float
) -> NDArray[np.float32]:
    """Return a recording rendered with one macro, float32[channel, sample], mono."""
    held = [
        {"target": target, "time": "seconds", "points": [{"at": 0, "value": value}]}
        for target, value in ((f"macro/{name}", amount), ("detail", detail))
    ]
    track = {"name": "t", "model": "m", "start_s": 0.0, "end_s": LENGTH_S}
    session = {
        "schema_version": 1,
        "channels": 1,
        "sounds": {"s": {"file": sound.as_posix()}},
        "models": {"m": {"file": model.as_posix()}},
        "tracks": [track | {"anchors": [{"sound": "s", "when_short": "once"}], "lanes": held}],
    }
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "s.lts.json"
        path.write_text(json.dumps(session))
        render_mix(open_plan(path), Path(work) / "out.wav")
        audio, _ = soundfile.read(Path(work) / "out.wav", dtype="float32", always_2d=True)
    return np.ascontiguousarray(audio.T)


def moved(
    model: TimbreModel, name: str, before: NDArray[np.float32], after: NDArray[np.float32]
) -> tuple[float, float, float]:
    """Return the 10th, 50th and 90th percentile of a descriptor's change."""
    centres = bin_centres_hz(model)
    a, b = (frames_of(audio, model)[0] for audio in (before, after))
    levels = [20 * np.log10(np.maximum(rms_of(f), 1e-12)) for f in (a, b)]
    sounding = np.all([level > level.max() + AUDIBLE_DB for level in levels], axis=0)
    change = DESCRIPTORS[name](b, centres)[sounding] - DESCRIPTORS[name](a, centres)[sounding]
    low, middle, high = np.percentile(change, [10, 50, 90])
    return float(low), float(middle), float(high)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=["guit_em9", "ambi_choir", "loop_tabla"])
    arguments = parser.parse_args()
    model, path = load_model(arguments.model), arguments.model.resolve()
    usable = [axis.name for axis in model.card.descriptors if not axis.fault]
    if isinstance(model.card, ModelCard):
        usable.append("loudness")
    print("| sound | macro | says | detail 1: median (10 %..90 %) | detail 0 |")
    print("|---|---|---|---|---|")
    for sound in arguments.names:
        file = (arguments.folder / f"{sound}.flac").resolve()
        for name in usable:
            plain = {d: rendered(path, file, name, 0.0, d) for d in (1.0, 0.0)}
            for amount in AMOUNTS[name]:
                cells = []
                for detail, before in plain.items():
                    after = rendered(path, file, name, amount, detail)
                    low, middle, high = moved(model, name, before, after)
                    cells.append(f"{middle:+.2f} ({low:+.2f}..{high:+.2f})")
                print(f"| {sound} | {name} | {amount:+g} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
