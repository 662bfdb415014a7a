"""A real plugin's sound: in time, the same whatever the pieces, as its lanes say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter

RATE_HZ = 44_100
EXACT = 2e-7  # the plugin's own float32 against float64


def one_pole(audio: Any, cutoff_hz: float) -> Any:
    a = 1.0 - np.exp(-2.0 * np.pi * cutoff_hz / RATE_HZ)
    return lfilter([a], [1.0, a - 1.0], audio)


class Ramp:
    """A lane from one value to another in a second."""

    def __init__(self, first: float, last: float) -> None:
        self.first, self.last = first, last

    def at(self, seconds: Any) -> Any:
        return self.first + (self.last - self.first) * np.minimum(seconds, 1.0)


@pytest.mark.parametrize("latency", [0.0, 1.0, 64.0, 4_000.0])
def test_a_plugin_is_in_time_whatever_its_latency(bench: Any, noise: Any, latency: float) -> None:
    audio = noise()
    made = bench.hear(audio, {"Cutoff": 500.0, "Latency": latency})
    assert made.shape == audio.shape
    assert np.abs(made - one_pole(audio, 500.0)).max() < EXACT


def test_a_moving_cutoff_is_set_every_64_samples(bench: Any, noise: Any) -> None:
    audio = noise(2, 30_000)
    made = bench.hear(audio, {"Cutoff": 300.0}, {"Cutoff": Ramp(200.0, 8_000.0)})
    # The plugin's input at sample n meets the value of n's block; its output is trimmed after.
    expected, memory = np.zeros(audio.shape), np.zeros(2)
    for start in range(0, audio.shape[1], 64):
        cutoff = 200.0 + 7_800.0 * start / RATE_HZ
        a = 1.0 - np.exp(-2.0 * np.pi * cutoff / RATE_HZ)
        block = audio[:, start : start + 64]
        made_block, _ = lfilter([a], [1.0, a - 1.0], block, zi=(1.0 - a) * memory[:, None])
        expected[:, start : start + 64] = made_block
        memory = made_block[:, -1]
    assert np.abs(made - expected).max() < 1e-5  # raw values are float32


def test_a_lane_is_read_on_the_time_line_of_the_render(bench: Any, noise: Any) -> None:
    audio = noise(2, 6_400)
    late = bench.hear(audio, {}, {"Gain": Ramp(-20.0, 0.0)}, first_sample=44_096)
    held = bench.hear(audio, {}, {"Gain": Ramp(0.0, 0.0)})
    assert np.abs(late - held).max() < 1e-3
    assert not np.array_equal(late, bench.hear(audio, {}, {"Gain": Ramp(-20.0, 0.0)}))


def test_values_that_make_no_sense_are_clipped_or_replaced(bench: Any, noise: Any) -> None:
    audio = noise(2, 3_000)
    for lane, held in ((np.nan, -6.0), (99.0, 12.0), (-np.inf, -6.0)):
        made = bench.hear(audio, {"Gain": -6.0}, {"Gain": Ramp(lane, lane)})
        assert np.array_equal(made, bench.hear(audio, {}, {"Gain": Ramp(held, held)}))


@pytest.mark.parametrize("lanes", [{}, {"Cutoff": Ramp(100.0, 9_000.0)}])
def test_two_renders_and_pieces_of_any_length_give_the_same_bytes(
    bench: Any, noise: Any, lanes: Any
) -> None:
    audio = noise()
    whole = bench.hear(audio, {}, lanes, piece=audio.shape[1])
    for piece in (audio.shape[1], 997, 64, 16_384):
        assert np.array_equal(whole, bench.hear(audio, {}, lanes, piece=piece)), piece


def test_silence_and_no_sound_at_all_come_back_as_they_went_in(bench: Any) -> None:
    assert not bench.hear(np.zeros((2, 5_000), np.float32), {}).any()
    assert bench.hear(np.zeros((2, 0), np.float32), {}).shape == (2, 0)
    assert bench.hear(np.zeros((2, 1), np.float32), {}).shape == (2, 1)


def test_a_stereo_plugin_takes_a_mono_sound(bench: Any, noise: Any) -> None:
    audio = noise(1)
    assert np.abs(bench.hear(audio, {}) - one_pole(audio, 1_000.0)).max() < EXACT


@pytest.mark.parametrize("n_channels", [1, 2, 3])
def test_a_mono_plugin_takes_every_channel_by_itself(
    bench: Any, noise: Any, n_channels: int
) -> None:
    audio = noise(n_channels)
    plugin = bench.read("LTSTestMono")
    lanes = {"Gain": Ramp(0.0, 0.0)}
    for moving in ({}, lanes):
        made = bench.hear(audio, {}, moving, plugin=plugin)
        assert np.abs(made - one_pole(audio, 1_000.0)).max() < EXACT


def test_a_plugin_that_prints_does_no_harm(
    bench: Any, noise: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    audio = noise()
    assert np.array_equal(bench.hear(audio, {"Fault": "print"}), bench.hear(audio, {}))
    assert capfd.readouterr() == ("", "")


def test_the_latency_that_is_given_overrides_the_one_declared(bench: Any, noise: Any) -> None:
    audio, right = noise(), bench.hear(noise(), {"Cutoff": 20_000.0})
    for lie in (40.0, -40.0):
        values = {"Cutoff": 20_000.0, "Lie": lie}
        made = bench.hear(audio, values, latency_samples=64)
        assert np.array_equal(made, right)
    early = bench.hear(audio, {"Cutoff": 20_000.0}, latency_samples=60)
    assert np.array_equal(early[:, 4:], right[:, :-4])
