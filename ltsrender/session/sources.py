"""The rules of what stands for a curve: points in order, modulators that know their pace.

Like `ltsrender.session.rules`, everything here works on plain trees and passes over what is
missing or of the wrong type.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from ltsrender.session.fields import DAY_S, MOST_BEATS, Within
from ltsrender.session.modulators import SOURCES
from ltsrender.session.problems import Fault, found_words, near
from ltsrender.session.quantities import read_quantity, units_of
from ltsrender.session.rules import each, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.session.jsontext import Place
    from ltsrender.session.targets import Strip

_LATEST = {"beats": Within(0.0, MOST_BEATS, "beats"), "seconds": Within(0.0, DAY_S, "s")}
_KEYS = {*SOURCES, "time", "note", "target", "name"}
_NEAREST_ENDS = 1e-9
_COMBINED = ("add", "multiply", "max", "min")
_INNER = ("scale", "lag", "quantise")
_MOVING = ("rate_hz", "every_beats", "phase", "depth", "centre")


def source_faults(place: Place, source: Any, names: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with a source and with those inside it.

    Parameters
    ----------
    place
        Where it stands.
    source
        Its tree.
    names
        The names of the lanes it may refer to.
    """
    if not isinstance(source, dict):
        return
    kinds = [key for key in SOURCES if source.get(key) is not None]
    if len(kinds) > 1:
        words = " and ".join(f'"{kind}"' for kind in kinds)
        yield Fault(place, f"has {words}; only one of them may stay")
    misspelt = [key for key in source if key not in _KEYS and near(str(key), SOURCES)]
    if not kinds and not misspelt:
        yield Fault(place, 'needs "points", or another key that says what it does')
    for fault in _own_faults(source, kinds):
        yield fault._replace(place=(*place, *fault.place))
    yield from _reference_faults((*place, "lane"), source.get("lane"), names)
    for at, operand in operands(source):
        yield from _reference_faults((*place, *at), operand, names)
        yield from source_faults((*place, *at), operand, names)


def _own_faults(source: dict[str, Any], kinds: Sequence[str]) -> Iterator[Fault]:
    yield from _points_faults(source)
    for key in kinds:
        if isinstance(source[key], dict) and key in _RULES:
            for fault in _RULES[key](source[key]):
                yield fault._replace(place=(key, *fault.place))


def operands(source: Any) -> Iterator[tuple[Place, Any]]:
    """Yield place and tree of everything that a source is made of."""
    patterns = [f"{key}.*" for key in _COMBINED]
    patterns += [f"{key}.of" for key in _INNER] + [f"lfo.{key}" for key in _MOVING]
    for pattern in patterns:
        yield from each(source, pattern)


def every_source(source: Any) -> Iterator[tuple[Place, Any]]:
    """Yield a source and all those inside it, with their places from it."""
    yield (), source
    for at, inner in operands(source):
        if isinstance(inner, dict):
            for deeper, found in every_source(inner):
                yield (*at, *deeper), found


def used_names(source: Any) -> set[str]:
    """Return the names of the lanes that a source refers to."""
    found: set[str] = set()
    for _, inner in every_source(source):
        found |= {name for _, name in operands(inner) if isinstance(name, str)}
        if isinstance(inner, dict) and isinstance(inner.get("lane"), str):
            found.add(inner["lane"])
    return found


def _reference_faults(place: Place, name: Any, names: Sequence[str]) -> Iterator[Fault]:
    if not isinstance(name, str) or name in names:
        return
    has = ", ".join(f'"{each_name}"' for each_name in names[:12]) or "none"
    words = f"is {found_words(name)}, which no lane beside it is called; named lanes are: {has}"
    yield Fault(place, words, near(name, names))


def followed_faults(place: Place, source: Any, strip: Strip) -> Iterator[Fault]:
    """Yield what is wrong with the sounds and tracks that a source of a strip follows."""
    for at, inner in every_source(source):
        for kind, key, known in (
            ("envelope_follower", "sound", strip.sounds),
            ("envelope_follower", "track", strip.tracks),
            ("signal", "sound", strip.sounds),
        ):
            for deeper, name in each(inner, f"{kind}.{key}"):
                if not isinstance(name, str) or name in known:
                    continue
                where = (*place, *at, *deeper)
                if strip.name.endswith(f' "{name}"') and key == "track":
                    yield Fault(
                        where, f'is "{name}", the lane\'s own {strip.kind}, which follows it'
                    )
                    continue
                has = ", ".join(f'"{each_name}"' for each_name in known[:12]) or "none"
                kinds = "tracks and buses" if key == "track" else "sounds"
                words = f"is {found_words(name)}; {kinds} of the session are: {has}"
                yield Fault(where, words, near(name, known))


