"""Room 1: what the composer wrote.

A session file and its automation files are read, checked as a whole, and kept as documents:
unresolved names, beats as beats. Every mistake of every file is told at once.

>>> from ltsrender.session import read_session
>>> session = read_session("piece.lts.json")  # doctest: +SKIP
>>> [track.name for track in session.document.tracks]  # doctest: +SKIP
"""

from __future__ import annotations

from ltsrender.session.automationfile import AutomationFile, read_automation
from ltsrender.session.chains import (
    BranchDocument,
    InsertDocument,
    ParallelDocument,
    PluginDocument,
    PresetDocument,
)
from ltsrender.session.controllermap import read_map
from ltsrender.session.controllers import ControllerDocument, ControllerMapDocument
from ltsrender.session.document import (
    AnchorDocument,
    BusDocument,
    MasterDocument,
    SessionDocument,
    SoundDocument,
    TempoChange,
    TrackDocument,
)
from ltsrender.session.documents import Documents
from ltsrender.session.jsontext import read_tree
from ltsrender.session.lanes import (
    AutomationDocument,
    AutomationReference,
    LaneDocument,
)
from ltsrender.session.midi import ControllerValue, MidiDocument
from ltsrender.session.modulators import PointDocument, SourceDocument
from ltsrender.session.moments import Moment, read_moment
from ltsrender.session.quantities import Quantity, read_quantity
from ltsrender.session.reader import Session, read_session
from ltsrender.session.targets import range_of

__all__ = [
    "AnchorDocument",
    "AutomationDocument",
    "AutomationFile",
    "AutomationReference",
    "BranchDocument",
    "BusDocument",
    "ControllerDocument",
    "ControllerMapDocument",
    "ControllerValue",
    "Documents",
    "InsertDocument",
    "LaneDocument",
    "MasterDocument",
    "MidiDocument",
    "Moment",
    "ParallelDocument",
    "PluginDocument",
    "PointDocument",
    "PresetDocument",
    "Quantity",
    "Session",
    "SessionDocument",
    "SoundDocument",
    "SourceDocument",
    "TempoChange",
    "TrackDocument",
    "range_of",
    "read_automation",
    "read_map",
    "read_moment",
    "read_quantity",
    "read_session",
    "read_tree",
]
