"""Draw what the chains that come with ltsrender do to a sound; ``poe presets`` runs it.

Left, what a chain does to the spectrum: how many decibels it adds to pink noise in every third
octave, with its first macro at its default (thick), at 0 and at 1. Right, what it does in time: a
click, then half a second of noise, in third octaves every 25 ms. What is seen beside the two is the
chain's own.

Each picture lies in ``images/effects`` and remembers the text that it was drawn from, as those of
the movements do (`write_gestures`): a test finds the picture of a chain that was changed since.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image, PngImagePlugin
from scipy.signal import butter, sosfilt

from ltsrender.effects import apply_chain, read_chain
from ltsrender.session import Documents

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ltsrender.effects.insert import ChainPart

REPOSITORY = Path(__file__).resolve().parents[2]
PRESETS = REPOSITORY / "presets" / "effects"
PICTURES = Path(__file__).resolve().parent / "images" / "effects"
RATE_HZ = 44_100
COLOURS = 32
INCHES, DOTS_PER_INCH = (7.2, 2.5), 100

CENTRES_HZ = 1_000.0 * 2.0 ** (np.arange(-16, 13) / 3.0)  # 25 Hz to 16 kHz
STEP_S, SHOWN_S = 0.025, 4.0
CLICK_S, BURST_S = 0.25, (1.0, 1.5)
NOISE_S, SETTLED_S = 6.0, 2.0
LEVEL_DB, CLICK_PEAK = -18.0, 0.5
RANGE_DB = 18.0  # of the left picture, up and down
DEPTH_DB = 70.0  # of the right one
BLUE, RED, GREY = "#0072B2", "#b34700", "#999999"


def pink_noise(seconds: float) -> NDArray[np.float32]:
    """Return two channels of noise with equal power in every octave, -18 dB."""
    n_samples = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(5).normal(size=(2, n_samples)), axis=1)
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(n_samples, 1 / RATE_HZ), 20.0))
    noise = np.fft.irfft(spectrum, n_samples, axis=1)
    gain = 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(noise**2))
    return np.asarray(noise * gain, np.float32)


def click_and_burst() -> NDArray[np.float32]:
    """Return what is drawn on the right as it goes in."""
    sound = np.zeros((2, round(SHOWN_S * RATE_HZ)), np.float32)
    sound[:, round(CLICK_S * RATE_HZ)] = CLICK_PEAK
    start, end = (round(at * RATE_HZ) for at in BURST_S)
    sound[:, start:end] = pink_noise(BURST_S[1] - BURST_S[0])
    return sound


def through(parts: tuple[ChainPart, ...], sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a sound behind a chain."""
    return np.concatenate(list(apply_chain([sound], parts, {}, RATE_HZ, len(sound))), axis=1)


def third_octaves_db(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the level in every third octave, float64[band]."""
    power = (np.abs(np.fft.rfft(sound.astype(np.float64), axis=1)) ** 2).mean(axis=0)
    edges_hz = np.append(CENTRES_HZ, CENTRES_HZ[-1] * 2 ** (1 / 3)) * 2 ** (-1 / 6)
    edges = np.searchsorted(np.fft.rfftfreq(sound.shape[1], 1 / RATE_HZ), edges_hz)
    return np.asarray(10 * np.log10(np.add.reduceat(power, edges)[:-1] + 1e-12), np.float64)


def change_db(parts: tuple[ChainPart, ...]) -> NDArray[np.float64]:
    """Return what a chain adds in every third octave, float64[band]."""
    noise, settled = pink_noise(NOISE_S), round(SETTLED_S * RATE_HZ)
    return third_octaves_db(through(parts, noise)[:, settled:]) - third_octaves_db(
        noise[:, settled:]
    )


def tiles_db(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the level in every third octave and step of time, float64[band, step]."""
    step = round(STEP_S * RATE_HZ)
    n_steps = sound.shape[1] // step
    rows = []
    for centre_hz in CENTRES_HZ:
        edges_hz = centre_hz * 2 ** (-1 / 6), min(centre_hz * 2 ** (1 / 6), 0.49 * RATE_HZ)
        band = sosfilt(butter(2, edges_hz, "bandpass", fs=RATE_HZ, output="sos"), sound, axis=1)
        power = band[:, : n_steps * step].reshape(2, n_steps, step) ** 2
        rows.append(10 * np.log10(power.mean(axis=(0, 2)) + 1e-14))
    return np.array(rows)


def draw(preset: Path, folder: Path = PICTURES) -> Path:
    """Draw one chain, and return its picture."""
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    spectrum, time = figure.subplots(1, 2, width_ratios=(1, 1.15))
    _draw_spectrum(preset, spectrum)
    _draw_time(preset, time)
    picture = folder / f"{preset.stem}.png"
    figure.savefig(picture)
    facts = PngImagePlugin.PngInfo()
    for key, value in facts_of(preset).items():
        facts.add_text(key, value)
    with Image.open(picture) as whole:
        few = whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True, pnginfo=facts)
    return picture


