"""Two sounds beside each other: how far the second is from the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.audio.loudness import loudness_difference_db
from ltsrender.audio.measures import (
    FULL_HZ,
    HEARD_HZ,
    WINDOWS_SAMPLES,
    envelope_error_db,
    log_spectral_distance_db,
    onsets,
    peak_difference_db,
    pre_echo_db,
    rms_difference_db,
    spectral_convergence_db,
)
from ltsrender.audiofile import load_sound, sound_info
from ltsrender.errors import InputError, Problem, SoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Audio = NDArray[np.float32]

_SPECTRAL = {
    "spectral convergence": spectral_convergence_db,
    "log-spectral distance": log_spectral_distance_db,
}
_WIDTH = 39


@dataclass(frozen=True, eq=False)
class Pair:
    """Two sounds made comparable.

    Attributes
    ----------
    names
        Of the reference and of the sound.
    reference, sound
        ``float32[channel, sample]``, of one shape.
    sample_rate_hz
        Of both.
    notes
        What had to be done to make them comparable, a line each.
    """

    names: tuple[str, str]
    reference: Audio
    sound: Audio
    sample_rate_hz: int
    notes: tuple[str, ...]


def load_pair(first: Path, second: Path) -> Pair:
    """Return two recordings at the first one's rate, as long as the shorter of them.

    Raises
    ------
    InputError
        With everything that is wrong with the two files.
    """
    problems: list[Problem] = []
    infos = []
    for file in (first, second):
        try:
            infos.append(sound_info(file))
        except SoundError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    rate_hz = infos[0].sample_rate_hz
    notes = []
    if infos[1].sample_rate_hz != rate_hz:
        rates = f"{infos[1].sample_rate_hz} Hz, not {rate_hz}"
        notes.append(f"{second} has a sample rate of {rates}: it was resampled")
    if infos[0].n_channels != infos[1].n_channels:
        mono = first if infos[0].n_channels == 1 else second
        notes.append(f"{mono} is mono: it is compared with each channel of the other")
    reference, sound = (load_sound(file, rate_hz) for file in (first, second))
    difference_s = (sound.shape[1] - reference.shape[1]) / rate_hz
    if difference_s:
        words = f"{abs(difference_s):.4f} s {'longer' if difference_s > 0 else 'shorter'}"
        notes.append(f"{second} is {words}: what only one of them has is left out")
    n_samples = min(reference.shape[1], sound.shape[1])
    n_channels = max(reference.shape[0], sound.shape[0])
    reference, sound = (
        np.repeat(audio[:, :n_samples], n_channels // audio.shape[0], axis=0)
        for audio in (reference, sound)
    )
    return Pair((first.name, second.name), reference, sound, rate_hz, tuple(notes))


def describe_pair(pair: Pair) -> str:
    """Return the table of all measures, means over the channels, as lines of text."""
    n_channels, n_samples = pair.reference.shape
    channels = f"{n_channels} channel{'s' if n_channels > 1 else ''}"
    about = f"{n_samples / pair.sample_rate_hz:.2f} s, {channels}, {pair.sample_rate_hz} Hz"
    return "\n".join(
        [
            *pair.notes,
            f"{pair.names[1]} against {pair.names[0]}: {about}",
            window_line(),
            *(line for name in _SPECTRAL for line in spectral_lines(pair, name)),
            _line("envelope error", shown_db(mean_of(envelope_error_db, pair))),
            pre_echo_line(pair),
            _line("peak", shown_db(_level_of(peak_difference_db, pair), sign="+")),
            _line("loudness", shown_db(mean_of(loudness_difference_db, pair), sign="+")),
            _line("rms", shown_db(_level_of(rms_difference_db, pair), sign="+")),
        ]
    )


def window_line() -> str:
    """Return the head of the spectral measures: the lengths of their windows."""
    return _line("dB, windows of", *(f"{n:8d}" for n in WINDOWS_SAMPLES))


def spectral_lines(pair: Pair, name: str = "spectral convergence") -> list[str]:
    """Return a spectral measure in its two bands, at the three lengths of the window."""
    measure = _SPECTRAL[name]
    lines = []
    for low_hz, high_hz in (HEARD_HZ, FULL_HZ):
        band = (low_hz, min(high_hz, pair.sample_rate_hz / 2))
        values = (
            shown_db(mean_of(measure, pair, window_samples=n, band_hz=band))
            for n in WINDOWS_SAMPLES
        )
        lines.append(_line(f"{name}, {band[0]:.0f}..{band[1]:.0f} Hz", *values))
    return lines


def pre_echo_line(pair: Pair) -> str:
    """Return the pre-echo and the number of onsets that it was measured at."""
    n_onsets = sum(onsets(channel, pair.sample_rate_hz).size for channel in pair.reference)
    words = shown_db(mean_of(pre_echo_db, pair), sign="+")
    return _line("pre-echo", words, f"  at {n_onsets} onsets" if n_onsets else "  no onsets")


def mean_of(measure: Callable[..., float | None], pair: Pair, **settings: Any) -> float | None:
    """Return a measure's mean over the channels that have it; None where none has."""
    found = [
        value
        for reference, sound in zip(pair.reference, pair.sound, strict=True)
        if (value := measure(reference, sound, pair.sample_rate_hz, **settings)) is not None
    ]
    return float(np.mean(found)) if found else None


def shown_db(value: float | None, sign: str = "") -> str:
    """Return a number for a column of the table; a dash where there is none."""
    return f"{'-':>8}" if value is None else f"{value:{sign}8.1f}"


def _level_of(measure: Callable[[Audio, Audio], float], pair: Pair) -> float:
    both = zip(pair.reference, pair.sound, strict=True)
    return float(np.mean([measure(reference, sound) for reference, sound in both]))


def _line(words: str, *values: str) -> str:
    return f"{words:{_WIDTH}}{''.join(values)}"
