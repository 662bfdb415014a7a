"""The movements that come with ltsrender; the MIDI file beside its maker."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import mido
import numpy as np
import pytest

from ltsrender.automation import Lane, MusicalTime, Recording, read_lanes
from ltsrender.session import (
    AutomationDocument,
    ControllerDocument,
    Documents,
    MidiDocument,
    read_automation,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES = (
    "accelerating-pulse.json",
    "avalanche.json",
    "beyond-both.json",
    "bow-pressure.json",
    "breathing.json",
    "call-and-answer.json",
    "drift.json",
    "freeze-and-release.json",
    "freeze-scan.json",
    "gate.json",
    "glitch.json",
    "heartbeat.json",
    "long-arc.json",
    "make-room.json",
    "orbit-through-four.json",
    "passing-by.json",
    "pendulum.json",
    "ping-pong.json",
    "slow-crossing.json",
    "slow-zoom.json",
    "stairs.json",
    "stutter.json",
    "swell.json",
    "tape-stop.json",
    "tide.json",
    "tremolo.json",
    "two-breaths.mid",
)
SIXTEEN = 16


def two_breaths() -> bytes:
    """Return two breaths on the breath controller: in for a bar, out for a bar, twice, softer."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="Two breaths, the second softer")])
    now = 0
    for beat in np.arange(0.0, 16.0 + 1e-9, 0.125):
        height = 110 if beat < 8.0 else 70
        value = round(height * float(np.sin(np.pi * (beat % 8.0) / 8.0)) ** 2)
        tick = round(beat * 480)
        message = {"control": 2, "value": value, "time": tick - now}
        track.append(mido.Message("control_change", **message))
        now = tick
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=480, tracks=[track]).save(file=file)
    return file.getvalue()


def test_the_midi_file_is_what_its_maker_makes(repository: Path) -> None:
    assert (repository / "automation/two-breaths.mid").read_bytes() == two_breaths()


def test_there_are_enough_to_begin_with() -> None:
    assert len(NAMES) >= SIXTEEN


