"""The parts of a chain, every value of them checked: inserts, and groups of chains side by side.

A chain is a tuple of parts that sound passes in order. An `Insert` is one effect or one plugin. A
`Group` holds branches, each a chain of its own: several of them side by side, or the only one of a
preset that has a name of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from ltsrender.audiofile import sound_info
from ltsrender.effects.catalog import EFFECTS, EffectInfo, Parameter, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ltsrender.effects.macro import Macro
    from ltsrender.effects.plugin import PluginInsert

KEYED_EFFECTS = ("compressor", "noise_gate")
"""Effects that can listen to another sound than their own."""

DRY_WET, BYPASS = "dry_wet", "bypass"
"""What every part has besides its own parameters."""


class Moving(Protocol):
    """What moves a parameter: a lane, or anything else with a value at every time."""

    def at(self, seconds: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Return the values, float64[n], at times in seconds, float64[n]."""


@dataclass(frozen=True)
class Impulse:
    """The recording of a room or an object, for convolution.

    Attributes
    ----------
    file, sha256
        The recording and the hash of its bytes.
    """

    file: Path
    sha256: str


@dataclass(frozen=True)
class Insert:
    """An effect at its place in a chain.

    Attributes
    ----------
    id
        Names it in automation targets: ``insert/<id>/<parameter>``.
    effect
        An id in `EFFECTS`; of a plugin its name.
    parameters
        Every parameter of the effect by name: complete, and inside its range.
    bypass
        True when sound passes untouched, while no lane moves it.
    dry_wet
        How much of the processed sound is heard, 0..1, while no lane moves it.
    sidechain
        The track or bus that it listens to; empty where it listens to its own sound.
    impulse
        Of a convolution.
    plugin
        Somebody else's effect instead of one in `EFFECTS`.
    """

    id: str
    effect: str
    parameters: Mapping[str, Value] = field(hash=False)
    bypass: bool = False
    dry_wet: float = 1.0
    sidechain: str = ""
    impulse: Impulse | None = None
    plugin: PluginInsert | None = field(default=None, hash=False)

    @property
    def info(self) -> EffectInfo:
        """The plugin's parameters, or the effect's row in the catalog."""
        return EFFECTS[self.effect] if self.plugin is None else self.plugin.info

    def target(self, word: str) -> str:
        """Return the automation target of a parameter, of the blend or of the bypass."""
        return f"insert/{self.id}/{word}"


@dataclass(frozen=True)
class Branch:
    """One of the ways that sound takes through a group.

    Attributes
    ----------
    name
        Names its level in automation targets; empty where its level never moves.
    parts
        Its chain.
    gain_db
        The level at which it is added, while no lane moves it.
    """

    name: str
    parts: tuple[ChainPart, ...]
    gain_db: float = 0.0


@dataclass(frozen=True)
class Group:
    """Chains side by side whose sounds are added; or the chain of a preset as a whole.

    Attributes
    ----------
    id
        Names it in automation targets.
    branches
        At least one.
    macros
        Of a preset.
    bypass, dry_wet
        As of `Insert`.
    """

    id: str
    branches: tuple[Branch, ...]
    macros: tuple[Macro, ...] = ()
    bypass: bool = False
    dry_wet: float = 1.0

    def target(self, word: str) -> str:
        """Return the automation target of a macro, a branch, of the blend or of the bypass."""
        return f"insert/{self.id}/{word}"


ChainPart = Insert | Group


def level_parameter(name: str, gain_db: float = 0.0) -> Parameter:
    """Return what the level of a branch takes."""
    return Parameter(
        name,
        "number",
        "dB",
        -120.0,
        24.0,
        gain_db,
        "linear",
        automatable=True,
        choices=(),
        native="",
    )


def unit_parameter(name: str, default: float, *, automatable: bool = True) -> Parameter:
    """Return a number from 0 to 1: a blend, a bypass, a macro."""
    return Parameter(
        name,
        "number",
        "",
        0.0,
        1.0,
        default,
        "linear",
        automatable=automatable,
        choices=(),
        native="",
    )


