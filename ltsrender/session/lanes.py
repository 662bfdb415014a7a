"""Movement as a composer writes it: points, lanes, and the automation file that holds them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

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


class ControllerDocument(Document):
    """One MIDI controller that moves one target."""

    controller: Annotated[int, Within(0, 119)]
    """The controller's number, 0..119 (1 is the modulation wheel, 11 expression)."""
    channel: Annotated[int, Within(1, 16)] | None = None
    """The MIDI channel, 1..16; may be left out when only one channel of the file has the
    controller."""
    target: TargetName
    """What it moves; see the target of a lane."""
    minimum: Annotated[float, Within(-1e9, 1e9)]
    """The target's value when the controller is 0. May lie above maximum, which turns the movement
    upside down."""
    maximum: Annotated[float, Within(-1e9, 1e9)]
    """The target's value when the controller is 127."""
    shape: Literal["hold", "linear"] = "linear"
    """The way from one controller message to the next: linear smooths the 128 steps, hold keeps
    them."""


class AutomationReference(Document):
    """An automation file (JSON) or a Standard MIDI File that moves a track, a bus or the master."""

    file: FileName
    """The file, relative to the session; else the user's or a built-in one of that name."""
    start_beats: Beats = 0.0
    """How much later than written the movement begins."""
    tempo: Literal["session", "file"] = "session"
    """For MIDI: whether the file's beats follow the session's tempo or its own."""
    cc_map: Annotated[tuple[ControllerDocument, ...], Field(max_length=2000)] = ()
    """For MIDI: which controllers move what."""
