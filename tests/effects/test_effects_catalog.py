from __future__ import annotations

import math
import subprocess
import sys

import pytest

from ltsrender.effects import EFFECTS, LEFT_OUT, EffectInfo, Insert, Parameter, complete
from ltsrender.effects.native import NativeEffect

NATIVE = [effect for effect in EFFECTS.values() if effect.pedalboard_class]
PARAMETERS = [
    pytest.param(effect, parameter, id=f"{effect.id}.{parameter.name}")
    for effect in EFFECTS.values()
    for parameter in effect.parameters.values()
]


def insert(effect: EffectInfo, **given: float | str | bool) -> Insert:
    return Insert("x", effect.id, complete(effect, given))


@pytest.mark.parametrize(("effect", "parameter"), PARAMETERS)
def test_a_default_is_allowed(effect: EffectInfo, parameter: Parameter) -> None:
    assert parameter.objection(parameter.default) == ""
    assert effect.sentence.endswith(".")


@pytest.mark.parametrize(("effect", "parameter"), PARAMETERS)
def test_a_name_carries_its_unit(effect: EffectInfo, parameter: Parameter) -> None:
    del effect
    unit_in_name = parameter.name.rpartition("_")[2]
    units = {"hz": "Hz", "db": "dB", "s": "s", "ms": "ms", "bits": "bits"}
    assert parameter.unit == units.get(unit_in_name, "")


@pytest.mark.parametrize("effect", NATIVE, ids=lambda effect: effect.id)
def test_pedalboard_takes_every_value_in_the_range(effect: EffectInfo) -> None:
    for parameter in effect.parameters.values():
        ends: tuple[float | str | bool, ...] = (parameter.minimum, parameter.maximum)
        if parameter.kind != "number":
            ends = parameter.choices or (False, True)
        for value in ends:
            native = NativeEffect(insert(effect, **{parameter.name: value}), 48_000, 64)
            found = getattr(native._plugin, parameter.native)
            if parameter.kind == "number":
                assert found == pytest.approx(float(value), rel=1e-5)
            elif parameter.kind == "switch":
                assert found == value
            else:
                assert found.name == _native_name(str(value))


def _native_name(choice: str) -> str:
    qualities = {"clean": "WindowedSinc32", "linear": "Linear", "stepped": "ZeroOrderHold"}
    if choice in qualities:
        return qualities[choice]
    word, number = choice.split("_")
    return {"lowpass": "LPF", "highpass": "HPF", "bandpass": "BPF"}[word] + number


def test_a_cutoff_stays_below_half_the_sample_rate() -> None:
    native = NativeEffect(insert(EFFECTS["lowpass"], cutoff_hz=20_000.0), 8_000, 64)
    assert native._plugin.cutoff_frequency_hz == pytest.approx(3_920)


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("cutoff_hz", 5.0, "is 5.0; it takes 10..20000 Hz"),
        ("cutoff_hz", math.nan, "is NaN; it takes 10..20000 Hz"),
        ("cutoff_hz", math.inf, "is Infinity; it takes 10..20000 Hz"),
        ("cutoff_hz", "high", 'is "high", not a number; it takes 10..20000 Hz, or a note length'),
        ("cutoff_hz", True, "is true, not a number; it takes 10..20000 Hz"),
        ("cutoff_hz", None, "is null, not a number; it takes 10..20000 Hz"),
        ("cutoff_hz", [1], "is a list, not a number; it takes 10..20000 Hz"),
        ("resonance", 2, "is 2; it takes 0..1"),
        ("mode", 3, "is 3; it is one of lowpass_12, highpass_12"),
        ("mode", ["lowpass_12"], "it is one of lowpass_12"),
    ],
)
def test_an_objection_says_what_was_found_and_what_is_allowed(
    parameter: str, value: object, words: str
) -> None:
    assert words in EFFECTS["ladder"].parameters[parameter].objection(value)


def test_a_switch_is_true_or_false() -> None:
    switch = EFFECTS["brickwall_limiter"].parameters["true_peak"]
    assert switch.objection(True) == ""
    assert switch.objection(1) == "is 1; it is true or false"


def test_what_cannot_come_near_pedalboard() -> None:
    cutoff = EFFECTS["lowpass"].parameters["cutoff_hz"]
    assert cutoff.clipped(math.nan) == cutoff.default
    assert cutoff.clipped(1e9) == cutoff.maximum
    assert cutoff.clipped(-1e9) == cutoff.minimum


def test_what_is_left_out_is_not_offered() -> None:
    assert not LEFT_OUT.keys() & EFFECTS.keys()


def test_the_room_is_entered_without_pedalboard() -> None:
    code = "import sys, ltsrender.effects, ltsrender.stems; sys.exit('pedalboard' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
