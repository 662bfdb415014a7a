"""The ways between two points in REAPER, as ways of ours.

With t from 0 to 1 REAPER goes

=====================  ================================  ======================================
shape                  way                               here
=====================  ================================  ======================================
0 linear               ``t``                             linear
1 square               0, then a jump                    hold
2 slow start and end   ``t^2 (3 - 2 t)``                 smooth
3 fast start           ``1 - (1 - t)^3``                 bezier, handles (1/3, 1) and (2/3, 1)
4 fast end             ``t^3``                           bezier, handles (1/3, 0) and (2/3, 0)
5 Bezier               a cubic Bezier through two        bezier, where the handles lie between
                       handles, from both neighbours     both points
                       and the tension
=====================  ================================  ======================================

(SWS extension, ``BR_Envelope::ValueAtPosition``; handles by WDL, ``LICE_Bezier_FindCardinalCtlPts``
with 0.25.) All are exact where the values stay as they are or are scaled. They are not when an
amplitude becomes decibels, as a straight way in the one is bent in the other; nor where a Bezier
way goes beyond its points. There the way is followed by straight lines, to a stated error.

A volume envelope is straight in amplitude, or, with ``VOLTYPE 1``, on the scale of REAPER's faders.
That scale is not published. What is known of it (0 dB at 716.218, +6.02 dB at 852.774, +12 dB at
1000) the fourth root of the amplitude meets to 0.4 dB, and is taken for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ltsrender.automation.doors.found import MOST_POINTS
from ltsrender.automation.doors.values import held, rounded
from ltsrender.automation.shapes import cubic_bezier, smoothstep
from ltsrender.session.targets import range_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ltsrender.automation.doors.found import Refusal, Wanted
    from ltsrender.automation.doors.reaper import Envelope, Point

Floats = NDArray[np.float64]

LINEAR, SQUARE, SLOW, FAST_START, FAST_END, BEZIER = range(6)
ERROR_DB = 0.01
"""How far a straight line in dB may pass from a way in amplitude, if nothing is said."""
_ERROR = 1e-4  # the same for other targets
_ALPHA = 0.25  # of the handles: how far from each point, as a part of the way
_DEEPEST = 24  # times that a way is halved
_SILENT = 1e-7  # amplitude, -140 dB
_THIRD = 1.0 / 3.0


@dataclass(frozen=True)
class Scale:
    """What values of an envelope become.

    Attributes
    ----------
    factor, offset
        Applied to a value, where it is not a level.
    by_level
        Whether amplitudes become decibels.
    fader
        Whether ways are straight in the fourth root of the values.
    target
        What moves.
    error
        How far a straight line may pass from a way that we do not have.
    bounds
        How far handles reach, in the envelope's values.
    """

    factor: float
    offset: float
    by_level: bool
    fader: bool
    target: str
    error: float
    bounds: tuple[float, float]

    @property
    def is_straight(self) -> bool:
        """Whether shapes stay the same."""
        return not (self.by_level or self.fader)

    def drawn(self, value: float) -> float:
        """Return a value on the scale on which REAPER draws its ways."""
        return max(value, 0.0) ** 0.25 if self.fader else value

    def ours(self, drawn: Floats) -> Floats:
        """Return values of the target."""
        value = np.maximum(drawn, 0.0) ** 4 if self.fader else drawn
        if self.by_level:
            value = 20.0 * np.log10(np.maximum(value, _SILENT))
        else:
            value = self.offset + self.factor * value
        allowed = range_of(self.target)
        if allowed and self.by_level:  # silence is as low as the target goes
            value = np.maximum(value, allowed.minimum)
        return value


def scale_for(envelope: Envelope, target: str, wanted: Wanted) -> Scale:
    """Return what an envelope's values become for a target."""
    tag = envelope.tag
    volume, pan = "VOL" in tag, "PAN" in tag
    allowed = range_of(target)
    by_level = volume and wanted.ends is None and allowed is not None and allowed.unit == "dB"
    low, high = envelope.ends
    bounds = (0.0, math.inf) if volume else (low, high)
    if pan or "WIDTH" in tag:
        low, high, bounds = -1.0, 1.0, (-1.0, 1.0)
    if pan:
        low, high = 1.0, -1.0  # left is 1 there and -1 here
    if not tag:
        bounds = (-math.inf, math.inf)
    factor, offset = (-1.0, 0.0) if pan else (1.0, 0.0)
    if wanted.ends is not None:
        factor = (wanted.ends[1] - wanted.ends[0]) / (high - low)
        offset = wanted.ends[0] - factor * low
    error = wanted.error or (ERROR_DB if by_level else _ERROR * max(abs(factor), 1e-6))
    fader = volume and envelope.fader
    if fader:
        bounds = (0.0, math.inf)
    return Scale(factor, offset, by_level, fader, target, error, bounds)


