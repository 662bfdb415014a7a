"""Effects that hear the whole sound first, and the convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pedalboard
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from ltsrender.effects import EFFECTS, Impulse, Insert, Value, complete
from ltsrender.effects.convolution import LONGEST_S, read_impulse
from ltsrender.effects.pitch import shift_pitch
from ltsrender.effects.stages import make_stage
from ltsrender.effects.whole import WholeStage, mp3_rate_hz
from ltsrender.errors import EffectError, SoundError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.effects.stage import Stage

RATE_HZ = 44_100
NOISE = np.random.default_rng(5).uniform(-0.5, 0.5, (2, 12_000)).astype(np.float32)
WHOLE = {
    "pitch_shift": {"semitones": 7.0},
    "gsm": {"quality": "clean"},
    "mp3": {"vbr_quality": 5.0},
    "resample": {"rate_hz": 6_000.0, "quality": "stepped"},
}


def insert(effect: str, impulse: Path | None = None, **given: Value) -> Insert:
    recording = None if impulse is None else Impulse(impulse, "")
    return Insert("x", effect, complete(EFFECTS[effect], given), impulse=recording)


def stage_of(
    effect: str, rate_hz: int = RATE_HZ, n_channels: int = 2, longest: int | None = None
) -> Stage:
    given = insert(effect, **WHOLE[effect])
    return make_stage(given, {}, rate_hz, n_channels, 0, longest_samples=longest)


def through(stage: Stage, audio: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([stage.process(audio), stage.flush()], axis=1)


def bursts(rate_hz: int, n_channels: int) -> NDArray[np.float32]:
    """Return a second with three bursts of 500 Hz: at its start, in its middle and at its end."""
    n = np.arange(rate_hz // 20)
    burst = 0.5 * np.sin(2.0 * np.pi * 500.0 * n / rate_hz) * np.hanning(n.size)
    sound = np.zeros(rate_hz, np.float32)
    for start in (0, rate_hz // 2, rate_hz - n.size):
        sound[start : start + n.size] = burst
    return np.repeat(sound[np.newaxis], n_channels, axis=0)


def lag(made: NDArray[np.float32], sound: NDArray[np.float32]) -> int:
    correlation = fftconvolve(made.astype(np.float64), sound[::-1].astype(np.float64))
    return int(np.argmax(correlation)) - (sound.size - 1)


@pytest.mark.parametrize("effect", WHOLE)
@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 88_200, 96_000])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_every_rate_and_channel_count_comes_out_in_time(
    effect: str, rate_hz: int, n_channels: int
) -> None:
    audio = bursts(rate_hz, n_channels)
    made = through(stage_of(effect, rate_hz, n_channels), audio)
    assert made.shape == audio.shape
    assert np.isfinite(made).all()
    if effect == "pitch_shift":  # another pitch cannot be correlated: where its energy lies
        places = np.arange(rate_hz) * np.square(made[0].astype(np.float64))
        middle = slice(rate_hz // 4, 3 * rate_hz // 4)
        energy = np.square(made[0, middle].astype(np.float64)).sum()
        assert abs(places[middle].sum() / energy / rate_hz - 0.525) < 0.003
        return
    allowed = {"mp3": 0, "gsm": 1, "resample": rate_hz / 6_000.0}[effect]
    for channel in made:
        assert 0 <= lag(channel, audio[0]) <= allowed
        for part in (slice(0, rate_hz // 4), slice(3 * rate_hz // 4, None)):  # both ends are there
            assert 0.8 < np.abs(channel[part]).max() / 0.5 < 1.3


@pytest.mark.parametrize("effect", WHOLE)
@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
@pytest.mark.parametrize("n_samples", [0, 1, 2, 3, 100])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_shortest_sounds_come_out_as_long_as_they_went_in(
    effect: str, rate_hz: int, n_samples: int, n_channels: int
) -> None:
    audio = NOISE[:n_channels, :n_samples]
    made = through(stage_of(effect, rate_hz, n_channels), audio)
    assert made.shape == audio.shape
    assert np.isfinite(made).all()


@pytest.mark.parametrize("effect", ["pitch_shift", "gsm", "mp3"])
@settings(max_examples=3)
@given(cuts=st.lists(st.integers(0, 12_000), max_size=5), later=st.integers(0, 3_000))
def test_what_comes_after_the_longest_sound_is_silence(
    effect: str, cuts: list[int], later: int
) -> None:
    rate_hz = 96_000 if effect == "mp3" else RATE_HZ
    whole = through(stage_of(effect, rate_hz), NOISE)
    stage = stage_of(effect, rate_hz, longest=12_000)
    pieces = np.split(np.concatenate([NOISE, NOISE[:, :later]], axis=1), sorted(cuts), axis=1)
    made = np.concatenate([*(stage.process(piece) for piece in pieces), stage.flush()], axis=1)
    assert made.shape == (2, 12_000 + later)
    np.testing.assert_array_equal(made[:, :12_000], whole)
    assert not made[:, 12_000:].any()


def test_nothing_comes_out_before_everything_came_in() -> None:
    stage = WholeStage(lambda audio: -audio, 2, longest_samples=3_000)
    assert stage.process(NOISE[:, :2_999]).shape == (2, 0)
    np.testing.assert_array_equal(stage.process(NOISE[:, 2_999:3_000]), -NOISE[:, :3_000])
    assert stage.flush().shape == (2, 0)
    stage.close()
    stage.close()


def test_the_caller_may_write_into_his_block_again() -> None:
    stage = WholeStage(lambda audio: audio, 2)
    block = NOISE[:, :100].copy()
    stage.process(block)
    block[:] = 0.0
    np.testing.assert_array_equal(stage.flush(), NOISE[:, :100])


@pytest.mark.parametrize("semitones", [-24.0, -12.0, -0.3, 0.3, 7.0, 12.0, 19.0, 24.0])
def test_a_shifted_sine_is_a_sine_in_tune(semitones: float) -> None:
    n = np.arange(2 * RATE_HZ)
    sine = (0.5 * np.sin(2.0 * np.pi * 440.0 * n / RATE_HZ)).astype(np.float32)[np.newaxis]
    made = shift_pitch(sine, RATE_HZ, semitones)
    assert made.shape == sine.shape
    middle = made[0, RATE_HZ // 2 : -RATE_HZ // 2].astype(np.float64)
    phase = 2.0 * np.pi * 440.0 * 2.0 ** (semitones / 12.0) * np.arange(middle.size) / RATE_HZ
    basis = np.stack([np.cos(phase), np.sin(phase)], axis=1)
    found = basis @ np.linalg.lstsq(basis, middle, rcond=None)[0]
    assert np.std(found) / np.std(sine) == pytest.approx(1.0, abs=0.05)
    assert np.std(middle - found) < np.std(found) * 10.0 ** (-25.0 / 20.0)


@pytest.mark.parametrize(
    ("semitones", "rate_hz"),
    [
        (-17, 44_100),
        (-12, 22_050),
        (-5, 96_000),
        (0.3, 44_100),
        (7, 48_000),
        (7, 8_000),
        (24, 44_100),
    ],
)
def test_a_pitch_shift_stays_with_the_beat(semitones: float, rate_hz: int) -> None:
    seconds = 10
    n = np.arange(rate_hz * seconds)
    beats = np.exp(-(n % (rate_hz // 2)) / (0.03 * rate_hz))
    rng = np.random.default_rng(4)
    audio = (0.3 * beats * rng.normal(size=n.size)).astype(np.float32)[np.newaxis]
    made = shift_pitch(audio, rate_hz, semitones)
    smooth = np.hanning(rate_hz // 50)

    def loudness(sound: NDArray[np.float32], start: int) -> NDArray[np.float32]:
        part = sound[0, start : start + 2 * rate_hz]
        return fftconvolve(np.abs(part), smooth, "same").astype(np.float32)

    for start in (0, rate_hz * (seconds - 2)):  # the first beats, and the last
        found = lag(loudness(made, start), loudness(audio, start))
        assert abs(found) < 0.004 * rate_hz


def test_formants_stay_where_they_are() -> None:
    n = np.arange(RATE_HZ)
    harmonics = (
        np.sin(2.0 * np.pi * 110.0 * k * n / RATE_HZ) / (1.0 + ((110.0 * k - 800.0) / 150.0) ** 2)
        for k in range(1, 60)
    )
    vowel = (0.3 * sum(harmonics)).astype(np.float32)[np.newaxis]  # type: ignore[union-attr]

    def centroid(sound: NDArray[np.float32]) -> float:
        power = np.square(np.abs(np.fft.rfft(sound[0] * np.hanning(RATE_HZ))))
        return float(np.sum(np.arange(power.size) * power) / power.sum())

    own = centroid(vowel)
    assert centroid(shift_pitch(vowel, RATE_HZ, 7.0)) / own > 1.4
    assert centroid(shift_pitch(vowel, RATE_HZ, 7.0, keep_formants=True)) / own < 1.15


def test_a_telephone_has_a_line_for_each_channel() -> None:
    audio = np.concatenate([bursts(RATE_HZ, 1), bursts(RATE_HZ, 1)[:, ::-1] * 0.0])
    made = through(stage_of("gsm"), audio)
    assert np.abs(made[0]).max() > 0.3
    assert not made[1].any()


def test_a_telephone_s_hum_ends_with_the_sound() -> None:
    audio = np.zeros((1, RATE_HZ), np.float32)
    audio[:, :10_000] = NOISE[:1, :10_000]
    made = through(stage_of("gsm", n_channels=1), audio)
    assert np.abs(made[:, 8_000:10_000]).max() > 0.05
    assert not made[:, 10_000 + 2 * 882 :].any()
    alone = pedalboard.GSMFullRateCompressor().process(audio, RATE_HZ)
    assert np.abs(alone[:, 20_000:]).max() > 1e-4  # why there is a squelch


def test_an_mp3_is_made_at_a_rate_that_it_knows() -> None:
    rates = [8_000, 20_000, 44_100, 88_200, 96_000, 192_000, 50_000]
    made = [8_000, 22_050, 44_100, 44_100, 48_000, 48_000, 48_000]
    assert [mp3_rate_hz(rate) for rate in rates] == made


def test_a_lower_rate_leaves_no_highs_when_clean_and_mirrors_when_stepped() -> None:
    n = np.arange(RATE_HZ)
    sine = (0.5 * np.sin(2.0 * np.pi * 1_000.0 * n / RATE_HZ)).astype(np.float32)[np.newaxis]
    found = {}
    for quality in ("clean", "stepped"):
        lofi = insert("resample", rate_hz=8_000.0, quality=quality)
        made = through(make_stage(lofi, {}, RATE_HZ, 1, 0), sine)
        spectrum = np.abs(np.fft.rfft(made[0] * np.hanning(RATE_HZ)))
        found[quality] = spectrum[6_900:7_100].max() / spectrum[900:1_100].max()
    assert found["clean"] < 1e-3
    assert found["stepped"] > 0.1


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    rng = np.random.default_rng(8)
    fall = np.exp(-np.arange(9_000) / 1_500.0)[:, np.newaxis]
    file = tmp_path / "shed.wav"
    soundfile.write(file, 0.3 * fall * rng.normal(size=(9_000, 2)), RATE_HZ, subtype="FLOAT")
    return file


def test_a_convolution_is_one(recording: Path) -> None:
    response = read_impulse(recording, RATE_HZ, 2)
    wet = insert("convolution", recording, mix=1.0, gain_db=-6.0)
    made = through(make_stage(wet, {}, RATE_HZ, 2, 0), NOISE)
    full = fftconvolve(NOISE.astype(np.float64), response, axes=1)
    expected = full[:, : NOISE.shape[1]] * 10.0 ** (-6.0 / 20.0)
    np.testing.assert_allclose(made, expected, atol=1e-6)
    assert np.sum(response**2, axis=1).max() == pytest.approx(1.0)


def test_a_long_impulse_in_parts_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "long.wav"
    rng = np.random.default_rng(9)
    soundfile.write(file, 0.1 * rng.normal(size=150_000), RATE_HZ, subtype="FLOAT")
    stage = make_stage(insert("convolution", file, mix=1.0), {}, RATE_HZ, 2, 0)
    audio = np.zeros((2, 220_000), np.float32)
    audio[:, :12_000] = NOISE
    expected = fftconvolve(NOISE.astype(np.float64), read_impulse(file, RATE_HZ, 2), axes=1)
    made = through(stage, audio)
    np.testing.assert_allclose(made[:, :161_999], expected, atol=1e-6)
    assert np.abs(made[:, 162_000:]).max() < 1e-12


def test_dry_sound_is_in_time_and_a_mix_of_nothing_is_dry(recording: Path) -> None:
    made = through(make_stage(insert("convolution", recording, mix=0.0), {}, RATE_HZ, 2, 0), NOISE)
    np.testing.assert_array_equal(made, NOISE)


def test_noise_is_as_loud_in_a_recorded_place(recording: Path) -> None:
    noise = np.random.default_rng(3).normal(size=(2, 60_000)).astype(np.float32) * 0.1
    wet = make_stage(insert("convolution", recording, mix=1.0), {}, RATE_HZ, 2, 0)
    made = through(wet, noise)[:, 10_000:]
    assert 20.0 * np.log10(made.std() / noise.std()) == pytest.approx(0.0, abs=0.5)


def test_an_impulse_of_another_rate_and_channel_count_fits(recording: Path) -> None:
    at_its_rate = read_impulse(recording, RATE_HZ, 2)
    faster = read_impulse(recording, 2 * RATE_HZ, 1)
    assert at_its_rate.shape == (2, 9_000)
    assert faster.shape == (1, 18_000)
    assert np.sum(faster**2) == pytest.approx(1.0)


def test_one_recording_serves_both_channels(tmp_path: Path) -> None:
    file = tmp_path / "one.wav"
    soundfile.write(file, [0.5, 0.25, 0.0, -0.1], RATE_HZ, subtype="FLOAT")
    response = read_impulse(file, RATE_HZ, 2)
    np.testing.assert_array_equal(response[0], response[1])


def test_an_impulse_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    silent, long = tmp_path / "silent.wav", tmp_path / "long.wav"
    soundfile.write(silent, np.zeros(100), RATE_HZ)
    soundfile.write(long, np.ones(int(LONGEST_S * 2_000) + 4_000) * 0.1, 2_000)
    with pytest.raises(EffectError, match="silent"):
        read_impulse(silent, RATE_HZ, 2)
    with pytest.raises(EffectError, match=r"is 62\.0 s long; an impulse response takes up to 60 s"):
        read_impulse(long, RATE_HZ, 2)
    with pytest.raises(SoundError):
        read_impulse(tmp_path / "none.wav", RATE_HZ, 2)
    with pytest.raises(ValueError, match="needs an impulse"):
        make_stage(insert("convolution"), {}, RATE_HZ, 2, 0)
