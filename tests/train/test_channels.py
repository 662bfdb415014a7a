"""A long recording gives the very samples that it would give whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.audiofile import sound_info
from ltsrender.errors import SoundError
from ltsrender.train import channels

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 8_000
BLOCK, PADDING = 30_000, 4_000


def recording(path: Path, kind: str, rate_hz: int) -> Path:
    sides = np.random.default_rng(0).uniform(-0.1, 0.1, (40 * rate_hz, 2))
    audio = {"mono": sides[:, 0], "stereo": sides, "twice": sides[:, [0, 0]]}[kind]
    if kind == "stereo":
        audio[: 30 * rate_hz, 1] = audio[: 30 * rate_hz, 0]  # they part late
    soundfile.write(path, audio, rate_hz)
    return path


@pytest.mark.parametrize("kind", ["mono", "stereo", "twice"])
@pytest.mark.parametrize("rate_hz", [RATE_HZ, 44_100, 5_000])
def test_blocks_of_a_long_sound_are_those_of_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, rate_hz: int
) -> None:
    path = recording(tmp_path / "a.wav", kind, rate_hz)
    info = sound_info(path)
    whole, n_samples = channels.learnt_channels(path, info, RATE_HZ)
    monkeypatch.setattr(channels, "LONGEST_WHOLE_S", 1.0)
    long, n_of_long = channels.learnt_channels(path, info, RATE_HZ)
    assert isinstance(long, channels.LongSound)
    assert (n_of_long, long.n_channels) == (n_samples, whole.n_channels)
    for start in range(-PADDING, n_samples + BLOCK, BLOCK):
        stop = start + BLOCK + 2 * PADDING
        np.testing.assert_array_equal(long.read(start, stop), whole.read(start, stop))
    assert long._held.shape[1] < BLOCK + 2**18


def test_what_is_wrong_with_a_long_sound_is_told_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "LONGEST_WHOLE_S", 1.0)
    audio = np.zeros((RATE_HZ * 60, 1), np.float32)
    audio[-5] = np.nan
    soundfile.write(tmp_path / "a.wav", audio, RATE_HZ, subtype="FLOAT")
    with pytest.raises(SoundError, match="1 samples that are NaN"):
        channels.learnt_channels(tmp_path / "a.wav", sound_info(tmp_path / "a.wav"), RATE_HZ)
