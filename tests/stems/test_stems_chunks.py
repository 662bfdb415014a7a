"""What stands in a WAV file beside its sound, read back by three strangers.

`wavinfo` (Python), `sndfile-info` (libsndfile's own program) and soundfile read what they know.
A walk over all chunks says that they fill the file without a gap, as every other reader needs it.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import soundfile
import wavinfo  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.stems import Metadata, StemFormat, StemWriter, wav
from ltsrender.stems.ixml import ixml
from ltsrender.stems.loudness import Loudness
from ltsrender.stems.metadata import Cue, Loop, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ltsrender.stems import Stem

RATE_HZ = 48_000
ONE_HOUR = 3_600 * RATE_HZ
NOISE = np.random.default_rng(5).normal(0, 0.1, (2, 4 * RATE_HZ + 1)).astype(np.float32)
TOLD = Metadata(
    title="Glass to Stück",
    artist="João",
    description="Für Glas",
    comment="first line\nsecond",
    date="2026-11-23",
    time="10:00:00",
    project="Quartet",
    scene="4",
    tape="2",
    time_reference_samples=ONE_HOUR,
    tempo_bpm=93.5,
    time_signature=(7, 8),
    key="F# minor",
    cues=(Cue(100, "begin"), Cue(4_000, "é end"), Cue(9_000_000, "beyond the end")),
    loops=(Loop(10, 4_009), Loop(10, 9_000_000)),
    beats=8,
)
CENTI = 0.005 + 1e-9
"""bext counts loudness in hundredths."""


def written(path: Path, metadata: Metadata = TOLD, bit_depth: str = "24", **more: Any) -> Stem:
    audio = more.pop("audio", NOISE)
    form = StemFormat(path.suffix[1:], bit_depth, RATE_HZ)
    with StemWriter(path, RATE_HZ, len(audio), form, 7, metadata=metadata) as writer:
        writer.write(audio)
    return writer.stem


def info(path: Path) -> Any:
    return wavinfo.WavInfoReader(str(path), info_encoding="utf-8")


def chunks(data: bytes, order: str = "<") -> Iterator[tuple[str, bytes]]:
    """Walk over a RIFF or AIFF file's chunks; whatever is odd is padded, and nothing is left."""
    at = 12
    while at < len(data):
        name, length = (
            data[at : at + 4].decode("ascii"),
            struct.unpack(f"{order}I", data[at + 4 : at + 8])[0],
        )
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    assert at == len(data)


def sndfile_info(path: Path, *options: str) -> str:
    program = shutil.which("sndfile-info")
    if program is None:
        pytest.skip("sndfile-info is not on this machine (Debian: sndfile-programs)")
    command = [program, *options, str(path)]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout


def xml_of(path: Path) -> ET.Element:
    return ET.fromstring(dict(chunks(path.read_bytes()))["iXML"])  # noqa: S314 - our own file


def test_bext_places_the_stem_and_tells_its_loudness(tmp_path: Path) -> None:
    stem = written(tmp_path / "a.wav")
    bext = info(stem.path).bext
    assert bext.time_reference == ONE_HOUR
    assert bext.description == "Fur Glas"
    assert (bext.originator, bext.version) == ("ltsrender", 2)
    assert (bext.originator_date, bext.originator_time) == ("2026-11-23", "10:00:00")
    assert bext.coding_history == "A=PCM,F=48000,W=24,M=stereo,T=ltsrender\r\n"
    loudness = stem.loudness
    assert bext.loudness_value == pytest.approx(loudness.integrated_lufs, abs=CENTI)
    assert bext.max_true_peak == pytest.approx(loudness.true_peak_db, abs=CENTI)
    assert bext.max_momentary_loudness == pytest.approx(loudness.momentary_lufs, abs=CENTI)
    assert bext.max_shortterm_loudness == pytest.approx(loudness.short_term_lufs, abs=CENTI)
    assert bext.loudness_range == 327.67  # the standard's word for: not measured


def test_a_stem_late_in_a_long_session_has_a_64_bit_place(tmp_path: Path) -> None:
    late = 30 * ONE_HOUR  # beyond 32 bits
    written(tmp_path / "a.wav", Metadata(time_reference_samples=late))
    assert info(tmp_path / "a.wav").bext.time_reference == late
    speed = xml_of(tmp_path / "a.wav").find("SPEED")
    assert speed is not None
    high = int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", ""))
    low = int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", ""))
    assert (high << 32) + low == late


