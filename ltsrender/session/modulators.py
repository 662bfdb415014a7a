"""What can stand for a curve: points, modulators, and combinations of them, written as data.

Wherever a number may move, a number, the name of another lane, or a source of its own may stand.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Strict, Tag

from ltsrender.session.fields import Document, Seed, Within, Word
from ltsrender.session.written import VALUES, WrittenMoment, WrittenValue

ShapeName = Literal["hold", "linear", "smooth", "exponential", "bezier", "spline"]
TimeUnit = Literal["beats", "seconds", "samples"]

Switch = Annotated[bool, Strict()]
Number = Annotated[float, VALUES]
Part = Annotated[float, Within(0.0, 1.0)]
Handle = tuple[Part, Part]
Hertz = Within(0.0, 1000.0, "Hz")
ShortSeconds = Annotated[float, Within(0.0, 3600.0, "s")]
EveryBeats = Annotated[float, Within(0.001, 100_000.0, "beats")]
RateHz = Annotated[float, Within(0.00001, 1000.0, "Hz")]


class PointDocument(Document):
    """One breakpoint: a time, a value, and the way to the next breakpoint."""

    at: WrittenMoment
    """When, from the session's start: a number in the lane's unit of time, or a text such as
    "12.5 s", "16 beats", "9|1|000" (bar, beat, tick) or "marker:B + 2 beats". Two points at the
    same time are a jump from the first value to the second."""
    value: WrittenValue
    """The value at that time: a number in the plain unit of the target, or a text with another
    unit, such as "-3 dB", "1.2 kHz", "A4", "30 %"."""
    shape: ShapeName = "linear"
    """The way to the next point: hold keeps the value and then jumps; linear is a straight line;
    smooth starts and ends level; exponential moves by equal ratios, or bends by its curvature;
    bezier has two handles; spline goes smoothly through its neighbours too, without turning
    between two points."""
    curvature: Annotated[float, Within(-20.0, 20.0)] | None = None
    """For exponential: how much the way bends. Above 0 it leaves late, below 0 it arrives early, 0
    is straight. In Hz it bends the way in octaves. Left out, the way moves by equal ratios."""
    handles: tuple[Handle, Handle] | None = None
    """For bezier: two handles, each a part of the way in time and in value, 0..1."""


class LfoDocument(Document):
    """A wave that goes on for ever: centre + depth * wave, and the wave runs from -1 to 1."""

    shape: Literal["sine", "triangle", "saw", "square", "sample_and_hold", "random"] = "sine"
    """The wave: sine and triangle begin in the middle and rise; saw rises through its cycle and
    falls back; square is 1 and then -1; sample_and_hold has a value by chance for each cycle;
    random goes smoothly from one such value to the next."""
    rate_hz: Operand | None = None
    """Cycles per second, 0..1000, if it is not given in beats."""
    every_beats: Operand | None = None
    """How many beats a cycle lasts."""
    phase: Operand = 0.0
    """Where in its cycle it begins, 0..1; moving, it shifts the wave."""
    depth: Operand = 1.0
    """How far it goes up and down, in the unit of the target."""
    centre: Operand = 0.0
    """Around which value it moves, in the unit of the target."""
    pulse_width: Annotated[float, Within(0.01, 0.99)] = 0.5
    """For square: which part of the cycle is up."""
    seed: Seed | None = None
    """For the waves by chance: a seed of its own; left out, it follows from the track's."""


class RandomWalkDocument(Document):
    """A value that wanders by chance, and turns round at its bounds."""

    minimum: WrittenValue
    """The lower bound."""
    maximum: WrittenValue
    """The upper bound."""
    step: Annotated[float, Within(0.0, 1e9)] | None = None
    """The standard deviation of a step, in the unit of the target; left out, a tenth of the way
    between the bounds."""
    rate_hz: RateHz | None = None
    """Steps per second, if they are not given in beats."""
    every_beats: EveryBeats | None = None
    """How many beats a step lasts."""
    start: WrittenValue | None = None
    """Where it begins; left out, in the middle."""
    shape: Literal["hold", "linear", "smooth"] = "smooth"
    """The way from one step to the next."""
    seed: Seed | None = None
    """A seed of its own; left out, it follows from the track's."""


class EnvelopeFollowerDocument(Document):
    """The level of a sound, or of another track or bus, as a curve."""

    sound: Word | None = None
    """A name from the session's "sounds", followed as it was recorded."""
    track: Word | None = None
    """A track or bus of the session, followed as its stem sounds; not the lane's own."""
    start: WrittenMoment = 0.0
    """For a sound: when it begins, in beats or as a text; before, there is silence."""
    loop: Switch = False
    """For a sound: true begins it again when it has ended."""
    attack_s: ShortSeconds = 0.01
    """How fast the level rises: the time in which it covers 63 % of a step, in seconds."""
    release_s: ShortSeconds = 0.2
    """How fast it falls."""
    detector: Literal["rms", "peak"] = "rms"
    """What is followed: the power, or the largest samples."""
    scale: Literal["dB", "linear"] = "dB"
    """Whether the level counts in decibels, between floor_db and ceiling_db, or as amplitude."""
    floor_db: Annotated[float, Within(-160.0, 24.0, "dB")] = -60.0
    """The level that gives the minimum, with scale dB."""
    ceiling_db: Annotated[float, Within(-160.0, 24.0, "dB")] = 0.0
    """The level that gives the maximum."""
    minimum: WrittenValue = 0.0
    """The value in silence."""
    maximum: WrittenValue = 1.0
    """The value at the ceiling."""


