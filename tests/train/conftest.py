"""Short sounds made on the spot: training on them takes a moment, and needs no recordings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.train import TrainOptions

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 8_000


def plucked(pitch_hz: float, length_s: float = 0.5) -> NDArray[np.float32]:
    """Ten partials, higher ones dying sooner."""
    time_s = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    partials = [
        np.sin(2 * np.pi * n * pitch_hz * time_s) * np.exp(-3 * n * time_s) / n
        for n in range(1, 11)
    ]
    return (0.2 * np.sum(partials, axis=0)).astype(np.float32)


def breath(seed: int, length_s: float = 0.5) -> NDArray[np.float32]:
    """Noise that swells and fades."""
    n_samples = int(length_s * RATE_HZ)
    noise = np.random.default_rng(seed).normal(size=n_samples)
    return (0.05 * noise * np.hanning(n_samples)).astype(np.float32)


def write(path: Path, audio: NDArray[np.float32]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, audio, RATE_HZ, subtype="FLOAT", format="WAV")
    return path


@pytest.fixture(scope="session")
def workshop() -> SimpleNamespace:
    """The makers above, for tests, which cannot import a conftest."""
    return SimpleNamespace(plucked=plucked, breath=breath, write=write, rate_hz=RATE_HZ)


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("sounds")
    return [
        write(folder / "low.wav", plucked(110.0)),
        write(folder / "high.wav", plucked(311.0)),
        write(folder / "breath.wav", breath(0)),
    ]


@pytest.fixture(scope="session")
def tiny() -> TrainOptions:
    return TrainOptions(
        minutes=None,
        epochs=2,
        n_latents=6,
        width=16,
        seed=3,
        sample_rate_hz=RATE_HZ,
        batch_frames=16,
        device="cpu",
        augment=0.0,  # five latents cannot hold sounds that nobody made as well
    )
