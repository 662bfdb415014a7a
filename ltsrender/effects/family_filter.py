"""Effects that work on the spectrum."""

from __future__ import annotations

from ltsrender.effects.knobs import Parameter, choice, effect, frequency, number, unity

_CUTOFF = "cutoff_frequency_hz"
_LADDER_MODES = (
    "lowpass_12",
    "highpass_12",
    "bandpass_12",
    "lowpass_24",
    "highpass_24",
    "bandpass_24",
)


def _eq(name: str, default_hz: float) -> tuple[Parameter, ...]:
    """Return the three knobs of a biquad; they glide, 24 dB in 23 ms."""
    span = (10.0, 20_000.0)
    return (
        number(name, span, default_hz, _CUTOFF, taper="log", glide=0.25),
        number("gain_db", (-24.0, 24.0), 0.0, glide=1.5),
        number("q", (0.1, 10.0), 0.7071, taper="log", glide=0.25),
    )


FILTERS = (
    effect(
        "highpass",
        "HighpassFilter",
        "Takes away what is below the cutoff, 6 dB per octave.",
        frequency("cutoff_hz", 50.0, _CUTOFF),
    ),
    effect(
        "lowpass",
        "LowpassFilter",
        "Takes away what is above the cutoff, 6 dB per octave.",
        frequency("cutoff_hz", 8_000.0, _CUTOFF),
    ),
    effect(
        "peak",
        "PeakFilter",
        "Raises or lowers a band around a frequency.",
        *_eq("centre_hz", 1_000.0),
    ),
    effect(
        "low_shelf",
        "LowShelfFilter",
        "Raises or lowers everything below a frequency.",
        *_eq("cutoff_hz", 200.0),
    ),
    effect(
        "high_shelf",
        "HighShelfFilter",
        "Raises or lowers everything above a frequency.",
        *_eq("cutoff_hz", 4_000.0),
    ),
    effect(
        "ladder",
        "LadderFilter",
        "A transistor ladder: steep, resonant, a little dirty; sings at resonance 1.",
        choice("mode", _LADDER_MODES),
        frequency("cutoff_hz", 1_000.0, "cutoff_hz"),
        unity("resonance", 0.0),
        number("drive", (1.0, 20.0), 1.0, taper="log"),
    ),
)
