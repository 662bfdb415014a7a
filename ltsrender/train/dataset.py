"""Recordings in, training frames out.

Each recording gives the frames of its mono mixdown and, when it is stereo, of each channel: a
render passes channels one by one through the model, so the model should know them. Silence is left
out. There is no gain augmentation, because a frame's level never enters the networks.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import content_sha256, load_sound, sound_info
from ltsrender.errors import ModelError, Problem, SoundError
from ltsrender.models import TrainingSound
from ltsrender.signal import ArrayReader, block_frames, kernel_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from ltsrender.audiofile import SoundInfo
    from ltsrender.signal import TransformSpec

SOUND_SUFFIXES = (
    *(".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg"),
    *(".opus", ".rf64", ".sd2", ".snd", ".voc", ".w64", ".wav", ".wave"),
)
MOST_FRAMES = 400_000
"""Larger collections are thinned: 0.7 GB of frames, 39 minutes of mono sound at hop 256."""
AUDIBLE_RMS = 10 ** (-110 / 20)
"""Frames below this rms, or 90 dB below their sound's loudest frame, count as silence."""
AUDIBLE_RATIO = 10 ** (-90 / 20)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Frames to learn from.

    Attributes
    ----------
    frames : float32[frame, band]
        Linear magnitudes, none of them silent.
    sound_index : int64[frame]
        Which of ``sounds`` each frame comes from.
    sounds
        The recordings that were used.
    skipped
        Why others were not.
    files
        Where the recordings are.
    """

    frames: NDArray[np.float32]
    sound_index: NDArray[np.int64]
    sounds: tuple[TrainingSound, ...]
    skipped: tuple[Problem, ...]
    files: tuple[Path, ...] = ()

    def frame_weights(self) -> NDArray[np.float32]:
        """Return how often each frame should be seen, float32[frame], mean 1.

        A sound of n frames counts as sqrt(n): a bell of one second still matters beside an
        ambience of ten minutes.
        """
        counts = np.bincount(self.sound_index, minlength=len(self.sounds))
        weights = 1.0 / np.sqrt(counts[self.sound_index])
        return np.asarray(weights / weights.mean(), dtype=np.float32)

    def only(self, chosen: Sequence[bool]) -> Dataset:
        """Return the frames of some of the sounds: of those that are chosen, by their place."""
        if all(chosen):
            return self  # no copy of what may be 0.7 GB
        places = np.cumsum(chosen) - 1
        kept = np.asarray(chosen, dtype=bool)[self.sound_index]
        return Dataset(
            self.frames[kept],
            places[self.sound_index[kept]],
            tuple(sound for sound, wanted in zip(self.sounds, chosen, strict=True) if wanted),
            self.skipped,
            tuple(file for file, wanted in zip(self.files, chosen, strict=True) if wanted),
        )


def find_sounds(folder: Path) -> list[Path]:
    """Return all sound files in a folder and the folders in it, in a fixed order.

    What has the name of a sound file counts, readable or not, so that nobody wonders where a
    broken file went; other files count when libsndfile can read them. A file is its own folder.

    Of a data set of the original (``audio``, ``npy`` with the frames and their ``config.ini``, and
    the runs trained on it) ``audio`` alone is searched: a run holds sounds that models made.

    Raises
    ------
    ModelError
        When the folder does not exist or holds no sound.
    """
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise ModelError(Problem("there is no such folder", file=folder))
    found = [path for path in _files_in(folder) if _is_sound(path)]
    if not found:
        raise ModelError(Problem("holds no sound file, nor do the folders in it", file=folder))
    return found


def read_dataset(
    sounds: Sequence[Path],
    spec: TransformSpec,
    seed: int,
    device: str,
    told: Callable[[float, str], None],
) -> Dataset:
    """Read recordings and turn them into frames.

    Parameters
    ----------
    sounds
        Sound files; one that cannot be used is skipped, and so is the same content again.
    seed
        Decides which frames a collection of more than `MOST_FRAMES` keeps.
    told
        Called with the fraction done and what there is to tell.

    Raises
    ------
    ModelError
        When no recording can be used, with every reason.
    """
    found, skipped = _described(sounds, told)
    shares = fair_shares([_frame_count(sound.info, spec) for sound in found], MOST_FRAMES)
    rng = np.random.default_rng(seed)
    pieces: list[NDArray[np.float32]] = []
    used: list[TrainingSound] = []
    files: list[Path] = []
    known: dict[str, str] = {}
    for index, (sound, share) in enumerate(zip(found, shares, strict=True)):
        note = ""
        try:
            facts = _checked(sound, known)
            frames = _audible_frames(sound.path, spec, device, share, rng)
        except SoundError as error:
            skipped.extend(error.problems)
            note = f"skipped: {error}"
        else:
            known[facts.sha256] = facts.name
            used.append(facts)
            files.append(sound.path)
            pieces.append(frames)
        told((index + 1) / len(found), note)
    if not pieces:
        raise ModelError([Problem("there is no sound to train on"), *skipped])
    counts = [len(piece) for piece in pieces]
    origin = np.repeat(np.arange(len(used)), counts)
    return Dataset(np.concatenate(pieces), origin, tuple(used), tuple(skipped), tuple(files))


def fair_shares(counts: Sequence[float], most: float) -> list[float]:
    """Return which part of each sound's frames is kept so that about ``most`` remain in all.

    Short sounds are kept whole; the longest are thinned to one common length.

    >>> fair_shares([10, 100, 200], 110)
    [1.0, 0.5, 0.25]
    """
    left = most
    quota = max(counts, default=0.0)
    for index, count in enumerate(sorted(counts)):
        n_longer = len(counts) - index
        if count * n_longer > left:
            quota = left / n_longer
            break
        left -= count
    return [min(1.0, quota / count) for count in counts]


@dataclass(frozen=True)
class _Found:
    path: Path
    info: SoundInfo


def _files_in(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if _is_original_dataset(Path(root), folders):
            folders[:] = ["audio"]
            continue
        for name in sorted(files):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file():
                yield path


def _is_original_dataset(folder: Path, names: Sequence[str]) -> bool:
    """Return whether a folder has sounds, and beside them the frames that the original made.

    The frames' folder may have any name (``cqt_dataset`` in the config); it holds the config.
    """
    return "audio" in names and any(
        (folder / name / "config.ini").is_file() and any((folder / name).glob("*.npy"))
        for name in names
    )


def _is_sound(path: Path) -> bool:
    if path.suffix.lower() in SOUND_SUFFIXES:
        return True
    try:
        sound_info(path)
    except SoundError:
        return False
    return True


def _described(
    sounds: Sequence[Path], told: Callable[[float, str], None]
) -> tuple[list[_Found], list[Problem]]:
    """Return every readable sound with its header's facts, and what is wrong with the others."""
    found: list[_Found] = []
    skipped: list[Problem] = []
    for path in sounds:
        try:
            found.append(_Found(path, sound_info(path)))
        except SoundError as error:
            skipped.extend(error.problems)
            told(0.0, f"skipped: {error}")
    return found, skipped


