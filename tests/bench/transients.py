"""Pre-echo before attacks, without and with what `ltsrender.audio.transients` does, in dB.

Run from the checkout:

    python tests/bench/transients.py FOLDER [--model M.ltsmodel] [--minutes 3] [--out FILE.md]
        [--picture FILE.png]

Three tables, every cell before and after. Recordings are 4 s in mono, repeated where shorter.

1. Rebuilt from true frames: pre-echo of sounds with attacks, by phase method; then transforms that
   are quicker in time.
2. Decoded by a model at mix 1, at detail 0 and 1; the model is trained on six of the recordings
   unless one is given.
3. Morphs at detail 1. What a morph should be before an attack follows from its sources: the louder
   of their weighted envelopes, relative to its level at the attack. An attack is an onset of this
   envelope (`ltsrender.audio.measures.onsets`) whose first 6 ms are 6 dB over the mean of the 55 ms
   before: what returns after a dip is none.

Then tonal sounds: spectral convergence (STFT-2048 and 512), log-spectral distance and envelope
error of pghi with 8 iterations. Time is that of the stage on one thread, in seconds of work per
second of sound.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure

from ltsrender.audio import Attacks, Detail, PhaseSettings, make_guide, resynthesize
from ltsrender.audio.measures import (
    envelope_error_db,
    log_spectral_distance_db,
    onsets,
    pre_echo_db,
    spectral_convergence_db,
)
from ltsrender.audio.transients import with_attacks
from ltsrender.audiofile import load_sound
from ltsrender.models import load_model
from ltsrender.signal import ArrayReader, TransformSpec, magnitude_frames
from ltsrender.train import TrainOptions, train_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

    Sound = NDArray[np.float32]
    Cell = tuple[float, float]

WITH_ATTACKS = (
    "loop_tabla",
    "loop_amen_full",
    "loop_garzul",
    "perc_bell",
    "tabla_ghe1",
    "drum_cymbal_open",
    "loop_industrial",
    "guit_e_fifths",
    "elec_bell",
)
TONAL = ("guit_em9", "bass_voxy_c", "ambi_glass_hum", "ambi_choir")
TRAINED = (*WITH_ATTACKS[:4], *TONAL[::2])
DECODED = (*WITH_ATTACKS[:5], "loop_industrial")
PAIRS = (
    ("loop_tabla", "loop_amen_full"),
    ("loop_garzul", "perc_bell"),
    ("loop_tabla", "guit_em9"),
    ("ambi_glass_hum", "loop_amen_full"),
)
MIXES = (0.75, 0.5, 0.25)
RATE_HZ = 44_100
LENGTH_S = 4.0
STEP = 64
SPEC = TransformSpec()
METHODS = {
    "source": ("source", 0, SPEC),
    "pghi": ("pghi", 0, SPEC),
    "pghi + 8": ("pghi", 8, SPEC),
    "griffinlim": ("griffinlim", 32, SPEC),
    "pghi + 8, support 8": ("pghi", 8, TransformSpec(support=8.0)),
    "pghi + 8, 24 bands": ("pghi", 8, TransformSpec(bins_per_octave=24)),
}


DECODED_BY = ("source", "hybrid", "pghi")
"""Each with its own number of iterations."""


class Morph(NamedTuple):
    """Sounds and their weights, constant in time."""

    sounds: tuple[Sound, ...]
    weights: tuple[float, ...]

    def weigh(self, first: int, last: int) -> Sound:
        """Return the weights of frames, float32[sound, frame]."""
        return np.repeat(np.array(self.weights, np.float32)[:, None], last - first, axis=1)

    def readers(self) -> list[ArrayReader]:
        """Return the sounds as readers."""
        return [ArrayReader(sound[None]) for sound in self.sounds]


seconds = {"stage": 0.0, "sound": 0.0}


def sharpened(made: Sound, morph: Morph) -> Sound:
    """Return what is made with its attacks kept, and take the time."""
    begun = time.thread_time()
    attacks = Attacks(morph.readers(), morph.weigh)
    found = np.concatenate(list(with_attacks([made[None]], attacks, SPEC)), axis=1)[0]
    seconds["stage"] += time.thread_time() - begun
    seconds["sound"] += made.size / RATE_HZ
    return found


def rebuilt(sound: Sound, method: str, iterations: int, spec: TransformSpec) -> Sound:
    """Return a sound made of its true frames."""
    frames = magnitude_frames(sound[None], spec)
    return render(frames, Morph((sound,), (1.0,)), method, iterations, spec)


def render(
    frames: Sound,
    morph: Morph,
    method: str,
    iterations: int,
    spec: TransformSpec,
    detail: Detail | None = None,
) -> Sound:
    """Return the sound of frames, its sources at hand."""
    pieces = resynthesize(
        [frames],
        spec,
        PhaseSettings(method, iterations),
        guide=make_guide(morph.readers(), morph.weigh, spec, 1),
        detail=detail,
        n_samples=morph.sounds[0].size,
    )
    return np.concatenate(list(pieces), axis=1)[0]


def decoded(morph: Morph, model: TimbreModel, amount: float, method: str) -> Sound:
    """Return a morph that a model decodes, with its detail, by a method's own iterations."""
    latents = [
        model.encode(magnitude_frames(sound[None], model.spec)[0])[0] for sound in morph.sounds
    ]
    more = ((0, 2 * model.spec.frames_per_block), (0, 0))
    own = [np.pad(model.decode(z), more, mode="edge")[None] for z in latents]
    mixed = model.decode(sum(w * z for w, z in zip(morph.weights, latents, strict=True)))
    detail = Detail(
        morph.readers(),
        [lambda first, last, frames=frames: frames[:, first:last] for frames in own],
        morph.weigh,
        lambda first, last: np.full(last - first, amount, np.float32),
    )
    iterations = PhaseSettings(method).n_iterations
    return render(mixed[None], morph, method, iterations, model.spec, detail)


