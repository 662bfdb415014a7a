"""The picture of a latent map: dots for frames, a line for the path."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from ltsrender.render.picture import save_figure

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from ltsrender.train.scatter import Cloud, LatentMap

COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
    *("#7f4f24", "#5e548e"),
)
GREY = "#b8b8b8"
MOST_NAMED = 8


def draw_map(found: LatentMap, target: Path, title: str = "") -> None:
    """Write a picture of a latent map.

    Beside a path the sounds of its track have colours and all others are grey; alone, the first
    eight sounds have colours.

    Parameters
    ----------
    found
        From `ltsrender.train.scatter.map_latents`.
    target
        The picture; its suffix decides the kind.
    title
        Written above.

    Raises
    ------
    RenderError
        When it cannot be written.
    """
    figure = Figure(figsize=(9, 7), layout="constrained")
    axes = figure.add_subplot()
    if found.anchors:
        for index, cloud in enumerate(found.clouds):
            _dots(axes, cloud, GREY, 3.0, f"{len(found.clouds)} sounds" if index == 0 else "")
        for index, cloud in enumerate(found.anchors):
            _dots(axes, cloud, COLOURS[index % len(COLOURS)], 9.0, cloud.name)
        _draw_path(axes, found)
    else:
        _draw_sounds(axes, found)
    axes.set_xlabel(found.axes[0])
    axes.set_ylabel(found.axes[1])
    axes.set_title(title, parse_math=False)
    legend = axes.legend(loc="best", fontsize="small")
    for text in legend.get_texts():
        text.set_parse_math(False)
    save_figure(figure, target)


def _draw_sounds(axes: Axes, found: LatentMap) -> None:
    for index, cloud in enumerate(found.clouds):
        is_named = index < MOST_NAMED
        colour = COLOURS[index] if is_named else GREY
        _dots(axes, cloud, colour, 5.0, cloud.name if is_named else "")
    if len(found.clouds) > MOST_NAMED:
        n_more = len(found.clouds) - MOST_NAMED
        axes.scatter([], [], s=25, color=GREY, label=f"{n_more} more")


def _draw_path(axes: Axes, found: LatentMap) -> None:
    """Draw the path as a line whose colour is the time, with its ends marked."""
    points = found.path
    steps = [(tuple(a), tuple(b)) for a, b in itertools.pairwise(points)]
    axes.add_collection(LineCollection(steps, colors="white", linewidths=2.4, alpha=0.7, zorder=3))
    line = LineCollection(steps, cmap="viridis", linewidths=1.2, zorder=4)
    line.set_array(found.path_s[:-1])
    axes.add_collection(line)
    axes.figure.colorbar(line, ax=axes, label="the path, seconds", pad=0.02)
    for point, marker, word in ((points[0], "o", "begins"), (points[-2:][0], "X", "ends")):
        x, y = point
        axes.scatter(
            x, y, s=70, marker=marker, color="black", edgecolors="white", zorder=5, label=word
        )


def _dots(axes: Axes, cloud: Cloud, colour: str, size: float, name: str) -> None:
    """Draw the frames of a sound; in the legend its dot is large enough to see."""
    x, y = cloud.points.T
    axes.scatter(x, y, s=size, color=colour, alpha=0.5, linewidths=0)
    if name:
        axes.scatter([], [], s=25, color=colour, label=name)
