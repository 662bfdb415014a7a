"""FLAC and AIFF files, through libsndfile."""

from __future__ import annotations

import errno
from contextlib import suppress
from typing import TYPE_CHECKING

import soundfile

from ltsrender.stems.format import too_long
from ltsrender.stems.metadata import one_line

if TYPE_CHECKING:
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from ltsrender.stems.format import StemFormat
    from ltsrender.stems.loudness import Loudness
    from ltsrender.stems.metadata import Metadata

_FORMATS = {"flac": "FLAC", "aiff": "AIFF"}


class SndfileSink:
    """Writes samples into an open file; `finish` writes the counts.

    Of the metadata these files hold title, artist and comment (AIFF: NAME, AUTH and ANNO chunks;
    FLAC: Vorbis comments), FLAC also the composer's date. For the rest take WAV.

    Parameters
    ----------
    file
        Open for binary writing and reading, at its start.
    form
        Container, sample rate and bit depth.
    n_channels
        Of the file.
    metadata
        What the file says about itself.

    Raises
    ------
    OSError
        From `write` and `finish`: the system's own reason, a full disk say; or that an AIFF file
        would pass 4 GiB.
    """

    def __init__(
        self, file: BinaryIO, form: StemFormat, n_channels: int, metadata: Metadata
    ) -> None:
        self._form = form
        self._n_channels = n_channels
        self._n_samples = 0
        self._watched = _Watched(file)
        self._encoder = soundfile.SoundFile(
            self._watched,
            "w",
            form.sample_rate_hz,
            n_channels,
            f"PCM_{form.bit_depth}",
            format=_FORMATS[form.container],
        )
        for name, text in _tags(form.container, metadata).items():
            if text:
                setattr(self._encoder, name, text)

    def write(self, samples: NDArray[np.int32 | np.float32]) -> None:
        """Write left-aligned int32[channel, sample]."""
        self._n_samples += samples.shape[1]
        form = self._form
        wrong = too_long(form.container, form.bit_depth, self._n_channels, self._n_samples)
        if wrong:
            raise OSError(errno.EFBIG, f"it {wrong}")
        try:
            self._encoder.write(samples.T.copy())
        except (AssertionError, soundfile.SoundFileError):  # what a short write looks like
            self._watched.complain()
            raise
        self._watched.complain()

    def finish(self, loudness: Loudness) -> None:
        """Write the counts that were not known before."""
        del loudness  # there is no field for it
        self._encoder.close()
        self._watched.complain()

    def abandon(self) -> None:
        """Let go of the encoder while the file is still open; errors no longer matter."""
        with suppress(soundfile.SoundFileError):
            self._encoder.close()


def _tags(container: str, metadata: Metadata) -> dict[str, str]:
    if not metadata:
        return {}
    tags = {
        "title": metadata.title,
        "artist": metadata.artist,
        "comment": metadata.comment or metadata.description,
    }
    if container == "flac":
        tags["date"] = metadata.date
    return {name: one_line(text) for name, text in tags.items()}


class _Watched:
    """A file that remembers its first error, which cannot travel through libsndfile."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: OSError | None = None

    def complain(self) -> None:
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> int:
        try:
            return 0 if self._error else self._file.write(data)
        except OSError as error:
            self._error = error
            return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:  # seeking flushes what was buffered
            self._error = self._error or error
            return -1

    def tell(self) -> int:
        return self._file.tell()

    def read(self, n_bytes: int) -> bytes:
        return self._file.read(n_bytes)
