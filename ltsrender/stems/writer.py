"""One finished file: resampled, measured, dithered, whole or absent, and the facts about it.

A block passes, in this order: the gain (in 64 bits), the fold to mono, the change of rate, the
meters, the rounding with its dither, and the container. So a stem's facts are those of the sound in
the file, before dither. Memory does not grow with the length.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from ltsrender.errors import RenderError
from ltsrender.safefile import writing, written_beside
from ltsrender.stems.dither import Quantiser, key_for
from ltsrender.stems.levels import Levels
from ltsrender.stems.loudness import Loudness
from ltsrender.stems.metadata import Metadata
from ltsrender.stems.pieces import Pieces
from ltsrender.stems.resample import Resampler
from ltsrender.stems.sndfile import SndfileSink
from ltsrender.stems.wav import WavSink
from ltsrender.units import seconds_from_samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import BufferedRandom
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from ltsrender.stems.format import StemFormat

_SINKS: Mapping[str, type[WavSink | SndfileSink]] = {
    "wav": WavSink,
    "flac": SndfileSink,
    "aiff": SndfileSink,
}
_LARGEST_FLOAT = float(np.finfo(np.float32).max)
_NOTHING_SAID = Metadata()


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
        Of the file.
    bit_depth, container
        ``"16"``, ``"24"`` or ``"32f"``; ``"wav"``, ``"flac"`` or ``"aiff"``.
    n_clipped
        Samples beyond full scale: cut off in 16 and 24 bits, kept in 32f.
    dither
        What was done: ``"tpdf"``, ``"shaped"`` or ``"none"``.
    mono
        Whether the channels were folded into one.
    loudness
        How loud the file is, before dither.
    dc
        The mean of every channel; full scale is 1.
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
    source_rate_hz, n_channels
        Of the sound that is handed over.
    form
        What the file is.
    seed
        Of the dither, together with the name: no two stems have the same noise.
    name
        Of the track; the path's stem when left out.
    metadata
        What the file says about itself, its positions at the file's rate.
    gain
        What every sample is multiplied by.

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
        source_rate_hz: int,
        n_channels: int,
        form: StemFormat,
        seed: int,
        *,
        name: str | None = None,
        metadata: Metadata = _NOTHING_SAID,
        gain: float = 1.0,
    ) -> None:
        self._path = path
        self._name = path.stem if name is None else name
        self._source_rate_hz = source_rate_hz
        self._n_source_channels = n_channels
        self._n_channels = 1 if form.mono else n_channels
        self._form = form
        self._metadata = metadata
        self._gain = gain
        self._resampler = Resampler(source_rate_hz, form.sample_rate_hz, self._n_channels)
        self._pieces = Pieces(self._n_channels)
        self._levels = Levels(form.sample_rate_hz, self._n_channels)
        self._quantiser = None
        if form.bit_depth != "32f":
            key = key_for(seed, self._name)
            self._quantiser = Quantiser(
                int(form.bit_depth), self._n_channels, key, form.dither, form.sample_rate_hz
            )
        self._n_source_samples = 0
        self._loudness = Loudness()
        self._sha256 = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            part = stack.enter_context(written_beside(self._path))
            self._file: BufferedRandom = part.open("w+b")
            stack.push(self._close)
            sink = _SINKS[self._form.container]
            self._sink: WavSink | SndfileSink = sink(
                self._file, self._form, self._n_channels, self._metadata
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
        """Write the next block, float32[channel, sample] at the sound's rate."""
        n_channels = self._n_source_channels
        if audio.ndim != 2 or audio.shape[0] != n_channels:
            raise ValueError(f"audio has shape {audio.shape}; it is [{n_channels}, sample]")
        if not audio.shape[1]:
            return
        if not np.isfinite(audio).all():
            first = self._n_source_samples + int(np.argmin(np.isfinite(audio).all(axis=0)))
            at_s = seconds_from_samples(first, self._source_rate_hz)
            raise RenderError(f"{self._path}: the sound at {at_s:.3f} s is not a number")
        self._n_source_samples += audio.shape[1]
        scaled = audio.astype(np.float64) * self._gain
        folded = scaled.mean(axis=0, keepdims=True) if self._form.mono else scaled
        self._deliver(self._pieces.add(self._resampler.resample(folded)))

    def finish(self) -> None:
        """Write what is still owed, so that leaving only has to give the file its name.

        Raises
        ------
        RenderError
            When there was no sound, or the system's own reason; leaving by it removes the file.
        """
        if self._sha256:
            return
        if not self._n_source_samples:
            self._sink.abandon()
            raise RenderError(f"{self._path}: there are no samples to write")
        self._deliver(self._pieces.add(self._resampler.finish()))
        self._deliver(self._pieces.finish())
        self._loudness = self._levels.loudness()
        with writing(self._path):
            self._sink.finish(self._loudness)
            self._file.flush()
            self._file.seek(0)
            self._sha256 = hashlib.file_digest(self._file, "sha256").hexdigest()
            self._file.close()  # a render may finish thousands before the first gets its name

    def abandon(self) -> None:
        """Leave no file; the others that are written beside it go on."""
        reason = RenderError(f"{self._path}: was given up")
        self._stack.__exit__(RenderError, reason, None)

    def _deliver(self, pieces: Iterable[NDArray[np.float64]]) -> None:
        """Measure pieces, round them and hand them to the container."""
        for piece in pieces:
            self._levels.add(piece)
            if self._quantiser is None and np.abs(piece).max() > _LARGEST_FLOAT:
                raise RenderError(f"{self._path}: the sound is louder than 32 bits can tell")
            with writing(self._path):  # many stems are open at once: which of them is full?
                if self._quantiser is None:
                    self._sink.write(piece.astype(np.float32))
                else:
                    self._sink.write(self._quantiser.quantise(piece))

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
            peak_db=self._loudness.peak_db,
            n_samples=self._levels.n_samples,
            length_s=seconds_from_samples(self._levels.n_samples, self._form.sample_rate_hz),
            n_channels=self._n_channels,
            sample_rate_hz=self._form.sample_rate_hz,
            bit_depth=self._form.bit_depth,
            container=self._form.container,
            n_clipped=self._levels.n_clipped,
            dither="none" if self._quantiser is None else self._quantiser.dither,
            mono=self._form.mono,
            loudness=self._loudness,
            dc=self._levels.dc,
        )