def test_silence_says_that_no_loudness_was_measured(tmp_path: Path) -> None:
    written(tmp_path / "a.wav", audio=np.zeros_like(NOISE))
    bext = info(tmp_path / "a.wav").bext
    assert bext.loudness_value == bext.max_true_peak == 327.67
    assert xml_of(tmp_path / "a.wav").find("LOUDNESS") is None


def test_ixml_tells_names_channels_place_tempo_and_key(tmp_path: Path) -> None:
    stem = written(tmp_path / "a.wav")
    found = info(stem.path).ixml
    assert (found.project, found.scene, found.tape) == ("Quartet", "4", "2")
    names = [(track.name, track.function) for track in found.track_list]
    assert names == [("Glass to Stück left", "LEFT"), ("Glass to Stück right", "RIGHT")]
    texts = {each.tag: each.text for each in xml_of(stem.path).iter()}
    assert texts["TEMPO"] == "93.5"
    assert texts["TIME_SIGNATURE"] == "7/8"
    assert (texts["KEY"], texts["ARTIST"]) == ("F# minor", "João")
    assert texts["NOTE"] == "first line second"
    assert (texts["FILE_SAMPLE_RATE"], texts["AUDIO_BIT_DEPTH"]) == ("48000", "24")
    assert texts["TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"] == str(ONE_HOUR)
    assert texts["LOUDNESS_VALUE"] == f"{stem.loudness.integrated_lufs:.2f}"
    assert texts["BWF_DESCRIPTION"] == "Für Glas"


def test_markers_and_loops_inside_the_file_are_told(tmp_path: Path) -> None:
    written(tmp_path / "a.wav")
    found = info(tmp_path / "a.wav")
    labels = [(cue["frame"], cue["label"]) for cue in found.cues.to_dict().values()]
    assert labels == [(100, "begin"), (4_000, "é end")]
    loop = found.smpl.to_dict()["loops"]
    assert [(each["start_samples"], each["end_samples"]) for each in loop] == [(10, 4_009)]
    assert found.smpl.midi_note == 66
    assert found.smpl.sample_period_ns == round(1e9 / RATE_HZ)


def test_texts_are_told_in_list_info(tmp_path: Path) -> None:
    written(tmp_path / "a.wav")
    found = info(tmp_path / "a.wav").info
    assert (found.title, found.artist) == ("Glass to Stück", "João")
    assert (found.comment, found.created_date) == ("first line second", "2026-11-23")
    assert found.software == "ltsrender"
    with soundfile.SoundFile(tmp_path / "a.wav") as file:
        assert (file.title, file.artist, file.date) == ("Glass to Stück", "João", "2026-11-23")
        assert (file.comment, file.software) == ("first line second", "ltsrender")


def test_libsndfiles_own_program_reads_the_same(tmp_path: Path) -> None:
    stem = written(tmp_path / "a.wav")
    text = sndfile_info(stem.path)
    for wanted in (
        "Beats     : 8",
        "Meter     : 7/8",
        "Tempo     : 93.500000",
        "Root note : 0x42",
        "Cue ID :  2  Pos :  4000",
        "labl : 1 : begin",
        "Loop Count   : 1",
        "Start :    10  End :  4009",
        "INAM : Glass to Stück",
        f"Frames      : {NOISE.shape[1]}",
    ):
        assert wanted in text
    assert "should be" not in text  # its words for a count that is wrong
    assert "***" not in text  # and for what it cannot read
    told = sndfile_info(stem.path, "--broadcast")
    assert "(3600.000000 seconds)" in told
    assert f"Loudness value           : {stem.loudness.integrated_lufs:.2f} LUFS" in told
    assert f"Max. true peak level     :  {stem.loudness.true_peak_db:.2f} dBTP" in told


def test_only_loops_with_a_tempo_are_acid_loops(tmp_path: Path) -> None:
    for metadata in (Metadata(tempo_bpm=90.0), Metadata(beats=4), Metadata(title="a")):
        written(tmp_path / "a.wav", metadata)
        assert "acid" not in dict(chunks((tmp_path / "a.wav").read_bytes()))
    written(tmp_path / "a.wav", Metadata(tempo_bpm=90.0, beats=4))
    data = dict(chunks((tmp_path / "a.wav").read_bytes()))["acid"]
    assert struct.unpack("<IHHfIHHf", data) == (4, 60, 0x8000, 0.0, 4, 4, 4, 90.0)


