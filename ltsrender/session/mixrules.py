"""What ties the buses, sends and files of a session together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.session.problems import Fault
from ltsrender.session.rules import each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.session.jsontext import Place


def mix_faults(tree: Any) -> Iterator[Fault]:
    """Yield everything that breaks a rule in how a session is mixed and delivered."""
    yield from _buses_that_feed_themselves(tree)
    for place, render in each(tree, "render"):
        yield from _bits_of_the_container(place, render)


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


def _bits_of_the_container(place: Place, form: Any) -> Iterator[Fault]:
    wanted = form if isinstance(form, dict) else {}
    container = wanted.get("container")
    if container == "flac" and wanted.get("bit_depth") == "32f":
        words = f'is "32f"; {container} takes "16" or "24" (or choose "container": "wav")'
        yield Fault((*place, "bit_depth"), words)
