"""Effects that set a sound in motion, or its pitch elsewhere."""

from __future__ import annotations

from ltsrender.effects.knobs import effect, frequency, number, switch, unity

_FEEDBACK = number("feedback", (-0.95, 0.95), 0.0)
_LFO_RATE = number("rate_hz", (0.01, 20.0), 1.0, taper="log")

MOTION = (
    effect(
        "chorus",
        "Chorus",
        "A wavering copy; with short delays and feedback a flanger.",
        _LFO_RATE,
        unity("depth", 0.25),
        number("centre_delay_ms", (1.0, 50.0), 7.0),
        _FEEDBACK,
        unity("mix", 0.5),
    ),
    effect(
        "phaser",
        "Phaser",
        "Notches that wander through the spectrum.",
        _LFO_RATE,
        unity("depth", 0.5),
        frequency("centre_hz", 1_300.0, "centre_frequency_hz", (50.0, 10_000.0)),
        _FEEDBACK,
        unity("mix", 0.5),
    ),
    effect(
        "pitch_shift",
        "",
        "Moves the pitch and keeps the length (Rubber Band).",
        number("semitones", (-24.0, 24.0), 0.0, automatable=False),
        switch("keep_formants", default=False),
        runs="whole",
        note=(
            "Its delay is compensated to about a millisecond and does not drift. With "
            "`keep_formants` a voice keeps its throat; a pure tone would lose its level."
        ),
    ),
)
