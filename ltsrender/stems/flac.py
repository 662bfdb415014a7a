"""FLAC files, through libsndfile."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import soundfile

if TYPE_CHECKING:
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray


class FlacSink:
    """Writes samples into an open file; `finish` writes the counts.

    Parameters
    ----------
    file
        Open for binary writing and reading, at its start.
    sample_rate_hz, n_channels
        Of the sound.
    bit_depth
        ``"16"`` or ``"24"``.

    Raises
    ------
    OSError
        From `write` and `finish`: the system's own reason, a full disk say.
    """

    def __init__(
        self, file: BinaryIO, sample_rate_hz: int, n_channels: int, bit_depth: str
    ) -> None:
        self._watched = _Watched(file)
        self._encoder = soundfile.SoundFile(
            self._watched, "w", sample_rate_hz, n_channels, f"PCM_{bit_depth}", format="FLAC"
        )

    def write(self, samples: NDArray[np.int32 | np.float32]) -> None:
        """Write left-aligned int32[channel, sample]."""
        try:
            self._encoder.write(samples.T.copy())
        except (AssertionError, soundfile.SoundFileError):  # what a short write looks like
            self._watched.complain()
            raise
        self._watched.complain()

    def finish(self) -> None:
        """Write the counts that were not known before."""
        self._encoder.close()
        self._watched.complain()

    def abandon(self) -> None:
        """Let go of the encoder while the file is still open; errors no longer matter."""
        with suppress(soundfile.SoundFileError):
            self._encoder.close()


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
