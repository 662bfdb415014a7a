"""From what a composer wrote, a chain or a preset's name, to parts with every value checked.

A preset is a JSON file: a name, a sentence of intent, and inserts: effects, plugins, branches side
by side, other presets. Macros are its knobs. Whatever is wrong, in the chain and in every preset it
leads to, is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ltsrender.effects.complaints import Where
from ltsrender.effects.read_parts import PartsReader
from ltsrender.effects.read_values import complete
from ltsrender.errors import EffectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ltsrender.effects.insert import ChainPart
    from ltsrender.effects.macro import Macro
    from ltsrender.session import Documents

__all__ = ["Preset", "complete", "read_chain", "read_preset"]


@dataclass(frozen=True)
class Preset:
    """A chain with a name.

    Attributes
    ----------
    name
        What people call it.
    intent
        One sentence: what it is for.
    inserts
        The chain, other presets resolved.
    macros
        Its knobs.
    """

    name: str
    intent: str
    inserts: tuple[ChainPart, ...]
    macros: tuple[Macro, ...] = ()


def read_chain(
    chain: str | Sequence[Any] | None,
    documents: Documents,
    *,
    file: str = "",
    place: str = "chain",
) -> tuple[ChainPart, ...]:
    """Return the parts that a chain in a session means.

    Parameters
    ----------
    chain
        A preset's name, or a list of inserts, plugins, presets and branches side by side (JSON
        objects or the session's pydantic models); ``None`` is no effects.
    documents
        Reads preset files: beside the session, then the user's, then the built-in ones.
    file, place
        Where the chain stands, for messages.

    Raises
    ------
    EffectError
        With every problem: unknown effects, plugins, macros and parameters (with the nearest),
        values of the wrong kind or outside their range, an id used twice, missing presets, presets
        that lead back to themselves.
    """
    reader = PartsReader(documents)
    parts = () if chain is None else reader.chain(chain, Where(file, place))
    if reader.complaints.problems:
        raise EffectError(reader.complaints.problems)
    return parts


def read_preset(name: str, documents: Documents) -> Preset:
    """Return a preset by its name or file.

    Raises
    ------
    EffectError
        As `read_chain`.
    """
    reader = PartsReader(documents)
    file = reader.preset(name, Where("", ""))
    if reader.complaints.problems:
        raise EffectError(reader.complaints.problems)
    return Preset(file.tree["name"], file.tree["intent"], file.parts, file.macros)
