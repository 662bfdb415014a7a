"""The effects as a table: what each is called, what it takes, in which unit and range.

pedalboard's setters accept almost anything, NaN and minus five hertz included, and answer with
infinite samples. So the ranges are ours: every value in them was heard to be finite and stable on
noise, on an impulse and on silence. Nothing here imports pedalboard: a session can be checked, and
an editor can draw its knobs, without it.

Ids and names are ours too. They carry their unit and stay the same when a library renames its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from ltsrender.session.problems import found_words

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = float | str | bool


@dataclass(frozen=True)
class Parameter:
    """One knob of an effect.

    Attributes
    ----------
    name
        What presets and automation targets call it; ends in its unit where it has one.
    kind
        ``"number"``, ``"choice"`` (one of `choices`) or ``"switch"`` (true or false).
    unit
        ``"Hz"``, ``"dB"``, ``"s"``, ``"ms"``, ``"bits"``, or empty for a plain ratio.
    minimum, maximum
        The range of a number, both ends allowed.
    default
        The value when a preset says nothing.
    taper
        How a knob should travel: ``"linear"``, or ``"log"`` for frequencies and times.
    automatable
        False where moving the value would click whatever the control rate, or make no sense.
    choices
        The words a choice may be.
    native
        pedalboard's attribute; empty for our own effects.
    glide
        The furthest a number moves in 64 samples, in octaves where the taper is ``"log"``, else in
        its unit. A biquad keeps its memory when its coefficients jump: a low shelf that leaps from
        20 Hz to 15 kHz answers with a bang of +43 dB. A quarter octave at a time it does not.
    """

    name: str
    kind: Literal["number", "choice", "switch"]
    unit: str
    minimum: float
    maximum: float
    default: Value
    taper: Literal["linear", "log"]
    automatable: bool
    choices: tuple[str, ...]
    native: str
    glide: float = math.inf

    def objection(self, value: object) -> str:
        """Return what is wrong with a value, as words after the parameter's name; else empty."""
        found = found_words(value)
        if self.kind == "choice":
            words = ", ".join(self.choices)
            return "" if value in self.choices else f"is {found}; it is one of {words}"
        if self.kind == "switch":
            return "" if isinstance(value, bool) else f"is {found}; it is true or false"
        unit = f" {self.unit}" if self.unit else ""
        allowed = f"it takes {self.minimum:g}..{self.maximum:g}{unit}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"is {found}, not a number; {allowed}"
        if not self.minimum <= value <= self.maximum:  # NaN is in no range
            return f"is {found}; {allowed}"
        return ""

    def clipped(self, value: float) -> float:
        """Return a number brought into the range; the default when it is not finite."""
        if not math.isfinite(value):
            return float(self.default)
        return min(max(value, self.minimum), self.maximum)

    def glided(self, last: float, value: float) -> float:
        """Return ``value``, or the nearest to it that 64 samples after ``last`` may bring."""
        if self.taper == "log":
            furthest = math.exp2(self.glide)
            return min(max(value, last / furthest), last * furthest)
        return min(max(value, last - self.glide), last + self.glide)


@dataclass(frozen=True)
class EffectInfo:
    """One effect.

    Attributes
    ----------
    id
        What presets call it, in snake_case.
    sentence
        What it does, for a composer.
    pedalboard_class
        The class that does the work; empty for our own effects.
    parameters
        By name, in the order in which an editor should show them.
    """

    id: str
    sentence: str
    pedalboard_class: str
    parameters: Mapping[str, Parameter]


def _number(
    name: str,
    span: tuple[float, float],
    default: float,
    native: str = "",
    *,
    taper: Literal["linear", "log"] = "linear",
    automatable: bool = True,
    glide: float = math.inf,
) -> Parameter:
    ends = {"_hz": "Hz", "_db": "dB", "_ms": "ms", "_s": "s", "_bits": "bits"}
    unit = next((word for end, word in ends.items() if name.endswith(end)), "")
    return Parameter(
        name, "number", unit, *span, default, taper, automatable, (), native or name, glide
    )


