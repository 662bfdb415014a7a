"""A path through timbre: placed sounds, encoded as anchors, weighed by lanes, frame by frame."""

from __future__ import annotations

from ltsrender.latents.anchor import Anchor, encode_anchor, rms_of
from ltsrender.latents.grid import FrameGrid
from ltsrender.latents.ground import known_ground
from ltsrender.latents.path import LatentPath, trace_path
from ltsrender.latents.placement import PlacedSound, WhenShort, place_sound
from ltsrender.latents.space import Space, Steering, space_of
from ltsrender.latents.timemap import TimeMap, move_in_time

__all__ = [
    "Anchor",
    "FrameGrid",
    "LatentPath",
    "PlacedSound",
    "Space",
    "Steering",
    "TimeMap",
    "WhenShort",
    "encode_anchor",
    "known_ground",
    "move_in_time",
    "place_sound",
    "rms_of",
    "space_of",
    "trace_path",
]
