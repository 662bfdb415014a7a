"""Side-chains: one track steers the compressor of another, in time to the sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.effects import ChainProcessor
from ltsrender.errors import SessionError
from ltsrender.render import Plan, Selection, open_plan, render_stems

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

SHORT = {"start_s": 0.0, "end_s": 0.6}
DUCK = {
    "id": "duck",
    "effect": "compressor",
    "sidechain": "Key",
    "parameters": {"threshold_db": -40, "ratio": 20, "attack_ms": 1, "release_ms": 20},
}
LATE = {"id": "late", "effect": "brickwall_limiter", "parameters": {"lookahead_ms": 30}}
KEYED = {"start_s": 0.2, "end_s": 0.4}


@pytest.fixture
def mixed(plan_of: Planner, tmp_path: Path) -> Callable[..., dict[str, NDArray[np.float32]]]:
    count = iter(range(100))

    def make(*tracks: dict[str, Any], **changes: Any) -> dict[str, NDArray[np.float32]]:
        plan = plan_of(*tracks, **changes)
        report = render_stems(plan, tmp_path / f"out-{next(count)}", device="cpu")
        assert report.verdict.passed, report.verdict
        return {
            stem.path.stem: soundfile.read(stem.path, dtype="float32", always_2d=True)[0].T
            for stem in report.stems
        }

    return make


def level(sound: NDArray[np.float32], start_s: float, stop_s: float) -> float:
    part = sound[:, round(start_s * 44_100) : round(stop_s * 44_100)]
    return float(20 * np.log10(np.sqrt((part**2).mean()) + 1e-12))


def test_one_track_ducks_another(track: Maker, mixed: Any) -> None:
    key = track("Key", **KEYED)
    plain = mixed(track("A", **SHORT), key)["A"]
    ducked = mixed(track("A", chain=[DUCK], **SHORT), key)["A"]
    assert level(ducked, 0.25, 0.38) < level(plain, 0.25, 0.38) - 10
    np.testing.assert_allclose(ducked[:, :8_000], plain[:, :8_000], atol=1e-6)


def test_the_key_is_heard_in_time_whatever_holds_it_back(
    track: Maker, mixed: Any, plan_of: Planner
) -> None:
    """Before its fader and behind its effects, on a track that itself is held back."""
    key = track("Key", chain=[LATE], gain_db=-30, **KEYED)
    made = mixed(
        track("A", chain=[LATE, DUCK], gain_db=-3, **SHORT),
        key,
        render={"bit_depth": "32f", "taps": ["post_fader", "pre_fader"]},
    )
    plain = mixed(
        track("A", chain=[LATE], **SHORT),
        key,
        render={"bit_depth": "32f", "taps": ["post_fader", "pre_fader"]},
    )
    inserts = plan_of(track("A", chain=[DUCK], **SHORT), key).tracks[0].strip.inserts
    chain = ChainProcessor(inserts, {}, 44_100, 2)
    sound, heard = plain["A (pre_fader)"], plain["Key (pre_fader)"]
    wanted = np.concatenate([chain.process(sound, {"Key": heard}), chain.flush()], axis=1)
    np.testing.assert_allclose(made["A (pre_fader)"], wanted, atol=1e-6)


def test_a_muted_track_still_steers(track: Maker, mixed: Any) -> None:
    ducked = mixed(track("A", chain=[DUCK], **SHORT), track("Key", **KEYED))
    silent = mixed(track("A", chain=[DUCK], **SHORT), track("Key", mute=True, **KEYED))
    assert sorted(silent) == ["A", "mix"]
    np.testing.assert_array_equal(silent["A"], ducked["A"])


def test_a_track_alone_brings_what_steers_it(
    track: Maker, mixed: Any, plan_of: Planner, tmp_path: Path
) -> None:
    parts = [track("A", chain=[DUCK], **SHORT), track("Key", **KEYED)]
    whole = mixed(*parts)
    alone = open_plan(plan_of(*parts).session.file, Selection(tracks=("A",)))
    report = render_stems(alone, tmp_path / "alone", device="cpu")
    assert [stem.name for stem in report.stems] == ["A", "mix"]
    sound = soundfile.read(report.stems[0].path, dtype="float32")[0].T
    np.testing.assert_array_equal(sound, whole["A"][:, : sound.shape[1]])


def test_a_bus_and_the_master_listen_too(track: Maker, mixed: Any) -> None:
    key = track("Key", gain_db=-120, **KEYED)
    bus = {"name": "room", "chain": [DUCK]}
    made = mixed(track("A", output="room", **SHORT), key, buses=[bus])
    assert level(made["room"], 0.25, 0.38) < level(made["A"], 0.25, 0.38) - 10
    made = mixed(track("A", **SHORT), key, master={"chain": [DUCK]})
    assert level(made["mix"], 0.25, 0.38) < level(made["A"], 0.25, 0.38) - 10
    by_bus = DUCK | {"sidechain": "keys"}
    buses = [{"name": "keys", "gain_db": -120}]
    made = mixed(
        track("A", chain=[by_bus], **SHORT), track("Key", output="keys", **KEYED), buses=buses
    )
    assert level(made["A"], 0.25, 0.38) < level(made["A"], 0.05, 0.18) - 10


def test_what_listens_in_a_circle_is_refused(track: Maker, plan_of: Planner) -> None:
    other = DUCK | {"sidechain": "A"}
    with pytest.raises(SessionError, match=r"A -> Key -> A|Key -> A -> Key"):
        plan_of(track("A", chain=[DUCK], **SHORT), track("Key", chain=[other], **SHORT))
    with pytest.raises(SessionError, match='sidechain is "Key"'):
        plan_of(track("A", chain=[DUCK], **SHORT))


def test_a_follower_hears_the_side_chain_as_well(track: Maker, mixed: Any) -> None:
    """What a lane follows is heard before the render, with all that steers it."""
    follower = {"minimum": -60, "maximum": 0}
    follow = {
        "target": "gain_db",
        "envelope_follower": {"track": "A", "attack_s": 0.001, "release_s": 0.001} | follower,
    }
    key = track("Key", **KEYED)
    ducked = mixed(track("A", chain=[DUCK], **SHORT), key, track("B", lanes=[follow], **SHORT))
    plain = mixed(track("A", **SHORT), key, track("B", lanes=[follow], **SHORT))
    assert level(ducked["B"], 0.25, 0.38) < level(plain["B"], 0.25, 0.38) - 3
