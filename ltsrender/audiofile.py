"""Recordings in: what a sound file holds, and its samples at the rate of the render.

Anything that libsndfile reads is welcome (WAV, AIFF, FLAC, Ogg, MP3, CAF, W64, RF64 ...), at any
sample rate, in mono or stereo. Whatever is wrong with a file is said in words, all of it at once.

What cannot be seen: an Ogg file that was cut off between two pages is simply a shorter sound.
"""

from __future__ import annotations

import hashlib
import math
import re
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from ltsrender.errors import Problem, SoundError, nearest
from ltsrender.units import samples_from_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_MOST_CHANNELS = 2
_SAMPLE_RATES_HZ = (2_000, 768_000)
_LOUDEST = 1_000.0  # +60 dBFS: beyond it the file holds integers stored as floats, or rubbish
_READ_SAMPLES = 2**18  # what is read at a time, so that a header that lies costs no memory
_STREAMED = 0x7FFF_0000  # programs that write to a pipe declare "as long as possible"
_MP3_SLACK = 4 * 1_152  # samples: decoders disagree about the encoder's padding
_DECLARED = re.compile(r"(?:data|SSND|riff|Riff size)\s*:\s*(\d+) \(should be (\d+)\)")


@dataclass(frozen=True)
class SoundInfo:
    """What the header of a sound file says.

    Attributes
    ----------
    sample_rate_hz
        The file's own sample rate.
    n_channels
        1 or 2.
    n_samples
        Samples per channel, at least 1.
    length_s
        The same in seconds.
    container, subtype
        libsndfile's words, e.g. ``"WAV"`` and ``"PCM_24"``.
    """

    sample_rate_hz: int
    n_channels: int
    n_samples: int
    length_s: float
    container: str
    subtype: str


def sound_info(path: Path) -> SoundInfo:
    """Return what a sound file holds, reading no more than its header.

    Raises
    ------
    SoundError
        When the file is missing (with the nearest name in its folder), a folder, unreadable, no
        sound, cut off, without samples, or has a sample rate or channel count we cannot use.
    """
    with _opened(path) as file:
        return _info(path, file)


def load_sound(
    path: Path, sample_rate_hz: int, in_s: float = 0.0, out_s: float | None = None
) -> NDArray[np.float32]:
    """Return a sound, or the part of it between two points, at a sample rate.

    The part is cut first, at the file's own sample rate, then resampled (soxr, VHQ), so samples
    outside the in and out points are never heard.

    Parameters
    ----------
    path
        Any file that libsndfile reads.
    sample_rate_hz
        The sample rate wanted.
    in_s, out_s
        Where the part starts and ends, in seconds of the file; ``None`` is the sound's end.

    Returns
    -------
    float32[channel, sample], contiguous, at least one sample long.

    Raises
    ------
    SoundError
        As `sound_info`, and when a point lies outside the sound, or samples are not numbers.
    """
    with _opened(path) as file:
        info = _info(path, file)
        start, stop = _part(path, info, in_s, out_s)
        audio = _read(path, file, start, stop)
    _refuse_wild_samples(path, audio)
    if info.sample_rate_hz != sample_rate_hz:
        audio = soxr.resample(audio, info.sample_rate_hz, sample_rate_hz, "VHQ")
        audio = audio if len(audio) else np.zeros((1, info.n_channels), np.float32)
    return np.ascontiguousarray(audio.T)


