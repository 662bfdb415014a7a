"""Modulators from what composers write to their values, against values computed by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.automation import Lane, MusicalTime, Recording, TempoMap, read_lanes
from ltsrender.errors import AutomationError
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path

TIME = MusicalTime(TempoMap([(0, 60), (4, 120)]))
RATE = 8_000


def lanes(*written: dict[str, Any], sounds: dict[str, Recording] | None = None, **how: Any) -> Any:
    """Return the lanes of an automation file that holds what is written."""
    tree = {"format": "ltsrender automation", "schema_version": 1, "lanes": list(written)}
    replay = {"a.json": json.dumps(tree).encode()}
    return read_lanes("a.json", _documents(replay), TIME, sounds=sounds, **how)


def _documents(replay: dict[str, bytes]) -> Documents:
    from pathlib import Path  # noqa: PLC0415 - only a root that is never read

    return Documents(Path(), replay)


def at(lane: Lane, *seconds: float) -> list[float]:
    return [round(float(value), 9) for value in lane.at(np.array(seconds))]


def lane(source: dict[str, Any], target: str = "macro/loudness", **how: Any) -> Lane:
    return lanes({"target": target} | source, **how)[0]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("sine", [0.0, 1.0, 0.0, -1.0]),
        ("triangle", [0.0, 1.0, 0.0, -1.0]),
        ("saw", [-1.0, -0.5, 0.0, 0.5]),
        ("square", [1.0, 1.0, -1.0, -1.0]),
    ],
)
def test_a_wave_begins_where_its_shape_begins(shape: str, expected: list[float]) -> None:
    wave = {"shape": shape, "rate_hz": 0.5, "depth": 2, "centre": 10}
    found = at(lane({"lfo": wave}), 0.0, 0.5, 1.0, 1.5)
    assert found == [10 + 2 * value for value in expected]


def test_a_wave_in_beats_follows_the_tempo() -> None:
    saw = lane({"lfo": {"shape": "saw", "every_beats": 4}})
    assert at(saw, 0.0, 1.0, 3.0, 4.0, 4.5, 5.0) == [-1.0, -0.5, 0.5, -1.0, -0.5, 0.0]


def test_phase_and_pulse_width_shift_and_shape_a_wave() -> None:
    wave = {"shape": "square", "rate_hz": 1, "phase": 0.25, "pulse_width": 0.25}
    assert at(lane({"lfo": wave}), 0.0, 0.7, 0.75, 0.9, 1.0) == [-1.0, -1.0, 1.0, 1.0, -1.0]


def test_a_rate_that_moves_is_integrated() -> None:
    rising = {"time": "seconds", "points": [{"at": 0, "value": 0}, {"at": 10, "value": 10}]}
    saw = lane({"lfo": {"shape": "saw", "rate_hz": rising}})
    moments = np.array([0.5, 1.0, 1.9, 3.3, 7.77])
    cycles = moments**2 / 2
    expected = 2 * (cycles % 1.0) - 1
    assert np.max(np.abs(saw.at(moments) - expected)) < 1e-5


def test_a_length_in_beats_that_moves_is_integrated_over_beats() -> None:
    shrinking = {"points": [{"at": 0, "value": 4}, {"at": 8, "value": 1}]}
    saw = lane({"lfo": {"shape": "saw", "every_beats": shrinking}})
    beat = 3.0
    cycles = 8 / 3 * np.log(4 / (4 - 3 / 8 * beat))
    assert at(saw, 3.0)[0] == pytest.approx(2 * (cycles % 1) - 1, abs=1e-5)


def test_chance_has_a_value_for_every_cycle_and_keeps_it() -> None:
    wave = {"shape": "sample_and_hold", "rate_hz": 10}
    held = lane({"lfo": wave}, seed=3)
    values = held.at(np.arange(2000) / 100.0)
    cycles = values.reshape(200, 10)
    assert np.all(cycles == cycles[:, :1])
    assert len(set(cycles[:, 0].tolist())) == 200
    assert -1.0 <= values.min() < -0.9
    assert 0.9 < values.max() <= 1.0
    assert abs(values.mean()) < 0.15


def test_chance_belongs_to_a_seed_and_a_target_and_to_nothing_else() -> None:
    wave = {"lfo": {"shape": "random", "rate_hz": 5}}
    moments = np.linspace(0, 10, 101)

    def values(*written: dict[str, Any], seed: int = 1) -> list[float]:
        found = lanes(*written, seed=seed)
        return next(one for one in found if one.target == "noise").at(moments).tolist()

    noise = {"target": "noise"} | wave
    other = {"target": "detail"} | wave
    alone = values(noise)
    assert values(other, noise) == alone
    assert values(noise, seed=2) != alone
    own_seed = {"target": "noise", "lfo": wave["lfo"] | {"seed": 9}}
    assert values(own_seed, seed=1) == values(own_seed, seed=2) != alone


def test_a_smooth_random_wave_passes_through_the_held_values() -> None:
    moments = np.arange(0, 50) / 5.0
    held, smooth = (
        lane({"lfo": {"shape": shape, "rate_hz": 5, "seed": 4}})
        for shape in ("sample_and_hold", "random")
    )
    assert np.allclose(held.at(moments), smooth.at(moments), atol=1e-6)
    fine = smooth.at(np.linspace(0, 10, 100_001))
    assert np.max(np.abs(np.diff(fine))) < 2e-3  # 1.5 * 2 * 5 * 1e-4


def test_a_walk_stays_between_its_bounds_and_gets_around() -> None:
    walk = {"minimum": -2, "maximum": 3, "step": 0.5, "rate_hz": 20, "start": 1}
    values = lane({"random_walk": walk}, seed=5).at(np.arange(200_000) / 100.0)
    assert values[0] == 1.0
    assert values.min() >= -2.0
    assert values.max() <= 3.0
    assert values.max() - values.min() > 4.5
    steps = np.diff(values[::5])
    assert np.std(steps) == pytest.approx(0.5, rel=0.1)


def test_a_walk_in_beats_rests_before_it_begins() -> None:
    walk = {"minimum": 0, "maximum": 1, "every_beats": 1, "shape": "hold"}
    held = lane({"random_walk": walk}, start_beats=2.0)
    values = at(held, 0.0, 1.9, 2.0, 3.0, 3.9, 4.0, 4.5)
    assert values[:3] == [0.5, 0.5, 0.5]
    assert len({*values[3:]}) == 3  # beats 3 and 3.9 are one step, 4 and 5 two more


def test_steps_go_round_in_beats_or_stay_at_the_last() -> None:
    steps = {"values": [1, 5, 3], "every_beats": 2}
    assert at(lane({"steps": steps}), 0.0, 2.0, 4.0, 5.0, 6.0) == [1, 5, 3, 1, 5]
    once = lane({"steps": steps | {"loop": False}})
    assert at(once, 0.0, 2.0, 4.0, 5.0, 60.0) == [1, 5, 3, 3, 3]


def test_a_glide_takes_its_part_of_the_step() -> None:
    steps = {"values": [0, 8], "every_s": 1, "glide": 0.5}
    assert at(lane({"steps": steps}), 0.0, 0.5, 0.75, 1.0, 1.75) == [0, 0, 4, 8, 4]


def test_combinations_are_what_they_say() -> None:
    two, slope = 2, {"points": [{"at": 0, "value": 0}, {"at": 4, "value": 4}]}
    assert at(lane({"add": [two, slope, 1]}), 1.0) == [4.0]
    assert at(lane({"multiply": [two, slope]}), 3.0) == [6.0]
    assert at(lane({"max": [two, slope]}), 1.0, 3.0) == [2.0, 3.0]
    assert at(lane({"min": [two, slope]}), 1.0, 3.0) == [1.0, 2.0]
    scaled = {"of": slope, "from": [1, 3], "to": [10, -10]}
    assert at(lane({"scale": scaled}), 0.0, 1.0, 2.0, 3.0, 4.0) == [10, 10, 0, -10, -10]
    free = lane({"scale": scaled | {"hold": False}})
    assert at(free, 0.0, 4.0) == [20, -20]
    assert at(lane({"quantise": {"of": slope, "step": 1.5}}), 0.7, 0.8, 2.3) == [0, 1.5, 3]
    steps = lane({"quantise": {"of": slope, "values": [3, 0, 1]}})
    assert at(steps, 0.4, 0.5, 1.9, 2.1) == [0, 1, 1, 3]


def test_a_named_lane_moves_others_and_is_one_movement() -> None:
    found = lanes(
        {"name": "breath", "lfo": {"shape": "random", "rate_hz": 3}},
        {"target": "noise", "scale": {"of": "breath", "from": [-1, 1], "to": [0, 2]}},
        {"target": "detail", "add": [0.5, {"multiply": [0.5, "breath"]}]},
    )
    assert [each.target for each in found] == ["noise", "detail"]
    moments = np.linspace(0, 20, 500)
    assert np.allclose(found[0].at(moments), 2 * found[1].at(moments))
    assert np.ptp(found[0].at(moments)) > 0.5


def test_what_is_scaled_has_no_unit_of_its_target() -> None:
    """In dB an exponential way is a straight line; what is scaled into dB is not in dB itself."""
    ratio = {"points": [{"at": 0, "value": 0.1, "shape": "exponential"}, {"at": 2, "value": 1}]}
    scaled = lane({"scale": {"of": ratio, "from": [0, 1], "to": ["-60 dB", "0 dB"]}})
    assert at(scaled, 1.0) == pytest.approx([-60 + 60 * 10**-0.5])
    assert at(lane(ratio), 1.0) == pytest.approx([0.55])


def test_a_lag_covers_two_thirds_of_a_step_in_its_time() -> None:
    step = {"time": "seconds", "points": [
        {"at": 0, "value": 0, "shape": "hold"}, {"at": 1, "value": 1, "shape": "hold"},
        {"at": 3, "value": 0}]}  # fmt: skip
    late = lane({"lag": {"of": step, "rise_s": 0.2, "fall_s": 0.5}})
    found = late.at(np.array([0.5, 1.2, 3.5]))
    assert found[0] == 0.0
    assert found[1] == pytest.approx(1 - np.exp(-1), abs=0.003)
    assert found[2] == pytest.approx(np.exp(-1), abs=0.003)


def test_what_goes_further_than_its_target_is_held_there() -> None:
    wide = lane({"lfo": {"rate_hz": 1, "depth": 2, "centre": 0.5}}, "detail")
    assert wide.overshoots
    assert (wide.minimum, wide.maximum) == (0.0, 1.0)
    values = wide.at(np.linspace(0, 1, 1000))
    assert (values.min(), values.max()) == (0.0, 1.0)


def _tone(path: Path, *parts: tuple[float, float]) -> Recording:
    """Write a 500 Hz tone in parts of (seconds, amplitude)."""
    pieces = [a * np.sin(2 * np.pi * 500 * np.arange(int(s * RATE)) / RATE) for s, a in parts]
    soundfile.write(path, np.concatenate(pieces), RATE, subtype="FLOAT")
    return Recording(path)


def test_an_envelope_follows_the_level_of_a_sound(tmp_path: Path) -> None:
    sounds = {"tone": _tone(tmp_path / "t.wav", (1, 0.0), (1, 1.0), (1, 0.1))}
    follower = {"sound": "tone", "attack_s": 0, "release_s": 0, "floor_db": -40,
                "minimum": 0, "maximum": 10}  # fmt: skip
    found = lane({"envelope_follower": follower}, sounds=sounds)
    # A sine's rms is 3.01 dB below its peak; 500 Hz at 8 kHz fits half a period to a millisecond.
    expected = [0.0, 10 * (40 - 3.0103) / 40, 10 * (20 - 3.0103) / 40, 0.0]
    assert at(found, 0.5, 1.5, 2.5, 3.5) == pytest.approx(expected, abs=1e-3)


def test_an_envelope_has_peaks_loops_and_a_beginning(tmp_path: Path) -> None:
    sounds = {"tone": _tone(tmp_path / "t.wav", (1, 1.0), (1, 0.25))}
    follower = {"sound": "tone", "attack_s": 0, "release_s": 0, "detector": "peak",
                "scale": "linear", "loop": True, "start": "1 s"}  # fmt: skip
    found = lane({"envelope_follower": follower}, sounds=sounds)
    assert at(found, 0.5, 1.5, 2.5, 3.5, 4.5) == pytest.approx([0, 1, 0.25, 1, 0.25], abs=1e-6)


def test_an_envelope_rises_and_falls_in_its_times(tmp_path: Path) -> None:
    sounds = {"tone": _tone(tmp_path / "t.wav", (1, 0.0), (2, 1.0), (2, 0.0))}
    follower = {"sound": "tone", "attack_s": 0.1, "release_s": 0.4, "scale": "linear"}
    found = lane({"envelope_follower": follower}, sounds=sounds)
    power = found.at(np.array([1.1, 3.4])) ** 2
    assert power == pytest.approx([0.5 * (1 - np.exp(-1)), 0.5 * np.exp(-1)], rel=0.02)


def test_levels_do_not_drift_at_rates_that_no_millisecond_divides(tmp_path: Path) -> None:
    rate, n = 44_100, 44_100 * 20
    sound = np.zeros(n)
    clicks = (np.arange(1, 20) * rate).astype(int)
    sound[clicks] = 1.0
    soundfile.write(tmp_path / "c.wav", sound, rate, subtype="FLOAT")
    follower = {"sound": "clicks", "attack_s": 0, "release_s": 0, "detector": "peak",
                "scale": "linear"}  # fmt: skip
    found = lane({"envelope_follower": follower}, sounds={"clicks": Recording(tmp_path / "c.wav")})
    assert found.at(np.arange(1.0, 20.0)).tolist() == [1.0] * 19
    assert found.at(np.arange(1.0, 20.0) - 0.002).tolist() == [0.0] * 19


def test_a_control_signal_is_read_at_its_own_rate(tmp_path: Path) -> None:
    samples = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 0.0])
    soundfile.write(tmp_path / "cv.wav", samples, RATE, subtype="FLOAT")
    sounds = {"cv": Recording(tmp_path / "cv.wav")}
    signal = {"sound": "cv", "minimum": 100, "maximum": 300}
    found = lane({"signal": signal}, "macro/noisiness", sounds=sounds)
    raw = found.movement.at(np.array([-1.0, 0.0, 1.5 / RATE, 4 / RATE, 5 / RATE, 9.0]))
    assert raw.tolist() == [100, 100, 175, 300, 200, 200]
    one_way = lane({"signal": signal | {"unipolar": True}}, "macro/noisiness", sounds=sounds)
    assert one_way.movement.at(np.array([0.0, 3 / RATE, 4 / RATE])).tolist() == [100, 200, 300]


def test_a_channel_that_a_recording_lacks_is_told(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "cv.wav", np.zeros(9), RATE)
    signal = {"signal": {"sound": "cv", "channel": 2}}
    with pytest.raises(AutomationError) as raised:
        lane({"add": [1, signal]}, sounds={"cv": Recording(tmp_path / "cv.wav")})
    assert str(raised.value) == "a.json: lanes[0] reads channel 2 of cv.wav, which is mono"


def test_a_long_control_signal_is_read_block_by_block(tmp_path: Path) -> None:
    ramp = np.linspace(-1, 1, 200_000, dtype=np.float32)
    soundfile.write(tmp_path / "cv.wav", np.stack([ramp * 0, ramp], 1), RATE, subtype="FLOAT")
    sounds = {"cv": Recording(tmp_path / "cv.wav", in_s=1.0)}
    found = lane({"signal": {"sound": "cv", "channel": 2}}, sounds=sounds)
    index = np.array([0, 1, 57_535, 57_536, 130_000, 191_999])
    assert found.at(index / RATE) == pytest.approx(ramp[index + RATE], abs=1e-6)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"lfo": {}}, 'lanes[0].lfo needs "rate_hz" or "every_beats"; has neither'),
        ({"lfo": {"rate_hz": 1, "every_beats": 1}}, "has rate_hz and every_beats"),
        ({"lfo": {"rate_hz": -1}}, "lanes[0].lfo.rate_hz is -1; takes 0..1000"),
        ({"lfo": {"rate_hz": 1, "depht": 2}}, 'did you mean "depth"?'),
        ({"points": [{"at": 0, "value": 0}], "value": 1}, 'has "points" and "value"; only one'),
        ({}, 'lanes[0] needs "points", or another key that says what it does'),
        ({"lane": "breth"}, 'is "breth", which no lane beside it is called'),
        ({"add": [1, {"lane": "x"}]}, 'lanes[0].add[1].lane is "x"'),
        ({"quantise": {"of": 1}}, 'needs "step" or "values"; has neither'),
        ({"scale": {"of": 1, "from": [1, 1], "to": [0, 1]}}, "its two ends must differ"),
        ({"scale": {"of": 1, "from": [0, 1e-320], "to": [0, 1]}}, "its two ends must differ"),
        ({"multiply": [1e9, 1e9]}, "lanes[0] may reach values beyond ±1e+12"),
        ({"multiply": [1e9] * 90}, "lanes[0] may reach values beyond ±1e+12"),
        ({"steps": {"values": []}}, "steps.values is empty"),
        ({"random_walk": {"minimum": 1, "maximum": 0, "rate_hz": 1}}, "must lie above minimum"),
        ({"envelope_follower": {}}, 'needs "sound" or "track"; has neither'),
        ({"envelope_follower": {"sound": "x"}}, "only a session knows sounds"),
        ({"points": [{"at": 0, "value": 0, "shape": "bezier"}]}, 'needs "handles"'),
        ({"points": [{"at": 0, "value": 0, "curvature": 2}]}, 'is for the shape "exponential"'),
        ({"points": [{"at": "marker:B", "value": 0}]}, 'is "marker:B"; markers are: none'),
        (
            {"points": [{"at": "4 beats", "value": 0}, {"at": "1|3", "value": 0}]},
            'lanes[0].points[1].at is "1|3", beat 2, earlier than the point before it, at beat 4',
        ),
        ({"points": [{"at": 0, "value": "3 Hz"}]}, "macro/loudness is written in dB"),
        ({"points": [{"at": 0, "value": "30 dB"}]}, "takes -60..24 dB"),
        ({"random_walk": {"minimum": "1 Hz", "maximum": 9, "rate_hz": 1}}, "is written in dB"),
    ],
)
def test_a_mistake_in_a_source_is_told_in_its_place(written: dict[str, Any], words: str) -> None:
    with pytest.raises(AutomationError) as raised:
        lane(written)
    assert words in str(raised.value)


def test_a_moment_that_is_nowhere_is_told_once() -> None:
    written = [{"at": at, "value": 0} for at in (0, "marker:B", "marker:C")]
    with pytest.raises(AutomationError) as raised:
        lane({"points": written})
    assert [str(problem).split(" is ")[0] for problem in raised.value.problems] == [
        "a.json: lanes[0].points[1].at",
        "a.json: lanes[0].points[2].at",
    ]


def test_names_are_told_when_they_are_taken_or_made_of_themselves() -> None:
    with pytest.raises(AutomationError) as raised:
        lanes(
            {"name": "a", "lane": "b"},
            {"name": "b", "add": [1, "a"]},
            {"name": "c", "value": 1},
            {"name": "c", "value": 2},
            {"target": "mix", "lane": "a"},
        )
    assert [str(problem) for problem in raised.value.problems] == [
        'a.json: lanes[0].name is "a", which is made of itself; nothing can begin there',
        'a.json: lanes[1].name is "b", which is made of itself; nothing can begin there',
        'a.json: lanes[3].name is "c", a name that a lane before it already has',
    ]


def test_moments_and_values_as_text_move_a_lane() -> None:
    points = [
        {"at": "1|1", "value": "A2", "shape": "exponential"},
        {"at": "3 s", "value": "1.76 kHz"},
    ]
    # 110 Hz to 1760 Hz is four octaves: after one of three seconds 4/3 of them.
    (cutoff,) = lanes({"target": "insert/filter/cutoff_hz", "points": points})
    # Only its chain knows that the target is in Hz, but a ratio is a ratio.
    assert at(cutoff, 0.0, 1.0, 3.0) == pytest.approx([110, 110 * 2 ** (4 / 3), 1760])
    loud = [{"at": "2|1", "value": "-6 dB"}, {"at": "4.5 s", "value": "-3 dB"}]
    assert at(lane({"points": loud}), 0.0, 4.0, 4.25, 4.5) == [-6.0, -6.0, -4.5, -3.0]


def test_lanes_of_lanes_of_lanes_are_soon_too_many() -> None:
    floors = [{"name": f"f{n}", "add": [f"f{n - 1}"] * 100} for n in range(1, 12)]
    with pytest.raises(AutomationError) as raised:
        lanes({"name": "f0", "value": 1}, *floors, {"target": "mix", "lane": "f11"})
    told = [str(problem) for problem in raised.value.problems]
    assert told[0] == (
        "a.json: lanes[2] is made of more than 1000 parts, those of its named lanes included"
    )
    assert len(told) == 11


@pytest.mark.parametrize("unit", ["beats", "seconds"])
def test_a_file_that_begins_later_moves_bars_by_beats_and_seconds_by_seconds(unit: str) -> None:
    """The tempo doubles at beat 4, which is second 4; the file begins at beat 2."""
    points = [
        {"at": "1|1", "value": 0},  # beat 2
        {"at": "2 s", "value": 1},  # second 4
        {"at": "2|1", "value": 2},  # beat 6, second 5
        {"at": "4 s", "value": 3},  # second 6
    ]
    found = lane({"time": unit, "points": points}, start_beats=2.0)
    assert at(found, 2.0, 4.0, 5.0, 6.0) == [0.0, 1.0, 2.0, 3.0]
