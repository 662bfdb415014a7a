"""Lanes in words: what moves them, when, and how far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.automation.combined import Lagged, Outermost, Product, Quantised, Scaled, Sum
from ltsrender.automation.extent import extent_of
from ltsrender.automation.level import Follower, Recording
from ltsrender.automation.lfo import Lfo
from ltsrender.automation.movement import Constant, Drawn
from ltsrender.automation.signal import Signal
from ltsrender.automation.steps import RandomWalk, Steps
from ltsrender.automation.view import held

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ltsrender.automation.movement import Movement
    from ltsrender.automation.pace import Pace
    from ltsrender.automation.view import Shown, View

_WAVES = {"sample_and_hold": "sample and hold", "random": "smooth chance"}


def describe_view(view: View) -> str:
    """Return a line for every lane of a view, and one more where a modulator is held."""
    if not view.lanes:
        return "  nothing moves"
    width = min(max(len(shown.label) for shown in view.lanes), 40)
    lines = []
    for shown in view.lanes:
        what = ", ".join((movement_words(shown.lane.movement), span_words(shown, view)))
        lines.append(f"  {shown.label:<{width}}  {what}, values {range_words(shown)}")
        note = held_words(shown, view)
        if note:
            lines.append(f"  {'':<{width}}  {note}")
    return "\n".join(lines)


def time_words(view: View) -> str:
    """Return how a view counts its time."""
    if view.has_session:
        return "in the time of the session"
    return "at 60 beats per minute in 4/4; --session says otherwise"


def moment_words(seconds: float, view: View) -> str:
    """Return a moment in seconds and in bars."""
    bars = view.time.meter.text_at(view.time.tempo.beats_at(seconds))
    return f"{seconds:.6g} s ({bars})"


def span_words(shown: Shown, view: View) -> str:
    """Return from when to when a lane is drawn."""
    extent = extent_of(shown.lane.movement)
    if extent.first_s is None or extent.drawn_s is None:
        return "for ever"
    start, end = moment_words(extent.first_s, view), moment_words(extent.drawn_s, view)
    return start if start == end else f"{start} to {end}"


def range_words(shown: Shown) -> str:
    """Return between which values a lane stays."""
    low, high = f"{shown.lane.minimum:.6g}", f"{shown.lane.maximum:.6g}"
    words = low if low == high else f"{low}..{high}"
    return f"{words} {shown.unit}".rstrip()


def held_words(shown: Shown, view: View) -> str:
    """Return where a modulator is held by the range of its target; empty where it is not."""
    if shown.waits_for:
        tracks = ", ".join(shown.waits_for)
        return f"its values are known only when {tracks} is rendered"
    start_s, end_s = view.span()
    found = held(shown, start_s, end_s)
    if found is None:
        return ""
    part = f"{100.0 * found.part:.2g} %"
    return (
        f"held within {shown.lane.lowest:.6g}..{shown.lane.highest:.6g} for {part} of "
        f"{start_s:.6g}..{end_s:.6g} s, first at {moment_words(found.first_s, view)}; "
        f"it would run from {found.low:.4g} to {found.high:.4g}"
    )


def movement_words(movement: Movement) -> str:
    """Return in words what a movement is: ``12 points``, ``sine wave every 4 beats``."""
    return _WORDS[type(movement)](movement)


def _drawn(movement: Drawn) -> str:
    n = movement.curve.positions.size
    return f"{n} points ({', '.join(movement.curve.shapes)})" if n > 1 else "1 point"


def _pace(pace: Pace) -> str:
    amount = pace.amount
    if not isinstance(amount, Constant):
        return "at a moving rate"
    if pace.how == "rate_hz":
        return f"at {amount.value:.4g} Hz"
    return "every beat" if amount.value == 1.0 else f"every {amount.value:.4g} beats"


def _step(pace: Pace) -> str:
    """Return how often steps come: a step has a length, a wave has a rate."""
    if pace.how == "rate_hz" and isinstance(pace.amount, Constant) and pace.amount.value > 0.0:
        return f"every {1.0 / pace.amount.value:.4g} s"
    return _pace(pace)


def _lfo(movement: Lfo) -> str:
    wave = _WAVES.get(movement.shape, f"{movement.shape} wave")
    inner = [
        f"{key} by {movement_words(part)}"
        for key, part in (
            ("depth", movement.depth),
            ("centre", movement.centre),
            ("phase", movement.phase),
        )
        if not isinstance(part, Constant)
    ]
    return ", ".join([f"{wave} {_pace(movement.pace)}", *inner])


def _follower(movement: Follower) -> str:
    heard = movement.heard
    name = f"the track {heard}" if isinstance(heard, str) else _name(heard)
    return f"the level of {name}"


def _name(heard: Recording) -> str:
    return Path(heard.file).name


def _all(word: str) -> Callable[[Any], str]:
    return lambda movement: f"{word} ({'; '.join(map(movement_words, movement.parts))})"


_WORDS: Mapping[type, Callable[[Any], str]] = {
    Constant: lambda _: "one value",
    Drawn: _drawn,
    Lfo: _lfo,
    RandomWalk: lambda walk: f"walk by chance, a step {_step(walk.pace)}",
    Steps: lambda steps: f"{len(steps.values)} steps, one {_step(steps.pace)}",
    Follower: _follower,
    Signal: lambda signal: f"the signal {_name(signal.heard)}",
    Sum: _all("sum"),
    Product: _all("product"),
    Outermost: lambda of: _all("the largest of" if of.largest else "the smallest of")(of),
    Scaled: lambda scaled: f"{movement_words(scaled.of)}, scaled",
    Lagged: lambda lagged: f"{movement_words(lagged.of)}, lagging",
    Quantised: lambda quantised: f"{movement_words(quantised.of)}, in steps",
}


def spelled(value: float) -> str:
    """Return a value as tables show it: six digits, no minus before 0."""
    return f"{value + 0.0:.6g}" if np.isfinite(value) else "-"
