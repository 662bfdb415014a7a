"""The session file: what the composer wrote, unresolved.

The classes below are the file's grammar; the JSON Schema for text editors is made from them and
from the sentences under their fields. What ties one place to another (names, orders, targets) is
in `ltsrender.session.rules`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Strict, Tag

from ltsrender.session.anchors import anchor_name
from ltsrender.session.chains import ChainDocument, SendDocument
from ltsrender.session.delivery import MetadataDocument, RegionDocument, RenderDocument
from ltsrender.session.fields import (
    WIDTH,
    Beats,
    Document,
    FileDocument,
    FileName,
    GainDb,
    Name,
    Pan,
    Seconds,
    Seed,
    TimeSignature,
    Within,
    Word,
)
from ltsrender.session.lanes import AutomationReference, LaneDocument
from ltsrender.session.written import WrittenMoment


class TempoChange(Document):
    """From here on, this tempo."""

    at_beats: Beats
    """The beat from which the tempo holds; the first change stands at beat 0."""
    bpm: Annotated[float, Within(1.0, 999.0, "bpm")]
    """Beats per minute; a beat is a quarter note."""
    shape: Literal["hold", "linear"] = "hold"
    """The way to the next change: hold keeps the tempo and then jumps; linear moves it evenly over
    the beats."""


class SignatureChange(Document):
    """From this bar on, this time signature."""

    at_bar: Annotated[int, Within(1, 1_000_000)]
    """The bar from which it holds; the first stands at bar 1."""
    signature: TimeSignature
    """The notes in a bar and their kind, as in "7/8"."""


class Marker(Document):
    """A named place in the piece."""

    name: Word
    """What the place is called."""
    at_beats: Beats | None = None
    """Where it is, in beats."""
    at: WrittenMoment | None = None
    """The same as a text, instead of beats: "9|1|000", "12.5 s"."""


class SoundDocument(Document):
    """A recording, or a part of one."""

    file: FileName
    """The recording, relative to the session's folder."""
    in_s: Seconds = 0.0
    """Where the part begins, in seconds of the recording."""
    out_s: Seconds | None = None
    """Where the part ends, in seconds of the recording; left out, it is the recording's end."""


class ModelDocument(Document):
    """A timbre model."""

    file: FileName
    """The model's file, relative to the session's folder."""


class AnchorDocument(Document):
    """A sound's place in a track: where it begins and what happens when it is too short.

    Or a point in the model's latent space, from a preset: then it has a name and nothing else.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["sound"]}, {"required": ["preset"]}]}
    )

    sound: Word | None = None
    """A name from "sounds"; goes without a preset."""
    preset: Word | None = None
    """A point in latent space, by its preset's name or file, instead of a sound."""
    name: Word | None = None
    """What a point is called in weight/<name>; left out, it is its file's name."""
    start_beats: Beats | None = None
    """When the sound begins, in beats from the track's start. 0 when left out."""
    start_s: Seconds | None = None
    """The same in seconds; one of the two."""
    bpm: Annotated[float, Within(1.0, 999.0, "bpm")] | None = None
    """The recording's own tempo. When it is given, the sound is stretched so that its beats are the
    session's beats; left out, it plays as it was recorded, whatever the tempo."""
    when_short: Literal["loop", "ping_pong", "hold", "once"] = "loop"
    """When the sound ends before its track: loop begins again, ping_pong turns round, hold keeps
    the last moment, once leaves silence."""
    crossfade_s: Annotated[float, Within(0.0, 60.0, "s")] = 0.05
    """How long the end of the sound fades into its next beginning."""

    @property
    def called(self) -> str:
        """What the anchor is called on its track, as in weight/<name>."""
        return anchor_name({"sound": self.sound, "preset": self.preset, "name": self.name}) or ""


