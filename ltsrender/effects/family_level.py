"""Effects that work on how loud a sound is."""

from __future__ import annotations

from ltsrender.effects.knobs import effect, number, switch, time_ms

LEVEL = (
    effect(
        "gain",
        "",
        "Makes louder or softer, smoothly for every sample; at -120 dB it is silent.",
        number("gain_db", (-120.0, 24.0), 0.0),
    ),
    effect(
        "invert",
        "Invert",
        "Turns the polarity round.",
    ),
    effect(
        "compressor",
        "Compressor",
        "Brings what is above the threshold nearer to it.",
        number("threshold_db", (-80.0, 0.0), -18.0),
        number("ratio", (1.0, 100.0), 2.0, taper="log"),
        time_ms("attack_ms", 10.0, 1_000.0),
        time_ms("release_ms", 100.0, 5_000.0),
    ),
    effect(
        "limiter",
        "Limiter",
        "Raises everything by roughly the threshold and stops hard at full scale: loud.",
        number("threshold_db", (-40.0, 0.0), -6.0),
        time_ms("release_ms", 100.0, 5_000.0),
    ),
    effect(
        "brickwall_limiter",
        "BrickwallLimiter",
        "Looks ahead and lets nothing pass the ceiling; its delay is compensated.",
        number("ceiling_db", (-40.0, 0.0), -1.0),
        time_ms("lookahead_ms", 5.0, 100.0, automatable=False),
        time_ms("release_ms", 100.0, 5_000.0),
        switch("true_peak", False),
    ),
    effect(
        "noise_gate",
        "NoiseGate",
        "Pushes down what is below the threshold.",
        number("threshold_db", (-120.0, 0.0), -60.0),
        number("ratio", (1.0, 100.0), 10.0, taper="log"),
        time_ms("attack_ms", 1.0, 1_000.0),
        time_ms("release_ms", 100.0, 5_000.0),
    ),
)
