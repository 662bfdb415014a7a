"""Recordings in, training frames out.

Each recording gives the frames of its mono mixdown and, when it is stereo, of each channel: a
render passes channels one by one through the model, so the model should know them. Silence is left
out. There is no gain augmentation, because a frame's level never enters the networks.

All frames are kept, in memory or, of a large collection, in a temporary file: an hour of stereo is
3.4 GB of them. Only if no disk holds them are the longest recordings thinned, and that is told.
"""

from __future__ import annotations

import math
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.audiofile import content_sha256, sound_info
from ltsrender.clipping import clipping_words
from ltsrender.errors import ModelError, Problem, SoundError, plain
from ltsrender.models import TrainingSound
from ltsrender.signal import block_frames, kernel_for
from ltsrender.train.channels import learnt_channels
from ltsrender.train.collected import (
    PIECE_FRAMES,
    ChosenFrames,
    FramesInMemory,
    FramesOnDisk,
    frames_that_fit,
    in_gigabytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from ltsrender.audiofile import SoundInfo
    from ltsrender.signal import TransformSpec
    from ltsrender.train.collected import Frames

    Store = FramesInMemory | FramesOnDisk

SOUND_SUFFIXES = (
    *(".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg"),
    *(".opus", ".rf64", ".sd2", ".snd", ".voc", ".w64", ".wav", ".wave"),
)
MOST_IN_MEMORY = 400_000
"""Frames of larger collections go to a file: 0.7 GB, 39 minutes of mono sound at hop 256."""
AUDIBLE_RMS = 10 ** (-110 / 20)
"""Frames below this rms, or 90 dB below their sound's loudest frame, count as silence."""
AUDIBLE_RATIO = 10 ** (-90 / 20)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Frames to learn from.

    Attributes
    ----------
    frames : float32[frame, band]
        Linear magnitudes, none of them silent: an array, or what is read like one.
    sound_index : int32[frame]
        Which of ``sounds`` each frame comes from.
    sounds
        The recordings that were used.
    skipped
        Why others were not.
    files
        Where the recordings are.
    """

    frames: Frames
    sound_index: NDArray[np.int32]
    sounds: tuple[TrainingSound, ...]
    skipped: tuple[Problem, ...]
    files: tuple[Path, ...] = ()

    def close(self) -> None:
        """Remove the temporary file of the frames, where there is one."""
        if isinstance(self.frames, FramesOnDisk):
            self.frames.close()

    def frame_weights(self) -> NDArray[np.float32]:
        """Return how often each frame should be seen, float32[frame], mean 1.

        A sound of n frames counts as sqrt(n): a bell of one second still matters beside an
        ambience of ten minutes.
        """
        counts = np.bincount(self.sound_index, minlength=len(self.sounds))
        weights = 1.0 / np.sqrt(np.maximum(counts, 1))  # of a sound; there may be 10**7 frames
        mean = weights[self.sound_index].mean()
        return np.asarray((weights / mean).astype(np.float32)[self.sound_index])

    def only(self, chosen: Sequence[bool]) -> Dataset:
        """Return the frames of some of the sounds: of those that are chosen, by their place.

        They are not copied: what is closed here is closed there.
        """
        if all(chosen):
            return self
        places = (np.cumsum(chosen) - 1).astype(np.int32)
        kept = np.flatnonzero(np.asarray(chosen, dtype=bool)[self.sound_index]).astype(np.int32)
        return Dataset(
            ChosenFrames(self.frames, kept),
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
    folder: Path | None = None,
) -> Dataset:
    """Read recordings and turn them into frames.

    Parameters
    ----------
    sounds
        Sound files; one that cannot be used is skipped, and so is the same content again.
    seed
        Decides which frames are kept of a collection that no disk holds.
    told
        Called with the fraction done and what there is to tell.
    folder
        Where a collection of more than `MOST_IN_MEMORY` frames may have its temporary file, so
        that somebody must close the data set; None: where the system has such files.

    Raises
    ------
    ModelError
        When no recording can be used, with every reason; when the temporary file cannot be
        written.
    """
    found, skipped = _described(sounds, told)
    counts = [_frame_count(sound.info, spec) for sound in found]
    store, most = _store_for(sum(counts), spec.n_bands, folder, lambda note: told(0.0, note))
    shares = fair_shares(counts, most)
    rng = np.random.default_rng(seed)
    used: list[TrainingSound] = []
    files: list[Path] = []
    lengths: list[int] = []
    known: dict[str, str] = {}
    with ExitStack() as undo:
        undo.callback(store.close)  # on Ctrl-C too: nobody else knows the file yet
        for index, (sound, share) in enumerate(zip(found, shares, strict=True)):
            note, n_before = "", len(store)
            try:
                facts = _checked(sound, known)
                for part in _collected(sound, spec, device, share, rng, store):
                    told((index + part) / len(found), "")
                clipped = clipping_words(sound.path)
            except SoundError as error:
                store.cut(n_before)
                skipped.extend(error.problems)
                note = f"skipped: {error}"
            else:
                known[facts.sha256] = facts.name
                used.append(facts)
                files.append(sound.path)
                lengths.append(len(store) - n_before)
                note = f"{facts.name} is learnt as it is{clipped}" if clipped else ""
            told((index + 1) / len(found), note)
        if not used:
            raise ModelError([Problem("there is no sound to train on"), *skipped])
        undo.pop_all()
    origin = np.repeat(np.arange(len(used), dtype=np.int32), lengths)
    frames = store.whole() if isinstance(store, FramesInMemory) else store
    return Dataset(frames, origin, tuple(used), tuple(skipped), tuple(files))


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


def audible(rms: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which frames of a sound are no silence, ``bool[frame]``, by the rms of all of them.

    Parameters
    ----------
    rms : float[frame]
        Linear, over bands or bins.
    """
    return np.asarray(rms > max(AUDIBLE_RMS, AUDIBLE_RATIO * float(rms.max(initial=0.0))))


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


def _frame_count(info: SoundInfo, spec: TransformSpec) -> int:
    """Return how many frames a sound gives at most; of a stereo sound three channels are used."""
    n_channels = 3 if info.n_channels > 1 else 1
    return n_channels * (1 + math.ceil(info.length_s * spec.sample_rate_hz / spec.hop_samples))


def _checked(sound: _Found, known: dict[str, str]) -> TrainingSound:
    """Return the facts of a sound that is none of those known by their content."""
    sha256 = content_sha256(sound.path)
    if sha256 in known:
        raise SoundError(Problem(f"is the same file as {known[sha256]}", file=sound.path))
    return TrainingSound(name=sound.path.name, sha256=sha256, length_s=sound.info.length_s)


def _store_for(
    n_expected: int, n_bands: int, folder: Path | None, told: Callable[[str], None]
) -> tuple[Store, int]:
    """Return where frames go, and how many of them there may be; tell what is unusual about it."""
    if n_expected <= MOST_IN_MEMORY:
        return FramesInMemory(n_expected, n_bands), MOST_IN_MEMORY
    where = "for temporary files" if folder is None else f"of {plain(str(folder.resolve()))}"
    room = frames_that_fit(folder, n_bands)
    needed, there = in_gigabytes(n_expected, n_bands), in_gigabytes(room, n_bands)
    if n_expected <= room:
        told(f"{needed} of frames go to a temporary file on the disk {where}, which has {there}")
        return FramesOnDisk(folder, n_expected, n_bands), n_expected
    most = max(room, MOST_IN_MEMORY)
    told(
        f"these recordings make {needed} of frames and the disk {where} has room for {there}, so "
        f"the longest are thinned: about {100 * most / n_expected:.2g} % of all frames are "
        "learnt; make room there, or write the model to another disk, to have all"
    )
    if room > MOST_IN_MEMORY:
        return FramesOnDisk(folder, room, n_bands), room
    return FramesInMemory(MOST_IN_MEMORY, n_bands), MOST_IN_MEMORY


def _collected(
    sound: _Found,
    spec: TransformSpec,
    device: str,
    share: float,
    rng: np.random.Generator,
    store: Store,
) -> Iterator[float]:
    """Add a share of the frames of a recording that are not silent to a store.

    Yields
    ------
    float
        Which part of a recording is read that is longer than a block, after each but the last.
    """
    begin, rms_of_blocks = len(store), [np.zeros(0)]
    for part, frames in _blocks(sound, spec, device):
        rms = _rms(frames)
        kept = rms > AUDIBLE_RMS
        kept[kept] = rng.random(np.count_nonzero(kept)) < share
        store.write(len(store), frames[kept])
        rms_of_blocks.append(rms[kept])
        if part < 1.0:
            yield part
    rms = np.concatenate(rms_of_blocks)
    _keep(store, begin, audible(rms))
    if len(store) == begin:
        raise SoundError(Problem("is silent from end to end", file=sound.path))


def _blocks(
    sound: _Found, spec: TransformSpec, device: str
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Yield blocks, float32[frame, band], and which part of the recording ends with each.

    In every block the frames of one channel come after those of the other.
    """
    kernel = kernel_for(spec, device)
    reader, n_samples = learnt_channels(sound.path, sound.info, spec.sample_rate_hz)
    n_frames = -(-n_samples // spec.hop_samples)
    n_blocks = -(-n_frames // spec.frames_per_block)
    for block in range(n_blocks):
        rest = n_frames - block * spec.frames_per_block
        frames = block_frames(reader, block, kernel)[:, :rest].cpu().numpy()
        yield (block + 1) / n_blocks, frames.reshape(-1, spec.n_bands)


def _keep(store: Store, begin: int, kept: NDArray[np.bool_]) -> None:
    """Close the gaps that frames leave which are not kept, from a number on, a piece at a time."""
    if kept.all():
        return
    end = begin
    for first in range(0, len(kept), PIECE_FRAMES):
        piece = kept[first : first + PIECE_FRAMES]
        frames = store[begin + first : begin + first + len(piece)][piece]
        store.write(end, frames)
        end += len(frames)
    store.cut(end)


def _rms(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return float64[frame]."""
    return np.asarray(np.sqrt(np.mean(np.square(frames), axis=1, dtype=np.float64)))