def _points_faults(source: dict[str, Any]) -> Iterator[Fault]:
    points = [point for point in each(source, "points.*") if isinstance(point[1], dict)]
    times = [(place, point["at"]) for place, point in points if number(point.get("at"))]
    latest = _LATEST.get(str(source.get("time", "beats")))
    for place, at in times:
        if latest and not latest.holds(at) and at >= 0:
            yield Fault((*place, "at"), f"is {at}; takes {latest.words()}")
    yield from _order_faults(times)
    for place, point in points:
        yield from _shape_faults(place, point)


def _order_faults(times: list[tuple[Place, float]]) -> Iterator[Fault]:
    run = 1
    for (_, before), (place, here) in itertools.pairwise(times):
        run = run + 1 if here == before else 1
        if here < before:
            yield Fault((*place, "at"), f"is {here}, earlier than the point before it, at {before}")
        elif run == 3:
            message = f"is {here}, as are the two points before it; a jump is two points"
            yield Fault((*place, "at"), message)


def _shape_faults(place: Place, point: dict[str, Any]) -> Iterator[Fault]:
    shape = point.get("shape", "linear")
    for key, needed in (("curvature", "exponential"), ("handles", "bezier")):
        if point.get(key) is not None and shape != needed and isinstance(shape, str):
            yield Fault((*place, key), f'is for the shape "{needed}"; this point has "{shape}"')
    if shape == "bezier" and point.get("handles") is None:
        yield Fault(place, 'needs "handles" for its shape bezier, such as [[0.4, 0], [0.6, 1]]')


def value_faults(place: Place, value: Any, target: str, allowed: Within) -> Iterator[Fault]:
    """Yield what is wrong with a value of a target with a known range."""
    found = found_words(value) if isinstance(value, str) else value
    meant: Any = value
    if isinstance(value, str):
        try:
            quantity = read_quantity(value)
        except ValueError:
            return  # told by its own type
        meant = quantity.in_unit(allowed.unit)
        if meant is None:
            units = units_of(allowed.unit)
            yield Fault(place, f"is {found}; {target} is written in {units}")
            return
    if number(meant) and not allowed.holds(meant):
        yield Fault(place, f"is {found}; {target} takes {allowed.words()}")


def _pace_faults(source: dict[str, Any], *keys: str) -> Iterator[Fault]:
    given = [key for key in keys if source.get(key) is not None]
    if len(given) != 1:
        words = " or ".join(f'"{key}"' for key in keys)
        has = " and ".join(given) or "neither"
        yield Fault((), f"needs {words}; has {has}")


def _lfo_faults(source: dict[str, Any]) -> Iterator[Fault]:
    yield from _pace_faults(source, "rate_hz", "every_beats")
    for key, least in (("rate_hz", 0.0), ("every_beats", 0.001)):
        value = source.get(key)
        if number(value) and not least <= value <= 100_000.0:  # type: ignore[operator]
            most = 1000 if key == "rate_hz" else 100_000
            yield Fault((key,), f"is {value}; takes {least:g}..{most}")


def _walk_faults(source: dict[str, Any]) -> Iterator[Fault]:
    yield from _pace_faults(source, "rate_hz", "every_beats")
    low, high = source.get("minimum"), source.get("maximum")
    if number(low) and number(high) and high <= low:  # type: ignore[operator]
        yield Fault(("maximum",), f"is {high}; must lie above minimum, which is {low}")


def _steps_faults(source: dict[str, Any]) -> Iterator[Fault]:
    yield from _pace_faults(source, "every_beats", "every_s")


def _follower_faults(source: dict[str, Any]) -> Iterator[Fault]:
    yield from _pace_faults(source, "sound", "track")
    floor, ceiling = source.get("floor_db", -60.0), source.get("ceiling_db", 0.0)
    if number(floor) and number(ceiling) and ceiling <= floor:
        words = f"is {ceiling}; must lie above floor_db, which is {floor}"
        yield Fault(("ceiling_db",), words)
    for key in ("start", "loop"):
        if source.get("track") is not None and source.get(key):
            yield Fault((key,), "is for sounds; a track begins where it begins")


def _scale_faults(source: dict[str, Any]) -> Iterator[Fault]:
    ends = source.get("from", [0.0, 1.0])
    if not isinstance(ends, list) or len(ends) != 2 or not all(map(number, ends)):
        return
    if abs(ends[1] - ends[0]) < _NEAREST_ENDS:
        yield Fault(("from",), f"is {ends}; its two ends must differ")


def _quantise_faults(source: dict[str, Any]) -> Iterator[Fault]:
    yield from _pace_faults(source, "step", "values")


_RULES = {
    "lfo": _lfo_faults,
    "random_walk": _walk_faults,
    "steps": _steps_faults,
    "envelope_follower": _follower_faults,
    "scale": _scale_faults,
    "quantise": _quantise_faults,
}