def lane_points(envelope: Envelope, scale: Scale, refusal: Refusal) -> list[dict[str, Any]]:
    """Return the points of a lane that moves as an envelope does.

    Parameters
    ----------
    envelope
        With at least one point, in order of time.
    scale
        What its values become.
    refusal
        Where it is noted that a value lies beyond the target, or that there are too many points.
    """
    found: list[dict[str, Any]] = []
    points = envelope.points
    for index, point in enumerate(points):
        here = _value(point, scale, refusal)
        at = round(point.at, 12)
        found.append({"at": at, "value": here})
        if index + 1 == len(points) or points[index + 1].at <= point.at:
            continue
        following = points[index + 1]
        if point.shape == SQUARE:
            found[-1]["shape"] = "hold"
        elif point.value != following.value or point.shape == BEZIER:
            way = _Way(points, index, scale)
            if scale.is_straight and way.ours is not None:
                found[-1] |= way.ours
            else:
                found += _straight(way, at, round(following.at, 12), scale)
        if len(found) > MOST_POINTS:
            refusal.add(f"needs more than {MOST_POINTS} points; allow a larger --error")
            return found
    return found


def _value(point: Point, scale: Scale, refusal: Refusal) -> float:
    value = float(scale.ours(np.array([scale.drawn(point.value)]))[0])
    try:
        return held(value, scale.target)
    except ValueError as error:
        shown = f"{point.value:g}" if value == point.value else f"{point.value:g}, {value:g}"
        refusal.add(f"has the value {shown}; {error}", f"line {point.line}")
        return 0.0


class _Way:
    """The way from one point to the next.

    Attributes
    ----------
    ours
        Shape and handles of a way of ours that is the same; None where there is none.
    drawn
        From t to values on the scale on which it is drawn.
    levels
        Both ends of a straight way.
    """

    def __init__(self, points: list[Point], index: int, scale: Scale) -> None:
        point = points[index]
        a, b = scale.drawn(point.value), scale.drawn(points[index + 1].value)
        self.ours: dict[str, Any] | None = {}
        self.drawn: Callable[[Floats], Floats]
        self.levels = (a, b) if point.shape == LINEAR else None
        if point.shape == LINEAR:
            self.drawn = lambda t: a + (b - a) * t
        elif point.shape == SLOW:
            self.ours = {"shape": "smooth"}
            self.drawn = lambda t: a + (b - a) * smoothstep(t)
        elif point.shape == FAST_START:
            self.ours = _bezier(_THIRD, 1.0, 2.0 * _THIRD, 1.0)
            self.drawn = lambda t: a + (b - a) * (1.0 - (1.0 - t) ** 3)
        elif point.shape == FAST_END:
            self.ours = _bezier(_THIRD, 0.0, 2.0 * _THIRD, 0.0)
            self.drawn = lambda t: a + (b - a) * t**3
        else:
            x1, y1, x2, y2 = _handles(points, index, scale)
            # cubic_bezier goes from 0 to 1: where the points are level, it is given what is above.
            rise = b - a or 1.0
            inner = ((y1 - a) / rise, (y2 - a) / rise)
            fits = b != a and all(0.0 <= y <= 1.0 for y in inner)
            self.ours = _bezier(x1, inner[0], x2, inner[1]) if fits else None
            self.drawn = lambda t: _through(t, (a, y1, y2, b), (x1, x2))


def _bezier(x1: float, y1: float, x2: float, y2: float) -> dict[str, Any]:
    first, second = [round(x1, 12), round(y1, 12)], [round(x2, 12), round(y2, 12)]
    return {"shape": "bezier", "handles": [first, second]}


