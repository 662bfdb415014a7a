"""What a MIDI file's controllers move: the entries of a ``cc_map``, and the map file of them.

An entry names one source (a controller, a 14-bit pair, an NRPN, notes, a voice of an MPE player)
and one target. Between them: what the source's way, from 0 to 1, becomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic_core import PydanticCustomError, core_schema

from ltsrender.session.fields import TAKES, Document, FileDocument, TargetName, Within, Word
from ltsrender.session.midiwords import key_number

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

SOURCE_KEYS = ("controller", "pair", "nrpn", "rpn", "message", "mpe")
STEPPED = ("gate", "velocity", "pitch")
"""Messages that hold their value where no shape is given."""
MAP_FORMAT = "ltsrender controller map"


@dataclass(frozen=True)
class _NumberOrText:
    """A whole number inside a range, or a text that is one of a few or can be read as a number."""

    range: Within
    words: str
    schema: tuple[tuple[str, Any], ...]

    def check(self, value: Any) -> int | str:
        """Return the number or the text, or raise the error that says what is allowed."""
        if isinstance(value, int) and not isinstance(value, bool) and self.range.holds(value):
            return value
        if isinstance(value, str):
            found = self.read(value)
            if found is not None:
                return found
        words = {"words": f"{self.range.words()} or {self.words}"}
        raise PydanticCustomError(TAKES, "takes {words}", words)

    def read(self, text: str) -> int | str | None:
        """Return what a text means; None when nothing."""
        return text if text == "any" else None

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        low, high = int(self.range.minimum), int(self.range.maximum)
        number = {"type": "integer", "minimum": low, "maximum": high}
        return {"anyOf": [number, dict(self.schema)]}


class _Key(_NumberOrText):
    def read(self, text: str) -> int | None:
        """Return the number of a key such as ``F#3``."""
        return key_number(text)


class _Track(_NumberOrText):
    def read(self, text: str) -> str | None:
        """Return the name of a track."""
        return text or None


Channel = Annotated[
    int | str, _NumberOrText(Within(1, 16), '"any"', (("type", "string"), ("const", "any")))
]
Key = Annotated[
    int | str,
    _Key(
        Within(0, 127),
        'a name such as "C4"',
        (("type", "string"), ("pattern", "^[A-Ga-g][#b]?-?[0-9]$")),
    ),
]
TrackOfFile = Annotated[
    int | str,
    _Track(Within(1, 65_535), "a track's name", (("type", "string"), ("minLength", 1))),
]


class DeadZoneDocument(Document):
    """Parts of a controller's way in which nothing moves; what is left is stretched to fill it."""

    low: Annotated[float, Within(0.0, 0.45)] = 0.0
    """How much of the way from the lower end on counts as the lower end."""
    centre: Annotated[float, Within(0.0, 0.9)] = 0.0
    """How much of the way, half of it on either side, counts as the middle."""
    high: Annotated[float, Within(0.0, 0.45)] = 0.0
    """How much of the way before the upper end counts as the upper end."""


class ControllerDocument(Document):
    """What one source of a MIDI file moves.

    Exactly one of controller, pair, nrpn, rpn, message and mpe says which source.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in SOURCE_KEYS]}
    )

    controller: Annotated[int, Within(0, 119)] | None = None
    """A controller of 7 bits, 0..119 (1 is the modulation wheel, 11 expression)."""
    pair: Annotated[int, Within(0, 31)] | None = None
    """A controller of 14 bits: n and n + 32 are its coarse and its fine half, 0..31."""
    nrpn: Annotated[int, Within(0, 16_383)] | None = None
    """A non-registered parameter, 0..16383 (controller 99 times 128, plus controller 98)."""
    rpn: Annotated[int, Within(0, 16_383)] | None = None
    """A registered parameter, 0..16383 (controller 101 times 128, plus controller 100)."""
    message: (
        Literal["pitch_bend", "channel_pressure", "poly_pressure", "gate", "velocity", "pitch"]
        | None
    ) = None
    """Another message: pitch_bend; channel_pressure; poly_pressure, which needs a key; or of the
    notes: gate is at its maximum while one sounds and at its minimum else, velocity is how hard
    and pitch which key (C-1 to G9) was struck."""
    mpe: Literal["bend", "pressure", "timbre"] | None = None
    """What an MPE player does with one note: bend, pressure, or timbre (controller 74)."""
    channel: Channel | None = None
    """The MIDI channel, 1..16, or "any" for all of them together; may be left out when only one
    channel of the file has the source. For mpe the zone's master, 1 or 16."""
    track: TrackOfFile | None = None
    """Only what stands in this track of the file: its number, from 1, or its name."""
    key: Key | None = None
    """Only this key, for poly_pressure and for notes: its number, or its name with C4 in the
    middle (some programs call that C3)."""
    voice: Literal["last", "highest", "lowest", "loudest"] = "last"
    """Of several notes at once, for mpe, velocity and pitch, the one to follow."""
    target: TargetName
    """What it moves; see the target of a lane."""
    minimum: Annotated[float, Within(-1e9, 1e9)]
    """The target's value when the source is at its lowest. May lie above maximum, which turns the
    movement upside down."""
    maximum: Annotated[float, Within(-1e9, 1e9)]
    """The target's value when the source is at its highest."""
    curve: Annotated[float, Within(-20.0, 20.0)] = 0.0
    """How the way from minimum to maximum is bent: 0 straight, above 0 it leaves late, below 0
    early."""
    dead_zone: DeadZoneDocument = DeadZoneDocument()
    """Where nothing moves: at the ends and in the middle of a worn controller."""
    shape: Literal["hold", "linear", "smooth"] | None = None
    """The way from one message to the next: hold keeps the steps, linear joins them, smooth draws
    the longest straight lines that stay within one step of what was played. Left out, it is hold
    for notes, linear for all else."""
    time: Literal["beats", "seconds"] | None = None
    """beats: the file's beats are the session's beats; seconds: by the file's own tempo. Left out,
    the tempo of the reference to the file decides."""

    @property
    def way(self) -> str:
        """The shape, also where none is written."""
        return self.shape or ("hold" if self.message in STEPPED else "linear")


class ControllerMapDocument(FileDocument):
    """A controller map: what the sources of MIDI files move, for several sessions to share."""

    format: Literal["ltsrender controller map"]
    """Says what this file is."""
    schema_version: Literal[1]
    """The version of this format."""
    name: Word | None = None
    """What the map is called."""
    cc_map: Annotated[tuple[ControllerDocument, ...], Field(min_length=1, max_length=2000)]
    """Which source moves what."""
