"""Sounds whose time is moved: themselves at rate 1, sharp when stretched, no chord when frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.audio import WarpedSound
from ltsrender.latents import TimeMap
from ltsrender.signal import ArrayReader
from ltsrender.signal.onsets import find_onsets

if TYPE_CHECKING:
    from pathlib import Path

RATE = 44_100
SAME_DB = 90.0
"""A phase vocoder whose phases are the sound's own leaves only the rounding of float32."""
LEAST_FLATNESS_DB = -15.0
"""A steady noise has -2.5 dB, a plain frozen phase vocoder -45 dB: it is a chord of sines."""
SHARP_DB = 3.0
"""How much louder than in the recording it may be right before an onset."""


@dataclass
class Line:
    """A lane through points, straight between them."""

    at_s: tuple[float, ...]
    position_s: tuple[float, ...]

    @property
    def maximum(self) -> float:
        return max(self.position_s)

    def at(self, seconds: np.ndarray) -> np.ndarray:
        after = np.searchsorted(self.at_s, seconds, side="right")
        index = np.clip(after, 1, len(self.at_s) - 1)
        a, b = np.array(self.at_s)[index - 1], np.array(self.at_s)[index]
        low, high = np.array(self.position_s)[index - 1], np.array(self.position_s)[index]
        share = np.clip((seconds - a) / np.maximum(b - a, 1e-12), 0.0, 1.0)
        return low + share * (high - low)


def ramp(rate: float, first_s: float = 0.0) -> Line:
    return Line((0.0, 100.0), (first_s, first_s + 100.0 * rate))


def warped(sound: np.ndarray, lane: Line, *, seed: int = 0, start_sample: int = 0) -> WarpedSound:
    onsets = find_onsets(np.pad(sound, ((0, 0), (2_205, 0))), RATE) - 2_205.0
    chosen = TimeMap(lane, np.maximum(onsets, 0.0), RATE, start_sample=start_sample, seed=seed)
    return WarpedSound(ArrayReader(sound), chosen, RATE)


def strokes(n_channels: int = 2) -> np.ndarray:
    """Noise with a stroke every third of a second, over a tone: three seconds."""
    rng = np.random.default_rng(4)
    time_s = np.arange(3 * RATE) / RATE
    decay = np.exp(-20 * (time_s % (1 / 3)))
    noise = decay * rng.standard_normal((n_channels, time_s.size))
    return (0.2 * noise + 0.1 * np.sin(2 * np.pi * 331 * time_s)).astype(np.float32)


def likeness_db(true: np.ndarray, made: np.ndarray) -> float:
    error = np.square(made - true, dtype=np.float64).sum()
    return float(10 * np.log10(np.square(true, dtype=np.float64).sum() / max(error, 1e-30)))


def recording(folder: Path, name: str) -> np.ndarray:
    return soundfile.read(folder / f"{name}.flac", dtype="float32", always_2d=True)[0].T


@pytest.mark.parametrize("first_s", [0.0, 1.234_5, 0.5 + 0.3 / RATE])
def test_at_rate_one_it_is_the_sound(first_s: float) -> None:
    sound = strokes()
    made = warped(sound, ramp(1.0, first_s)).read(0, RATE)
    first = round(first_s * RATE)
    assert likeness_db(sound[:, first : first + RATE], made) > SAME_DB


def test_the_run_up_and_what_follows_the_end_are_the_sound_too() -> None:
    sound = strokes()
    reader = warped(sound, ramp(1.0, 2.0))
    made = reader.read(-3 * RATE, 2 * RATE)
    whole = ArrayReader(sound, start=-2 * RATE).read(-3 * RATE, 2 * RATE)
    assert likeness_db(whole, made) > SAME_DB


def test_at_rate_minus_one_it_is_the_sound_backwards() -> None:
    sound = strokes()
    made = warped(sound, ramp(-1.0, 2.5)).read(0, 2 * RATE)
    first = round(2.5 * RATE)
    assert likeness_db(sound[:, first : first - 2 * RATE : -1], made) > SAME_DB


