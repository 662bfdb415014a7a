"""The values of one part of a chain, each checked: its blend, its effect, what the effect takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ltsrender.effects.catalog import EFFECTS, LEFT_OUT, EffectInfo, Value
from ltsrender.effects.insert import (
    BYPASS,
    DRY_WET,
    KEYED_EFFECTS,
    Impulse,
    level_parameter,
    unit_parameter,
)
from ltsrender.errors import InputError, nearest
from ltsrender.session.locate import missing, what_is
from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from ltsrender.effects.complaints import Complaints, Where
    from ltsrender.session import Documents

WORD = "letters, digits, - and _"
"""What names in automation targets are made of."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_CONVOLUTION = "convolution"
_BLEND = unit_parameter(DRY_WET, 1.0)
_LEVEL = level_parameter("gain_db")


def is_word(name: object) -> bool:
    """Return whether a name can stand in an automation target."""
    return isinstance(name, str) and bool(_WORD.fullmatch(name))


def complete(effect: EffectInfo, given: dict[str, Value]) -> dict[str, Value]:
    """Return every parameter of an effect: those given, and defaults for the others."""
    table = effect.parameters.items()
    return {name: given.get(name, parameter.default) for name, parameter in table}


def read_blend(item: dict[str, Any], where: Where, complaints: Complaints) -> tuple[bool, float]:
    """Return whether a part is bypassed, and how much of it is heard."""
    bypass = item.get(BYPASS, False)
    if not isinstance(bypass, bool):
        complaints.wrong(f"is {found_words(bypass)}; it is true or false", where.key(BYPASS))
    dry_wet = item.get(DRY_WET, 1.0)
    objection = _BLEND.objection(dry_wet)
    if objection:
        complaints.wrong(objection, where.key(DRY_WET))
        dry_wet = 1.0
    return bool(bypass), float(dry_wet)


def read_level(item: dict[str, Any], where: Where, complaints: Complaints) -> float:
    """Return the level of a branch in dB."""
    gain_db = item.get("gain_db", 0.0)
    objection = _LEVEL.objection(gain_db)
    if objection:
        complaints.wrong(objection, where.key("gain_db"))
        return 0.0
    return float(gain_db)


def read_effect(item: dict[str, Any], where: Where, complaints: Complaints) -> EffectInfo | None:
    """Return the effect of an insert."""
    if "effect" not in item:
        complaints.wrong('needs "effect", "plugin", "preset" or "parallel"', where)
        return None
    found = item["effect"]
    if isinstance(found, str) and found in EFFECTS:
        return EFFECTS[found]
    where = where.key("effect")
    if isinstance(found, str) and found in LEFT_OUT:
        complaints.wrong(f'"{found}" is left out: {LEFT_OUT[found]}', where)
    else:
        near = nearest(str(found), EFFECTS)
        complaints.wrong(f"is {found_words(found)}; no such effect", where, near)
    return None


def read_parameters(
    effect: EffectInfo, given: object, where: Where, complaints: Complaints
) -> dict[str, Value]:
    """Return every parameter of an effect: those given, and defaults for the others."""
    if not isinstance(given, dict):
        complaints.wrong("needs an object of names and values", where)
        return complete(effect, {})
    complaints.keys(given, effect.parameters, where)
    checked: dict[str, Value] = {}
    for name, parameter in effect.parameters.items():
        if name not in given:
            continue
        value = given[name]
        objection = parameter.objection(value)
        if objection:
            complaints.wrong(objection, where.key(name))
        else:
            checked[name] = parameter.read(value)
    return complete(effect, checked)


def read_sidechain(
    item: dict[str, Any], effect: EffectInfo, where: Where, complaints: Complaints
) -> str:
    """Return whom an insert listens to; empty for its own sound."""
    name = item.get("sidechain")
    if name is None:
        return ""
    where = where.key("sidechain")
    if not (isinstance(name, str) and name):
        complaints.wrong(f"is {found_words(name)}; needs the name of a track or a bus", where)
        return ""
    if effect.id not in KEYED_EFFECTS:
        keyed = " and ".join(KEYED_EFFECTS)
        complaints.wrong(f"is for {keyed}; {effect.id} listens to nobody else", where)
        return ""
    return name


def read_impulse(
    item: dict[str, Any],
    effect: EffectInfo,
    where: Where,
    complaints: Complaints,
    documents: Documents,
) -> Impulse | None:
    """Return the recording that a convolution needs, and that no other effect takes."""
    name = item.get("impulse")
    if effect.id != _CONVOLUTION:
        if name is not None:
            words = f"is for {_CONVOLUTION}; {effect.id} takes no recording"
            complaints.wrong(words, where.key("impulse"))
        return None
    if name is None:
        complaints.wrong('needs "impulse", the recording of a room or an object', where)
        return None
    where = where.key("impulse")
    if not (isinstance(name, str) and name):
        complaints.wrong(f"is {found_words(name)}; needs a sound file", where)
        return None
    from ltsrender.audiofile import content_sha256, sound_info  # noqa: PLC0415 - only for some
    from ltsrender.effects.convolution import (  # noqa: PLC0415 - as above
        read_impulse as load_impulse,
    )

    path = documents.root / name
    if not what_is(path):
        problem = missing(name, "", documents.root)
        complaints.wrong(f'is "{name}", which {problem.message}', where, problem.suggestion)
        return None
    try:
        info = sound_info(path)
        load_impulse(path, info.sample_rate_hz, info.n_channels)
        return Impulse(path, content_sha256(path))
    except InputError as error:
        for problem in error.problems:
            complaints.wrong(f'is "{name}", which {problem.message}', where, problem.suggestion)
        return None
