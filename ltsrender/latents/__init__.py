"""A path through timbre: placed sounds, encoded as anchors, weighed by lanes, frame by frame."""

from __future__ import annotations

from ltsrender.latents.anchor import Anchor, encode_anchor, rms_of
from ltsrender.latents.path import FrameGrid, LatentPath, trace_path
from ltsrender.latents.placement import PlacedSound, WhenShort, place_sound

__all__ = [
    "Anchor",
    "FrameGrid",
    "LatentPath",
    "PlacedSound",
    "WhenShort",
    "encode_anchor",
    "place_sound",
    "rms_of",
    "trace_path",
]
