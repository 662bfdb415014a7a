"""Chains of effects as a composer writes them.

Which effects there are, and what they take, is not known here: `ltsrender.effects` reads a chain
again and tells what it does not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Strict, Tag

from ltsrender.session.fields import Document, GainDb, Word


class InsertDocument(Document):
    """One effect of a chain."""

    id: Word | None = None
    """The insert's own name, which lanes use: insert/<id>/<parameter>. Left out, it is the
    effect's name."""
    effect: Word
    """Which effect."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """The effect's parameters in their plain units; those left out keep their defaults."""
    bypass: Annotated[bool, Strict()] = False
    """true lets the sound pass unchanged."""


class PresetDocument(Document):
    """A chain from a preset file, in the place of one insert."""

    preset: Word
    """The preset's name or file."""


def _insert_or_preset(value: Any) -> str:
    given = value if isinstance(value, dict) else {}
    is_preset = isinstance(value, PresetDocument) or ("preset" in given and "effect" not in given)
    return "<PresetDocument>" if is_preset else "<InsertDocument>"


def _name_or_list(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<list>"


ChainItem = Annotated[
    Annotated[InsertDocument, Tag("<InsertDocument>")]
    | Annotated[PresetDocument, Tag("<PresetDocument>")],
    Discriminator(_insert_or_preset),
]
ChainDocument = Annotated[
    Annotated[Word, Tag("<name>")] | Annotated[tuple[ChainItem, ...], Tag("<list>")],
    Discriminator(_name_or_list),
]


class SendDocument(Document):
    """A copy of the sound to a bus."""

    bus: Word
    """A name from "buses"."""
    gain_db: GainDb = 0.0
    """The level of the copy in dB, while no lane moves it."""
    tap: Literal["post_fader", "pre_fader"] = "post_fader"
    """Where the copy is taken: post_fader follows the fader and the pan, pre_fader does not."""
