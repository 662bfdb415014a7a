"""Movement as a composer writes it: points, lanes, and the automation file that holds them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from ltsrender.session.controllers import ControllerDocument
from ltsrender.session.fields import (
    Beats,
    Document,
    FileDocument,
    FileName,
    TargetName,
    Within,
    Word,
)
from ltsrender.session.modulators import SourceDocument


class LaneDocument(SourceDocument):
    """One target moved by one curve, drawn or made.

    A lane is a source with a target or a name: it has exactly one of the keys of a source.
    """

    target: TargetName | None = None
    """What moves: mix, weight/<sound>, position/<sound>, noise, detail, gain_db, pan,
    macro/<descriptor>, latent/<name>, insert/<id>/<parameter> or send/<bus>. May be left out when
    the lane has a name: then it moves only what other lanes make of it."""
    name: Word | None = None
    """What other lanes of the same list call it."""


class AutomationDocument(FileDocument):
    """An automation file: lanes that several tracks and sessions can share."""

    format: Literal["ltsrender automation"]
    """Says what this file is."""
    schema_version: Literal[1]
    """The version of this format."""
    name: str = ""
    """What the movement is called."""
    lanes: Annotated[tuple[LaneDocument, ...], Field(min_length=1, max_length=1000)]
    """The lanes."""


def _name_or_list(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<list>"


ControllerMap = Annotated[
    Annotated[FileName, Tag("<name>")]
    | Annotated[Annotated[tuple[ControllerDocument, ...], Field(max_length=2000)], Tag("<list>")],
    Discriminator(_name_or_list),
]


class AutomationReference(Document):
    """An automation file (JSON) or a Standard MIDI File that moves a track, a bus or the master."""

    file: FileName
    """The file, relative to the session; else the user's or a built-in one of that name."""
    start_beats: Beats = 0.0
    """How much later than written the movement begins."""
    tempo: Literal["session", "file"] = "session"
    """For MIDI: whether the file's beats follow the session's tempo or its own."""
    pattern: Annotated[int, Within(1, 65_535)] | None = None
    """For MIDI of type 2: which of its patterns, from 1. Left out, they follow one another. A file
    of another type is one pattern."""
    cc_map: ControllerMap = ()
    """For MIDI: which controllers move what, as a list or as the name of a controller map."""