def morph_pre_echo_db(morph: Morph, made: Sound) -> float:
    """Return how much louder a morph is before attacks than its sources make it, in dB."""
    weighted = [w * envelope(s) for w, s in zip(morph.weights, morph.sounds, strict=True)]
    wanted, own = np.max(weighted, axis=0), envelope(made)
    # Any sound with this envelope has its onsets.
    alike = np.repeat(wanted, STEP).astype(np.float32)
    found = [
        before_db(own, step) - before_db(wanted, step)
        for step in onsets(alike, RATE_HZ) // STEP
        if is_attack(wanted, step)
    ]
    return float(np.mean(found)) if found else np.nan


def envelope(sound: Sound) -> Sound:
    """Return the rms of steps of 64 samples."""
    filled = np.pad(sound.astype(np.float64), (0, -sound.size % STEP))
    return np.sqrt(np.square(filled).reshape(-1, STEP).mean(axis=1))


def before_db(levels: Sound, step: int) -> float:
    """Return the mean level 15 to 4 ms before a step, over that of the 6 ms from it on."""
    floored = levels + 1e-3 * levels.max()
    at = np.square(floored[step : step + 4]).mean()
    return float(20 * np.log10(floored[step - 10 : step - 3]).mean() - 10 * np.log10(at))


def is_attack(levels: Sound, step: int) -> bool:
    """Tell whether the 6 ms from a step on are 6 dB over the mean of the 55 ms before."""
    past = np.square(levels[max(0, step - 40) : step - 2]).mean()
    return bool(np.square(levels[step : step + 4]).mean() > 4 * past)


def both(measure: Callable[[Sound], float | None], made: Sound, morph: Morph) -> Cell:
    """Return a measure before and after."""
    cells = [measure(made), measure(sharpened(made, morph))]
    return tuple(np.nan if cell is None else cell for cell in cells)


def true_frames(sounds: dict[str, Sound]) -> str:
    """Return the first table."""
    rows = {}
    for name in WITH_ATTACKS:
        alone = Morph((sounds[name],), (1.0,))
        rows[name] = [
            both(
                lambda made, true=sounds[name]: pre_echo_db(true, made, RATE_HZ),
                rebuilt(sounds[name], *method),
                alone,
            )
            for method in METHODS.values()
        ]
    return table(list(METHODS), rows)


def decoded_frames(sounds: dict[str, Sound], model: TimbreModel) -> str:
    """Return the second table."""
    cases = [(method, amount) for method in DECODED_BY for amount in (0.0, 1.0)]
    rows = {}
    for name in DECODED:
        alone = Morph((sounds[name],), (1.0,))
        rows[name] = [
            both(
                lambda made, true=sounds[name]: pre_echo_db(true, made, RATE_HZ),
                decoded(alone, model, amount, method),
                alone,
            )
            for method, amount in cases
        ]
    return table([f"{method}, detail {amount:g}" for method, amount in cases], rows)