def _draw_spectrum(preset: Path, axes: Axes) -> None:
    documents = Documents(PRESETS)
    macro = json.loads(preset.read_text("utf-8"))["macros"][0]
    name = macro["name"]
    drawn = ((0.0, GREY, 1.0), (macro["default"], BLUE, 2.0), (1.0, RED, 1.0))
    for position, colour, width in drawn:
        item = {"preset": preset.name, "macros": {name: position}}
        changed = change_db(read_chain([item], documents))
        axes.plot(CENTRES_HZ, changed, color=colour, lw=width, label=f"{name} {position:g}")
    axes.set(xscale="log", xlim=(25, 16_000), ylim=(-RANGE_DB, RANGE_DB))
    axes.set_ylabel("dB", fontsize=7)
    axes.set_yticks(np.arange(-18, 19, 6))
    _name_octaves(axes, "x")
    axes.grid(color="#dddddd", lw=0.6)
    axes.tick_params(labelsize=7)
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        borderaxespad=0.2,
        fontsize=7,
        ncols=3,
        frameon=False,
        handlelength=1.2,
    )


def _draw_time(preset: Path, axes: Axes) -> None:
    made = through(read_chain(preset.name, Documents(PRESETS)), click_and_burst())
    levels = tiles_db(made)
    edges_s = np.arange(levels.shape[1] + 1) * STEP_S
    edges_hz = np.append(CENTRES_HZ, CENTRES_HZ[-1] * 2 ** (1 / 3)) * 2 ** (-1 / 6)
    steps = np.floor((levels + 20.0) / 5.0) * 5.0  # few colours: small pictures
    axes.pcolormesh(edges_s, edges_hz, steps, vmin=-20.0 - DEPTH_DB, vmax=-20.0, cmap="magma")
    axes.set(yscale="log", xlim=(0, SHOWN_S))
    axes.set_xticks(range(5), [*map(str, range(4)), "4 s"])
    _name_octaves(axes, "y")
    axes.tick_params(labelsize=7)


def _name_octaves(axes: Axes, which: str) -> None:
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks([63, 250, 1_000, 4_000, 16_000], ["63", "250", "1k", "4k", "16k Hz"])
    axis.set_ticks([], minor=True)


def facts_of(preset: Path) -> dict[str, str]:
    """Return what a picture remembers."""
    source = hashlib.sha256(text_of(preset).encode()).hexdigest()
    return {"Source": source, "Drawn-by": f"matplotlib {mpl.__version__}"}


def text_of(preset: Path) -> str:
    """Return the text of a preset, and of those that stand in it."""
    text = preset.read_text("utf-8")  # line ends as everywhere
    nested = [item["preset"] for item in json.loads(text)["inserts"] if "preset" in item]
    return "".join([text, *(text_of(PRESETS / f"{name}.json") for name in nested)])


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = {draw(preset) for preset in sorted(PRESETS.glob("*.json"))}
    for left in set(PICTURES.glob("*.png")) - wanted:
        left.unlink()