class StepsDocument(Document):
    """A step sequence."""

    values: Annotated[tuple[WrittenValue, ...], Field(min_length=1, max_length=10_000)]
    """The values, one for each step."""
    every_beats: EveryBeats | None = None
    """How many beats a step lasts."""
    every_s: Annotated[float, Within(0.001, 86_400.0, "s")] | None = None
    """How long a step lasts in seconds, instead of beats."""
    glide: Part = 0.0
    """Which part of each step glides to the next value: 0 jumps, 1 never rests."""
    loop: Switch = True
    """true begins again after the last step, false keeps its value."""


class SignalDocument(Document):
    """A recording read as a control signal, as modular synthesizers send control voltages."""

    sound: Word
    """A name from the session's "sounds"."""
    channel: Annotated[int, Within(1, 2)] = 1
    """1 for left or mono, 2 for right."""
    minimum: WrittenValue = -1.0
    """The value at a sample of -1, or of 0 when it is unipolar."""
    maximum: WrittenValue = 1.0
    """The value at a sample of 1."""
    unipolar: Switch = False
    """true reads 0..1 instead of -1..1."""
    start: WrittenMoment = 0.0
    """When it begins, in beats or as a text; before, its first value holds, after it the last."""
    loop: Switch = False
    """true begins it again when it has ended."""


class ScaleDocument(Document):
    """From one range to another, along a straight line."""

    of: Operand
    """What is scaled."""
    from_: Annotated[tuple[Number, Number], Field(alias="from")] = (0.0, 1.0)
    """The two ends it comes from."""
    to: tuple[WrittenValue, WrittenValue]
    """The two ends it goes to."""
    hold: Switch = True
    """true holds what lies outside at the ends, false goes on along the line."""


class LagDocument(Document):
    """A value that follows another late: it covers 63 % of a step in the given time."""

    of: Operand
    """What is followed."""
    rise_s: ShortSeconds = 0.1
    """How late on the way up, in seconds."""
    fall_s: ShortSeconds | None = None
    """How late on the way down; left out, as on the way up."""


class QuantiseDocument(Document):
    """A value held on the nearest of some values."""

    of: Operand
    """What is quantised."""
    step: Annotated[float, Within(1e-6, 1e9)] | None = None
    """The distance between the values, which are its multiples."""
    values: Annotated[tuple[WrittenValue, ...], Field(min_length=1, max_length=10_000)] | None = (
        None
    )
    """The values themselves, instead of a step."""


class SourceDocument(Document):
    """Something that has a value at every time: exactly one of these keys, time aside.

    Wherever a table says "or a source", a number may move: a number, the name of another lane of
    the same list, or such an object may stand there.
    """

    time: TimeUnit = "beats"
    """The unit of numbers in the points' times: beats (they follow the tempo), seconds, or
    samples at the session's rate."""
    points: Annotated[tuple[PointDocument, ...], Field(min_length=1, max_length=500_000)] | None = (
        None
    )
    """The breakpoints, in the order of time. Before the first its value holds, after the last the
    last one."""
    value: WrittenValue | None = None
    """One value for ever."""
    lfo: LfoDocument | None = None
    """A wave."""
    random_walk: RandomWalkDocument | None = None
    """A walk by chance."""
    envelope_follower: EnvelopeFollowerDocument | None = None
    """The level of a sound or a track."""
    steps: StepsDocument | None = None
    """A step sequence."""
    signal: SignalDocument | None = None
    """A recording as a control signal."""
    lane: Word | None = None
    """The value of another lane of the same list, by its name."""
    add: Operands | None = None
    """The sum of several."""
    multiply: Operands | None = None
    """The product of several."""
    max: Operands | None = None
    """The largest of several."""
    min: Operands | None = None
    """The smallest of several."""
    scale: ScaleDocument | None = None
    """Another range."""
    lag: LagDocument | None = None
    """A value that follows late."""
    quantise: QuantiseDocument | None = None
    """A value held on steps."""


def _kind_of_operand(value: Any) -> str:
    if isinstance(value, str):
        return "<lane>"
    is_object = isinstance(value, dict | SourceDocument)
    return "<SourceDocument>" if is_object else "<number>"


Operand = Annotated[
    Annotated[Number, Tag("<number>")]
    | Annotated[Word, Tag("<lane>")]
    | Annotated[SourceDocument, Tag("<SourceDocument>")],
    Discriminator(_kind_of_operand),
]
Operands = Annotated[tuple[Operand, ...], Field(min_length=1, max_length=100)]

for _document in (LfoDocument, ScaleDocument, LagDocument, QuantiseDocument, SourceDocument):
    _document.model_rebuild()

SOURCES = tuple(key for key in SourceDocument.model_fields if key not in ("note", "time"))
"""The keys of which a source has exactly one."""
