"""Sounds as a model's frames, in their order in time, for what looks at a trained model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import content_sha256, load_sound
from ltsrender.errors import ModelError, Problem, SoundError
from ltsrender.latents import rms_of
from ltsrender.signal import ArrayReader
from ltsrender.train.dataset import audible
from ltsrender.units import frames_covering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models import TimbreModel

LONGEST_S = 60.0
"""No more of a sound is looked at: a minute tells what an hour would."""


@dataclass(frozen=True, eq=False)
class Material:
    """One sound, mixed down to mono, as a model's frames.

    Attributes
    ----------
    name, sha256
        Of the file.
    frames : float32[frame, bin]
        Linear magnitudes, in the model's own scale, one hop apart.
    audible : bool[frame]
        Which frames are not silence, by the measure of training.
    """

    name: str
    sha256: str
    frames: NDArray[np.float32]
    audible: NDArray[np.bool_]


def read_material(
    sounds: Sequence[Path],
    model: TimbreModel,
    told: Callable[[float, str], None] = lambda _fraction, _note: None,
) -> tuple[Material, ...]:
    """Read sounds as frames of a model; those that cannot be used are skipped, and told.

    Parameters
    ----------
    sounds
        Sound files.
    model
        Whose frames.
    told
        Called with the fraction done and what there is to tell.

    Raises
    ------
    ModelError
        When no sound can be used, with every reason.
    """
    found: list[Material] = []
    problems: list[Problem] = []
    for index, path in enumerate(sounds):
        note = ""
        try:
            sound = _read(path, model)
        except SoundError as error:
            problems.extend(error.problems)
            note = f"skipped: {error}"
        else:
            found.append(sound)
        told((index + 1) / len(sounds), note)
    if not found:
        raise ModelError([Problem("there is no sound to look at"), *problems])
    return tuple(found)


def frames_of(audio: NDArray[np.float32], model: TimbreModel) -> NDArray[np.float32]:
    """Return a sound ``float32[channel, sample]`` as ``float32[channel, frame, bin]``."""
    spectra, reader = model.spectra, ArrayReader(audio)
    n_frames = frames_covering(audio.shape[1], spectra.spec.hop_samples)
    blocks = range(frames_covering(n_frames, spectra.frames_per_block))
    pieces = [spectra.block(reader, block, model.device) for block in blocks]
    return np.concatenate(pieces, axis=1)[:, :n_frames]


def _read(path: Path, model: TimbreModel) -> Material:
    sha256 = content_sha256(path)
    rate_hz = model.spec.sample_rate_hz
    audio = load_sound(path, rate_hz)[:, : round(LONGEST_S * rate_hz)].mean(0, keepdims=True)
    frames = frames_of(audio, model)[0]
    heard = audible(rms_of(frames))
    if not heard.any():
        raise SoundError(Problem("is silent from end to end", file=path))
    return Material(path.name, sha256, frames, heard)
