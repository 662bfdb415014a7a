"""Effects that break a sound: by bending its wave, or by sending it through poor machines."""

from __future__ import annotations

from ltsrender.effects.knobs import choice, effect, number

_QUALITIES = ("clean", "linear", "stepped")

DIRT = (
    effect(
        "distortion",
        "Distortion",
        "Bends the wave by a hyperbolic tangent.",
        number("drive_db", (-24.0, 60.0), 12.0),
    ),
    effect(
        "clipping",
        "Clipping",
        "Cuts the wave off at the threshold.",
        number("threshold_db", (-60.0, 0.0), -6.0),
    ),
    effect(
        "bitcrush",
        "Bitcrush",
        "Rounds the wave to fewer bits; between whole numbers the steps glide.",
        number("depth_bits", (1.0, 24.0), 8.0, "bit_depth"),
    ),
    effect(
        "resample",
        "Resample",
        "Goes down to a lower sample rate and up again, as early samplers did.",
        number(
            "rate_hz",
            (1_000.0, 48_000.0),
            8_000.0,
            "target_sample_rate",
            taper="log",
            automatable=False,
        ),
        choice("quality", _QUALITIES),
        note=(
            "`clean` only darkens, `linear` and `stepped` leave the mirrored partials of a cheap "
            "converter; `stepped` is late by half a step, 3 samples at 8 kHz of 44.1."
        ),
    ),
    effect(
        "mp3",
        "MP3Compressor",
        "Encodes to MP3 and decodes again (LAME); 0 is the best quality, 9 the worst.",
        number("vbr_quality", (0.0, 9.0), 2.0, automatable=False),
        note=(
            "Clips at full scale. At rates that MP3 does not know, such as 88.2 and 96 kHz, it "
            "runs on the whole sound at 44.1 or 48 kHz."
        ),
    ),
    effect(
        "gsm",
        "GSMFullRateCompressor",
        "A telephone of the nineties: 8 kHz, 13 kbit/s, and what that does to anything but speech.",
        choice("quality", _QUALITIES),
        runs="whole",
        note=(
            "Each channel has a line of its own. A squelch keeps silence silent: what is below "
            "-78 dBFS, half a step of the codec, is not sent. In time to within a sample."
        ),
    ),
)