def _choice(name: str, choices: tuple[str, ...], native: str = "") -> Parameter:
    last = float(len(choices) - 1)
    return Parameter(
        name, "choice", "", 0.0, last, choices[0], "linear", False, choices, native or name
    )


def _switch(name: str, default: bool, native: str = "") -> Parameter:
    return Parameter(name, "switch", "", 0.0, 1.0, default, "linear", False, (), native or name)


def _frequency(
    name: str, default_hz: float, native: str, span: tuple[float, float] = (10.0, 20_000.0)
) -> Parameter:
    return _number(name, span, default_hz, native, taper="log")


def _time_ms(
    name: str, default_ms: float, longest_ms: float, *, automatable: bool = True
) -> Parameter:
    return _number(name, (0.1, longest_ms), default_ms, taper="log", automatable=automatable)


def _unity(name: str, default: float, native: str = "") -> Parameter:
    return _number(name, (0.0, 1.0), default, native)


def _effect(id_: str, native: str, sentence: str, *parameters: Parameter) -> EffectInfo:
    table = MappingProxyType({parameter.name: parameter for parameter in parameters})
    return EffectInfo(id_, sentence, native, table)


def _eq(frequency: str, default_hz: float) -> tuple[Parameter, ...]:
    """Return the three knobs of a biquad; they glide, 24 dB in 23 ms."""
    span = (10.0, 20_000.0)
    return (
        _number(frequency, span, default_hz, _CUTOFF, taper="log", glide=0.25),
        _number("gain_db", (-24.0, 24.0), 0.0, glide=1.5),
        _number("q", (0.1, 10.0), 0.7071, taper="log", glide=0.25),
    )


_CUTOFF = "cutoff_frequency_hz"
_FEEDBACK = _number("feedback", (-0.95, 0.95), 0.0)
_LFO_RATE = _number("rate_hz", (0.01, 20.0), 1.0, taper="log")
_LADDER_MODES = (
    "lowpass_12",
    "highpass_12",
    "bandpass_12",
    "lowpass_24",
    "highpass_24",
    "bandpass_24",
)

