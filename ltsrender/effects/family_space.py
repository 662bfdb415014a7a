"""Effects that put a sound somewhere: rooms, echoes, recorded places."""

from __future__ import annotations

from ltsrender.effects.knobs import effect, number, unity

SPACE = (
    effect(
        "reverb",
        "Reverb",
        "A room (Freeverb): early density without a direction, from chamber to cathedral.",
        unity("room_size", 0.5),
        unity("damping", 0.5),
        unity("wet", 0.33, "wet_level"),
        unity("dry", 0.4, "dry_level"),
        unity("width", 1.0),
        unity("freeze", 0.0, "freeze_mode"),
    ),
    effect(
        "delay",
        "Delay",
        "An echo with feedback. Where its time moves, one echo fades into the next.",
        number("delay_s", (0.001, 30.0), 0.5, "delay_seconds", taper="log"),
        number("feedback", (0.0, 0.99), 0.0),
        unity("mix", 0.5),
    ),
    effect(
        "convolution",
        "",
        "Sets a sound into a recorded place or object: its impulse response.",
        unity("mix", 0.3),
        number("gain_db", (-60.0, 24.0), 0.0),
        note=(
            "`impulse` in the insert names the recording, mono or stereo, at any sample rate. It "
            "is brought to unit energy, so noise is as loud after it as before; `gain_db` is the "
            "level of the wet sound."
        ),
    ),
)