def sound_pieces(path: Path, sample_rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """Yield a whole sound at a sample rate a few seconds at a time, however long it is.

    Together the pieces are what `load_sound` returns, to the last bit.

    Yields
    ------
    float32[channel, sample], contiguous, some of them perhaps empty.

    Raises
    ------
    SoundError
        As `load_sound`, when what is wrong is reached.
    """
    with _opened(path) as file:
        info = _info(path, file)
        resampled = _resampling(info, sample_rate_hz)
        for piece in _pieces(path, file, 0, info.n_samples):
            _refuse_wild_samples(path, piece)
            yield np.ascontiguousarray(resampled(piece, last=False).T)
        rest = np.zeros((0, info.n_channels), np.float32)
        yield np.ascontiguousarray(resampled(rest, last=True).T)


def content_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Raises
    ------
    SoundError
        When there is no such file, or it cannot be read.
    """
    _refuse_what_is_no_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror or error}") from error


def _wrong(path: Path, message: str, suggestion: str = "") -> SoundError:
    return SoundError(Problem(message, file=path, suggestion=suggestion))


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise _wrong(path, "there is no such file", _nearest_name(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise _wrong(path, f"cannot be read: {getattr(error, 'strerror', error)}") from None
    if stat.S_ISDIR(mode):
        raise _wrong(path, "is a folder; a sound file is needed")
    if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
        raise _wrong(path, "is a device or a pipe; a sound file is needed")


def _nearest_name(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    by_lower_case = {name.lower(): name for name in names}
    return by_lower_case.get(nearest(path.name.lower(), by_lower_case), "")


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    _refuse_what_is_no_file(path)
    try:
        if path.stat().st_size == 0:
            raise _wrong(path, "is empty (0 bytes)")
        path.open("rb").close()  # the system's own reason; libsndfile says only "System error"
        file = soundfile.SoundFile(str(path))
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror or error}") from error
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".")
        raise _wrong(path, f"is not a sound that can be read ({reason})") from error
    except UnicodeEncodeError as error:  # a name from another system's alphabet
        raise _wrong(path, "has a name that is not Unicode text; rename it") from error
    except TypeError as error:  # soundfile asks for the sample rate of a .raw file
        raise _wrong(path, "has no header (raw audio); save it as WAV, AIFF or FLAC") from error
    with file:
        yield file


def _info(path: Path, file: soundfile.SoundFile) -> SoundInfo:
    lowest, highest = _SAMPLE_RATES_HZ
    wrong = []
    if file.frames < 1:
        wrong.append("holds no samples")
    if not 1 <= file.channels <= _MOST_CHANNELS:
        wrong.append(f"has {file.channels} channels; sounds are mono or stereo")
    if not lowest <= file.samplerate <= highest:
        allowed = f"{lowest}..{highest} Hz can be read"
        wrong.append(f"has a sample rate of {file.samplerate} Hz; {allowed}")
    for declared, found in _DECLARED.findall(file.extra_info):
        if int(found) < int(declared) < _STREAMED:
            wrong.append(f"is cut off: {declared} bytes declared, {found} found")
    if wrong:
        raise SoundError([Problem(message, file=path) for message in wrong])
    return SoundInfo(
        sample_rate_hz=file.samplerate,
        n_channels=file.channels,
        n_samples=file.frames,
        length_s=file.frames / file.samplerate,
        container=file.format,
        subtype=file.subtype,
    )


def _part(path: Path, info: SoundInfo, in_s: float, out_s: float | None) -> tuple[int, int]:
    """Return the first sample of the part and the one after its last, at the file's own rate."""
    end_s = info.length_s if out_s is None else out_s
    allowed = f"the sound is {info.length_s:.6g} s long"
    wrong = [
        Problem(f"is {value}; {allowed}", file=path, place=name)
        for name, value in (("in_s", in_s), ("out_s", end_s))
        if not math.isfinite(value * info.sample_rate_hz)
    ]
    if wrong:
        raise SoundError(wrong)
    start = samples_from_seconds(in_s, info.sample_rate_hz)
    stop = samples_from_seconds(end_s, info.sample_rate_hz)
    if not 0 <= start < info.n_samples:
        wrong.append(Problem(f"is {in_s:.6g}; {allowed}", file=path, place="in_s"))
    if not 0 < stop <= info.n_samples:
        wrong.append(Problem(f"is {end_s:.6g}; {allowed}", file=path, place="out_s"))
    if not wrong and stop <= start:
        message = f"is {end_s:.6g}; it must come after in_s ({in_s:.6g})"
        wrong.append(Problem(message, file=path, place="out_s"))
    if wrong:
        raise SoundError(wrong)
    return start, stop


def _read(path: Path, file: soundfile.SoundFile, start: int, stop: int) -> NDArray[np.float32]:
    """Return float32[sample, channel] between two samples of an open file."""
    return np.concatenate(list(_pieces(path, file, start, stop)))


def _pieces(
    path: Path, file: soundfile.SoundFile, start: int, stop: int
) -> Iterator[NDArray[np.float32]]:
    """Yield the same a piece at a time, none of them empty but perhaps the last."""
    position = start
    try:
        if start:
            file.seek(start)
        while position < stop:
            wanted = min(_READ_SAMPLES, stop - position)
            piece = file.read(wanted, dtype="float32", always_2d=True)
            position += len(piece)
            yield piece
            if len(piece) < wanted:
                break
    except soundfile.LibsndfileError as error:
        seconds = position / file.samplerate
        raise _wrong(path, f"is cut off or damaged after about {seconds:.3g} s") from error
    if stop - position > (_MP3_SLACK if file.format == "MP3" else 0) or position == start:
        found, declared = position / file.samplerate, file.frames / file.samplerate
        raise _wrong(path, f"is cut off: {declared:.6g} s declared, {found:.6g} s found")


def _resampling(info: SoundInfo, sample_rate_hz: int) -> Callable[..., NDArray[np.float32]]:
    """Return what takes float32[sample, channel] of a sound to another rate, piece after piece."""
    if info.sample_rate_hz == sample_rate_hz:
        return lambda piece, *, last: piece  # noqa: ARG005 - the stream's own signature
    stream = soxr.ResampleStream(
        info.sample_rate_hz, sample_rate_hz, info.n_channels, dtype="float32", quality="VHQ"
    )
    return lambda piece, *, last: stream.resample_chunk(piece, last=last)


def _refuse_wild_samples(path: Path, audio: NDArray[np.float32]) -> None:
    sane = np.abs(audio) <= _LOUDEST  # false for NaN as well
    if sane.all():
        return
    n_wild = int(audio.size - np.count_nonzero(sane))
    n_not_finite = int(audio.size - np.count_nonzero(np.isfinite(audio)))
    if n_not_finite:
        raise _wrong(path, f"holds {n_not_finite} samples that are NaN or infinite")
    raise _wrong(path, f"holds {n_wild} samples above +60 dBFS; full scale is 1.0")
