"""The chains of a session: what they are made of, whom they listen to, what lanes move in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ltsrender.effects import in_time, inserts_of, macros_of, read_chain, rivals, targets_of
from ltsrender.errors import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ltsrender.automation import Lane, TempoMap
    from ltsrender.effects import ChainPart
    from ltsrender.session import Session


def chain_of(
    chain: str | Sequence[Any], session: Session, tempo: TempoMap, place: str
) -> tuple[tuple[ChainPart, ...], dict[str, Lane]]:
    """Return the parts of a chain, its note lengths as numbers, and lanes that follow the tempo.

    Parameters
    ----------
    chain
        As the session has it.
    session, tempo
        Where it stands, and the session's tempo.
    place
        Of the chain, for messages.

    Raises
    ------
    EffectError
        With everything that is wrong in it and in its presets.
    """
    file = session.file.name
    parts = read_chain(chain, session.documents, file=file, place=place)
    return in_time(parts, tempo, file=file, place=place)


def sidechain_problems(
    name: str, parts: Sequence[ChainPart], session: Session, place: str
) -> Iterator[Problem]:
    """Yield a problem for every insert that listens to nobody, or to the strip it stands on.

    Parameters
    ----------
    name, parts
        The strip's, and its chain.
    session
        What the composer wrote.
    place
        Of the chain, for messages.
    """
    document, file = session.document, session.file.name
    known = [track.name for track in document.tracks] + [bus.name for bus in document.buses]
    for insert in inserts_of(parts):
        heard = insert.sidechain
        words = f'insert "{insert.id}": sidechain is "{heard}"'
        if heard == name:
            own = "which it is part of; left out, it listens to its own sound"
            yield Problem(f"{words}, {own}", file, place)
        elif heard and heard not in known:
            there = ", ".join(f'"{each}"' for each in known if each != name) or "nobody else"
            yield Problem(f"{words}; there is {there}", file, place, nearest(heard, known))


def insert_lane_problems(lanes: Sequence[Lane], parts: Sequence[ChainPart]) -> Iterator[Problem]:
    """Yield everything that lanes cannot do in a chain.

    Parameters
    ----------
    lanes
        Those of the strip, as the composer wrote them.
    parts
        Its chain.
    """
    known = targets_of(parts)
    for lane in lanes:
        if not lane.target.startswith("insert/"):
            continue
        parameter = known.get(lane.target)
        if parameter is None:
            near = nearest(lane.target, known)
            has = ", ".join(known) if known else "nothing to move: its chain is empty"
            yield _of(lane, f'target is "{lane.target}"; this chain has {has}', near)
        elif not parameter.automatable:
            words = f"{parameter.name} cannot move during a render"
            yield _of(lane, f'target is "{lane.target}"; {words}')
        else:
            yield from lane.problems_outside(parameter.minimum, parameter.maximum, parameter.unit)
    by_target = {lane.target: lane for lane in lanes}
    for target, words in rivals(macros_of(parts), by_target):
        yield _of(by_target[target], f'target is "{target}"; it {words}')


def _of(lane: Lane, message: str, suggestion: str = "") -> Problem:
    return Problem(message, lane.file, lane.place, suggestion)
