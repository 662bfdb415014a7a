"""How well in tune and in time a pitch shift is, as a table.

    python tests/bench/pitch.py

A sine of 440 Hz is shifted by ours and by pedalboard's PitchShift: how far everything else lies
below the sine that should come out, in dB, and how many cents beside it the strongest partial lies.
Then 30 seconds of noise that is switched on and off by chance: by how much its loudness is late, in
milliseconds, in four passages of six seconds; a minus is early.
"""

from __future__ import annotations

import numpy as np
import pedalboard
from scipy.signal import butter, sosfiltfilt

from ltsrender.effects.pitch import shift_pitch

RATE_HZ = 44_100
SEMITONES = (-24.0, -12.0, -5.0, -0.37, 0.37, 3.0, 7.0, 12.0, 17.7, 24.0)
STARTS_S = (0, 8, 16, 23)

Sound = np.ndarray


def sine() -> Sound:
    n = np.arange(4 * RATE_HZ)
    return (0.5 * np.sin(2.0 * np.pi * 440.0 * n / RATE_HZ)).astype(np.float32)[np.newaxis]


def rest_db(made: Sound, hertz: float) -> float:
    """Return how far everything else lies below a sine."""
    middle = made[0, RATE_HZ : 3 * RATE_HZ].astype(np.float64)
    phase = 2.0 * np.pi * hertz * np.arange(middle.size) / RATE_HZ
    basis = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    found = basis @ np.linalg.lstsq(basis, middle, rcond=None)[0]
    return float(20.0 * np.log10(np.std(middle - found) / np.std(found)))


def cents(made: Sound, hertz: float) -> float:
    """Return how far the strongest partial lies beside a frequency."""
    middle = made[0, RATE_HZ : 3 * RATE_HZ]
    size = 8 * middle.size
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), size))
    return float(1_200.0 * np.log2(np.argmax(spectrum) * RATE_HZ / size / hertz))


def late_ms(made: Sound, sound: Sound) -> float:
    """Return by how much the loudness of a sound is late."""
    smooth = butter(2, 30.0, fs=RATE_HZ, output="sos")
    levels = [sosfiltfilt(smooth, np.abs(each.astype(np.float64))) for each in (sound, made)]
    here, there = (level - level.mean() for level in levels)
    size = 2 * here.size
    match = np.fft.irfft(np.fft.rfft(here, size).conj() * np.fft.rfft(there, size))
    lag = int(np.argmax(match))
    return 1_000.0 * (lag - size if lag > size // 2 else lag) / RATE_HZ


def main() -> None:
    rng = np.random.default_rng(1)
    gate = np.repeat(rng.integers(0, 2, 30 * 20), RATE_HZ // 20)
    noise = (0.2 * rng.normal(size=gate.size) * gate).astype(np.float32)[np.newaxis]
    print("| semitones | rest, ours | rest, PitchShift | cents, ours | cents, PitchShift | late |")
    print("| --- | --- | --- | --- | --- | --- |")
    for semitones in SEMITONES:
        hertz = 440.0 * 2.0 ** (semitones / 12.0)
        own = shift_pitch(sine(), RATE_HZ, semitones)
        others = pedalboard.PitchShift(semitones)(sine(), RATE_HZ)
        made = shift_pitch(noise, RATE_HZ, semitones)
        starts = [start * RATE_HZ for start in STARTS_S]
        parts = [slice(start, start + 6 * RATE_HZ) for start in starts]
        late = [f"{late_ms(made[0, part], noise[0, part]):.1f}" for part in parts]
        print(
            f"| {semitones:g} | {rest_db(own, hertz):.0f} dB | {rest_db(others, hertz):.0f} dB "
            f"| {cents(own, hertz):.1f} | {cents(others, hertz):.1f} | {', '.join(late)} ms |",
            flush=True,
        )


if __name__ == "__main__":
    main()