def _frame_count(info: SoundInfo, spec: TransformSpec) -> float:
    """Return about how many frames a sound gives; of a stereo sound three channels are used."""
    n_channels = 3 if info.n_channels > 1 else 1
    return max(1.0, n_channels * info.length_s * spec.sample_rate_hz / spec.hop_samples)


def _checked(sound: _Found, known: dict[str, str]) -> TrainingSound:
    """Return the facts of a sound that is none of those known by their content."""
    sha256 = content_sha256(sound.path)
    if sha256 in known:
        raise SoundError(Problem(f"is the same file as {known[sha256]}", file=sound.path))
    return TrainingSound(name=sound.path.name, sha256=sha256, length_s=sound.info.length_s)


def _audible_frames(
    path: Path, spec: TransformSpec, device: str, share: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return a share of the frames of a recording that are not silent, float32[frame, band]."""
    audio = load_sound(path, spec.sample_rate_hz)
    if len(audio) > 1 and not np.array_equal(audio[0], audio[1]):
        audio = np.concatenate([audio.mean(axis=0, keepdims=True), audio])
    else:
        audio = audio[:1]
    blocks = list(_audible_blocks(audio, spec, device, share, rng))
    frames = _audible(np.concatenate(blocks), against_loudest=True)
    if not len(frames):
        raise SoundError(Problem("is silent from end to end", file=path))
    return frames


def _audible_blocks(
    audio: NDArray[np.float32],
    spec: TransformSpec,
    device: str,
    share: float,
    rng: np.random.Generator,
) -> Iterator[NDArray[np.float32]]:
    """Yield float32[frame, band], the kept frames of all channels one after the other."""
    kernel, reader = kernel_for(spec, device), ArrayReader(audio)
    n_frames = -(-audio.shape[1] // spec.hop_samples)
    for block in range(-(-n_frames // spec.frames_per_block)):
        rest = n_frames - block * spec.frames_per_block
        frames = block_frames(reader, block, kernel)[:, :rest].cpu().numpy()
        frames = _audible(frames.reshape(-1, spec.n_bands), against_loudest=False)
        yield frames[rng.random(len(frames)) < share]


def _audible(frames: NDArray[np.float32], *, against_loudest: bool = True) -> NDArray[np.float32]:
    rms = np.sqrt(np.mean(np.square(frames), axis=1, dtype=np.float64))
    loudest = rms.max(initial=0.0) if against_loudest else 0.0
    return frames[rms > max(AUDIBLE_RMS, AUDIBLE_RATIO * loudest)]
