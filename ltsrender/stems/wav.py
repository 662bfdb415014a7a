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

from ltsrender.stems.format import N_BYTES
from ltsrender.stems.loudness import Loudness
from ltsrender.stems.riff import after_sound, before_sound, chunk

if TYPE_CHECKING:
    from typing import BinaryIO

    from numpy.typing import NDArray

    from ltsrender.stems.format import StemFormat
    from ltsrender.stems.metadata import Metadata

_LARGEST_RIFF = 2**32 - 1  # bytes that a 32-bit count can tell
_UNTOLD = 0xFFFF_FFFF  # "look into ds64"
_PCM, _FLOAT = 1, 3  # WAVE format tags


class WavSink:
    """Writes samples into an open file; `finish` writes the counts.

    Parameters
    ----------
    file
        Open for binary writing, at its start.
    form
        Sample rate and bit depth.
    n_channels
        Of the file.
    metadata
        What the file says about itself.
    """

    def __init__(
        self, file: BinaryIO, form: StemFormat, n_channels: int, metadata: Metadata
    ) -> None:
        self._file = file
        self._form = form
        self._n_channels = n_channels
        self._metadata = metadata
        self._n_data_bytes = 0
        file.write(self._header(Loudness(), 0))

    def write(self, samples: NDArray[np.int32 | np.float32]) -> None:
        """Write samples[channel, sample]: left-aligned int32, or float32 for ``"32f"``."""
        data = _packed(np.ascontiguousarray(samples.T), self._form.bit_depth)
        self._file.write(data)
        self._n_data_bytes += len(data)

    def finish(self, loudness: Loudness) -> None:
        """Write what was not known before: the counts, and how loud the sound is."""
        after = b"\0" * (self._n_data_bytes % 2)  # chunks begin at even bytes
        after += after_sound(self._metadata, self._form.sample_rate_hz, self._n_samples)
        self._file.write(after)
        self._file.seek(0)
        self._file.write(self._header(loudness, len(after)))

    def abandon(self) -> None:
        """Leave the file as it is: it will be removed."""

    @property
    def _n_block_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self._n_channels * N_BYTES[self._form.bit_depth]

    @property
    def _n_samples(self) -> int:
        return self._n_data_bytes // self._n_block_bytes

    def _header(self, loudness: Loudness, n_after: int) -> bytes:
        rate, bit_depth = self._form.sample_rate_hz, self._form.bit_depth
        is_float = bit_depth == "32f"
        layout = struct.pack(
            "<HHIIHH",
            _FLOAT if is_float else _PCM,
            self._n_channels,
            rate,
            rate * self._n_block_bytes,
            self._n_block_bytes,
            8 * N_BYTES[bit_depth],
        )
        # fact, the number of samples, is asked for in everything that is not PCM.
        fact = chunk(b"fact", struct.pack("<I", min(self._n_samples, _UNTOLD))) if is_float else b""
        told = before_sound(self._metadata, self._form, self._n_channels, loudness)
        body = told + chunk(b"fmt ", layout) + fact
        n_riff = 4 + 36 + len(body) + 8 + self._n_data_bytes + n_after
        if n_riff <= _LARGEST_RIFF:
            head = struct.pack("<4sI4s", b"RIFF", n_riff, b"WAVE") + chunk(b"JUNK", bytes(28))
            return head + body + struct.pack("<4sI", b"data", self._n_data_bytes)
        sizes = struct.pack("<QQQI", n_riff, self._n_data_bytes, self._n_samples, 0)
        head = struct.pack("<4sI4s", b"RF64", _UNTOLD, b"WAVE") + chunk(b"ds64", sizes)
        return head + body + struct.pack("<4sI", b"data", _UNTOLD)


def _packed(samples: NDArray[np.int32 | np.float32], bit_depth: str) -> bytes:
    """Return interleaved samples[sample, channel] as a WAV file's bytes."""
    if bit_depth == "32f":
        return samples.astype("<f4").tobytes()
    whole = samples.astype("<i4", copy=False)
    if bit_depth == "16":
        return (whole >> 16).astype("<i2").tobytes()
    four = whole.view(np.uint8).reshape(-1, 4)
    three = np.empty((len(four), 3), np.uint8)  # the lowest byte, which is zero, stays behind
    for byte in range(3):  # by columns: four times as fast as the slice at once
        three[:, byte] = four[:, byte + 1]
    return three.tobytes()
