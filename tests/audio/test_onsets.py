"""Where sounds begin anew, and where they only seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.audio.measures import onsets as steep_rises
from ltsrender.audio.onsets import find_onsets, powers, regions, step_samples, trailing

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 44_100
STEP = step_samples(RATE_HZ)


def _onsets(sound: np.ndarray) -> np.ndarray:
    whole = sound[: sound.size - sound.size % STEP]
    return find_onsets(powers(whole[None].astype(np.float64), STEP))


def _hits(places: list[int], n_steps: int, decay_steps: float = 20.0) -> np.ndarray:
    time = np.arange(n_steps * STEP) / STEP
    tone = np.sin(2 * np.pi * 2_000 * time * STEP / RATE_HZ)
    after = [np.where(time >= at, np.exp(-(time - at) / decay_steps), 0.0) for at in places]
    return 0.5 * tone * np.sum(after, axis=0)


@pytest.mark.parametrize("places", [[50], [50, 150, 400], [3, 90]])
def test_hits_are_found_where_they_are(places: list[int]) -> None:
    assert _onsets(_hits(places, 500)).tolist() == places


def test_two_partials_that_beat_do_not_begin_again_and_again() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    beating = 0.2 * (np.sin(2 * np.pi * 800 * time_s) + np.sin(2 * np.pi * 815 * time_s))
    assert len(steep_rises(beating.astype(np.float32), RATE_HZ)) > 10
    assert len(_onsets(beating)) <= 1  # the beginning itself


def test_a_low_tone_of_pulses_begins_once() -> None:
    pulses = np.zeros(2 * RATE_HZ)
    pulses[RATE_HZ // 2 :: RATE_HZ // 60] = 1.0
    rough = np.convolve(pulses, np.hanning(40) * np.cos(np.arange(40)))[: pulses.size]
    assert len(steep_rises(rough.astype(np.float32), RATE_HZ)) > 10
    assert len(_onsets(rough)) == 1


def test_silence_and_steady_noise_have_no_onsets() -> None:
    assert not _onsets(np.zeros(RATE_HZ)).size
    noise = 0.1 * np.random.default_rng(1).standard_normal(4 * RATE_HZ)
    assert (_onsets(noise) < 3).all()
    assert not find_onsets(np.zeros(3)).size


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_regions_add_up_and_lie_where_they_should(rate_hz: int) -> None:
    time_s = np.arange(rate_hz) / rate_hz
    heard = []
    for frequency_hz in (100.0, 1_200.0, 3_900.0):
        tone = np.sin(2 * np.pi * frequency_hz * time_s)[None]
        split = regions(tone, rate_hz)
        np.testing.assert_allclose(np.sum(split, axis=0), tone, atol=1e-12)
        heard.append(int(np.argmax([np.square(part).sum() for part in split])))
    assert heard == [2, 1, 0]


def test_regions_of_silence_are_silent_even_after_sound() -> None:
    sound = np.zeros((1, 4_000))
    sound[0, :1_000] = np.random.default_rng(2).standard_normal(1_000)
    for part in regions(sound, RATE_HZ):
        assert not part[0, 1_200:].any()


def test_a_trailing_mean_knows_nothing_of_what_comes() -> None:
    power = np.random.default_rng(3).random(50)
    mean = trailing(power, 4)
    assert mean[10] == pytest.approx(power[7:11].mean())
    assert mean[0] == pytest.approx(power[0] / 4)
    power[30:] = 100.0
    np.testing.assert_array_equal(trailing(power, 4)[:30], mean[:30])


def test_real_loops_keep_their_hits_and_real_tones_begin_seldom(shared_audio: Path) -> None:
    found = {}
    for name in ("loop_tabla", "loop_amen_full", "guit_em9", "bass_voxy_c", "ambi_glass_hum"):
        audio = soundfile.read(shared_audio / f"{name}.flac", dtype="float32", always_2d=True)[0]
        found[name] = len(_onsets(audio[: 4 * RATE_HZ].mean(axis=1)))
    assert found["loop_tabla"] > 12
    assert found["loop_amen_full"] > 18
    assert max(found[name] for name in ("guit_em9", "bass_voxy_c", "ambi_glass_hum")) <= 1
