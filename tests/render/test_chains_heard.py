"""Chains that branch, blend and are bypassed on the way, as they are heard in stems."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.render import Plan, render_stems

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

RATE_HZ = 44_100
SHORT = {"start_s": 0.0, "end_s": 0.4}
TURNED = {"id": "turn", "effect": "invert"}


def lane(target: str, *points: tuple[float, float]) -> dict[str, Any]:
    written = [{"at": at, "value": value, "shape": "hold"} for at, value in points]
    return {"target": target, "time": "seconds", "points": written}


@pytest.fixture
def stem(track: Maker, plan_of: Planner, tmp_path: Path) -> Callable[..., NDArray[np.float32]]:
    """Render a track with a chain and more lanes; return its stem."""
    count = iter(range(100))

    def make(chain: Any, *lanes: dict[str, Any]) -> NDArray[np.float32]:
        part = track("A", chain=chain, **SHORT)
        part = part | {"lanes": [*part["lanes"], *lanes]}
        report = render_stems(plan_of(part), tmp_path / f"out-{next(count)}", device="cpu")
        assert report.verdict.passed, report.verdict
        path = next(stem.path for stem in report.stems if stem.path.stem == "A")
        audio: NDArray[np.float32] = soundfile.read(path, dtype="float32", always_2d=True)[0].T
        return audio

    return make


def test_branches_of_nothing_are_the_track_itself(stem: Any) -> None:
    plain = stem([])
    assert np.abs(plain).max() > 0.01
    np.testing.assert_array_equal(stem([{"parallel": [{"name": "plain"}]}]), plain)
    against_itself = [{"parallel": [{}, {"chain": [TURNED]}]}]
    assert not stem(against_itself).any()


def test_a_branch_fades_in_and_a_bypass_takes_it_away(stem: Any) -> None:
    """The inverted branch cancels the plain one where its lane is up and it is not bypassed."""
    plain = stem([])
    chain = [{"id": "two", "parallel": [{}, {"name": "turned", "chain": [TURNED]}]}]
    level = lane("insert/two/turned", (0.0, -120.0), (0.1, 0.0))
    bypass = lane("insert/turn/bypass", (0.0, 0.0), (0.3, 1.0))
    made = stem(chain, level, bypass)
    before, during, after = (
        slice(int(a * RATE_HZ), int(b * RATE_HZ))
        for a, b in ((0.0, 0.09), (0.11, 0.29), (0.32, 0.39))
    )
    np.testing.assert_array_equal(made[:, before], plain[:, before])
    assert not made[:, during].any()
    np.testing.assert_allclose(made[:, after], 2.0 * plain[:, after], atol=1e-7)


def test_note_lengths_follow_the_tempo_inside_branches(track: Maker, plan_of: Planner) -> None:
    echo = {"id": "echo", "effect": "delay", "parameters": {"delay_s": "1/4"}}
    part = track("A", chain=[{"parallel": [{"chain": [echo]}]}], **SHORT)
    tempo = [{"at_beats": 0, "bpm": 120}, {"at_beats": 4, "bpm": 60}]
    strip = plan_of(part, tempo=tempo).tracks[0].strip
    (group,) = strip.inserts
    (insert,) = group.branches[0].parts  # type: ignore[union-attr]
    assert insert.parameters["delay_s"] == 0.5  # type: ignore[union-attr]
    times = np.array([0.5, 10.0])
    np.testing.assert_allclose(strip.lanes["insert/echo/delay_s"].at(times), [0.5, 1.0])
