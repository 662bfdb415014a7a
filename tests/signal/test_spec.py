"""A transform is checked when it is written down, and survives being written down."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ltsrender.signal import TransformSpec


def test_default_covers_the_whole_spectrum() -> None:
    spec = TransformSpec()
    assert spec.n_bands == 451
    assert spec.centre_hz[0] == 0.0
    assert spec.centre_hz[1] == pytest.approx(32.703, abs=1e-3)
    assert spec.centre_hz[-1] == 22_050.0
    assert (np.diff(spec.centre_hz) > 0).all()


def test_hops_are_nested_and_never_rise_with_frequency() -> None:
    hops = TransformSpec().band_hops
    assert hops[0] == 256
    assert (np.diff(hops) <= 0).all()
    assert set(hops.tolist()) == {256, 128, 64, 32, 16}


def test_one_octave_of_steps_doubles_the_frequency() -> None:
    spec = TransformSpec()
    assert spec.centre_hz[1 + 48] == pytest.approx(2 * spec.centre_hz[1])


def test_shared_tables_are_closed_for_writing() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TransformSpec().centre_hz[0] = 1.0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sample_rate_hz": 100}, r"sample_rate_hz is 100; it must be within 4000\.\."),
        ({"sample_rate_hz": 44_100.0}, "sample_rate_hz is 44100.0; it must be a whole number"),
        ({"sample_rate_hz": True}, "sample_rate_hz is True; it must be a whole number"),
        ({"bins_per_octave": 0}, "bins_per_octave is 0; it must be within"),
        ({"f_min_hz": 20_000.0}, "f_min_hz is 20000.0; it must be within"),
        ({"f_min_hz": float("nan")}, "f_min_hz is nan; it must be within"),
        ({"f_min_hz": "C1"}, "f_min_hz is 'C1'; it must be a number"),
        ({"support": 1.0}, r"support is 1.0; it must be within 3\.\.16"),
        ({"hop_samples": 100}, "hop_samples is 100; it must be a power of two"),
        ({"hop_samples": 4}, "hop_samples is 4; it must be within"),
        ({"slice_samples": 4_096}, "slice_samples is 4096; it must be within"),
        ({"slice_samples": 3 * 2**17 + 1}, "slice_samples is 393217; it must be a multiple of hop"),
        ({"padding_samples": 2**18}, "padding_samples is 262144; it must be within"),
        ({"padding_samples": 0}, "padding_samples is 0; it must be within"),
    ],
)
def test_a_bad_parameter_is_named_with_value_and_bound(
    parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TransformSpec(**parameters)  # type: ignore[arg-type]


def test_written_and_read_back_it_is_the_same() -> None:
    spec = TransformSpec(sample_rate_hz=48_000, support=8.0, hop_samples=128)
    again = TransformSpec.from_dict(json.loads(json.dumps(spec.to_dict())))
    assert again == spec
    assert hash(again) == hash(spec)


def test_unknown_and_missing_parameters_are_named() -> None:
    values = TransformSpec().to_dict() | {"hop": 256}
    del values["support"]
    with pytest.raises(ValueError, match="missing: support; unknown: hop"):
        TransformSpec.from_dict(values)
