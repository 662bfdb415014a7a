"""Room 2: movement in musical time.

What a session and its automation files write becomes lanes: one target, one curve, over beats or
seconds, that can be asked for its values at any times.

>>> import numpy as np
>>> from ltsrender.automation import Breakpoint, Curve, Drawn, Lane, TempoMap
>>> swell = Curve([Breakpoint(0, 0.0, "smooth"), Breakpoint(4, 1.0)])
>>> lane = Lane("mix", Drawn(swell, "beats", TempoMap([(0, 120)])))
>>> lane.at(np.array([0.0, 1.0, 2.0])).tolist()
[0.0, 0.5, 1.0]
"""

from __future__ import annotations

from ltsrender.automation.curve import SHAPES, Breakpoint, Curve
from ltsrender.automation.doors.found import Wanted
from ltsrender.automation.doors.imported import Imported, import_file
from ltsrender.automation.drawn import import_curve
from ltsrender.automation.lane import Lane, constant_lane
from ltsrender.automation.level import Levels, Recording, bound, levels_of, tracks_followed
from ltsrender.automation.meter import Meter
from ltsrender.automation.midi import file_tempo
from ltsrender.automation.movement import Constant, Drawn, Movement
from ltsrender.automation.musical_time import MusicalTime, musical_time_of
from ltsrender.automation.reader import lanes_of, read_lanes, tempo_map_of
from ltsrender.automation.tempo import TempoChange, TempoMap
from ltsrender.automation.thin import thinned

__all__ = [
    "SHAPES",
    "Breakpoint",
    "Constant",
    "Curve",
    "Drawn",
    "Imported",
    "Lane",
    "Levels",
    "Meter",
    "Movement",
    "MusicalTime",
    "Recording",
    "TempoChange",
    "TempoMap",
    "Wanted",
    "bound",
    "constant_lane",
    "file_tempo",
    "import_curve",
    "import_file",
    "lanes_of",
    "levels_of",
    "musical_time_of",
    "read_lanes",
    "tempo_map_of",
    "thinned",
    "tracks_followed",
]
