"""Whether the files of a manifest are there, whole, and of the format they should have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import soundfile

from ltsrender.stems.manifest import FILE_NAME
from ltsrender.stems.verdict import Check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ltsrender.stems.manifest import Manifest, StemFacts

BLOCK_SAMPLES = 2**16
"""Samples read at a time: memory does not grow with the length of a file."""

_CONTAINERS = {"WAV": "wav", "WAVEX": "wav", "RF64": "wav", "FLAC": "flac", "AIFF": "aiff"}
_BIT_DEPTHS = {"PCM_16": "16", "PCM_24": "24", "FLOAT": "32f"}
_MOST_NAMED = 8


@dataclass(frozen=True)
class Delivered:
    """A stem that can be heard.

    Attributes
    ----------
    facts
        What the manifest says about it.
    path
        Where it is.
    """

    facts: StemFacts
    path: Path

    def blocks(self, n_samples: int = BLOCK_SAMPLES) -> Iterator[NDArray[np.float64]]:
        """Yield its sound as float64[channel, sample]; full scale is 1."""
        with soundfile.SoundFile(self.path) as file:
            while len(block := file.read(n_samples, dtype="float64", always_2d=True)):
                yield block.T


def listed(words: list[str]) -> str:
    """Return some findings as one sentence, the first few of them.

    >>> listed(["a.wav is missing", "b.wav is missing"])
    'a.wav is missing; b.wav is missing'
    """
    rest = len(words) - _MOST_NAMED
    return "; ".join(words[:_MOST_NAMED] + ([f"and {rest} more"] if rest > 0 else []))


def find_files(manifest: Manifest, folder: Path) -> tuple[list[Delivered], Check]:
    """Return the stems that can be heard, and whether every file is there and as written."""
    heard: list[Delivered] = []
    wrong: list[str] = []
    for facts in manifest.stems:
        path = folder / facts.file
        try:
            words = _what_is_wrong(facts, path)
        except (OSError, soundfile.SoundFileError) as error:
            wrong.append(f"{facts.file} {_reason(path, error)}")
            continue
        if words:
            wrong.append(f"{facts.file} {words}")
        if not words or _can_be_heard(facts, path):
            heard.append(Delivered(facts, path))
    result: str = "failed" if wrong else "passed"
    words = listed(wrong) or f"{len(heard)} files, each byte as it was written"
    extra = _not_ours(manifest, folder)
    if extra:
        words += f" (not in the manifest: {', '.join(extra)})"
    return heard, Check(name="files", result=result, words=words)


def _what_is_wrong(facts: StemFacts, path: Path) -> str:
    info = soundfile.info(path)
    container = _CONTAINERS.get(info.format, info.format)
    bit_depth = _BIT_DEPTHS.get(info.subtype, info.subtype)
    if (container, bit_depth) != (facts.container, facts.bit_depth):
        return f"is {container} {bit_depth}, not {facts.container} {facts.bit_depth}"
    if info.samplerate != facts.sample_rate_hz:
        return f"has {info.samplerate} Hz, not {facts.sample_rate_hz}"
    if info.channels != facts.n_channels:
        return f"has {info.channels} channels, not {facts.n_channels}"
    if info.frames != facts.n_samples:
        return f"has {info.frames} samples, not {facts.n_samples}"
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != facts.sha256:
            return "has changed since it was written"
    return ""


def _can_be_heard(facts: StemFacts, path: Path) -> bool:
    """Return whether a file that has changed can still be decoded, and compared with others."""
    try:
        with soundfile.SoundFile(path) as file:
            if (file.channels, file.samplerate) != (facts.n_channels, facts.sample_rate_hz):
                return False
            n_samples = sum(map(len, file.blocks(BLOCK_SAMPLES)))
            return bool(0 < n_samples == file.frames)
    except (OSError, soundfile.SoundFileError):
        return False


def _reason(path: Path, error: Exception) -> str:
    if not path.exists():
        return "is missing"
    return f"cannot be read: {getattr(error, 'strerror', None) or 'it is no sound file'}"


def _not_ours(manifest: Manifest, folder: Path) -> list[str]:
    """Return the names of files in the folder that no render of this manifest wrote."""
    ours = {facts.file for facts in manifest.stems} | {FILE_NAME}
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []  # every file has been told to be missing
    found = sorted(name for name in names if name not in ours)
    rest = len(found) - _MOST_NAMED
    return found[:_MOST_NAMED] + ([f"and {rest} more"] if rest > 0 else [])
