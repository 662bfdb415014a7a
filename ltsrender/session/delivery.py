"""What leaves the house: which stems, how long, and in which kind of file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ltsrender.session.fields import Document, Within


class RenderDocument(Document):
    """What the stems are, and what they are written as."""

    bit_depth: Literal["16", "24", "32f"] = "24"
    """16 or 24 bits with dither, or 32f for floating point."""
    container: Literal["wav", "flac"] = "wav"
    """The kind of file; flac takes 16 and 24 bits."""
    stems: Annotated[
        tuple[Literal["tracks", "buses", "mix"], ...], Field(min_length=1, max_length=3)
    ] = ("tracks", "buses", "mix")
    """Which sounds become files."""
    taps: Annotated[
        tuple[Literal["post_fader", "pre_fader", "dry", "with_sends"], ...],
        Field(min_length=1, max_length=4),
    ] = ("post_fader",)
    """Where tracks are tapped: post_fader is what goes into the mix, pre_fader is after the
    effects, dry without the effects but at the fader, with_sends post_fader and its part of the
    buses."""
    tail_s: Annotated[float, Within(0.0, 600.0, "s")] | None = None
    """How long all files go on after the last track; left out, until all have been below -90 dBFS
    for a second."""
    max_tail_s: Annotated[float, Within(0.0, 600.0, "s")] = 60.0
    """The longest time that effects may ring on, where tail_s does not say it."""
