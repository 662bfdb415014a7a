"""From what a plugin shows to a scale, and back: every way in which plugins write numbers.

A plugin made by DPF is linear in all its VST3 parameters, whatever it hints; so the other scales
are read from texts that are made up here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.effects.plugin_scale import read_scale

if TYPE_CHECKING:
    from collections.abc import Callable


def in_units(hz: float) -> str:
    return f"{hz / 1_000:.2f} kHz" if hz >= 1_000.0 else f"{hz:.1f} Hz"


@pytest.mark.parametrize(
    ("text_of", "unit", "taper", "plain"),
    [
        (lambda raw: f"{20.0 * 1_000.0**raw:.2f} Hz", "Hz", "log", lambda raw: 20 * 1_000**raw),
        (lambda raw: in_units(20.0 * 1_000.0**raw), "Hz", "log", lambda raw: 20 * 1_000**raw),
        (lambda raw: f"{-60 + 72 * raw:.2f} dB", "dB", "linear", lambda raw: -60 + 72 * raw),
        (lambda raw: f"{100 * (1 - raw):.3f} %", "%", "linear", lambda raw: 100 * (1 - raw)),
        (lambda raw: f"{raw**2:.4f}", "", "linear", lambda raw: raw**2),
    ],
    ids=["hertz", "kilohertz", "decibels", "falling", "a table"],
)
def test_numbers_mean_what_they_say(
    text_of: Callable[[float], str],
    unit: str,
    taper: str,
    plain: Callable[[float], float],
) -> None:
    scale = read_scale(text_of)
    assert (scale.kind, scale.unit, scale.taper) == ("number", unit, taper)
    for raw in (0.0, 0.1, 0.37, 0.5, 0.99, 1.0):
        found = scale.plain_of(raw)
        assert isinstance(found, float)
        assert found == pytest.approx(plain(raw), rel=0.01, abs=0.01)
        assert scale.raw_of_one(found) == pytest.approx(raw, abs=0.005)


def test_a_lane_on_a_logarithmic_scale_is_set_by_ratios() -> None:
    scale = read_scale(lambda raw: f"{20.0 * 1_000.0**raw:.2f}", "Hz")
    values = np.array([1.0, 20.0, np.sqrt(20.0 * 20_000.0), 20_000.0, 1e9])
    assert scale.raw_of(values) == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0], abs=1e-4)


def test_seconds_and_milliseconds_are_one_unit() -> None:
    def text_of(raw: float) -> str:
        seconds = 0.001 * 5_000.0**raw
        return f"{seconds:.3f} s" if seconds >= 1.0 else f"{1_000 * seconds:.2f} ms"

    scale = read_scale(text_of)
    assert scale.unit == "s"
    assert scale.plain_of(1.0) == pytest.approx(5.0)
    assert scale.raw_of_one(1.0) == pytest.approx(np.log(1_000) / np.log(5_000), abs=0.002)


def test_a_word_at_an_end_is_left_out() -> None:
    scale = read_scale(lambda raw: "-inf" if raw == 0.0 else f"{-60 + 66 * raw:.2f}", "dB")
    assert scale.kind == "number"
    assert scale.plain[0] == pytest.approx(-60.0, abs=0.1)


def test_words_are_choices_switches_or_nothing_that_we_know() -> None:
    choice = read_scale(lambda raw: ("Hall", "Plate", "Spring")[min(int(raw * 3), 2)], n_steps=3)
    assert (choice.kind, choice.choices) == ("choice", ("Hall", "Plate", "Spring"))
    assert [choice.raw_of_one(word) for word in choice.choices] == [0.0, 0.5, 1.0]
    switch = read_scale(lambda raw: "On" if raw >= 0.5 else "Off")
    assert switch.kind == "switch"
    assert [switch.raw_of_one(value) for value in (False, True)] == [0.0, 1.0]
    assert switch.plain_of(0.9) is True
    odd = read_scale(lambda _: "whatever")
    assert (odd.kind, *odd.plain) == ("number", 0.0, 1.0)