def targets_of(parts: Iterable[ChainPart]) -> dict[str, Parameter]:
    """Return every automation target of a chain, those that may not move included.

    >>> chain = [Insert("echo", "delay", {"delay_s": 0.5, "feedback": 0.0, "mix": 0.5})]
    >>> for target, parameter in targets_of(chain).items():
    ...     print(target, parameter.automatable)
    insert/echo/delay_s False
    insert/echo/feedback True
    insert/echo/mix True
    insert/echo/dry_wet True
    insert/echo/bypass True
    """
    return {target: parameter for target, parameter, _ in knobs_of(parts)}


def knobs_of(parts: Iterable[ChainPart]) -> Iterator[tuple[str, Parameter, Value]]:
    """Yield every target of a chain, what it takes, and its value while no lane moves it."""
    for part in parts:
        if isinstance(part, Insert):
            for name, parameter in part.info.parameters.items():
                yield part.target(name), parameter, part.parameters[name]
        else:
            for macro in part.macros:
                knob = unit_parameter(macro.name, macro.default, automatable=macro.automatable)
                yield part.target(macro.name), knob, macro.value
            for branch in part.branches:
                if branch.name:
                    knob = level_parameter(branch.name, branch.gain_db)
                    yield part.target(branch.name), knob, branch.gain_db
        yield part.target(DRY_WET), unit_parameter(DRY_WET, part.dry_wet), part.dry_wet
        yield part.target(BYPASS), unit_parameter(BYPASS, float(part.bypass)), float(part.bypass)
        if isinstance(part, Group):
            for branch in part.branches:
                yield from knobs_of(branch.parts)


def with_values(parts: Iterable[ChainPart], values: Mapping[str, Value]) -> tuple[ChainPart, ...]:
    """Return a chain with some of its knobs set.

    Parameters
    ----------
    parts
        The chain.
    values
        By target: parameters, blends and levels of branches; nothing else is looked at.
    """
    return tuple(_with_values(part, values) for part in parts)


def _with_values(part: ChainPart, values: Mapping[str, Value]) -> ChainPart:
    dry_wet = float(values.get(part.target(DRY_WET), part.dry_wet))
    if isinstance(part, Insert):
        own = {name: values.get(part.target(name), v) for name, v in part.parameters.items()}
        return replace(part, parameters=own, dry_wet=dry_wet)
    branches = tuple(
        replace(
            branch,
            parts=with_values(branch.parts, values),
            gain_db=float(values.get(part.target(branch.name), branch.gain_db)),
        )
        for branch in part.branches
    )
    return replace(part, branches=branches, dry_wet=dry_wet)


def inserts_of(parts: Iterable[ChainPart]) -> Iterator[Insert]:
    """Yield every insert of a chain, those in groups included, in the order of the file."""
    for part in parts:
        if isinstance(part, Insert):
            yield part
        else:
            for branch in part.branches:
                yield from inserts_of(branch.parts)


def macros_of(parts: Iterable[ChainPart]) -> dict[str, Macro]:
    """Return every macro of a chain by its target, ``insert/<id>/<macro>``."""
    found: dict[str, Macro] = {}
    for part in parts:
        if isinstance(part, Group):
            found |= {part.target(macro.name): macro for macro in part.macros}
            for branch in part.branches:
                found |= macros_of(branch.parts)
    return found


def sidechains_of(parts: Iterable[ChainPart]) -> set[str]:
    """Return the names of the tracks and buses that a chain listens to."""
    return {insert.sidechain for insert in inserts_of(parts) if insert.sidechain}


def longest_gap_s(parts: Iterable[ChainPart]) -> float:
    """Return after how many seconds of silence a chain may sound again: its echoes in a row.

    Bypassed ones count: a lane may switch them on.

    >>> longest_gap_s([Insert("echo", "delay", {"delay_s": 2.5, "feedback": 0.0, "mix": 0.5})])
    2.5
    """
    return sum(_gap_s(part) for part in parts)


def _gap_s(part: ChainPart) -> float:
    if isinstance(part, Insert):
        if part.impulse is not None:
            return sound_info(part.impulse.file).length_s
        return float(part.parameters.get("delay_s", 0.0))
    return max((longest_gap_s(branch.parts) for branch in part.branches), default=0.0)
