"""Chains of effects as a composer writes them.

Which effects there are, and what they take, is not known here: `ltsrender.effects` reads a chain
again and tells what it does not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Strict, Tag

from ltsrender.session.fields import Document, FileName, GainDb, Within, Word

_MOST_BRANCHES = 32


class _Part(Document):
    """What every part of a chain can do."""

    bypass: Annotated[bool, Strict()] = False
    """true lets the sound pass unchanged; the lane insert/<id>/bypass switches on the way."""
    dry_wet: Annotated[float, Within(0.0, 1.0)] = 1.0
    """How much of the processed sound is heard: 0 only the sound as it came, 1 only what is made
    of it; insert/<id>/dry_wet moves it."""


class InsertDocument(_Part):
    """One effect of a chain."""

    id: Word | None = None
    """The insert's own name, which lanes use: insert/<id>/<parameter>. Left out, it is the
    effect's name."""
    effect: Word
    """Which effect."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """The effect's parameters in their plain units; those left out keep their defaults. Times and
    rates may be note lengths: "1/4", "1/8d" (dotted), "1/8t" (triplet)."""
    sidechain: Word | None = None
    """For compressor and noise_gate: the track or bus that is listened to instead of the sound
    itself."""
    impulse: FileName | None = None
    """For convolution: the recording of a room or an object, relative to the session's folder."""


class PluginDocument(_Part):
    """A plugin of your own: VST3, Audio Units on macOS, LV2 with the extra lv2."""

    id: Word | None = None
    """The insert's own name, which lanes use: insert/<id>/<parameter>. Left out, it is made from
    the plugin's name."""
    plugin: Word
    """The plugin's name, or its file."""
    preset_file: FileName | None = None
    """A preset of the plugin, a .vstpreset file."""
    state_file: FileName | None = None
    """A state of the plugin, as a file."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """The plugin's parameters in their plain units, set after preset and state."""
    latency_samples: Annotated[int, Within(0, 1_000_000)] | None = None
    """By how many samples the plugin is late, where it does not say so itself."""
    timeout_s: Annotated[float, Within(1.0, 3600.0)] = 60.0
    """How long one answer of the plugin may take, in seconds, before it counts as hung."""


class PresetDocument(_Part):
    """A chain from a preset file, in the place of one insert."""

    id: Word | None = None
    """A name for the preset's chain as a whole, which lanes use: insert/<id>/<macro>. Left out, it
    is the preset's name."""
    preset: Word
    """The preset's name or file."""
    macros: dict[str, Annotated[float, Within(0.0, 1.0)]] = Field(default_factory=dict)
    """The preset's macros, each from 0 to 1; those left out stay where the preset has them."""


class BranchDocument(Document):
    """One of several ways that sound takes side by side."""

    name: Word | None = None
    """The branch's name, for the lane of its level: insert/<id>/<branch>. Left out, it is its
    number, from 1."""
    chain: ChainDocument = ()
    """The branch's effects; empty lets the sound pass as it is."""
    gain_db: GainDb = 0.0
    """The level at which the branch is added, in dB, while no lane moves it."""


class ParallelDocument(_Part):
    """Chains side by side; their sounds are added, in time to the sample."""

    id: Word | None = None
    """The part's own name, which lanes use. Left out, it is "parallel"."""
    parallel: Annotated[tuple[BranchDocument, ...], Field(min_length=1, max_length=_MOST_BRANCHES)]
    """The branches."""


_KINDS = {
    "preset": PresetDocument,
    "plugin": PluginDocument,
    "parallel": ParallelDocument,
}


def _kind_of_part(value: Any) -> str:
    """Return what a part is told apart by: the key that only its kind has."""
    for key, kind in _KINDS.items():
        is_told = isinstance(value, dict) and key in value and "effect" not in value
        if isinstance(value, kind) or is_told:
            return f"<{kind.__name__}>"
    return "<InsertDocument>"


def _name_or_list(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<list>"


ChainItem = Annotated[
    Annotated[InsertDocument, Tag("<InsertDocument>")]
    | Annotated[PluginDocument, Tag("<PluginDocument>")]
    | Annotated[PresetDocument, Tag("<PresetDocument>")]
    | Annotated[ParallelDocument, Tag("<ParallelDocument>")],
    Discriminator(_kind_of_part),
]
ChainDocument = Annotated[
    Annotated[Word, Tag("<name>")] | Annotated[tuple[ChainItem, ...], Tag("<list>")],
    Discriminator(_name_or_list),
]

BranchDocument.model_rebuild()  # a chain holds branches, and a branch a chain
ParallelDocument.model_rebuild()


class SendDocument(Document):
    """A copy of the sound to a bus."""

    bus: Word
    """A name from "buses"."""
    gain_db: GainDb = 0.0
    """The level of the copy in dB, while no lane moves it."""
    tap: Literal["post_fader", "pre_fader"] = "post_fader"
    """Where the copy is taken: post_fader follows the fader and the pan, pre_fader does not."""
