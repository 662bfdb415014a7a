"""One finished file: dithered, whole or absent, and the facts about it."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from ltsrender.errors import RenderError
from ltsrender.safefile import writing, written_beside
from ltsrender.stems.dither import Quantiser, key_for
from ltsrender.stems.flac import FlacSink
from ltsrender.stems.loudness import Loudness, LoudnessMeter
from ltsrender.stems.wav import WavSink
from ltsrender.units import db_from_gain, seconds_from_samples

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedRandom
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

_SINKS: Mapping[str, type[WavSink | FlacSink]] = {"wav": WavSink, "flac": FlacSink}
_BIT_DEPTHS = {"wav": ("16", "24", "32f"), "flac": ("16", "24")}


@dataclass(frozen=True)
class Stem:
    """A finished file.

    Attributes
    ----------
    name
        Of the track or bus; ``"mix"`` for all together.
    path
        Where it is.
    sha256
        Hash of the file's bytes.
    peak_db
        The loudest sample in dBFS, before dither; -200 for silence.
    n_samples, length_s
        Samples per channel, and the same in seconds.
    n_channels, sample_rate_hz
        Of the sound.
    bit_depth, container
        ``"16"``, ``"24"`` or ``"32f"``; ``"wav"`` or ``"flac"``.
    n_clipped
        Samples beyond full scale: cut off in 16 and 24 bits, kept in 32f.
    dither
        ``"tpdf"``, ``"shaped"`` or ``"none"``.
    mono
        Whether the channels were folded into one.
    loudness
        How loud it is.
    dc
        The mean of every channel.
    """

    name: str
    path: Path
    sha256: str
    peak_db: float
    n_samples: int
    length_s: float
    n_channels: int
    sample_rate_hz: int
    bit_depth: str
    container: str
    n_clipped: int
    dither: str = "tpdf"
    mono: bool = False
    loudness: Loudness = field(default_factory=Loudness)
    dc: tuple[float, ...] = ()


class StemWriter:
    """Writes a stem block by block; the file appears under its name when all of it is there.

    A context manager: leaving it finishes the file, leaving it by an exception removes it. Of
    several files that belong together, `finish` each before leaving the first: then one that fails
    leaves none. The bytes do not depend on how the sound is cut into blocks.

    Parameters
    ----------
    path
        Where the stem will be.
    sample_rate_hz, n_channels
        Of the sound.
    bit_depth, container
        ``"16"``, ``"24"`` or ``"32f"``; ``"wav"``, or ``"flac"`` for whole numbers.
    seed
        Of the dither, together with the name: no two stems have the same noise.
    name
        Of the track; the path's stem when left out.

    Attributes
    ----------
    stem : Stem
        The facts, once the file is finished.

    Raises
    ------
    RenderError
        On writing and leaving: a full disk, a folder that takes no files, samples that are not
        numbers, a sound without samples. No file is left.
    """

    stem: Stem

    def __init__(
        self,
        path: Path,
        sample_rate_hz: int,
        n_channels: int,
        bit_depth: str,
        container: str,
        seed: int,
        *,
        name: str | None = None,
    ) -> None:
        if bit_depth not in _BIT_DEPTHS[container]:
            raise ValueError(f"{container} holds {_BIT_DEPTHS[container]}, not {bit_depth}")
        self._path = path
        self._name = path.stem if name is None else name
        self._sample_rate_hz = sample_rate_hz
        self._n_channels = n_channels
        self._bit_depth = bit_depth
        self._container = container
        self._quantiser = None
        if bit_depth != "32f":
            self._quantiser = Quantiser(int(bit_depth), n_channels, key_for(seed, self._name))
        self._n_samples = 0
        self._n_clipped = 0
        self._peak = 0.0
        self._sum = np.zeros(n_channels)
        self._meter = LoudnessMeter(sample_rate_hz, n_channels)
        self._sha256 = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            part = stack.enter_context(written_beside(self._path))
            self._file: BufferedRandom = part.open("w+b")
            stack.push(self._close)
            sink = _SINKS[self._container]
            self._sink: WavSink | FlacSink = sink(
                self._file, self._sample_rate_hz, self._n_channels, self._bit_depth
            )
            stack.push(self._finish)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, audio: NDArray[np.float32]) -> None:
        """Write the next block, float32[channel, sample]."""
        if audio.ndim != 2 or audio.shape[0] != self._n_channels:
            raise ValueError(f"audio has shape {audio.shape}; it is [{self._n_channels}, sample]")
        if not audio.shape[1]:
            return
        levels = np.abs(audio)
        peak = float(levels.max())  # NaN when any sample is
        if not np.isfinite(peak):
            first = self._n_samples + int(np.argmin(np.isfinite(audio).all(axis=0)))
            at_s = seconds_from_samples(first, self._sample_rate_hz)
            raise RenderError(f"{self._path}: the sound at {at_s:.3f} s is not a number")
        self._peak = max(self._peak, peak)
        self._n_clipped += int(np.count_nonzero(levels > 1.0))
        self._n_samples += audio.shape[1]
        self._sum += audio.sum(axis=1, dtype=np.float64)
        self._meter.add(audio)
        with writing(self._path):  # many stems are open at once: which of them is full?
            self._sink.write(self._quantiser.quantise(audio) if self._quantiser else audio)

    def finish(self) -> None:
        """Write what is still owed, so that leaving only has to give the file its name.

        Raises
        ------
        RenderError
            When there was no sound, or the system's own reason; leaving by it removes the file.
        """
        if self._sha256:
            return
        if not self._n_samples:
            self._sink.abandon()
            raise RenderError(f"{self._path}: there are no samples to write")
        with writing(self._path):
            self._sink.finish()
            self._file.flush()
            self._file.seek(0)
            self._sha256 = hashlib.file_digest(self._file, "sha256").hexdigest()

    def _finish(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file; after an exception let it go."""
        del error, trace
        if kind is None:
            self.finish()
        else:
            self._sink.abandon()

    def _close(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file and note the facts; after an exception only close it."""
        del error, trace
        if kind is not None:
            with suppress(OSError):  # the same full disk once more
                self._file.close()
            return
        self._file.close()
        self.stem = Stem(
            name=self._name,
            path=self._path,
            sha256=self._sha256,
            peak_db=db_from_gain(self._peak),
            n_samples=self._n_samples,
            length_s=seconds_from_samples(self._n_samples, self._sample_rate_hz),
            n_channels=self._n_channels,
            sample_rate_hz=self._sample_rate_hz,
            bit_depth=self._bit_depth,
            container=self._container,
            n_clipped=self._n_clipped,
            dither="none" if self._quantiser is None else "tpdf",
            loudness=self._meter.result(),
            dc=tuple(float(mean) for mean in self._sum / self._n_samples),
        )
