"""The mixer: what feeds what, how wide and how loud, and what is heard of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.errors import SessionError
from ltsrender.render import Plan, Report, render_stems

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Planner = Callable[..., Plan]
Maker = Callable[..., dict[str, Any]]

FLOAT_STEPS = 2.0**-23
"""Sums of a few parts at full scale, added in another order."""
REVERB = {"id": "verb", "effect": "reverb", "parameters": {"room_size": 0.3, "wet": 0.3}}
LIMITER = {"id": "lid", "effect": "brickwall_limiter", "parameters": {"lookahead_ms": 20}}
QUIETER = {"id": "trim", "effect": "gain", "parameters": {"gain_db": -12}}
QUIET_DB = -15
"""Under the limiters' ceiling: they only delay."""
SHORT = {"start_s": 0.0, "end_s": 0.4}


@pytest.fixture
def mixed(plan_of: Planner, tmp_path: Path) -> Callable[..., dict[str, NDArray[np.float32]]]:
    """Render a session; return its files by name."""
    count = iter(range(100))

    def make(*tracks: dict[str, Any], **changes: Any) -> dict[str, NDArray[np.float32]]:
        out = tmp_path / f"out-{next(count)}"
        report = render_stems(plan_of(*tracks, **changes), out, device="cpu")
        assert report.verdict.passed, report.verdict
        return {
            stem.path.stem: soundfile.read(stem.path, dtype="float32", always_2d=True)[0].T
            for stem in report.stems
        }

    return make


def render(**wanted: Any) -> dict[str, Any]:
    return {"bit_depth": "32f"} | wanted


def test_buses_feed_buses_in_time_to_the_sample(track: Maker, mixed: Any) -> None:
    """The drums' bus holds sound back while it looks ahead; the room gets it in time."""
    files = mixed(
        track("A", output="drums", gain_db=QUIET_DB, **SHORT),
        track("B", gain_db=QUIET_DB, sends=[{"bus": "room", "gain_db": -6}], **SHORT),
        buses=[
            {"name": "room", "chain": [LIMITER]},
            {"name": "drums", "chain": [LIMITER], "output": "room"},
        ],
    )
    wanted = files["drums"] + np.float32(10 ** (-6 / 20)) * files["B"]
    assert np.abs(files["room"] - wanted).max() < 4 * FLOAT_STEPS
    np.testing.assert_array_equal(files["B"] + files["room"], files["mix"])


def test_a_bus_sends_too_and_its_send_moves(track: Maker, mixed: Any) -> None:
    moving = {"target": "send/room", "points": [{"at": 0, "value": -120}, {"at": 0.4, "value": 0}]}
    bus = {"name": "group", "sends": [{"bus": "room"}], "lanes": [moving]}
    files = mixed(track("A", output="group", **SHORT), buses=[bus, {"name": "room"}])
    early, late = files["room"][:, :2_000], files["room"][:, -2_000:]
    assert np.abs(early).max() < 1e-4 * np.abs(files["group"]).max()
    assert np.abs(late).max() > 0.5 * np.abs(files["group"][:, -2_000:]).max()


def test_a_send_before_the_fader_does_not_follow_it(track: Maker, mixed: Any) -> None:
    def room(tap: str) -> NDArray[np.float32]:
        send = {"bus": "room", "tap": tap}
        part = track("A", gain_db=-120, sends=[send], **SHORT)
        return mixed(part, buses=[{"name": "room"}])["room"]

    assert not room("post_fader").any()
    assert np.abs(room("pre_fader")).max() > 0.01


def test_width_and_polarity(track: Maker, mixed: Any) -> None:
    normal = mixed(track("A", pan=0.7, **SHORT))["A"]
    inverted = mixed(track("A", pan=0.7, polarity="inverted", **SHORT))["A"]
    np.testing.assert_array_equal(inverted, -normal)
    panned = mixed(track("A", output="b", pan=0.7, **SHORT), buses=[{"name": "b", "width": 0}])
    left, right = panned["b"]
    assert np.abs(left - right).max() < FLOAT_STEPS
    assert np.abs(left - panned["A"].mean(axis=0)).max() < FLOAT_STEPS
    wide = {"target": "width", "points": [{"at": 0, "value": 2}]}
    widened = mixed(
        track("A", output="b", pan=0.7, **SHORT), buses=[{"name": "b", "lanes": [wide]}]
    )
    side = panned["A"][0] - panned["A"][1]
    assert np.abs((widened["b"][0] - widened["b"][1]) - 2 * side).max() < 8 * FLOAT_STEPS


@pytest.mark.parametrize(
    ("law", "side"), [("0 dB", 1.0), ("-3 dB", 2**0.5), ("-4.5 dB", 2**0.75), ("-6 dB", 2.0)]
)
def test_pan_laws_keep_the_centre(track: Maker, mixed: Any, law: str, side: float) -> None:
    centre = mixed(track("A", **SHORT), pan_law=law)["A"]
    left = mixed(track("A", pan=-1, **SHORT), pan_law=law)["A"]
    assert not left[1].any()
    np.testing.assert_allclose(left[0], side * centre[0], rtol=1e-5, atol=1e-7)