def test_with_nothing_said_nothing_is_written(tmp_path: Path) -> None:
    written(tmp_path / "a.wav", Metadata(time_signature=(3, 4)))
    names = [name for name, _ in chunks((tmp_path / "a.wav").read_bytes())]
    assert names == ["JUNK", "fmt ", "data"]


@pytest.mark.parametrize("metadata", [Metadata(), TOLD])
def test_floats_have_no_time_stamp_and_are_the_same_bytes_again(
    tmp_path: Path, metadata: Metadata
) -> None:
    """libsndfile's own float files carry a PEAK chunk with the time of writing in it."""
    written(tmp_path / "a.wav", metadata, "32f")
    data = (tmp_path / "a.wav").read_bytes()
    names = [name for name, _ in chunks(data)]
    assert "PEAK" not in names
    assert "fact" in names
    (tmp_path / "again").mkdir()
    written(tmp_path / "again" / "a.wav", metadata, "32f")
    assert (tmp_path / "again" / "a.wav").read_bytes() == data
    found, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
    np.testing.assert_array_equal(found.T, NOISE)


@pytest.mark.parametrize("n_samples", [1, 2, 999, 1_000])
@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_every_chunk_begins_at_an_even_byte(tmp_path: Path, n_samples: int, bit_depth: str) -> None:
    for title in ("odd", "even"):
        told = Metadata(title=title, cues=(Cue(0, title),))
        written(tmp_path / "a.wav", told, bit_depth, audio=NOISE[:1, :n_samples])
        data = (tmp_path / "a.wav").read_bytes()
        names = [name for name, _ in chunks(data)]
        assert names[-3:] == ["cue ", "LIST", "LIST"]
        assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
        found = info(tmp_path / "a.wav")
        assert found.data.frame_count == n_samples
        assert found.info.title == title


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_a_file_that_becomes_rf64_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bit_depth: str
) -> None:
    written(tmp_path / "short.wav", TOLD, bit_depth)
    monkeypatch.setattr(wav, "_LARGEST_RIFF", 60_000)
    written(tmp_path / "long.wav", TOLD, bit_depth)
    assert (tmp_path / "long.wav").read_bytes()[:4] == b"RF64"
    short, long = info(tmp_path / "short.wav"), info(tmp_path / "long.wav")
    for part in ("bext", "info", "smpl"):
        assert getattr(short, part).to_dict() == getattr(long, part).to_dict()
    assert short.cues.to_dict() == long.cues.to_dict()
    assert short.ixml.source == long.ixml.source
    assert long.data.frame_count == NOISE.shape[1]
    assert "should be" not in sndfile_info(tmp_path / "long.wav")
    assert soundfile.info(tmp_path / "long.wav").frames == NOISE.shape[1]


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
@pytest.mark.parametrize("beyond", [-1, 1])
def test_the_switch_at_four_gigabytes_is_at_four_gigabytes(
    tmp_path: Path, bit_depth: str, beyond: int
) -> None:
    """A file with a hole: its counts say all of it, its blocks on the disk hold nearly nothing."""
    form = StemFormat("wav", bit_depth, RATE_HZ)
    n_block = 2 * {"16": 2, "24": 3, "32f": 4}[bit_depth]
    n_samples = 2**32 // n_block + beyond * 1_000
    rng = np.random.default_rng(1)
    last: Any = rng.integers(-(2**15), 2**15, (2, 100)) << 16
    last = (last / 2**31).astype(np.float32) if bit_depth == "32f" else last.astype(np.int32)
    path = tmp_path / "a.wav"
    with path.open("w+b") as file:
        sink = wav.WavSink(file, form, 2, TOLD)
        file.seek((n_samples - 100) * n_block, 1)
        sink._n_data_bytes = (n_samples - 100) * n_block
        sink.write(last)
        sink.finish(Loudness())
    with path.open("rb") as file:
        assert file.read(4) == (b"RIFF" if beyond < 0 else b"RF64")
    kind = "float32" if bit_depth == "32f" else "int32"
    with soundfile.SoundFile(path) as file:
        assert file.frames == n_samples
        assert "should be" not in file.extra_info
        file.seek(n_samples - 100)
        np.testing.assert_array_equal(file.read(dtype=kind).T, last)
    found = info(path)
    assert found.data.frame_count == n_samples
    assert found.bext.time_reference == ONE_HOUR


