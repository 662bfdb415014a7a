"""Pictures of sound: a spectrogram, with the curves that shaped it drawn over it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import librosa
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ltsrender.audiofile import load_sound, sound_info
from ltsrender.safefile import written_beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ltsrender.automation import Lane
    from ltsrender.render.known import Stretch

WINDOW_SAMPLES = 4_096
RANGE_DB = 80.0
LOWEST_HZ = 30.0
MOST_COLUMNS = 2_000
CURVE_POINTS = 2_000
COLOURS = ("#ffffff", "#7fe3ff", "#ffd479", "#ff9ec4", "#b4f29c", "#d9b8ff")


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Values over frequency and time.

    Attributes
    ----------
    values
        ``float[frequency, time]``: magnitudes, or levels in dB.
    times_s, frequencies_hz
        Of columns and rows.
    """

    values: NDArray[np.floating]
    times_s: NDArray[np.float64]
    frequencies_hz: NDArray[np.float64]


def draw_sound(
    sound: Path,
    target: Path,
    *,
    lanes: Sequence[Lane] = (),
    title: str = "",
    start_s: float = 0.0,
    shaded: Sequence[Stretch] = (),
) -> None:
    """Write a picture of a sound: level over time and frequency, lanes as curves over it.

    Parameters
    ----------
    sound
        The audio file.
    target
        The picture; its suffix decides the kind (``.png``, ``.svg``, ``.pdf``).
    lanes
        Curves to draw, each on its own scale of values at the right.
    title
        Written above.
    start_s
        The session's time at the file's first sample.
    shaded
        Stretches of the session's time in which the path is off known ground.

    Raises
    ------
    SoundError
        When the sound cannot be read.
    RenderError
        When the picture cannot be written.
    """
    rate = sound_info(sound).sample_rate_hz
    audio = load_sound(sound, rate).mean(axis=0)
    figure = Figure(figsize=(12, 5), layout="constrained")
    axes = figure.add_subplot()
    _draw_spectrogram(axes, audio, rate, start_s)
    axes.set_title(title or sound.name, parse_math=False)
    end_s = start_s + audio.size / rate
    for index, each in enumerate(each for each in shaded if each.start_s < end_s):
        span = max(each.start_s, start_s), min(each.end_s, end_s)
        label = "" if index else "off known ground"
        axes.axvspan(*span, facecolor="#ff5a4e", alpha=0.25, edgecolor="none", label=label)
        if label and not lanes:
            axes.legend(loc="upper right")
    if lanes:
        _draw_lanes(axes, lanes, start_s, end_s)
    save_figure(figure, target)


def spectrogram_of(audio: NDArray[np.float32], rate: int, start_s: float = 0.0) -> Spectrogram:
    """Return the magnitudes of a sound, ``float32[sample]``, in windows of `WINDOW_SAMPLES`."""
    hop = max(WINDOW_SAMPLES // 8, audio.size // MOST_COLUMNS)
    whole = np.pad(audio, (0, max(0, WINDOW_SAMPLES - audio.size)))
    magnitude = np.abs(librosa.stft(whole, n_fft=WINDOW_SAMPLES, hop_length=hop))
    frequencies_hz = librosa.fft_frequencies(sr=rate, n_fft=WINDOW_SAMPLES)
    times_s = start_s + np.arange(magnitude.shape[1]) * hop / rate
    return Spectrogram(magnitude, times_s, frequencies_hz)


def draw_levels(
    axes: Axes, levels: Spectrogram, *, colours: str, limits_db: tuple[float, float], label: str
) -> None:
    """Draw levels in dB over time and frequency, with a bar that explains the colours.

    Parameters
    ----------
    axes
        Where.
    levels
        Values in dB.
    colours
        A colour map of matplotlib's.
    limits_db
        The levels of its first and last colour.
    label
        Of the bar.
    """
    mesh = axes.pcolormesh(
        levels.times_s,
        levels.frequencies_hz[1:],
        levels.values[1:],
        cmap=colours,
        vmin=limits_db[0],
        vmax=limits_db[1],
        shading="nearest",
    )
    axes.set_yscale("log")
    axes.set_ylim(LOWEST_HZ, levels.frequencies_hz[-1])
    axes.set_xlabel("seconds")
    axes.set_ylabel("Hz")
    axes.figure.colorbar(mesh, ax=axes, label=label, pad=0.08)


def save_figure(figure: Figure, target: Path) -> None:
    """Write a figure whole or not at all, the same bytes each time; its suffix decides the kind.

    Raises
    ------
    RenderError
        When the picture cannot be written.
    """
    kind = target.suffix.lower().removeprefix(".")
    # The picture's own identifiers come from a fixed salt and no date, so it is the same each time.
    with (
        mpl.rc_context({"svg.hashsalt": "ltsrender"}),
        warnings.catch_warnings(),
        written_beside(target) as part,
    ):
        warnings.filterwarnings("ignore", "Glyph")  # a title in a script that the font lacks
        figure.savefig(part, format=kind, dpi=110, metadata=_undated(kind))


def _draw_spectrogram(axes: Axes, audio: NDArray[np.float32], rate: int, start_s: float) -> None:
    found = spectrogram_of(audio, rate, start_s)
    level_db = librosa.amplitude_to_db(
        found.values, ref=max(float(found.values.max()), 1e-9), top_db=None
    )
    levels = Spectrogram(level_db, found.times_s, found.frequencies_hz)
    label = "dB below the loudest"
    draw_levels(axes, levels, colours="magma", limits_db=(-RANGE_DB, 0.0), label=label)
    hop_s = max(WINDOW_SAMPLES // 8, audio.size // MOST_COLUMNS) / rate
    axes.set_xlim(start_s, start_s + max(audio.size / rate, hop_s))


def _draw_lanes(axes: Axes, lanes: Sequence[Lane], start_s: float, end_s: float) -> None:
    times = np.linspace(start_s, end_s, CURVE_POINTS)
    over = axes.twinx()
    for index, lane in enumerate(lanes):
        colour = COLOURS[index % len(COLOURS)]
        over.plot(times, lane.at(times), color="black", linewidth=3.5, alpha=0.5)
        over.plot(times, lane.at(times), color=colour, linewidth=1.8, label=lane.target)
    over.set_ylabel("value of " + ", ".join(lane.target for lane in lanes))
    over.legend(loc="upper right", facecolor="#333333", labelcolor="white")


def _undated(kind: str) -> dict[str, str | None]:
    if kind == "png":
        return {"Software": None}
    date = {"svg": "Date", "pdf": "CreationDate"}.get(kind)
    return {date: None} if date else {}