def test_no_movement_is_untested(repository: Path) -> None:
    assert sorted(path.name for path in (repository / "automation").iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_movement_can_be_used_by_name(repository: Path, name: str) -> None:
    content = read_automation(name, Documents(repository / "tests"))
    if isinstance(content, AutomationDocument):
        assert content.name
        assert content.note.endswith("."), "a movement says in a sentence what it is for"
        assert len(content.note) < 300
    else:
        assert isinstance(content, MidiDocument)
        assert list(content.controllers) == [(1, 2)]


def test_slow_crossing_crosses(repository: Path) -> None:
    (mix,) = read_lanes("slow-crossing", Documents(repository), MusicalTime())
    moments = np.linspace(0.0, 60.0, 601)
    crossing = mix.at(moments)
    assert (crossing[0], crossing[320], crossing[-1]) == (1.0, 0.5, 0.0)
    assert np.all(np.diff(crossing) <= 0.0)


@pytest.fixture(scope="module")
def lanes(repository: Path) -> Callable[[str], dict[str, Lane]]:
    """Return the lanes of a movement by target, over the sounds of First light."""
    folder = repository / "examples" / "first-light" / "sounds"
    sounds = {file.stem: Recording(file) for file in folder.glob("*.flac")}

    def reading(name: str) -> dict[str, Lane]:
        read = read_lanes(name, Documents(repository), MusicalTime(), sounds=sounds, named=True)
        return {lane.target: lane for lane in read}

    return reading


WITH_LANES = tuple(name for name in NAMES if name.endswith(".json"))
TIMES = np.linspace(0.0, 180.0, 36_001)


@pytest.mark.parametrize("name", WITH_LANES)
def test_each_moves_within_its_target_and_is_never_held(
    lanes: Callable[[str], dict[str, Lane]], name: str
) -> None:
    for lane in lanes(name).values():
        values = lane.at(TIMES)
        assert np.ptp(values) > 0.0, lane.target
        free = lane.movement.at(TIMES)
        assert np.array_equal(free, values), lane.target


@pytest.mark.parametrize("name", WITH_LANES)
def test_each_names_only_sounds_of_the_example(
    lanes: Callable[[str], dict[str, Lane]], repository: Path, name: str
) -> None:
    for target, lane in lanes(name).items():
        family, _, sound = target.partition("/")
        if family in ("position", "weight"):
            assert (repository / f"examples/first-light/sounds/{sound}.flac").is_file()
        if family == "position":
            assert lane.maximum <= 4.8  # seconds; all six recordings are longer


def test_breathing_takes_three_beats_in_and_five_out(lanes: Any) -> None:
    gain = lanes("breathing")["gain_db"]
    low, high, next_low = gain.at(np.array([0.0, 3.0, 8.0]))
    assert (low, high, next_low) == pytest.approx((-21.0, -3.0, -21.0), abs=1e-3)
    assert np.all(np.diff(gain.at(np.linspace(0.0, 3.0, 100))) > -1e-6)
    assert np.all(np.diff(gain.at(np.linspace(3.0, 8.0, 100))) < 1e-6)


def test_the_orbit_goes_round_and_never_loses_everybody(lanes: Any) -> None:
    orbit = lanes("orbit-through-four")
    weights = np.array([lane.at(TIMES) for lane in orbit.values()])
    assert weights.sum(axis=0).min() > 0.99
    leaders = [list(orbit)[int(np.argmax(weights[:, at == TIMES]))] for at in (0, 8, 16, 24, 32)]
    assert leaders == [f"weight/{sound}" for sound in ("glass", "metal", "bell", "rain", "glass")]
    assert np.count_nonzero(weights[:, TIMES == 4.0] > 0.7) == 2


def test_the_heart_beats_fifty_two_times_a_minute(lanes: Any) -> None:
    gain = lanes("heartbeat")["gain_db"].at(np.linspace(0.0, 60.0, 60_001))
    knocks = np.count_nonzero((gain[1:] > -1.0) & (gain[:-1] <= -1.0))
    assert knocks in (52, 53)


def test_the_pulse_goes_from_a_half_to_sixteen_in_a_second(lanes: Any) -> None:
    gain = lanes("accelerating-pulse")["gain_db"]
    times = np.linspace(0.0, 40.0, 400_001)
    values = gain.at(times)
    (rises,) = np.nonzero((values[1:] > -10.0) & (values[:-1] <= -10.0))
    gaps = np.diff(times[rises])
    assert 1.2 < gaps[0] < 1.6
    assert np.median(gaps[-100:]) == pytest.approx(1 / 16, rel=0.01)
    assert np.all(np.diff(gaps[:20]) < 0.0)


def test_the_pendulum_dies_away_and_hangs_in_the_middle(lanes: Any) -> None:
    pan = lanes("pendulum")["pan"]
    swings = np.abs(pan.at(np.arange(0.0, 30.0, 1.25)))
    assert swings[0] == pytest.approx(0.9)
    assert np.all(np.diff(swings) < 0.0)
    assert pan.at(np.array([34.0, 50.0])).tolist() == [0.0, 0.0]


def test_the_stutter_repeats_an_eighth_of_a_second_at_the_sounds_own_speed(lanes: Any) -> None:
    position = lanes("stutter")["position/breath"]
    inside = position.at(np.array([0.01, 0.06, 0.11]))
    assert np.diff(inside) == pytest.approx([0.05, 0.05], abs=1e-9)
    assert position.at(np.array([0.06 + 0.125])) == pytest.approx(inside[1], abs=1e-9)


def test_the_tape_runs_at_its_own_speed_and_then_stops(lanes: Any) -> None:
    position = lanes("tape-stop")["position/string"]
    times = np.array([1.0, 2.0, 3.0, 3.0001, 4.4999, 4.5, 9.0])
    values = position.at(times)
    assert values[:3].tolist() == [1.0, 2.0, 3.0]
    assert (values[3] - values[2]) / 1e-4 == pytest.approx(1.0, abs=1e-3)
    assert (values[5] - values[4]) / 1e-4 == pytest.approx(0.0, abs=1e-3)
    assert values[-1] == 3.75


def test_the_tide_comes_back_after_176_beats(lanes: Any) -> None:
    mix = lanes("tide")["mix"]
    once = mix.at(np.arange(0.0, 176.0, 0.25))
    assert mix.at(np.arange(176.0, 352.0, 0.25)) == pytest.approx(once, abs=1e-9)
    halves = np.abs(once - np.roll(once, 64)).max(), np.abs(once - np.roll(once, 44)).max()
    assert min(halves) > 0.1


def test_two_breaths_breathe(repository: Path) -> None:
    breath = {"controller": 2, "target": "noise", "minimum": 0, "maximum": 1.27}
    entry = ControllerDocument.model_validate(breath)
    documents, tempo = Documents(repository), MusicalTime()
    (noise,) = read_lanes("two-breaths.mid", documents, tempo, cc_map=[entry])
    assert noise.at(np.array([0.0, 4.0, 8.0, 12.0, 16.0])) == pytest.approx([0, 1.1, 0, 0.7, 0])