class PhaseDocument(Document):
    """How phases are found for the decoded spectra."""

    method: Literal["hybrid", "source", "pghi", "vocoder", "griffinlim", "librosa"] = "hybrid"
    """hybrid takes the phases of the sounds themselves and refines them where the track is between
    sounds; source takes them as they are. pghi builds phases from the magnitudes, vocoder does so
    along time alone, griffinlim begins by chance; librosa is for comparison only, and slow."""
    iterations: Annotated[int, Within(0, 1000)] | None = None
    """How many refining passes follow at most; left out, the method's own number."""


class TrackDocument(Document):
    """Sounds, a model, and the movement between them; makes one stem."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["start_beats", "end_beats"]},
                {"required": ["start_s", "end_s"]},
            ]
        }
    )

    name: Name
    """The track's name, which is its stem's file name."""
    model: Word
    """A name from "models"."""
    start_beats: Beats | None = None
    """Where the track begins, in beats from the session's start; goes with end_beats."""
    end_beats: Beats | None = None
    """Where it ends, in beats."""
    start_s: Seconds | None = None
    """Where the track begins in seconds, instead of beats; goes with end_s."""
    end_s: Seconds | None = None
    """Where it ends, in seconds."""
    anchors: Annotated[tuple[AnchorDocument, ...], Field(min_length=1, max_length=100)]
    """The sounds that the track moves between. "mix" needs exactly two."""
    weights: Literal["normalised", "free"] = "normalised"
    """What weight lanes are: normalised divides them by their sum, so that only proportions count;
    free takes them as gains in latent space."""
    interpolation: Literal["linear", "spherical", "constant_speed"] = "linear"
    """The way between sounds: linear is a straight line; spherical keeps to a circle around the
    model's mean, so that the middle is as marked as the ends; constant_speed moves "mix" so that
    what is heard changes evenly."""
    guard: Literal["off", "warn", "soft", "clamp"] = "warn"
    """What happens where the path leaves what the model has seen: warn says it, soft bends the path
    back, clamp holds it at the edge, off does nothing."""
    lanes: Annotated[tuple[LaneDocument, ...], Field(max_length=1000)] = ()
    """Movement written here."""
    automation: Annotated[tuple[AutomationReference, ...], Field(max_length=1000)] = ()
    """Movement from files."""
    chain: ChainDocument = ()
    """The effects: a preset's name, or a list of inserts and presets."""
    gain_db: GainDb = 0.0
    """The fader in dB, while no lane moves it."""
    pan: Pan = 0.0
    """-1 left, 0 centre, 1 right, while no lane moves it."""
    width: Annotated[float, WIDTH] = 1.0
    """The stereo width, while no lane moves it: 0 mono, 1 as it is, 2 twice as wide."""
    polarity: Literal["normal", "inverted"] = "normal"
    """inverted turns the wave upside down."""
    mute: Annotated[bool, Strict()] = False
    """true leaves it out: no stem, nothing in the mix, no sends."""
    solo: Annotated[bool, Strict()] = False
    """true leaves out everything that is neither soloed itself, nor feeds what is, nor is fed by
    it."""
    sends: Annotated[tuple[SendDocument, ...], Field(max_length=100)] = ()
    """Copies to buses."""
    output: Word = "mix"
    """Where the track is heard: "mix", or a bus."""
    phase: PhaseDocument = PhaseDocument()
    """How phases are found."""
    seed: Seed | None = None
    """The track's own seed of chance; left out, it follows from the session's seed and the
    track's name."""


