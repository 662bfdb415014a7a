"""The macros of a preset file, each move checked against the parameter that it moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ltsrender.effects.insert import (
    BYPASS,
    DRY_WET,
    knobs_of,
    macros_of,
    unit_parameter,
    with_values,
)
from ltsrender.effects.macro import Macro, Move
from ltsrender.effects.read_values import WORD, is_word
from ltsrender.errors import nearest
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ltsrender.effects.catalog import Parameter, Value
    from ltsrender.effects.complaints import Complaints, Where
    from ltsrender.effects.insert import ChainPart

_MACRO_KEYS = ("name", "note", "default", "moves")
_MOVE_KEYS = ("target", "from", "to")
_MOST_MACROS = 64
_MOST_MOVES = 256
_SAME = 1e-3  # of a parameter's range: what a macro at its default may differ from the preset
_RESERVED = (DRY_WET, BYPASS)
_POSITION = unit_parameter("macro", 0.5)


def read_macros(
    given: object, parts: Sequence[ChainPart], where: Where, complaints: Complaints
) -> tuple[Macro, ...]:
    """Return the macros of a preset.

    Parameters
    ----------
    given
        What the file says; None for none.
    parts
        The preset's chain, with its own values.
    where
        The place of the macros.
    complaints
        Told of everything that is wrong.
    """
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > _MOST_MACROS:
        complaints.wrong(f"needs a list of macros, {_MOST_MACROS} at most", where)
        return ()
    not_movable = macros_of(parts)
    knobs = {
        target.removeprefix("insert/"): (parameter, value)
        for target, parameter, value in knobs_of(parts)
        if target not in not_movable and not target.endswith(f"/{BYPASS}")
    }
    found: dict[str, Macro] = {}
    for number, item in enumerate(given):
        if complaints.is_full:
            break
        macro = _macro(item, knobs, where.entry(number), complaints)
        if macro is None:
            continue
        if macro.name in found:
            words = f'"{macro.name}" is used twice'
            complaints.wrong(words, where.entry(number).key("name"))
        found.setdefault(macro.name, macro)
    return tuple(found.values())


def set_macros(
    parts: tuple[ChainPart, ...],
    macros: tuple[Macro, ...],
    given: object,
    where: Where,
    complaints: Complaints,
) -> tuple[tuple[ChainPart, ...], tuple[Macro, ...]]:
    """Return a preset's chain and macros as a session sets them.

    Parameters
    ----------
    parts, macros
        Of the preset.
    given
        From names to positions, 0..1; macros that are not named leave the chain as it is.
    where
        The place of the positions.
    complaints
        Told of everything that is wrong.
    """
    if not isinstance(given, dict):
        complaints.wrong("needs an object of names and values", where)
        return parts, macros
    complaints.keys(given, [macro.name for macro in macros], where)
    found = []
    for macro in macros:
        position = given.get(macro.name, macro.value)
        objection = _POSITION.objection(position)
        if objection:
            complaints.wrong(objection, where.key(macro.name))
        elif macro.name in given:
            values = {move.target: move.value(float(position)) for move in macro.moves}
            parts = with_values(parts, values)
            macro = replace(macro, value=float(position))  # noqa: PLW2901
        found.append(macro)
    return parts, tuple(found)


def _macro(
    item: object,
    knobs: Mapping[str, tuple[Parameter, Value]],
    where: Where,
    complaints: Complaints,
) -> Macro | None:
    if not isinstance(item, dict):
        complaints.wrong('needs an object with "name", "default" and "moves"', where)
        return None
    complaints.keys(item, _MACRO_KEYS, where)
    name = item.get("name")
    if not is_word(name) or name in _RESERVED:
        words = f"is {found_words(name)}" if "name" in item else "is missing"
        allowed = f"{WORD}, and is not {' or '.join(_RESERVED)}"
        complaints.wrong(f"{words}; it takes {allowed}", where.key("name"))
        return None
    note = item.get("note", "")
    if not isinstance(note, str):
        complaints.wrong(f"is {found_words(note)}; it takes text", where.key("note"))
    default = item.get("default", 0.5)
    objection = _POSITION.objection(default)
    if objection:
        complaints.wrong(objection, where.key("default"))
        return None
    moves = item.get("moves")
    if not isinstance(moves, list) or not 1 <= len(moves) <= _MOST_MOVES:
        complaints.wrong(f"needs a list of moves, 1..{_MOST_MOVES}", where.key("moves"))
        return None
    read = [
        _move(move, float(default), knobs, where.key("moves").entry(number), complaints)
        for number, move in enumerate(moves)
    ]
    kept = tuple(move for move in read if move is not None)
    return Macro(str(name), kept, str(note), float(default), float(default))


def _move(
    item: object,
    default: float,
    knobs: Mapping[str, tuple[Parameter, Value]],
    where: Where,
    complaints: Complaints,
) -> Move | None:
    if not isinstance(item, dict):
        complaints.wrong('needs an object with "target", "from" and "to"', where)
        return None
    complaints.keys(item, _MOVE_KEYS, where)
    target = item.get("target")
    if not isinstance(target, str) or target not in knobs:
        words = f"is {found_words(target)}; it takes <insert>/<parameter> of this preset"
        complaints.wrong(words, where.key("target"), nearest(str(target), knobs))
        return None
    parameter, own = knobs[target]
    if parameter.kind != "number":
        complaints.wrong(f'is "{target}", which is no number', where.key("target"))
        return None
    ends = {key: item.get(key) for key in ("from", "to")}
    objections = {
        # A note length would do for the parameter, but nothing lies between two of them.
        key: f"is {found_words(end)}, not a number" if isinstance(end, str) else ""
        for key, end in ends.items()
    }
    for key, end in ends.items():
        objections[key] = objections[key] or parameter.objection(end)
    for key, objection in objections.items():
        if objection:
            complaints.wrong(objection, where.key(key))
    if any(objections.values()):
        return None
    move = Move(f"insert/{target}", parameter, float(item["from"]), float(item["to"]))
    _check_default(move, default, own, where, complaints)
    return move


def _check_default(
    move: Move, default: float, own: Value, where: Where, complaints: Complaints
) -> None:
    """Tell of a macro that, where it stands by itself, would not leave the preset as it is."""
    if not isinstance(own, int | float):
        return  # it takes its value from elsewhere
    made = move.value(default)
    if abs(made - own) > _SAME * (move.parameter.maximum - move.parameter.minimum):
        words = f"gives {made:.4g} at the macro's default of {default:g}; the preset has {own:.6g}"
        complaints.wrong(words, where)
