"""Pictures of lanes: one panel for each, under a ruler with bars and markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from ltsrender.automation.extent import parts_of
from ltsrender.automation.movement import Constant, Drawn
from ltsrender.errors import AutomationError, Problem
from ltsrender.render.picture import save_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from ltsrender.automation.movement import Floats
    from ltsrender.automation.view import Shown, View

MOST_LANES = 40
MOST_DOTS = 400
_SAMPLES = 4_000  # of a curve whose corners are known
_DENSE = 24_000  # of one whose corners are not
_JUST_BEFORE_S = 1e-6
WIDTH_INCHES = 11.0
_LETTERS = 15.5  # of the ruler that stand on an inch, about
_MARGIN = 0.07  # of a panel's height, above and below what is drawn

# Okabe and Ito 2008: told apart with any colour vision.
DRAWN, MADE, MARKER, BEYOND = "#0072B2", "#00785a", "#b34700", "#E69F00"
_BEYOND_WORDS = "#8a5f00"
_GREY, _PALE, _OUTSIDE = "#555555", "#dddddd", "#d9d9d9"


def draw_lanes(
    view: View,
    target: Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    title: str = "",
    beyond: Sequence[tuple[float, float]] = (),
    width_inches: float = WIDTH_INCHES,
) -> None:
    """Write a picture of lanes over time.

    Parameters
    ----------
    view
        The lanes, at most `MOST_LANES`, and their time.
    target
        The picture; its suffix decides the kind (``.png``, ``.svg``, ``.pdf``).
    start_s, end_s
        The stretch that is drawn; the view's span without.
    title
        Written above; the view's name without.
    beyond
        Stretches in seconds, (start, end), in which the path leaves what the model has seen.
    width_inches
        Of the picture, at 110 dots to the inch.

    Raises
    ------
    AutomationError
        When there is nothing to draw, or too much.
    RenderError
        When the picture cannot be written.
    """
    if not view.lanes:
        raise AutomationError(Problem("moves nothing; there is no lane to draw", view.name))
    if len(view.lanes) > MOST_LANES:
        words = f"has {len(view.lanes)} lanes; choose at most {MOST_LANES} with --target"
        raise AutomationError(Problem(words, view.name))
    first, last = view.span()
    first, last = first if start_s is None else start_s, last if end_s is None else end_s
    save_figure(_figure(view, (first, last), title or view.name, beyond, width_inches), target)


def _figure(
    view: View,
    stretch_s: tuple[float, float],
    title: str,
    beyond: Sequence[tuple[float, float]],
    width: float,
) -> Figure:
    start_s, end_s = stretch_s
    n, small = len(view.lanes), width < 9.0
    height = 1.9 if n <= 3 else 1.45 if n <= 8 else 1.05
    height *= 0.62 if small else 1.0
    layout = ConstrainedLayoutEngine(h_pad=0.03, hspace=0.02)
    figure = Figure(figsize=(width, 1.1 + n * height), layout=layout)
    markers = _markers(view, start_s, end_s)
    ruler_height = 0.36 if markers else 0.17
    grid = figure.add_gridspec(n + 1, 1, height_ratios=[ruler_height, *[height] * n])
    ruler = figure.add_subplot(grid[0])
    panels = [figure.add_subplot(grid[1 + index], sharex=ruler) for index in range(n)]
    ruler.set_xlim(start_s, end_s)
    bars = bars_to_draw(view, start_s, end_s)
    letter = (end_s - start_s) / (width * _LETTERS)
    _draw_ruler(ruler, bars, markers, title, letter)
    if not view.has_session:
        words = "60 beats per minute, 4/4"
        ruler.set_title(words, loc="right", fontsize=9, color=_GREY)
    for axes, shown in zip(panels, view.lanes, strict=True):
        for _, seconds in bars:
            axes.axvline(seconds, color=_PALE, linewidth=0.8, zorder=0)
        for _, seconds in markers:
            axes.axvline(seconds, color=MARKER, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        _draw_beyond(axes, beyond)
        _draw_lane(axes, shown, start_s, end_s)
        axes.tick_params(labelbottom=axes is panels[-1], labelsize=9, colors=_GREY)
    panels[-1].set_xlabel("seconds", fontsize=10)
    figure.align_ylabels(panels)
    if beyond:
        words = "shaded: beyond what the model has seen"
        figure.text(0.995, 0.012, words, ha="right", va="bottom", fontsize=9, color=_BEYOND_WORDS)
    return figure


def bars_to_draw(view: View, start_s: float, end_s: float) -> list[tuple[int, float]]:
    """Return (bar, seconds) of the bar lines to draw: at most 24, one in 1, 2, 4, 8, 16..."""
    tempo, meter = view.time.tempo, view.time.meter
    every = meter.bars_between(tempo.beats_at(start_s), tempo.beats_at(end_s) + 1e-9)
    step = 1
    while len(every) / step > 24:
        step *= 2
    return [(bar, tempo.seconds_at(beats)) for bar, beats in every if (bar - 1) % step == 0]


def _markers(view: View, start_s: float, end_s: float) -> list[tuple[str, float]]:
    found = [(name, view.time.tempo.seconds_at(beats)) for name, beats in view.time.markers.items()]
    return sorted(
        ((name, seconds) for name, seconds in found if start_s <= seconds <= end_s),
        key=lambda marker: marker[1],
    )


def _draw_ruler(
    axes: Axes,
    bars: Sequence[tuple[int, float]],
    markers: Sequence[tuple[str, float]],
    title: str,
    letter: float,
) -> None:
    """Draw bars and markers, as the ruler of a DAW shows them; a letter takes so many seconds."""
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", parse_math=False)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])
    axes.tick_params(bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    end_s = axes.get_xlim()[1]
    for bar, seconds in bars:
        top = 0.42 if markers else 1.0
        axes.plot([seconds, seconds], [0.0, top], color=_GREY, linewidth=0.8, clip_on=False)
        if seconds < end_s - 2 * letter:
            axes.text(seconds + 0.3 * letter, 0.04, str(bar), fontsize=8.5, color=_GREY)
    free_from = -np.inf
    for name, seconds in markers:
        shown = name if len(name) <= 28 else f"{name[:27]}…"
        at_end = seconds + len(shown) * letter > end_s
        begins = seconds - len(shown) * letter if at_end else seconds
        axes.plot([seconds, seconds], [0.0, 1.0], color=MARKER, linewidth=1.2, clip_on=False)
        if begins < free_from:
            continue  # its line is there; its name would stand on another
        axes.text(
            seconds + (-0.4 if at_end else 0.4) * letter,
            0.58,
            shown,
            fontsize=9,
            color=MARKER,
            ha="right" if at_end else "left",
            parse_math=False,
        )
        free_from = begins + (len(shown) + 1.5) * letter


def _draw_beyond(axes: Axes, beyond: Sequence[tuple[float, float]]) -> None:
    for start_s, end_s in beyond:
        axes.axvspan(
            start_s,
            end_s,
            facecolor=(*to_rgb(BEYOND), 0.25),
            edgecolor=(*to_rgb(BEYOND), 0.6),
            hatch="//",
            linewidth=0.0,
            zorder=0.5,
        )


def _draw_lane(axes: Axes, shown: Shown, start_s: float, end_s: float) -> None:
    times = times_to_draw(shown, start_s, end_s)
    values = shown.lane.at(times)
    drawn = isinstance(shown.lane.movement, Drawn | Constant)
    colour = DRAWN if drawn else MADE
    free = shown.lane.movement.at(times) if shown.lane.overshoots else values
    if shown.waits_for:
        _say(axes, f"known only when {', '.join(shown.waits_for)} is rendered")
    else:
        if shown.lane.overshoots:
            axes.plot(times, free, color=MADE, linewidth=1.0, alpha=0.8, linestyle=":")
        axes.plot(times, values, color=colour, linewidth=1.7, zorder=3, solid_joinstyle="round")
        _draw_dots(axes, shown, start_s, end_s)
        free = np.append(free, _values_at_start(shown, start_s))
    if shown.waits_for:  # what it may reach, for nobody knows what it does
        values = free = np.array([shown.lane.minimum, shown.lane.maximum])
    _set_limits(axes, shown, values, free)
    # The name stands above the panel, so that no curve runs through it.
    axes.set_title(
        shown.label,
        loc="left",
        fontsize=10,
        color=colour,
        fontweight="bold",
        pad=3,
        parse_math=False,
    )
    axes.set_ylabel(shown.unit, fontsize=9.5, color=_GREY)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_dots(axes: Axes, shown: Shown, start_s: float, end_s: float) -> None:
    movement = shown.lane.movement
    if not isinstance(movement, Drawn):
        return
    at, values = _seconds_of(movement), movement.curve.values
    seen = (at >= start_s) & (at <= end_s)
    n = int(seen.sum())
    if 0 < n <= MOST_DOTS:
        size = 4.5 if n <= 60 else 2.5
        axes.plot(
            at[seen], values[seen], "o", color=DRAWN, markersize=size, zorder=4, clip_on=False
        )


def _values_at_start(shown: Shown, start_s: float) -> Floats:
    """Return the values of points at the start: the first of a jump has a dot, but no line."""
    movement = shown.lane.movement
    if not isinstance(movement, Drawn):
        return np.zeros(0)
    found: Floats = movement.curve.values[_seconds_of(movement) == start_s]
    return found


def _seconds_of(movement: Drawn) -> Floats:
    at = movement.curve.positions
    return movement.tempo.seconds_at(at) if movement.time == "beats" else at


def times_to_draw(shown: Shown, start_s: float, end_s: float) -> Floats:
    """Return moments at which a lane is drawn: dense, at every breakpoint and just before it."""
    parts = list(parts_of(shown.lane.movement))
    known = all(isinstance(part, Drawn | Constant) for part in parts)
    dense = np.linspace(start_s, end_s, _SAMPLES if known else _DENSE)
    corners = [_seconds_of(part) for part in parts if isinstance(part, Drawn)]
    exact = np.concatenate([np.zeros(0), *corners])
    exact = exact[(exact >= start_s) & (exact <= end_s)]
    before = np.maximum(exact - _JUST_BEFORE_S, start_s)
    return np.unique(np.concatenate([dense, exact, before]))


def _set_limits(axes: Axes, shown: Shown, values: Floats, free: Floats) -> None:
    """Show all that is drawn, with a margin; shade what lies beyond the target's range."""
    low, high = float(min(values.min(), free.min())), float(max(values.max(), free.max()))
    room = high - low if high > low else max(abs(high), 1.0)
    # What would go far beyond is cut off: the held line is what is heard.
    if np.isfinite(shown.lowest) and np.isfinite(shown.highest):
        whole = shown.highest - shown.lowest
        low = max(low, shown.lowest - 0.25 * whole)
        high = min(high, shown.highest + 0.25 * whole)
        room = min(room, 1.5 * whole)
    bottom, top = low - 1.5 * _MARGIN * room, high + 1.5 * _MARGIN * room
    if shown.unit == "Hz" and low > 0.0:  # as the ear has it: an octave is as high everywhere
        away = max(high / low, 1.1) ** (1.5 * _MARGIN)
        bottom, top = low / away, high * away
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    for edge, away in ((shown.lowest, bottom), (shown.highest, top)):
        if np.isfinite(edge) and bottom < edge < top:
            axes.axhspan(edge, away, color=_OUTSIDE, linewidth=0.0, zorder=0.2)
    axes.set_ylim(bottom, top)


def _say(axes: Axes, words: str) -> None:
    axes.text(
        0.5,
        0.5,
        words,
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=9,
        color=_GREY,
        parse_math=False,
    )