def in_info(text: str) -> str:
    """What LIST INFO holds of a text: its first 2,000 bytes, and no half letter."""
    return one_line(text).encode()[:2_000].decode("utf-8", "ignore")


ODD_TEXTS = {
    "emoji": "🎻 and 👩‍🎤",
    "newlines": "one\r\ntwo\n\n\tthree",
    "null": "before\0after",
    "markup": '<b>&amp; "quoted" </BWFXML>',
    "no XML": "\ufffe \uffff \x07 \x85",
    "half a character": "half \ud83d of it",
    "right to left": "صوت الزجاج",
    "long": "5,000 letters. " * 334,
    "long and wide": "1,999 bytes, then an emoji on the edge: ".ljust(1_999, ".") + "🎻",
    "spaces": "   ",
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
@pytest.mark.parametrize("container", ["wav", "flac", "aiff"])
def test_odd_texts_are_kept_in_one_line_and_harm_nothing(
    tmp_path: Path, container: str, text: str
) -> None:
    told = Metadata(title=text, artist=text, description=text, comment=text, cues=(Cue(5, text),))
    path = tmp_path / f"a.{container}"
    written(path, told, "16")
    with soundfile.SoundFile(path) as file:
        assert file.frames == NOISE.shape[1]
        if container != "aiff":  # libsndfile reads no more than a part of AIFF's texts
            held = in_info(text) if container == "wav" else one_line(text)
            assert file.title == file.artist == file.comment == held
    if container == "wav":
        assert len(info(path).bext.description) <= 256
        texts = {each.tag: each.text for each in xml_of(path).iter()}
        assert texts.get("TITLE", "") == texts.get("NOTE", "") == one_line(text)
        assert info(path).info.title == (in_info(text) or None)


@given(text=st.text(max_size=40))
@settings(max_examples=300)
def test_every_text_makes_xml_that_can_be_read(text: str) -> None:
    told = Metadata(title=text, key=text, tape=text, comment="there is something")
    made = ixml(told, StemFormat("wav", "24", RATE_HZ), 2, Loudness(), "")
    found = {each.tag: each.text for each in ET.fromstring(made).iter()}  # noqa: S314 - our own
    for tag in ("TITLE", "KEY", "TAPE"):
        assert found.get(tag, "") == one_line(text)
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize("bit_depth", ["16", "24"])
def test_aiff_says_title_artist_and_comment(tmp_path: Path, bit_depth: str) -> None:
    for n_channels, n_samples in ((1, 1_001), (2, 1_000)):
        audio = NOISE[:n_channels, :n_samples]
        stem = written(tmp_path / "a.aiff", TOLD, bit_depth, audio=audio)
        data = stem.path.read_bytes()
        assert (data[:4], data[8:12]) == (b"FORM", b"AIFF")
        assert struct.unpack(">I", data[4:8])[0] == len(data) - 8
        found = {
            name: text.rstrip(b"\0").decode()
            for name, text in chunks(data, ">")
            if name in ("NAME", "AUTH", "ANNO")
        }
        assert found == {"NAME": TOLD.title, "AUTH": "João", "ANNO": "first line second"}
        step = 2.0 ** (1 - int(bit_depth))
        back, rate_hz = soundfile.read(stem.path, always_2d=True)
        assert rate_hz == RATE_HZ
        assert np.abs(back.T - audio).max() < 1.5 * step  # half a step, and a step of dither
        text = sndfile_info(stem.path)
        assert f"Frames      : {n_samples}" in text
        assert "should be" not in text


def test_flac_says_title_artist_comment_and_date(tmp_path: Path) -> None:
    written(tmp_path / "a.flac")
    with soundfile.SoundFile(tmp_path / "a.flac") as file:
        assert (file.title, file.artist) == ("Glass to Stück", "João")
        assert (file.comment, file.date) == ("first line second", "2026-11-23")
        assert np.abs(file.read().T - NOISE).max() < 1.5 * 2.0**-23


@pytest.mark.parametrize("container", ["wav", "flac", "aiff"])
def test_the_same_stem_is_the_same_bytes(tmp_path: Path, container: str) -> None:
    first = written(tmp_path / f"a.{container}")
    (tmp_path / "again").mkdir()
    again = written(tmp_path / "again" / f"a.{container}")
    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.sha256 == again.sha256
