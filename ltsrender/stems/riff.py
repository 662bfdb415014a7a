"""Chunks of a WAV file beside its sound: what each field means and where it lies.

| chunk | says | after |
|---|---|---|
| bext | place in time, description, loudness | EBU Tech 3285, version 2 |
| iXML | the same and more, in any language | iXML specification 2.10, see `ltsrender.stems.ixml` |
| cue, LIST adtl | markers and their labels | Multimedia Programming Interface 1.0, 1991 |
| smpl | loops, root note | Standard Multimedia Data Types and Data Techniques, 1994 |
| acid | tempo and beats of a loop | Sonic Foundry's, as libsndfile and others read it |
| LIST INFO | title, artist, comment, program | Multimedia Programming Interface 1.0, 1991 |

bext and iXML stand before the sound, where every program looks; their length is known before the
loudness is, so they are written twice in the same room. The others stand behind it. Fields for
ASCII get ASCII; all others get UTF-8, as most programs write them by now.

Two habits of libsndfile, on which many programs stand, are met here. In RF64 files it looks for the
next chunk right behind the last, without the byte that pads odd ones, so what stands before the
sound is of even length. And it drops texts of INFO longer than its 2,048 bytes, so they end
there; iXML has them whole.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ltsrender.stems.ixml import ixml
from ltsrender.stems.metadata import ascii_only, one_line

if TYPE_CHECKING:
    from ltsrender.stems.format import StemFormat
    from ltsrender.stems.loudness import Loudness
    from ltsrender.stems.metadata import Cue, Loop, Metadata

ORIGINATOR = "ltsrender"

_UNTOLD = 0x7FFF  # EBU Tech 3285, 2.3: a loudness that was not measured
_MOST_CENTI = 9_999
_MOST_POSITION = 2**32 - 1
_MOST_INFO_BYTES = 2_000
_STRETCHES, _HAS_ROOT = 4, 2  # flags of acid
_MIDDLE_C = 60


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk: its name, its length, its data, and a byte more where that is odd."""
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def before_sound(
    metadata: Metadata, form: StemFormat, n_channels: int, loudness: Loudness
) -> bytes:
    """Return bext and iXML; as long for one loudness as for another.

    Parameters
    ----------
    metadata, form
        Of the file.
    n_channels
        Of the file.
    loudness
        What is known of it yet.
    """
    if not metadata:
        return b""
    history = _coding_history(form, n_channels)
    text = ixml(metadata, form, n_channels, loudness, history)
    bext = _bext(metadata, loudness, history)
    bext += b"\0" * (len(bext) % 2)  # a text that ends with a zero
    text += b"\n" * (len(text) % 2)
    return chunk(b"bext", bext) + chunk(b"iXML", text)


def after_sound(metadata: Metadata, sample_rate_hz: int, n_samples: int) -> bytes:
    """Return the other chunks that have something to say.

    Parameters
    ----------
    metadata
        Of the file.
    sample_rate_hz, n_samples
        Of the file: markers and loops that lie beyond it are left out.
    """
    n_told = min(n_samples, _MOST_POSITION + 1)
    cues = [cue for cue in metadata.cues if cue.position_samples < n_told]
    loops = [loop for loop in metadata.loops if loop.end_inclusive < n_told]
    parts = [
        *(_cues(cues) if cues else []),
        _smpl(loops, sample_rate_hz, metadata.root_note) if loops else b"",
        _acid(metadata) if metadata.beats and metadata.tempo_bpm > 0.0 else b"",
        _info(metadata) if metadata else b"",
    ]
    return b"".join(parts)


def _bext(metadata: Metadata, loudness: Loudness, history: str) -> bytes:
    levels = (
        loudness.integrated_lufs,
        None,  # the range of loudness is not measured
        loudness.true_peak_db,
        loudness.momentary_lufs,
        loudness.short_term_lufs,
    )
    return (
        struct.pack(
            "<256s32s32s10s8sQH64s5h180x",
            ascii_only(metadata.description or metadata.title).encode(),
            ORIGINATOR.encode(),
            b"",
            metadata.date.encode(),
            metadata.time.encode(),
            metadata.time_reference_samples,
            2,
            b"",
            *(_centi(level) for level in levels),
        )
        + history.encode()
    )


def _centi(level: float | None) -> int:
    if level is None:
        return _UNTOLD
    return max(-_MOST_CENTI, min(_MOST_CENTI, round(100.0 * level)))


def _coding_history(form: StemFormat, n_channels: int) -> str:
    """Return the line of EBU R 98 that tells how the sound was coded."""
    mode = {1: "mono", 2: "stereo"}.get(n_channels, "multi")
    bits = form.bit_depth.removesuffix("f")
    return f"A=PCM,F={form.sample_rate_hz},W={bits},M={mode},T={ORIGINATOR}\r\n"


def _cues(cues: list[Cue]) -> list[bytes]:
    points = b"".join(
        struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
        for number, at in enumerate((cue.position_samples for cue in cues), start=1)
    )
    labels = b"".join(
        chunk(b"labl", struct.pack("<I", number) + one_line(cue.label).encode() + b"\0")
        for number, cue in enumerate(cues, start=1)
        if cue.label
    )
    return [
        chunk(b"cue ", struct.pack("<I", len(cues)) + points),
        chunk(b"LIST", b"adtl" + labels) if labels else b"",
    ]


def _smpl(loops: list[Loop], sample_rate_hz: int, root_note: int | None) -> bytes:
    period_ns = round(1e9 / sample_rate_hz)
    note = _MIDDLE_C if root_note is None else root_note
    head = struct.pack("<9I", 0, 0, period_ns, note, 0, 0, 0, len(loops), 0)
    for number, loop in enumerate(loops):
        head += struct.pack("<6I", number, 0, loop.start, loop.end_inclusive, 0, 0)
    return chunk(b"smpl", head)


def _acid(metadata: Metadata) -> bytes:
    root = metadata.root_note
    flags = _STRETCHES | (0 if root is None else _HAS_ROOT)
    beats_of_bar, beat = metadata.time_signature
    data = struct.pack(
        "<IHHfIHHf",
        flags,
        _MIDDLE_C if root is None else root,
        0x8000,
        0.0,
        metadata.beats,
        beat,
        beats_of_bar,
        metadata.tempo_bpm,
    )
    return chunk(b"acid", data)


def _info(metadata: Metadata) -> bytes:
    texts = (
        (b"INAM", metadata.title),
        (b"IART", metadata.artist),
        (b"ICMT", metadata.comment or metadata.description),
        (b"ICRD", metadata.date),
        (b"ISFT", ORIGINATOR),
    )
    told = b"".join(
        chunk(name, _cut(one_line(text)) + b"\0") for name, text in texts if one_line(text)
    )
    return chunk(b"LIST", b"INFO" + told)


def _cut(text: str) -> bytes:
    """Return a text in UTF-8, no longer than INFO takes, and without half a letter at its end."""
    return text.encode()[:_MOST_INFO_BYTES].decode("utf-8", "ignore").encode()
