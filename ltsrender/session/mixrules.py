"""What ties buses, sends, side-chains, regions and formats of a session together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.session.fields import folded
from ltsrender.session.problems import Fault
from ltsrender.session.rules import each
from ltsrender.session.rules import number as _is_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.session.jsontext import Place


def mix_faults(tree: Any) -> Iterator[Fault]:
    """Yield everything that breaks a rule in how a session is mixed and delivered."""
    yield from _buses_that_feed_themselves(tree)
    yield from _regions(tree)
    for place, render in each(tree, "render"):
        for at, form in ((place, render), *_also(place, render)):
            yield from _bits_of_the_container(at, form)
        yield from _loudness(place, render)


def _buses_that_feed_themselves(tree: Any) -> Iterator[Fault]:
    """Yield buses that name themselves; longer circles are found when all chains are known."""
    for place, bus in each(tree, "buses.*"):
        if not isinstance(bus, dict) or not isinstance(bus.get("name"), str):
            continue
        named = [((*place, "output"), bus.get("output"))]
        named += [((*place, *at), name) for at, name in each(bus, "sends.*.bus")]
        for at, name in named:
            if name == bus["name"]:
                yield Fault(at, f'is "{name}", which is the bus itself')


def _regions(tree: Any) -> Iterator[Fault]:
    taken: set[str] = set()
    for place, region in each(tree, "regions.*"):
        if not isinstance(region, dict):
            continue
        yield from _ends_of(place, region)
        name = region.get("name")
        if isinstance(name, str):
            if folded(name) in taken:
                words = f'is "{name}", a name that another region has'
                yield Fault((*place, "name"), f"{words}; upper and lower case count as the same")
            taken.add(folded(name))
    there = {"regions": taken, "markers": list(each(tree, "markers.*"))}
    for place, bounds in each(tree, "render.bounds"):
        if isinstance(bounds, str) and not there.get(bounds, True):
            yield Fault(place, f'is "{bounds}", but the session has none')


def _ends_of(place: Place, region: dict[str, Any]) -> Iterator[Fault]:
    for end in ("start", "end"):
        keys = (f"{end}_beats", end)
        given = [key for key in keys if region.get(key) is not None]
        if len(given) != 1:
            has = " and ".join(given) or "neither"
            yield Fault(place, f'needs "{keys[0]}" or "{keys[1]}"; has {has}')
    first, last = region.get("start_beats"), region.get("end_beats")
    if _is_number(first) and _is_number(last) and last <= first:  # type: ignore[operator]
        words = f"is {last}; must be later than start_beats, which is {first}"
        yield Fault((*place, "end_beats"), words)


def _also(place: Place, render: Any) -> Iterator[tuple[Place, Any]]:
    return (((*place, *at), form) for at, form in each(render, "also.*"))


def _bits_of_the_container(place: Place, form: Any) -> Iterator[Fault]:
    wanted = form if isinstance(form, dict) else {}
    container = wanted.get("container")
    if container in ("flac", "aiff") and wanted.get("bit_depth") == "32f":
        words = f'is "32f"; {container} takes "16" or "24" (or choose "container": "wav")'
        yield Fault((*place, "bit_depth"), words)


def _loudness(place: Place, render: Any) -> Iterator[Fault]:
    for at, wanted in each(render, "loudness"):
        if not isinstance(wanted, dict):
            continue
        keys = [
            k for k in ("integrated_lufs", "peak_db", "true_peak_db") if wanted.get(k) is not None
        ]
        here = (*place, *at)
        if not keys:
            yield Fault(here, 'needs "integrated_lufs", "peak_db" or "true_peak_db"; has none')