def test_after_a_stretch_an_onset_brings_the_sound_itself_back() -> None:
    lane = Line((0.0, 1.0, 10.0), (0.0, 0.5, 9.5))
    made = warped(strokes(), lane).read(0, 3 * RATE)
    # The stroke at 2/3 s of the sound is heard at 1 + 1/6 s.
    first = round((1.0 + 1 / 6 + 0.06) * RATE)  # no earlier window reaches so far
    true = strokes()[:, first - RATE // 2 : 2 * RATE]
    assert likeness_db(true, made[:, first : first + true.shape[1]]) > SAME_DB


@settings(max_examples=10)
@given(cuts=st.lists(st.tuples(st.integers(-9_000, 90_000), st.integers(1, 40_000)), max_size=6))
def test_what_is_read_never_depends_on_what_was_asked(cuts: list[tuple[int, int]]) -> None:
    lane = Line((0.0, 0.5, 1.0, 1.0, 2.0), (0.2, 0.45, 0.45, 2.0, 1.0))
    whole = warped(strokes(), lane).read(-9_000, 130_000)
    reader = warped(strokes(), lane)
    for start, length in cuts:
        piece = reader.read(start, start + length)
        np.testing.assert_array_equal(piece, whole[:, start + 9_000 : start + length + 9_000])


def test_little_is_kept_and_what_is_gone_is_made_again() -> None:
    reader = warped(strokes(1), ramp(0.01))
    first = reader.read(0, 10_000)
    for start in range(0, 40 * RATE, RATE):
        reader.read(start, start + RATE)
    assert sum(piece.shape[1] for piece in reader._kept) < 8 * RATE
    np.testing.assert_array_equal(reader.read(0, 10_000), first)


def test_silence_stays_silent() -> None:
    lane = Line((0.0, 1.0, 2.0), (0.0, 0.3, 0.3))
    assert not warped(np.zeros((2, RATE), dtype=np.float32), lane).read(0, 2 * RATE).any()


def test_channels_share_their_phases() -> None:
    lane = Line((0.0, 1.0, 2.0, 3.0), (0.0, 0.4, 0.4, 0.1))
    mono = strokes(1)
    both = warped(np.repeat(mono, 2, axis=0), lane).read(0, 3 * RATE)
    np.testing.assert_array_equal(both[0], both[1])
    panned = warped(np.concatenate([mono, 0.25 * mono]), lane).read(0, 3 * RATE)
    np.testing.assert_allclose(panned[1], 0.25 * panned[0], atol=1e-6)


def test_a_tone_keeps_its_pitch_and_level_at_any_speed() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(6 * RATE) / RATE)[None].astype(np.float32)
    for rate in (0.25, 0.5, 1.7, -0.6, 0.0):
        made = warped(tone, ramp(rate, 3.0)).read(RATE // 4, RATE // 4 + RATE)[0]
        spectrum = np.abs(np.fft.rfft(made * np.hanning(RATE), 8 * RATE))
        assert np.argmax(spectrum) / 8 == pytest.approx(440, abs=0.3)
        assert np.sqrt(np.square(made).mean()) == pytest.approx(np.sqrt(0.5), rel=0.03)


def test_a_jump_is_crossfaded_and_both_sides_are_the_sound() -> None:
    sound = np.sin(2 * np.pi * 220.3 * np.arange(3 * RATE) / RATE)[None].astype(np.float32)
    lane = Line((0.0, 1.0, 1.0, 2.0), (0.0, 1.0, 0.331, 1.331))
    made = warped(sound, lane).read(0, 2 * RATE)[0]
    assert likeness_db(sound[0, : RATE - 120], made[: RATE - 120]) > SAME_DB
    again = sound[0, round(0.331 * RATE) + 120 :][: RATE // 2]
    assert likeness_db(again, made[RATE + 120 :][: RATE // 2]) > SAME_DB
    natural = np.abs(np.diff(sound[0])).max()
    assert np.abs(np.diff(made[RATE - 300 : RATE + 300])).max() < 1.5 * natural


def test_before_it_begins_within_the_track_it_is_silent() -> None:
    reader = warped(strokes(), ramp(1.0, 1.0), start_sample=RATE // 2)
    made = reader.read(-RATE, RATE)
    assert not made[:, : RATE + RATE // 2 - 230].any()
    true = strokes()[:, RATE + RATE // 2 :][:, : RATE // 2]
    assert likeness_db(true, made[:, RATE + RATE // 2 :]) > SAME_DB


def peak_time_s(sound: np.ndarray) -> float:
    return float(np.argmax(np.convolve(np.square(sound), np.ones(64), mode="same"))) / RATE


def before_and_peak_db(sound: np.ndarray, at: int) -> tuple[float, float]:
    """The level 4 to 30 ms before a moment, and the loudest 0.7 ms around it."""
    before = np.square(sound[at - 1_323 : at - 176]).mean()
    around = np.square(sound[at - 220 : at + 1_323])
    peak = np.convolve(around, np.ones(32) / 32, mode="valid").max()
    return 10 * np.log10(before + 1e-12), 10 * np.log10(peak + 1e-12)


@pytest.mark.parametrize("name", ["loop_tabla", "loop_amen_full"])
@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_stretched_attacks_stay_sharp(shared_audio: Path, name: str, factor: float) -> None:
    sound = recording(shared_audio, name)[:, : 3 * RATE].mean(axis=0, keepdims=True)
    made = warped(sound, ramp(1 / factor)).read(0, round(3 * RATE * factor))[0]
    echoes, peaks = [], []
    for onset in find_onsets(sound, RATE):
        if 2_000 < onset < 2.8 * RATE:
            true = before_and_peak_db(sound[0], int(onset))
            found = before_and_peak_db(made, round(onset * factor))
            echoes.append(found[0] - true[0])
            peaks.append(found[1] - true[1])
    assert len(echoes) > 8
    assert np.median(echoes) < SHARP_DB  # librosa.effects.time_stretch: 15 dB for the tabla
    assert abs(np.median(peaks)) < SHARP_DB / 2


def flatness_db(sound: np.ndarray) -> float:
    """How even the fine spectrum is once its envelope is taken away; a comb is not."""
    power = np.square(np.abs(np.fft.rfft(sound[: 2**16] * np.hanning(2**16))))[300:24_000]
    envelope = np.median(np.lib.stride_tricks.sliding_window_view(power, 101), axis=1)
    fine = power[50:-50] / np.maximum(envelope, 1e-30) + 1e-9
    return float(10 * np.log10(np.exp(np.log(fine).mean()) / fine.mean()))


def plainly_frozen(sound: np.ndarray, at: int, n_samples: int) -> np.ndarray:
    """One frame for ever, each bin going on at its own frequency: what is not wanted."""
    window = np.hanning(4_097)[:-1]
    here, earlier = (np.fft.rfft(sound[a - 2_048 : a + 2_048] * window) for a in (at, at - 512))
    made = np.zeros(n_samples + 4_096)
    for frame in range(n_samples // 512):
        turned = here * np.exp(1j * frame * np.angle(here * np.conj(earlier)))
        made[frame * 512 : frame * 512 + 4_096] += np.fft.irfft(turned) * window / 3
    return made[4_096:n_samples]


@pytest.mark.parametrize(
    ("name", "at_s"),
    [("vinyl_hiss", 2.3), ("drum_cymbal_open", 0.6), ("ambi_choir", 0.8), ("guit_em9", 3.0)],
)
def test_a_frozen_sound_does_not_buzz(shared_audio: Path, name: str, at_s: float) -> None:
    sound = recording(shared_audio, name).mean(axis=0, keepdims=True)
    at = round(at_s * RATE)
    made = warped(sound, ramp(0.0, at_s), seed=3).read(RATE // 4, 2 * RATE)[0]
    assert flatness_db(plainly_frozen(sound[0], at, 2 * RATE)) < 2 * LEAST_FLATNESS_DB
    assert flatness_db(made) > LEAST_FLATNESS_DB
    levels = 10 * np.log10(np.square(made[: made.size // 4_410 * 4_410]).reshape(-1, 4_410).mean(1))
    moment = 10 * np.log10(np.square(sound[0, at - 2_048 : at + 2_048]).mean())
    assert abs(levels.mean() - moment) < SHARP_DB
    assert levels.std() < 1.5


@settings(max_examples=20)
@given(points=st.lists(st.tuples(st.floats(0.0, 0.5), st.floats(0.0, 4.0)), min_size=1, max_size=8))
def test_whatever_the_lane_the_sound_stays_within_bounds(points: list[tuple[float, float]]) -> None:
    at_s = (0.0, *np.cumsum([gap for gap, _ in points]).tolist())
    lane = Line(at_s, (0.5, *(value for _, value in points)))
    sound = strokes()
    made = warped(sound, lane).read(-RATE // 4, 2 * RATE)
    assert np.isfinite(made).all()
    assert np.abs(made).max() <= 2.5 * np.abs(sound).max()


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_attacks_are_as_loud_as_they_were(factor: float) -> None:
    sound = strokes(1)
    reader = warped(sound, ramp(1 / factor))
    made = reader.read(0, round(3 * RATE * factor))[0]
    louder = []
    for onset in reader.positions.onsets[1:]:
        first = round(float(onset))
        attack = sound[0, first : first + RATE // 50]
        heard = made[round(onset * factor) :][: attack.size]
        louder.append(10 * np.log10(np.square(heard).mean() / np.square(attack).mean()))
    assert len(louder) > 5
    assert np.abs(louder).max() < 0.5
