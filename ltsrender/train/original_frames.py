"""Recordings in, the frames of the original out.

Where the frames of our own models (`ltsrender.train.dataset`) are chosen with care, the original
takes what there is: the mono mixdown of every recording and all frames of it, silence too. Kept
from ours is what a composer needs: files that cannot be used are skipped, and told; the same
content counts once; and of a collection too large for memory the longest sounds are thinned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ltsrender.audiofile import content_sha256, load_sound, sound_info
from ltsrender.errors import ModelError, Problem, SoundError
from ltsrender.latents import rms_of
from ltsrender.models import TrainingSound
from ltsrender.signal import ArrayReader
from ltsrender.train.dataset import audible, fair_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ltsrender.models.spectra import LibrosaSpectra

MOST_FRAMES = 400_000
"""0.6 GB of the usual frames, 19 minutes of sound; the original would take any number."""


class OriginalFrames(NamedTuple):
    """Frames to learn from, as the original has them.

    Attributes
    ----------
    frames : float32[frame, bin]
        Linear magnitudes, in their order in time.
    audible : bool[frame]
        Which of them are not silence, by the measure of our own training.
    owner : int64[frame]
        Which of ``sounds`` each comes from.
    sounds
        The recordings that were used.
    """

    frames: NDArray[np.float32]
    audible: NDArray[np.bool_]
    owner: NDArray[np.int64]
    sounds: tuple[TrainingSound, ...]


def read_original_frames(
    sounds: Sequence[Path],
    spectra: LibrosaSpectra,
    seed: int,
    device: str,
    told: Callable[[float, str], None],
) -> OriginalFrames:
    """Read recordings and turn them into the original's frames.

    Parameters
    ----------
    sounds
        Sound files.
    spectra
        Which frames.
    seed
        Decides which frames a collection of more than `MOST_FRAMES` keeps.
    told
        Called with the fraction done and what there is to tell.

    Raises
    ------
    ModelError
        When no recording can be used, with every reason.
    """
    problems: list[Problem] = []
    lengths_s: dict[Path, float] = {}
    for path in sounds:
        try:
            lengths_s[path] = sound_info(path).length_s
        except SoundError as error:
            problems += error.problems
            told(0.0, f"skipped: {error}")
    per_s = spectra.own.sample_rate_hz / spectra.own.hop_samples
    shares = fair_shares([max(1.0, per_s * length) for length in lengths_s.values()], MOST_FRAMES)
    rng = np.random.default_rng(seed)
    used: dict[str, TrainingSound] = {}
    pieces: list[NDArray[np.float32]] = []
    sounding: list[NDArray[np.bool_]] = []
    for index, ((path, length_s), share) in enumerate(zip(lengths_s.items(), shares, strict=True)):
        note = ""
        try:
            sha256 = content_sha256(path)
            _refuse_again(path, used.get(sha256))
            frames, heard = _frames_of(path, spectra, device)
        except SoundError as error:
            problems += error.problems
            note = f"skipped: {error}"
        else:
            used[sha256] = TrainingSound(name=path.name, sha256=sha256, length_s=length_s)
            kept = rng.random(len(frames)) < share
            pieces.append(frames[kept])
            sounding.append(heard[kept])
        told((index + 1) / len(lengths_s), note)
    if not pieces:
        raise ModelError([Problem("there is no sound to train on"), *problems])
    owner = np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])
    return OriginalFrames(
        np.concatenate(pieces), np.concatenate(sounding), owner, tuple(used.values())
    )


def _refuse_again(path: Path, twin: TrainingSound | None) -> None:
    if twin is not None:
        raise SoundError(Problem(f"is the same file as {twin.name}", file=path))


def _frames_of(
    path: Path, spectra: LibrosaSpectra, device: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return all frames of a recording, and which of them are no silence."""
    audio = load_sound(path, spectra.own.sample_rate_hz).mean(axis=0, keepdims=True)
    n_frames = 1 + audio.shape[1] // spectra.own.hop_samples  # librosa's, centred
    reader = ArrayReader(audio)
    blocks = range(-(-n_frames // spectra.frames_per_block))
    pieces = [spectra.block(reader, block, device)[0] for block in blocks]
    frames = np.concatenate(pieces)[:n_frames]
    heard = audible(rms_of(frames))
    if not heard.any():
        raise SoundError(Problem("is silent from end to end", file=path))
    return frames, heard