class BusDocument(Document):
    """A place where tracks and other buses meet."""

    name: Name
    """The bus's name."""
    lanes: Annotated[tuple[LaneDocument, ...], Field(max_length=1000)] = ()
    """Movement written here."""
    automation: Annotated[tuple[AutomationReference, ...], Field(max_length=1000)] = ()
    """Movement from files."""
    chain: ChainDocument = ()
    """The effects: a preset's name, or a list of inserts and presets."""
    gain_db: GainDb = 0.0
    """The fader in dB, while no lane moves it."""
    pan: Pan = 0.0
    """-1 left, 0 centre, 1 right, while no lane moves it."""
    width: Annotated[float, WIDTH] = 1.0
    """The stereo width, while no lane moves it: 0 mono, 1 as it is, 2 twice as wide."""
    polarity: Literal["normal", "inverted"] = "normal"
    """inverted turns the wave upside down."""
    mute: Annotated[bool, Strict()] = False
    """true leaves it out: no stem, nothing in the mix, no sends."""
    solo: Annotated[bool, Strict()] = False
    """true leaves out everything that is neither soloed itself, nor feeds what is, nor is fed by
    it."""
    sends: Annotated[tuple[SendDocument, ...], Field(max_length=100)] = ()
    """Copies to other buses."""
    output: Word = "mix"
    """Where the bus is heard: "mix", or another bus."""


class MasterDocument(Document):
    """What the whole mix passes last."""

    lanes: Annotated[tuple[LaneDocument, ...], Field(max_length=1000)] = ()
    """Movement written here."""
    automation: Annotated[tuple[AutomationReference, ...], Field(max_length=1000)] = ()
    """Movement from files."""
    chain: ChainDocument = ()
    """The effects: a preset's name, or a list of inserts and presets."""
    gain_db: GainDb = 0.0
    """The fader in dB, while no lane moves it."""
    width: Annotated[float, WIDTH] = 1.0
    """The stereo width, while no lane moves it: 0 mono, 1 as it is, 2 twice as wide."""


def _name_or_list(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<list>"


SignaturesDocument = Annotated[
    Annotated[TimeSignature, Tag("<name>")]
    | Annotated[tuple[SignatureChange, ...], Field(min_length=1, max_length=10_000), Tag("<list>")],
    Discriminator(_name_or_list),
]


class SessionDocument(FileDocument):
    """A piece: sounds, models, tracks in musical time, buses, and what to write."""

    schema_version: Literal[1]
    """The version of this format."""
    title: str = ""
    """The piece's title."""
    seed: Seed = 0
    """Where chance begins: the same seed gives the same piece."""
    sample_rate_hz: Literal[44100, 48000, 88200, 96000] = 44100
    """Samples per second of the stems, in Hz."""
    channels: Literal[1, 2] = 2
    """1 for mono, 2 for stereo stems."""
    tempo: Annotated[tuple[TempoChange, ...], Field(min_length=1, max_length=10_000)] = (
        TempoChange(at_beats=0.0, bpm=60.0),
    )
    """The tempo and its changes. Left out, a beat is a second."""
    time_signature: SignaturesDocument = "4/4"
    """How bars are counted: a signature such as "4/4" or "7/8", or a list of changes. A beat is a
    quarter note in all of them."""
    markers: Annotated[tuple[Marker, ...], Field(max_length=10_000)] = ()
    """Named places."""
    sounds: dict[Name, SoundDocument] = Field(default_factory=dict)
    """The recordings, by name."""
    models: dict[Name, ModelDocument] = Field(default_factory=dict)
    """The timbre models, by name."""
    tracks: Annotated[tuple[TrackDocument, ...], Field(min_length=1, max_length=1000)]
    """The tracks."""
    buses: Annotated[tuple[BusDocument, ...], Field(max_length=100)] = ()
    """The buses."""
    master: MasterDocument = MasterDocument()
    """The end of the mix."""
    pan_law: Literal["0 dB", "-3 dB", "-4.5 dB", "-6 dB"] = "-3 dB"
    """What panning does to the level: how far the centre lies below the sides. The centre keeps its
    level, so the sides rise by as much; with 0 dB nothing rises."""
    regions: Annotated[tuple[RegionDocument, ...], Field(max_length=10_000)] = ()
    """Named parts of the piece, for files of their own."""
    metadata: MetadataDocument = MetadataDocument()
    """What is written into the files about the piece."""
    render: RenderDocument = RenderDocument()
    """What is written."""


Strip = TrackDocument | BusDocument | MasterDocument
