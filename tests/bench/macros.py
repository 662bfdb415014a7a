"""How far a macro lane moves the descriptor of the rendered sound, against what it says.

Run from the checkout:

    python tests/bench/macros.py MODEL FOLDER [NAMES...]

Each recording alone on a track, rendered with the macro at several values and at 0, with and
without detail; the descriptor is measured on frames of the rendered sound, as the median
difference from the render at 0 over frames that sound in both. Pitch is measured as how far the
spectra went along their bands. The last column is how far the other descriptors moved meanwhile,
the median of their absolute changes with all detail.
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
from ltsrender.latents.descriptors import DESCRIPTORS
from ltsrender.models import ModelCard, load_model
from ltsrender.render import open_plan, render_mix
from ltsrender.train.glide import risen
from ltsrender.train.material import frames_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

AMOUNTS = {
    "brightness": (-1.0, -0.5, 0.5, 1.0),
    "noisiness": (-6.0, -3.0, 3.0, 6.0),
    "pitch": (-0.5, -0.25, -1.0 / 12.0, 1.0 / 12.0, 0.25, 0.5),
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
    model: TimbreModel, before: NDArray[np.float32], after: NDArray[np.float32]
) -> dict[str, NDArray[np.float64]]:
    """Return every descriptor's change, in frames that sound in both renders."""
    centres = model.centres_hz
    a, b = (frames_of(audio, model)[0] for audio in (before, after))
    levels = [20 * np.log10(np.maximum(rms_of(f), 1e-12)) for f in (a, b)]
    sounding = np.all([level > level.max() + AUDIBLE_DB for level in levels], axis=0)
    a, b = a[sounding], b[sounding]
    change = {name: of(b, centres) - of(a, centres) for name, of in DESCRIPTORS.items()}
    return change | {"pitch": risen(a, b, centres)}


def in_words(change: NDArray[np.float64]) -> str:
    """Return the median of a change, and its 10th and 90th percentile."""
    low, middle, high = np.percentile(change, [10, 50, 90])
    return f"{middle:+.2f} ({low:+.2f}..{high:+.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=["guit_em9", "ambi_choir", "loop_tabla"])
    arguments = parser.parse_args()
    model, path = load_model(arguments.model), arguments.model.resolve()
    reaches = {a.name: a.reach or np.inf for a in model.card.descriptors if not a.fault}
    if isinstance(model.card, ModelCard):
        reaches["loudness"] = np.inf
    print("| sound | macro | says | detail 1: median (10 %..90 %) | detail 0 | others |")
    print("|---|---|---|---|---|---|")
    for sound in arguments.names:
        file = (arguments.folder / f"{sound}.flac").resolve()
        for name, reach in reaches.items():
            plain = {d: rendered(path, file, name, 0.0, d) for d in (1.0, 0.0)}
            for amount in (each for each in AMOUNTS[name] if abs(each) <= reach):
                changes = [
                    moved(model, before, rendered(path, file, name, amount, detail))
                    for detail, before in plain.items()
                ]
                cells = " | ".join(in_words(change[name]) for change in changes)
                others = ", ".join(
                    f"{other} {np.median(np.abs(change)):.2f}"
                    for other, change in changes[0].items()
                    if other != name
                )
                print(f"| {sound} | {name} | {amount:+.3g} | {cells} | {others} |", flush=True)


if __name__ == "__main__":
    main()
