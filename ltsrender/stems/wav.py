"""WAV files of any length, written from front to back.

A WAV file counts its bytes in 32 bits. So that nobody has to know a stem's length beforehand, room
for 64-bit counts is kept behind the first twelve bytes as a JUNK chunk; when a file passes 4 GiB it
becomes RF64 in place (EBU Tech 3306, section 3.5, "on the fly" conversion). Shorter files are plain
WAV. There is no time stamp in them, so the same sound is the same bytes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

_LARGEST_RIFF = 2**32 - 1  # bytes that a 32-bit count can tell
_UNTOLD = 0xFFFF_FFFF  # "look into ds64"
_PCM, _FLOAT = 1, 3  # WAVE format tags
_BITS = {"16": 16, "24": 24, "32f": 32}


class WavSink:
    """Writes samples into an open file; `finish` writes the counts.

    Parameters
    ----------
    file
        Open for binary writing, at its start.
    sample_rate_hz, n_channels
        Of the sound.
    bit_depth
        ``"16"``, ``"24"`` or ``"32f"``.
    """

    def __init__(
        self, file: BinaryIO, sample_rate_hz: int, n_channels: int, bit_depth: str
    ) -> None:
        self._file = file
        self._sample_rate_hz = sample_rate_hz
        self._n_channels = n_channels
        self._bit_depth = bit_depth
        self._n_data_bytes = 0
        file.write(self._header())

    def write(self, samples: NDArray[np.int32 | np.float32]) -> None:
        """Write samples[channel, sample]: left-aligned int32, or float32 for ``"32f"``."""
        data = _packed(np.ascontiguousarray(samples.T), self._bit_depth)
        self._file.write(data)
        self._n_data_bytes += len(data)

    def finish(self) -> None:
        """Write the counts that were not known before."""
        if self._n_data_bytes % 2:
            self._file.write(b"\0")  # chunks begin at even bytes
        self._file.seek(0)
        self._file.write(self._header())

    def abandon(self) -> None:
        """Leave the file as it is: it will be removed."""

    def _header(self) -> bytes:
        n_bytes = self._n_channels * _BITS[self._bit_depth] // 8  # of one sample of all channels
        is_float = self._bit_depth == "32f"
        n_samples = self._n_data_bytes // n_bytes
        layout = struct.pack(
            "<HHIIHH",
            _FLOAT if is_float else _PCM,
            self._n_channels,
            self._sample_rate_hz,
            self._sample_rate_hz * n_bytes,
            n_bytes,
            _BITS[self._bit_depth],
        )
        # fact, the number of samples, is asked for in everything that is not PCM.
        fact = _chunk(b"fact", struct.pack("<I", min(n_samples, _UNTOLD))) if is_float else b""
        body = _chunk(b"fmt ", layout) + fact
        n_riff = 4 + 36 + len(body) + 8 + self._n_data_bytes + self._n_data_bytes % 2
        if n_riff <= _LARGEST_RIFF:
            head = struct.pack("<4sI4s", b"RIFF", n_riff, b"WAVE") + _chunk(b"JUNK", bytes(28))
            return head + body + struct.pack("<4sI", b"data", self._n_data_bytes)
        sizes = struct.pack("<QQQI", n_riff, self._n_data_bytes, n_samples, 0)
        head = struct.pack("<4sI4s", b"RF64", _UNTOLD, b"WAVE") + _chunk(b"ds64", sizes)
        return head + body + struct.pack("<4sI", b"data", _UNTOLD)


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


def _packed(samples: NDArray[np.int32 | np.float32], bit_depth: str) -> bytes:
    """Return interleaved samples[sample, channel] as a WAV file's bytes."""
    if bit_depth == "32f":
        return samples.astype("<f4").tobytes()
    whole = samples.astype("<i4")
    if bit_depth == "16":
        return (whole >> 16).astype("<i2").tobytes()
    return whole.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()  # the lowest byte is zero
