"""A picture of a training: losses, frames beside what the model makes of them, and the latents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from ltsrender.errors import ModelError
from ltsrender.render.picture import save_figure
from ltsrender.train.material import read_material

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel
    from ltsrender.train.dataset import Dataset

MOST_FRAMES = 600  # of a spectrogram
MOST_POINTS = 4_000  # of the scatter
MOST_NAMES = 12
RANGE_DB = 80.0
MARKS_HZ = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)


def draw_report(
    target: Path,
    model: TimbreModel,
    history: Sequence[dict[str, float]],
    known: Dataset,
    strangers: Dataset,
) -> None:
    """Write the report.

    Parameters
    ----------
    target
        The picture; its suffix decides the kind (``.png``, ``.svg``, ``.pdf``).
    model
        The finished model.
    history
        What `Training.history` holds.
    known, strangers
        What was learnt and what was held out.

    Raises
    ------
    RenderError
        When the picture cannot be written.
    """
    sides = [(known, "learnt")]
    sides += [(strangers, "held out")] if strangers.sounds else []
    n_rows = 1 + len(sides)
    figure = Figure(figsize=(12, 11 / 3 * n_rows), layout="constrained")
    grid = figure.add_gridspec(n_rows, 2)
    _draw_losses(figure.add_subplot(grid[0, 0]), history)
    _draw_latents(figure.add_subplot(grid[0, 1]), model, known)
    for row, (dataset, kind) in enumerate(sides, start=1):
        frames = _frames_of_the_first(dataset, model)
        decoded = model.decode(model.encode(frames)[0])
        name = f"{dataset.sounds[0].name} ({kind})"
        loudest = float(frames.max())
        for column, (drawn, title) in enumerate(
            ((frames, name), (decoded, "what the model makes of it"))
        ):
            _draw_frames(
                figure.add_subplot(grid[row, column]), drawn, loudest, title, model.centres_hz
            )
    save_figure(figure, target)


def _draw_losses(axes: Axes, history: Sequence[dict[str, float]]) -> None:
    for name in ("log_spectral", "convergence", "validation"):
        points = [(facts["step"], facts[name]) for facts in history if name in facts]
        if points:
            steps, values = zip(*points, strict=True)
            axes.plot(steps, values, marker=".", label=name.replace("_", " "))
    axes.set_yscale("log")
    axes.set_xlabel("steps")
    axes.set_title("losses")
    if history:
        axes.legend()


def _draw_latents(axes: Axes, model: TimbreModel, known: Dataset) -> None:
    """Draw the two shape latents that move most, a colour for each sound."""
    every = max(1, len(known.frames) // MOST_POINTS)
    z, index = model.encode(known.frames[::every])[0], known.sound_index[::every]
    first, second = (1 + np.argsort(-z[:, 1:].var(axis=0), kind="stable")[:2]).tolist()
    axes.set_prop_cycle(color=colormaps["tab20"](range(MOST_NAMES)))
    for number, sound in enumerate(known.sounds[:MOST_NAMES]):
        axes.scatter(z[index == number, first], z[index == number, second], s=3, label=sound.name)
    names = model.card.latent_names
    axes.set_xlabel(names[first])
    axes.set_ylabel(names[second])
    axes.set_title("frames in latent space")
    legend = axes.legend(fontsize="x-small", markerscale=3)
    for text in legend.get_texts():
        text.set_parse_math(False)  # a file's name may hold dollars


def _frames_of_the_first(dataset: Dataset, model: TimbreModel) -> NDArray[np.float32]:
    """Return frames of the first sound, ``float32[frame, band]``, in its own time if it can be.

    A data set has one channel after the other, so the sound is read again, mixed down. Where that
    is silent, as of channels that cancel or of a minute of silence first, or where the file has
    gone while it was learnt, they are as in the data set: the model is there, and a picture of it
    must not fail.
    """
    try:
        (sound,) = read_material(dataset.files[:1], model)
    except ModelError:
        return dataset.frames[np.flatnonzero(dataset.sound_index == 0)[:MOST_FRAMES]]
    return sound.frames[sound.audible][:MOST_FRAMES]


def _draw_frames(
    axes: Axes,
    frames: NDArray[np.float32],
    loudest: float,
    title: str,
    centres_hz: NDArray[np.float64],
) -> None:
    levels_db = 20.0 * np.log10(np.maximum(frames, 1e-12) / loudest)
    axes.imshow(levels_db.T, origin="lower", aspect="auto", cmap="magma", vmin=-RANGE_DB, vmax=0.0)
    axes.set_xlabel("frames that sound")
    marks_hz = [mark for mark in MARKS_HZ if centres_hz[0] <= mark <= centres_hz[-1]]
    axes.set_yticks(np.searchsorted(centres_hz, marks_hz), [f"{mark:,}" for mark in marks_hz])
    axes.set_ylabel("Hz")
    axes.set_title(title, parse_math=False)
