"""What leaves the house: which stems, in which files, how loud, and what is written about them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict

from ltsrender.session.fields import Beats, Document, Name, Within, Word
from ltsrender.session.written import WrittenMoment

BitDepth = Literal["16", "24", "32f"]
Container = Literal["wav", "flac", "aiff"]
Dither = Literal["tpdf", "shaped", "none"]
FileRate = Annotated[int, Within(8_000, 192_000, "Hz")]
Switch = Annotated[bool, Strict()]


class RegionDocument(Document):
    """A named part of the piece, which can be rendered into files of its own."""

    name: Name
    """What the part is called."""
    start_beats: Beats | None = None
    """Where it begins, in beats."""
    start: WrittenMoment | None = None
    """The same as a text, instead of beats: "9|1|000", "12.5 s", "marker:B"."""
    end_beats: Beats | None = None
    """Where it ends, in beats."""
    end: WrittenMoment | None = None
    """The same as a text, instead of beats."""
    loop: Switch = False
    """true writes a loop over the whole file, for samplers."""


class MetadataDocument(Document):
    """What is written into the files about the piece."""

    artist: str = ""
    """Who made it."""
    project: str = ""
    """The album or production it belongs to."""
    comment: str = ""
    """Anything worth knowing."""
    date: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    """The day of its origin, as in 2026-11-25; there is no other date in the files, so that the
    same session renders the same bytes on any day."""
    key: str = ""
    """The key, as in "A minor"; for file names and samplers."""
    starts_at: Annotated[str, Field(pattern=r"^(\d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$")] = "00:00:00"
    """The time of day that a DAW finds at the session's start: 01:00:00 for film."""


class FormatDocument(Document):
    """A kind of file."""

    container: Container = "wav"
    """wav (RF64 beyond 4 GB), flac or aiff."""
    bit_depth: BitDepth = "24"
    """16 or 24 bits, or 32f for floating point (wav only)."""
    sample_rate_hz: FileRate | None = None
    """Samples per second of the file; left out, the session's."""
    dither: Dither = "tpdf"
    """tpdf adds the noise that makes rounding harmless, shaped moves most of it to where ears are
    dull, none rounds."""
    mono: Switch = False
    """true folds left and right together, at half of each."""
    names: Word | None = None
    """A pattern for the names of these files, as in "{index:02} {track} {bpm}bpm {key}"; left out,
    the name of the track, bus or mix, behind that of the region and before that of the tap."""


class LoudnessDocument(Document):
    """How loud the mix is to be; one gain moves all stems, so that they still add up."""

    integrated_lufs: Annotated[float, Within(-70.0, 0.0, "LUFS")] | None = None
    """The loudness of the whole mix, as -23 for broadcast in Europe or -14 for streaming."""
    true_peak_db: Annotated[float, Within(-60.0, 0.0, "dBTP")] | None = None
    """The true peak that the mix comes to. Beside a loudness it is a limit: where the loudness
    cannot be had below it, the mix stays quieter."""
    peak_db: Annotated[float, Within(-60.0, 0.0, "dBFS")] | None = None
    """The same for the loudest sample."""


class LimiterDocument(Document):
    """A limiter on the mix alone; the stems do not pass it, and no longer add up to the mix."""

    ceiling_db: Annotated[float, Within(-20.0, 0.0, "dBTP")] = -1.0
    """The true peak that nothing passes."""
    release_ms: Annotated[float, Within(1.0, 5000.0, "ms")] = 150.0
    """How fast it lets go."""


class RenderDocument(FormatDocument):
    """What the stems are, and what they are written as."""

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
    also: Annotated[tuple[FormatDocument, ...], Field(max_length=8)] = ()
    """More kinds of files, made at once."""
    bounds: Literal["session", "regions", "markers"] = "session"
    """session is one file over all; regions makes one for every region, markers one from every
    marker to the next."""
    loudness: LoudnessDocument | None = None
    """How loud the mix is to be."""
    limiter: LimiterDocument | None = None
    """A limiter on the mix alone."""
    tail_s: Annotated[float, Within(0.0, 600.0, "s")] | None = None
    """How long all files go on after the last track; left out, until all have been below -90 dBFS
    for a second."""
    max_tail_s: Annotated[float, Within(0.0, 600.0, "s")] = 60.0
    """The longest time that effects may ring on, where tail_s does not say it."""
