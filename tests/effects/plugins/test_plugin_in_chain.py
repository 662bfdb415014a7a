"""A plugin as a part of a chain: read with it, blended, moved, lined up, and ended with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter

from ltsrender.effects import ChainProcessor, Insert, read_chain, targets_of
from ltsrender.errors import EffectError, InsertFailed
from ltsrender.session import Documents

RATE_HZ = 44_100
LATE: dict[str, Any] = {
    "plugin": "LTSTestFilter",
    "parameters": {"Cutoff": 500.0, "Latency": 1_000.0},
}


def one_pole(audio: Any, cutoff_hz: float) -> Any:
    a = 1.0 - np.exp(-2.0 * np.pi * cutoff_hz / RATE_HZ)
    return lfilter([a], [1.0, a - 1.0], audio)


class Constant:
    def __init__(self, value: float) -> None:
        self.value = value

    def at(self, seconds: Any) -> Any:
        return np.full(seconds.shape, self.value)


def hear(bench: Any, audio: Any, chain: Any, lanes: Any = None) -> Any:
    parts = read_chain(chain, Documents(bench.root))
    processor = ChainProcessor(parts, lanes or {}, RATE_HZ, 2)
    try:
        pieces = [processor.process(piece) for piece in np.split(audio, [7, 20_000], axis=1)]
        return np.concatenate([*pieces, processor.flush()], axis=1)
    finally:
        processor.close()
        processor.close()


def test_a_plugin_has_an_id_and_targets(bench: Any) -> None:
    (insert,) = parts = read_chain([LATE], Documents(bench.root))
    assert isinstance(insert, Insert)
    assert insert.plugin is not None
    assert (insert.parameters["Cutoff"], insert.parameters["Latency"]) == (500.0, 1_000.0)
    assert insert.id == insert.id.lower()
    assert f"insert/{insert.id}/Cutoff" in targets_of(parts)
    assert f"insert/{insert.id}/dry_wet" in targets_of(parts)
    assert insert.target("x") == f"insert/{insert.id}/x"


def test_a_late_plugin_is_blended_and_added_in_time(bench: Any, noise: Any) -> None:
    audio = noise()
    wet = one_pole(audio, 500.0)
    made = hear(bench, audio, [LATE | {"dry_wet": 0.25}])
    np.testing.assert_allclose(made, 0.75 * audio + 0.25 * wet, atol=1e-6)
    made = hear(bench, audio, [{"parallel": [{}, {"chain": [LATE | {"id": "x"}]}]}])
    np.testing.assert_allclose(made, audio + wet, atol=1e-6)
    made = hear(bench, audio, [LATE | {"id": "x"}], {"insert/x/Cutoff": Constant(2_000.0)})
    np.testing.assert_allclose(made, one_pole(audio, 2_000.0), atol=1e-6)
    made = hear(bench, audio, [LATE | {"id": "x"}], {"insert/x/bypass": Constant(1.0)})
    np.testing.assert_array_equal(made, audio)


def test_a_fixed_parameter_does_not_move(bench: Any) -> None:
    parts = read_chain([LATE | {"id": "x"}], Documents(bench.root))
    fixed = [t for t, parameter in targets_of(parts).items() if not parameter.automatable]
    with pytest.raises(ValueError, match="cannot be automated"):
        ChainProcessor(parts, {fixed[0]: Constant(0.0)}, RATE_HZ, 2)


def test_a_plugin_that_fails_says_which_insert_it_is(bench: Any, noise: Any) -> None:
    with pytest.raises(EffectError, match=r"chain\[0\]\.latency_samples is -5"):
        read_chain([LATE | {"latency_samples": -5}], Documents(bench.root))
    parts = read_chain([LATE | {"id": "mine", "latency_samples": None}], Documents(bench.root))
    processor = ChainProcessor(parts, {}, RATE_HZ, 2)
    processor.close()
    with pytest.raises(InsertFailed, match='insert "mine"'):
        processor.process(noise())