def test_what_is_muted_is_neither_heard_nor_written(track: Maker, mixed: Any) -> None:
    parts = [track("A", **SHORT), track("B", sends=[{"bus": "room"}], mute=True, **SHORT)]
    files = mixed(*parts, buses=[{"name": "room"}, {"name": "late", "mute": True}])
    assert sorted(files) == ["A", "mix", "room"]
    assert not files["room"].any()
    np.testing.assert_array_equal(files["A"], files["mix"])


def test_a_soloed_bus_is_heard_with_what_it_is_fed(track: Maker, mixed: Any) -> None:
    parts = [track("A", sends=[{"bus": "room"}], **SHORT), track("B", **SHORT)]
    files = mixed(*parts, buses=[{"name": "room", "chain": [REVERB], "solo": True}])
    assert sorted(files) == ["A", "mix", "room"]
    np.testing.assert_array_equal(files["room"], files["mix"])
    whole = mixed(*parts, buses=[{"name": "room", "chain": [REVERB]}])
    np.testing.assert_array_equal(files["room"], whole["room"])


def test_a_soloed_track_takes_its_buses_along(track: Maker, mixed: Any) -> None:
    parts = [track("A", output="room", solo=True, **SHORT), track("B", output="room", **SHORT)]
    files = mixed(*parts, buses=[{"name": "room", "chain": [LIMITER]}])
    assert sorted(files) == ["A", "mix", "room"]
    assert np.abs(files["room"] - files["A"]).max() < 4 * FLOAT_STEPS


def test_nothing_heard_is_told(track: Maker, plan_of: Planner) -> None:
    with pytest.raises(SessionError, match="nothing is heard"):
        plan_of(track("A", mute=True))


def test_sound_that_comes_back_is_refused(track: Maker, plan_of: Planner) -> None:
    buses = [
        {"name": "one", "output": "two"},
        {"name": "two", "sends": [{"bus": "three"}]},
        {"name": "three", "output": "one"},
    ]
    with pytest.raises(SessionError) as caught:
        plan_of(track("A", output="one"), buses=buses)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 3
    assert "buses[0] hears itself: one -> two -> three -> one" in told[0]
    with pytest.raises(SessionError, match="which is the bus itself"):
        plan_of(track("A"), buses=[{"name": "one", "output": "one"}])


def test_every_tap_of_a_track(track: Maker, mixed: Any) -> None:
    taps = ["post_fader", "pre_fader", "dry", "with_sends"]
    send = {"bus": "room", "gain_db": -3}
    chain = [QUIETER, LIMITER]
    part = track("A", chain=chain, gain_db=QUIET_DB, pan=0.3, sends=[send], **SHORT)
    other = track("B", gain_db=QUIET_DB, sends=[{"bus": "room"}], **SHORT)
    files = mixed(
        part, other, buses=[{"name": "room", "chain": [LIMITER]}], render=render(taps=taps)
    )
    fader = np.float32(10 ** (QUIET_DB / 20))
    assert np.abs(files["A (pre_fader)"][0]).max() > np.abs(files["A (post_fader)"][0]).max()
    # A limiter that nothing reaches only delays, and what it delays is compensated.
    trimmed = np.float32(10 ** (-12 / 20)) * files["A (dry)"]
    assert np.abs(trimmed - files["A (post_fader)"]).max() < 4 * FLOAT_STEPS
    left = files["A (pre_fader)"][0] * fader * np.cos(np.pi / 4 * 1.3) * 2**0.5
    assert np.abs(left - files["A (post_fader)"][0]).max() < 4 * FLOAT_STEPS
    alone = files["A (with_sends)"] + files["B (with_sends)"]
    assert np.abs(alone - files["mix"]).max() < 16 * FLOAT_STEPS


def test_only_the_stems_that_are_wanted(track: Maker, mixed: Any) -> None:
    buses = [{"name": "room"}]
    part = track("A", sends=[{"bus": "room"}], **SHORT)
    assert list(mixed(part, buses=buses, render=render(stems=["buses"]))) == ["room"]
    assert list(mixed(part, buses=buses, render=render(stems=["mix"]))) == ["mix"]


def test_a_tail_can_be_declared(track: Maker, mixed: Any) -> None:
    part = track("A", chain=[REVERB], **SHORT)
    files = mixed(part, render=render(tail_s=0.25))
    assert (
        files["A"].shape[1] == files["mix"].shape[1] == round(0.4 * 44_100) + round(0.25 * 44_100)
    )
    assert mixed(part, render=render(tail_s=0))["A"].shape[1] == round(0.4 * 44_100)


def test_a_master_at_work_is_what_breaks_the_sum(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    plan = plan_of(track("A", **SHORT), master={"chain": [LIMITER], "gain_db": -1, "width": 0.5})
    report: Report = render_stems(plan, tmp_path / "out", device="cpu")
    null = next(check for check in report.verdict.checks if check.name == "null")
    assert null.result == "not_checked"
    for words in ("chain (lid)", "fader is not at 0 dB", "width is not 1"):
        assert words in null.words
    assert "verified: " in report.summary()