def morphs(sounds: dict[str, Sound], model: TimbreModel) -> str:
    """Return the third table."""
    rows = {}
    for first, second in PAIRS:
        for mix in MIXES:
            morph = Morph((sounds[first], sounds[second]), (mix, 1 - mix))
            cells = [
                both(
                    lambda made, morph=morph: morph_pre_echo_db(morph, made),
                    decoded(morph, model, 1.0, method),
                    morph,
                )
                for method in DECODED_BY
            ]
            if not np.isnan(cells).all():  # in some nothing is heard to begin
                rows[f"{first}, {second}, {mix:g}"] = cells
    return table(list(DECODED_BY), rows)


def tones(sounds: dict[str, Sound]) -> str:
    """Return the table of tonal sounds."""
    measures = {
        "SC2048": spectral_convergence_db,
        "SC512": lambda a, b, r: spectral_convergence_db(a, b, r, window_samples=512),
        "LSD": log_spectral_distance_db,
        "envelope": envelope_error_db,
    }
    rows = {}
    for name in TONAL:
        made = rebuilt(sounds[name], "pghi", 8, SPEC)
        rows[name] = [
            both(
                lambda made, measure=measure, true=sounds[name]: measure(true, made, RATE_HZ),
                made,
                Morph((sounds[name],), (1.0,)),
            )
            for measure in measures.values()
        ]
    return table(list(measures), rows, mean=False, digits=2)


def table(
    titles: list[str], rows: dict[str, list[Cell]], *, mean: bool = True, digits: int = 1
) -> str:
    """Return rows as Markdown, every cell before and after."""
    if mean:
        cells = np.array(list(rows.values()))
        rows = {**rows, "mean": list(np.nanmean(cells, axis=0))}
        rows["worst"] = list(np.nanmax(cells, axis=0))
    lines = ["| | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for name, row in rows.items():
        pairs = [f"{before:.{digits}f} / {after:.{digits}f}" for before, after in row]
        lines.append(f"| {name} | " + " | ".join(pairs) + " |")
    return "\n".join(lines) + "\n"


def draw(sound: Sound, target: Path, begin_s: float = 0.44, end_s: float = 1.1) -> None:
    """Draw the envelopes of a sound, and of pghi with 8 iterations before and after."""
    made = rebuilt(sound, "pghi", 8, SPEC)
    after = sharpened(made, Morph((sound,), (1.0,)))
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for heard, label, colour in (
        (made, "pghi", "#e07a5f"),
        (after, "pghi, attacks kept", "#2a7ab0"),
        (sound, "recording", "#222222"),
    ):
        levels_db = 20 * np.log10(envelope(heard) + 1e-5)
        axes.plot(
            (np.arange(levels_db.size) + 0.5) * STEP / RATE_HZ, levels_db, colour, label=label
        )
    axes.set(xlim=(begin_s, end_s), ylim=(-75, -5), xlabel="seconds", ylabel="level in dB")
    axes.legend(loc="upper left")
    figure.savefig(target, dpi=100)


def model_of(arguments: argparse.Namespace) -> TimbreModel:
    """Return the model that is given, or train one on six recordings."""
    file = arguments.model
    if file is None:
        file = Path(tempfile.mkdtemp()) / "six.ltsmodel"
        recordings = [arguments.folder / f"{name}.flac" for name in TRAINED]
        train_model(
            recordings,
            file,
            TrainOptions(minutes=arguments.minutes, validation=0.0),
            lambda _: None,
        )
    torch.set_num_threads(1)
    return load_model(file)


def main() -> None:
    """Print the tables, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    model = model_of(arguments)
    n_samples = int(LENGTH_S * RATE_HZ)
    sounds = {
        name: np.resize(
            load_sound(arguments.folder / f"{name}.flac", RATE_HZ).mean(axis=0), n_samples
        ).astype(np.float32)
        for name in (*WITH_ATTACKS, *TONAL)
    }
    sharpened(sounds["loop_tabla"], Morph((sounds["loop_tabla"],), (1.0,)))  # compiles the stage
    seconds.update(stage=0.0, sound=0.0)
    if arguments.picture:
        draw(sounds["loop_tabla"], arguments.picture)
    pages = []
    for title, page in (
        ("True frames, pre-echo before / after, dB", lambda: true_frames(sounds)),
        ("Decoded at mix 1", lambda: decoded_frames(sounds, model)),
        ("Morphs", lambda: morphs(sounds, model)),
        ("Tonal sounds, pghi + 8", lambda: tones(sounds)),
    ):
        pages.append(f"{title}\n\n{page()}")
        print(pages[-1], flush=True)
    pages.append(f"Time of the stage: {seconds['stage'] / seconds['sound']:.4f}\n")
    print(pages[-1])
    if arguments.out:
        arguments.out.write_text("\n".join(pages))


if __name__ == "__main__":
    main()