_TABLE = (
    _effect(
        "gain",
        "",
        "Makes louder or softer, smoothly for every sample; at -120 dB it is silent.",
        _number("gain_db", (-120.0, 24.0), 0.0),
    ),
    _effect(
        "invert",
        "Invert",
        "Turns the polarity round.",
    ),
    _effect(
        "reverb",
        "Reverb",
        "A room (Freeverb): early density without a direction, from chamber to cathedral.",
        _unity("room_size", 0.5),
        _unity("damping", 0.5),
        _unity("wet", 0.33, "wet_level"),
        _unity("dry", 0.4, "dry_level"),
        _unity("width", 1.0),
        _unity("freeze", 0.0, "freeze_mode"),
    ),
    _effect(
        "delay",
        "Delay",
        "An echo with feedback. Its time stands still: moving it would click.",
        _number("delay_s", (0.001, 30.0), 0.5, "delay_seconds", taper="log", automatable=False),
        _number("feedback", (0.0, 0.99), 0.0),
        _unity("mix", 0.5),
    ),
    _effect(
        "chorus",
        "Chorus",
        "A wavering copy; with short delays and feedback a flanger.",
        _LFO_RATE,
        _unity("depth", 0.25),
        _number("centre_delay_ms", (1.0, 50.0), 7.0),
        _FEEDBACK,
        _unity("mix", 0.5),
    ),
    _effect(
        "phaser",
        "Phaser",
        "Notches that wander through the spectrum.",
        _LFO_RATE,
        _unity("depth", 0.5),
        _frequency("centre_hz", 1_300.0, "centre_frequency_hz", (50.0, 10_000.0)),
        _FEEDBACK,
        _unity("mix", 0.5),
    ),
    _effect(
        "compressor",
        "Compressor",
        "Brings what is above the threshold nearer to it.",
        _number("threshold_db", (-80.0, 0.0), -18.0),
        _number("ratio", (1.0, 100.0), 2.0, taper="log"),
        _time_ms("attack_ms", 10.0, 1_000.0),
        _time_ms("release_ms", 100.0, 5_000.0),
    ),
    _effect(
        "limiter",
        "Limiter",
        "Raises everything by roughly the threshold and stops hard at full scale: loud.",
        _number("threshold_db", (-40.0, 0.0), -6.0),
        _time_ms("release_ms", 100.0, 5_000.0),
    ),
    _effect(
        "brickwall_limiter",
        "BrickwallLimiter",
        "Looks ahead and lets nothing pass the ceiling; its delay is compensated.",
        _number("ceiling_db", (-40.0, 0.0), -1.0),
        _time_ms("lookahead_ms", 5.0, 100.0, automatable=False),
        _time_ms("release_ms", 100.0, 5_000.0),
        _switch("true_peak", False),
    ),
    _effect(
        "noise_gate",
        "NoiseGate",
        "Pushes down what is below the threshold.",
        _number("threshold_db", (-120.0, 0.0), -60.0),
        _number("ratio", (1.0, 100.0), 10.0, taper="log"),
        _time_ms("attack_ms", 1.0, 1_000.0),
        _time_ms("release_ms", 100.0, 5_000.0),
    ),
    _effect(
        "highpass",
        "HighpassFilter",
        "Takes away what is below the cutoff, 6 dB per octave.",
        _frequency("cutoff_hz", 50.0, _CUTOFF),
    ),
    _effect(
        "lowpass",
        "LowpassFilter",
        "Takes away what is above the cutoff, 6 dB per octave.",
        _frequency("cutoff_hz", 8_000.0, _CUTOFF),
    ),
    _effect(
        "peak",
        "PeakFilter",
        "Raises or lowers a band around a frequency.",
        *_eq("centre_hz", 1_000.0),
    ),
    _effect(
        "low_shelf",
        "LowShelfFilter",
        "Raises or lowers everything below a frequency.",
        *_eq("cutoff_hz", 200.0),
    ),
    _effect(
        "high_shelf",
        "HighShelfFilter",
        "Raises or lowers everything above a frequency.",
        *_eq("cutoff_hz", 4_000.0),
    ),
    _effect(
        "ladder",
        "LadderFilter",
        "A transistor ladder: steep, resonant, a little dirty; sings at resonance 1.",
        _choice("mode", _LADDER_MODES),
        _frequency("cutoff_hz", 1_000.0, "cutoff_hz"),
        _unity("resonance", 0.0),
        _number("drive", (1.0, 20.0), 1.0, taper="log"),
    ),
    _effect(
        "distortion",
        "Distortion",
        "Bends the wave by a hyperbolic tangent.",
        _number("drive_db", (-24.0, 60.0), 12.0),
    ),
    _effect(
        "clipping",
        "Clipping",
        "Cuts the wave off at the threshold.",
        _number("threshold_db", (-60.0, 0.0), -6.0),
    ),
    _effect(
        "bitcrush",
        "Bitcrush",
        "Rounds the wave to fewer bits; between whole numbers the steps glide.",
        _number("depth_bits", (1.0, 24.0), 8.0, "bit_depth"),
    ),
)

EFFECTS: Mapping[str, EffectInfo] = MappingProxyType({effect.id: effect for effect in _TABLE})
"""Every effect by its id."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "pitch_shift": "it falls silent when sound comes in blocks",
        "gsm": "it loses sound when sound comes in blocks",
        "mp3": "it knows only a few sample rates; encode the finished stem instead",
        "resample": "the session's sample_rate_hz does it",
        "convolution": "impulse responses cannot be named in a chain yet; use reverb",
        "mix": "send the track to two buses instead",
    }
)
"""Effects that people will look for, and why they are not there."""
