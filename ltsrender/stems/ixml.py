"""The iXML chunk: a stem's facts as XML, in any language (iXML specification 2.10).

It repeats the bext chunk, whose text is ASCII and short, and adds what bext has no field for: film
sound's project, scene and tape, the names of the channels, and, among the fields left to users, the
tempo, time signature and key. Loudness is measured while the sound is written, so the text keeps
room for it and is filled with spaces to one length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ltsrender.stems.metadata import ascii_only, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ltsrender.stems.format import StemFormat
    from ltsrender.stems.loudness import Loudness
    from ltsrender.stems.metadata import Metadata

_LEVELS = (
    ("LOUDNESS_VALUE", "integrated_lufs"),
    ("MAX_TRUE_PEAK_LEVEL", "true_peak_db"),
    ("MAX_MOMENTARY_LOUDNESS", "momentary_lufs"),
    ("MAX_SHORT_TERM_LOUDNESS", "short_term_lufs"),
)
_ROOM = 512  # bytes kept for the loudness, more than four lines of it take
_STEREO = ("left", "right")


def ixml(
    metadata: Metadata, form: StemFormat, n_channels: int, loudness: Loudness, history: str
) -> bytes:
    """Return the chunk's text; as long for one loudness as for another.

    Parameters
    ----------
    metadata, form, n_channels, loudness
        Of the file.
    history
        The bext chunk's coding history.
    """
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML>\n'
    fixed = "".join(f"{line}\n" for line in _lines(metadata, form, n_channels, history))
    level = _element("LOUDNESS", list(_levels(loudness)))
    told = "".join(f"{line}\n" for line in level)
    filled = told.encode() + b" " * (_ROOM - len(told) - 1) + b"\n"
    return head.encode() + fixed.encode() + filled + b"</BWFXML>\n"


def _lines(metadata: Metadata, form: StemFormat, n_channels: int, history: str) -> Iterator[str]:
    at = metadata.time_reference_samples
    high, low = str(at >> 32), str(at & 0xFFFF_FFFF)
    rate = str(form.sample_rate_hz)
    yield from _told("IXML_VERSION", "2.10")
    yield from _told("PROJECT", metadata.project)
    yield from _told("SCENE", metadata.scene)
    yield from _told("TAPE", metadata.tape)
    yield from _told("NOTE", metadata.comment)
    speed = {
        "FILE_SAMPLE_RATE": rate,
        "AUDIO_BIT_DEPTH": form.bit_depth.removesuffix("f"),
        "TIMESTAMP_SAMPLE_RATE": rate,
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": high,
        "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": low,
    }
    yield from _fields("SPEED", speed)
    yield from _element("TRACK_LIST", list(_tracks(metadata.title, n_channels)))
    bext = {
        "BWF_DESCRIPTION": metadata.description or metadata.title,
        "BWF_ORIGINATOR": "ltsrender",
        "BWF_ORIGINATION_DATE": metadata.date,
        "BWF_ORIGINATION_TIME": metadata.time,
        "BWF_TIME_REFERENCE_LOW": low,
        "BWF_TIME_REFERENCE_HIGH": high,
        "BWF_VERSION": "2",
        "BWF_CODING_HISTORY": ascii_only(history),
    }
    yield from _fields("BEXT", bext)
    yield from _fields("USER", _musical(metadata))


def _musical(metadata: Metadata) -> dict[str, str]:
    told = {"TITLE": metadata.title, "ARTIST": metadata.artist, "KEY": metadata.key}
    if metadata.tempo_bpm > 0.0:
        beats, beat = metadata.time_signature
        told |= {"TEMPO": f"{metadata.tempo_bpm:.9g}", "TIME_SIGNATURE": f"{beats}/{beat}"}
    return told


def _tracks(title: str, n_channels: int) -> Iterator[str]:
    yield from _told("TRACK_COUNT", str(n_channels))
    for number in range(1, n_channels + 1):
        side = _STEREO[number - 1] if n_channels == len(_STEREO) else ""
        if n_channels > len(_STEREO):
            side = str(number)
        track = {
            "CHANNEL_INDEX": str(number),
            "INTERLEAVE_INDEX": str(number),
            "NAME": f"{title} {side}",
            "FUNCTION": side.upper() if n_channels == len(_STEREO) else "",
        }
        yield from _fields("TRACK", track)


def _levels(loudness: Loudness) -> Iterator[str]:
    for tag, name in _LEVELS:
        level = getattr(loudness, name)
        yield from _told(tag, "" if level is None else f"{level:.2f}")


def _fields(tag: str, values: dict[str, str]) -> list[str]:
    return _element(tag, [line for name, text in values.items() for line in _told(name, text)])


def _element(tag: str, lines: list[str]) -> list[str]:
    return [f"<{tag}>", *(f"  {line}" for line in lines), f"</{tag}>"] if lines else []


def _told(tag: str, text: str) -> list[str]:
    clean = one_line(text)
    return [f"<{tag}>{escape(clean)}</{tag}>"] if clean else []
