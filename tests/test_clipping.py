from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender import audiofile
from ltsrender.clipping import LEAST_STEEP_RUN, clipped_places

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 44_100


def write(path: Path, audio: np.ndarray, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, audio, RATE_HZ, subtype=subtype)
    return path


def sine(frequency_hz: float, amplitude: float, length_s: float = 1.0) -> np.ndarray:
    return amplitude * np.sin(
        2 * np.pi * frequency_hz * np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    )


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_every_flat_top_counts(tmp_path: Path, subtype: str) -> None:
    cut = np.clip(sine(100.0, 2.0), -1.0, 1.0)
    assert clipped_places(write(tmp_path / "x.wav", cut, subtype)) == 200
    stereo = np.stack([cut, 0.5 * cut], axis=1)  # the other was turned down
    assert clipped_places(write(tmp_path / "y.wav", stereo, subtype)) == 200


def test_tops_of_a_bright_sound_are_short(tmp_path: Path) -> None:
    cut = np.clip(sine(3_000.0, 2.0), -1.0, 1.0)  # five samples of fifteen
    assert clipped_places(write(tmp_path / "x.wav", cut)) == 6_000


@pytest.mark.parametrize("frequency_hz", [30.0, 100.0, 440.0, 5_000.0])
def test_what_only_reaches_full_scale_does_not(tmp_path: Path, frequency_hz: float) -> None:
    assert clipped_places(write(tmp_path / "x.wav", sine(frequency_hz, 1.0))) == 0


def test_silence_and_shorter_sounds_have_none(tmp_path: Path) -> None:
    assert clipped_places(write(tmp_path / "x.wav", np.zeros(1_000))) == 0
    assert clipped_places(write(tmp_path / "y.wav", np.ones(LEAST_STEEP_RUN - 1))) == 0


@settings(max_examples=30)
@given(
    runs=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=12),
    size=st.integers(4, 40),
)
def test_however_a_file_is_read(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[int, int]], size: int
) -> None:
    audio = np.concatenate([np.zeros(3), *(np.r_[np.ones(n), np.zeros(gap)] for n, gap in runs)])
    path = write(tmp_path_factory.mktemp("runs") / "x.wav", audio)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audiofile, "_READ_SAMPLES", size)
        assert clipped_places(path) == sum(n >= LEAST_STEEP_RUN for n, _ in runs)
