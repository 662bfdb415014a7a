"""How near a file is to the sound: bounds in steps of the file (LSB), and what dither adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.stems import Quantiser, StemFormat, StemWriter
from ltsrender.stems.dither import key_for
from ltsrender.stems.shaping import LIPSHITZ_1991, SECOND_ORDER

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 48_000
NOISE = np.random.default_rng(8).uniform(-0.9, 0.9, (2, 60_001)).astype(np.float32)
N_SAMPLES = 2**18
KEY = key_for(1, "glass")
GAIN = 10 ** (-3 / 20)


def written(path: Path, bit_depth: str, audio: NDArray[np.float32] = NOISE, **more: Any) -> Any:
    gain = more.pop("gain", 1.0)
    rate_hz = more.pop("rate_hz", RATE_HZ)
    form = StemFormat("wav", bit_depth, rate_hz, **more)
    with StemWriter(path, RATE_HZ, len(audio), form, 1, gain=gain) as writer:
        writer.write(audio)
    return soundfile.read(path, always_2d=True, dtype="float64")[0].T


@pytest.mark.parametrize("bit_depth", ["16", "24"])
@pytest.mark.parametrize(("dither", "bound"), [("none", 0.5), ("tpdf", 1.5)])
@pytest.mark.parametrize("gain", [1.0, GAIN])
def test_a_file_is_within_half_a_step_and_the_dither(
    tmp_path: Path, bit_depth: str, dither: str, bound: float, gain: float
) -> None:
    step = 2.0 ** (1 - int(bit_depth))
    exact = NOISE.astype(np.float64) * gain
    error = (written(tmp_path / "a.wav", bit_depth, dither=dither, gain=gain) - exact) / step
    assert np.abs(error).max() <= bound
    assert np.abs(error).max() > 0.9 * bound  # a bound that nothing reaches would say nothing


def test_floats_are_the_sound_times_the_gain(tmp_path: Path) -> None:
    np.testing.assert_array_equal(written(tmp_path / "a.wav", "32f"), NOISE)
    wanted = (NOISE.astype(np.float64) * GAIN).astype(np.float32)
    np.testing.assert_array_equal(written(tmp_path / "b.wav", "32f", gain=GAIN), wanted)


def test_mono_is_the_mean_of_the_channels(tmp_path: Path) -> None:
    made = written(tmp_path / "a.wav", "24", mono=True, dither="none")
    assert made.shape == (1, NOISE.shape[1])
    exact = NOISE.astype(np.float64).mean(axis=0)
    assert np.abs(made[0] - exact).max() <= 2.0**-24
    opposite = np.stack([NOISE[0], -NOISE[0]])
    assert not written(tmp_path / "b.wav", "24", opposite, mono=True).any()
    alone = written(tmp_path / "c.wav", "32f", NOISE[:1], mono=True)
    np.testing.assert_array_equal(alone, NOISE[:1])


@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
def test_what_rounding_adds_to_a_stem_is_noise_and_nothing_else(
    tmp_path: Path, rate_hz: int
) -> None:
    """Against the same stem in floats: mean 0, power 1/12 + 1/6 steps squared, in no relation."""
    seconds = np.arange(N_SAMPLES) / RATE_HZ
    sound = (0.3 * np.sin(2 * np.pi * 997 * seconds)).astype(np.float32)[np.newaxis]
    exact = written(tmp_path / "a.wav", "32f", sound, rate_hz=rate_hz)[0]
    made = written(tmp_path / "b.wav", "16", sound, rate_hz=rate_hz)[0]
    error = (made - exact) * 2.0**15
    n = len(error)
    assert abs(error.mean()) < 5 * np.sqrt(0.25 / n)
    assert error.var() == pytest.approx(0.25, rel=0.02)
    for power in (1, 2):
        assert abs(np.corrcoef(error**power, exact**power)[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(error[1:], error[:-1])[0, 1]) < 5 / np.sqrt(n)


def noise_db(dither: str, rate_hz: int, low_hz: float, high_hz: float) -> float:
    """Return the mean power of 16-bit rounding noise between two frequencies, in dB a bin."""
    rng = np.random.default_rng(6)
    audio = (0.2 * rng.normal(0, 0.3, (1, N_SAMPLES))).clip(-0.9, 0.9)
    made = Quantiser(16, 1, KEY, dither, rate_hz).quantise(audio)[0] / 2.0**31
    error = (made - audio[0]) * 2.0**15
    spectrum = np.abs(np.fft.rfft(error * np.hanning(N_SAMPLES))) ** 2
    hz = np.fft.rfftfreq(N_SAMPLES, 1 / rate_hz)
    return float(10 * np.log10(np.mean(spectrum[(hz >= low_hz) & (hz < high_hz)])))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_shaped_noise_falls_where_the_ear_is_sharpest(rate_hz: int) -> None:
    def gained(low_hz: float, high_hz: float) -> float:
        return noise_db("shaped", rate_hz, low_hz, high_hz) - noise_db(
            "tpdf", rate_hz, low_hz, high_hz
        )

    assert gained(2_500, 5_000) < -13.0
    assert gained(50, 10_000) < -4.5
    assert gained(16_000, 20_000) > 10.0  # where it goes


def test_at_high_rates_it_goes_above_hearing() -> None:
    for low_hz, high_hz, most_db in ((50, 5_000, -15.0), (5_000, 12_000, -6.0)):
        shaped = noise_db("shaped", 96_000, low_hz, high_hz)
        assert shaped - noise_db("tpdf", 96_000, low_hz, high_hz) < most_db


@pytest.mark.parametrize(
    ("rate_hz", "coefficients"), [(44_100, LIPSHITZ_1991), (96_000, SECOND_ORDER)]
)
def test_shaped_noise_is_bounded(rate_hz: int, coefficients: tuple[float, ...]) -> None:
    """Every error of the loop is 1.5 steps at most, and the file has its filtered sum."""
    filtered = np.array([1.0, *(-c for c in coefficients)])
    bound, power = 1.5 * np.abs(filtered).sum(), 0.25 * np.square(filtered).sum()
    audio = np.random.default_rng(6).uniform(-0.9, 0.9, (2, N_SAMPLES))
    made = Quantiser(16, 2, KEY, "shaped", rate_hz).quantise(audio) / 2.0**31
    error = (made - audio) * 2.0**15
    assert np.abs(error).max() <= bound
    assert error.var() == pytest.approx(power, rel=0.02)
    assert abs(error.mean()) < 0.02


@pytest.mark.parametrize("rate_hz", [22_050, 32_000])
def test_low_rates_have_no_room_for_shaped_noise(tmp_path: Path, rate_hz: int) -> None:
    form = StemFormat("wav", "16", rate_hz, "shaped")
    with StemWriter(tmp_path / "a.wav", rate_hz, 2, form, 1) as writer:
        writer.write(NOISE)
    assert writer.stem.dither == "tpdf"


def test_shaped_noise_stops_with_the_sound_and_survives_clipping() -> None:
    audio = np.zeros((1, 3_000))
    audio[0, :1_000] = 2.0
    made = Quantiser(16, 1, KEY, "shaped").quantise(audio)[0] >> 16
    assert (made[:1_000] == 32_767).all()
    assert np.abs(made[1_000:1_064]).max() < 20
    assert not made[1_064:].any()
