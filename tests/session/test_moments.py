"""Moments and values as text: what composers write, and what is told when it means nothing."""

from __future__ import annotations

import pytest

from ltsrender.session import Moment, read_moment, read_quantity

MOMENTS = {
    "12.5 s": Moment(12.5, "seconds"),
    "90 ms": Moment(0.09, "seconds"),
    "2:05.5": Moment(125.5, "seconds"),
    "16 beats": Moment(16.0, "beats"),
    "1 beat": Moment(1.0, "beats"),
    "96000 samples": Moment(96000.0, "samples"),
    "9|3": Moment(bar=9, beat=3),
    "9|1|480": Moment(bar=9, beat=1, ticks=480.0),
    "marker:B": Moment(0.0, "beats", "B"),
    "marker:The long end + 2 beats": Moment(2.0, "beats", "The long end"),
    "marker:B - 0.5 s": Moment(-0.5, "seconds", "B"),
    "marker:B + 3 bars": Moment(3.0, "bars", "B"),
    "marker:A + B": Moment(0.0, "beats", "A + B"),
}
VALUES = {
    ("-3 dB", "dB"): -3.0,
    ("440 Hz", "Hz"): 440.0,
    ("1.2kHz", "Hz"): 1200.0,
    ("A4", "Hz"): 440.0,
    ("a3", "Hz"): 220.0,
    ("C4", "Hz"): pytest.approx(261.6255653, rel=1e-9),
    ("Bb2", "Hz"): pytest.approx(116.5409404, rel=1e-9),
    ("F#5 -50 cents", "Hz"): pytest.approx(718.9227994, rel=1e-9),
    ("250 ms", "s"): 0.25,
    ("2 s", "ms"): 2000.0,
    ("7 semitones", "octaves"): pytest.approx(7 / 12),
    ("-50 cents", "octaves"): pytest.approx(-1 / 24),
    ("30 %", ""): pytest.approx(0.3),
    ("30%", "Hz"): None,
    ("-3 dB", "Hz"): None,
    ("A4", ""): None,
}


@pytest.mark.parametrize("text", MOMENTS)
def test_a_moment_means_what_it_says(text: str) -> None:
    assert read_moment(text) == MOMENTS[text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "takes a number, or a text such as"),
        ("soon", "takes a number, or a text such as"),
        ("12", "takes a number, or a text such as"),
        ("12 lumps", "has the unit 'lumps'; units are beats, s, ms, samples, bars"),
        ("-1 s", "takes a number, or a text such as"),
        ("0|1", "bars and their beats count from 1"),
        ("3|0|000", "bars and their beats count from 1"),
        ("4 bars", "takes bars as"),
        ("marker:", "takes the name of a marker"),
        ("nan s", "takes a number, or a text such as"),
        ("9" * 400 + " s", "takes a number, or a text such as"),
    ],
)
def test_a_moment_that_means_nothing_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("|", r"\|")):
        read_moment(text)


@pytest.mark.parametrize(("text", "unit"), VALUES)
def test_a_value_with_its_unit_is_what_its_target_takes(text: str, unit: str) -> None:
    assert read_quantity(text).in_unit(unit) == VALUES[text, unit]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("loud", "takes a number, or a text such as"),
        ("3", "takes a number without quotes"),
        ("3 furlongs", "has the unit 'furlongs'"),
        ("H4", "takes a number, or a text such as"),
        ("inf dB", "takes a number, or a text such as"),
    ],
)
def test_a_value_that_means_nothing_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_quantity(text)