def _through(t: Floats, y: tuple[float, float, float, float], x: tuple[float, float]) -> Floats:
    """Return the y of a cubic Bezier curve where its x, from 0 to 1, is t."""
    a, y1, y2, b = y

    def part(first: float, second: float) -> Floats:
        return cubic_bezier(t, np.array([[x[0], first, x[1], second]]))

    # y is linear in its four numbers; each part has its own weight.
    end = part(0.0, 0.0)
    one, two = part(1.0, 0.0) - end, part(0.0, 1.0) - end
    return a * (1.0 - end - one - two) + y1 * one + y2 * two + b * end


def _handles(points: list[Point], index: int, scale: Scale) -> tuple[float, float, float, float]:
    """Return where the handles of a Bezier way lie: parts of the way, and drawn values."""
    first, last = points[index], points[index + 1]
    before = points[index - 1] if index else first
    after = points[index + 2] if index + 2 < len(points) else last
    a, b = scale.drawn(first.value), scale.drawn(last.value)
    width = last.at - first.at

    def slope(p: Point, q: Point) -> float:
        """Return the rise over the width of the way, on the line between two points."""
        if p.at == q.at:
            return 0.0
        return (scale.drawn(q.value) - scale.drawn(p.value)) / (q.at - p.at) * width

    x1, x2 = _ALPHA, 1.0 - _ALPHA
    y1, y2 = a + _ALPHA * slope(before, last), b - _ALPHA * slope(first, after)
    tension = first.tension
    if tension > 0.0:
        x1, x2 = x1 + tension * (1.0 - x1), x2 + tension * (1.0 - x2)
        y1, y2 = y1 - tension * (y1 - a), y2 - tension * (y2 - a)
    else:
        x1, x2 = x1 + tension * x1, x2 + tension * x2
        y1, y2 = y1 - tension * (b - y1), y2 - tension * (b - y2)
    low, high = scale.bounds
    return x1, min(max(y1, low), high), x2, min(max(y2, low), high)


def _straight(way: _Way, start: float, stop: float, scale: Scale) -> list[dict[str, Any]]:
    """Return points between two, so that straight lines stay within the error of the way."""
    allowed = range_of(scale.target)

    def value(t: Floats) -> Floats:
        found = scale.ours(way.drawn(t))
        return np.clip(found, allowed.minimum, allowed.maximum) if allowed else found

    if way.levels is not None and scale.by_level and not scale.fader:
        return _placed(_even_in_level(*way.levels, scale), value, start, stop)
    knots, parts = [np.array([0.0, 1.0])], np.array([[0.0, 1.0]])
    shares = np.array([0.25, 0.5, 0.75])
    for _ in range(_DEEPEST):
        t = parts[:, :1] + np.diff(parts) * shares
        ends = value(parts.ravel()).reshape(parts.shape)
        line = ends[:, :1] + np.diff(ends) * shares
        far = np.abs(value(t.ravel()).reshape(t.shape) - line).max(axis=1) > 0.9 * scale.error
        if not far.any() or sum(map(len, knots)) > MOST_POINTS:
            break
        middle = t[far, 1]
        knots.append(middle)
        low, high = parts[far, 0], parts[far, 1]
        parts = np.concatenate([np.stack([low, middle], 1), np.stack([middle, high], 1)])
    return _placed(np.sort(np.concatenate(knots))[1:-1], value, start, stop)


def _even_in_level(a: float, b: float, scale: Scale) -> Floats:
    """Return where a straight way in amplitude is divided, evenly in dB: parts of it.

    On a way whose ends have the ratio exp(L) a straight line in dB passes at most
    20 / ln(10) L^2 / 8 from it.
    """
    allowed = range_of(scale.target)
    least = 10.0 ** ((allowed.minimum if allowed else -140.0) / 20.0)
    low, high = math.log(max(a, least)), math.log(max(b, least))
    longest = math.sqrt(0.9 * scale.error * 8.0 * math.log(10.0) / 20.0)
    amplitude = np.exp(np.linspace(low, high, math.ceil(abs(high - low) / longest) + 1))
    return (amplitude - a) / (b - a)


def _placed(
    t: Floats, value: Callable[[Floats], Floats], start: float, stop: float
) -> list[dict[str, Any]]:
    """Return points at parts of a way, those at its ends aside."""
    found: list[dict[str, Any]] = []
    before = start
    for t_here, v in zip(t.tolist(), value(t).tolist(), strict=True):
        at = round(start + (stop - start) * t_here, 12)
        if before < at < stop:
            found.append({"at": at, "value": rounded(v)})
            before = at
    return found
