from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from ltsrender.audiofile import content_sha256, load_sound, sound_info, sound_pieces
from ltsrender.errors import SoundError

RATE_HZ = 44_100
MONO = np.linspace(-0.5, 0.5, 4_410)
STEREO = np.stack([MONO, -MONO], axis=1)


def write(path: Path, audio: Any = STEREO, rate_hz: int = RATE_HZ, **options: Any) -> Path:
    soundfile.write(path, audio, rate_hz, **options)
    return path


def complaints(path: Path, in_s: float = 0.0, out_s: float | None = None) -> str:
    with pytest.raises(SoundError) as caught:
        load_sound(path, RATE_HZ, in_s, out_s)
    assert caught.value.problems
    assert all(problem.file == path for problem in caught.value.problems)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.wav", "PCM_16"),
        ("a.wav", "PCM_24"),
        ("a.wav", "FLOAT"),
        ("a.flac", "PCM_24"),
        ("a.aiff", "PCM_24"),
        ("a.caf", "PCM_24"),
        ("a.w64", "PCM_24"),
        ("a.ogg", "VORBIS"),
    ],
)
def test_what_libsndfile_reads_is_read(tmp_path: Path, name: str, subtype: str) -> None:
    path = write(tmp_path / name, subtype=subtype)
    info = sound_info(path)
    assert (info.sample_rate_hz, info.n_channels, info.n_samples) == (RATE_HZ, 2, 4_410)
    assert info.length_s == pytest.approx(0.1)
    assert (info.container, info.subtype) == (name[2:].upper(), subtype)
    audio = load_sound(path, RATE_HZ)
    assert audio.dtype == np.float32
    assert audio.flags.c_contiguous
    tolerance = 0.05 if subtype == "VORBIS" else 1e-4
    np.testing.assert_allclose(audio, STEREO.T, atol=tolerance)


def test_a_mono_sound_has_one_channel(tmp_path: Path) -> None:
    assert load_sound(write(tmp_path / "a.wav", MONO), RATE_HZ).shape == (1, 4_410)


def test_resampling_keeps_time_and_level(tmp_path: Path) -> None:
    time_s = np.arange(48_000) / 48_000
    path = write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * time_s), 48_000)
    audio = load_sound(path, RATE_HZ)
    assert audio.shape == (1, RATE_HZ)
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ) / RATE_HZ)
    np.testing.assert_allclose(audio[0, 500:-500], wanted[500:-500], atol=1e-4)


@pytest.mark.parametrize("rate_hz", [8_000, RATE_HZ, 96_000])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_pieces_are_the_whole_sound(
    tmp_path: Path, name: str, rate_hz: int, n_channels: int
) -> None:
    audio = np.random.default_rng(0).uniform(-0.1, 0.1, (600_000, n_channels))
    path = write(tmp_path / name, audio)
    pieces = list(sound_pieces(path, rate_hz))
    assert len(pieces) > 2
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), load_sound(path, rate_hz))


def test_in_and_out_points_cut_to_the_sample(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", MONO, subtype="FLOAT")
    audio = load_sound(path, RATE_HZ, in_s=100 / RATE_HZ, out_s=400 / RATE_HZ)
    np.testing.assert_array_equal(audio[0], MONO[100:400].astype(np.float32))


def test_the_last_sample_may_be_named_by_a_rounded_length(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros(44_101))
    assert load_sound(path, RATE_HZ, out_s=1.000023).shape == (1, 44_101)


@pytest.mark.parametrize("rate_hz", [8_000, RATE_HZ, 192_000])
def test_a_sound_of_one_sample_is_a_sound(tmp_path: Path, rate_hz: int) -> None:
    assert load_sound(write(tmp_path / "a.wav", MONO[:1], rate_hz), RATE_HZ).shape[1] >= 1


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"bytes")
    assert content_sha256(path) == hashlib.sha256(b"bytes").hexdigest()
    with pytest.raises(SoundError, match="no such file"):
        content_sha256(tmp_path / "b.bin")


def test_a_missing_sound_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path / "Glass.flac")
    text = complaints(tmp_path / "glas.flac")
    assert "there is no such file" in text
    assert 'did you mean "Glass.flac"' in text
    assert "no such file" in complaints(tmp_path / "no folder" / "a.wav")
    assert "no such file" in complaints(tmp_path / "Glass.flac" / "a.wav")


def test_what_is_no_file_is_told_apart(tmp_path: Path) -> None:
    assert "folder" in complaints(tmp_path)
    assert "cannot be read" in complaints(tmp_path / ("long" * 100))
    assert "cannot be read" in complaints(tmp_path / "a\0b.wav")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert "pipe" in complaints(tmp_path / "pipe.wav")


def test_an_unreadable_sound_tells_the_system_s_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav")

    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in complaints(path)
    with pytest.raises(SoundError, match="Permission denied"):
        content_sha256(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.wav", b"", "empty (0 bytes)"),
        ("a.wav", b"Dear composer, this is a letter. " * 50, "not a sound"),
        ("a.wav", b"RIFF", "not a sound"),
        ("a.flac", b"fLaC\x00\x00\x00\x22", "not a sound"),
        ("a.raw", b"\0" * 512, "no header"),
    ],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in complaints(path)


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.w64", "a.rf64"])
def test_a_sound_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "is cut off" in complaints(path)
    with pytest.raises(SoundError):
        sound_info(path)


@pytest.mark.parametrize("name", ["a.flac", "a.mp3"])
def test_a_compressed_sound_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, RATE_HZ)
    path = write(tmp_path / name, noise)
    assert load_sound(path, RATE_HZ).shape[1] == pytest.approx(RATE_HZ, abs=3_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "is cut off" in complaints(path)


def test_a_header_that_promises_hours_costs_no_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", MONO)
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # STREAMINFO: the highest 4 of 36 bits of the total number of samples
    path.write_bytes(content)
    assert "cut off" in complaints(path)


def test_a_streamed_wav_that_declares_no_length_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", MONO)
    content = bytearray(path.read_bytes())
    at = content.index(b"data")
    content[at + 4 : at + 8] = content[4:8] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert load_sound(path, RATE_HZ).shape == (1, 4_410)


def test_header_and_shape_problems_come_together(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((0, 8)), rate_hz=1_000)
    text = complaints(path)
    assert "no samples" in text
    assert "8 channels; sounds are mono or stereo" in text
    assert "1000 Hz" in text


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_counted(tmp_path: Path, value: float) -> None:
    path = write(tmp_path / "a.wav", np.array([0.0, value, value]), subtype="FLOAT")
    assert "holds 2 samples that are NaN or infinite" in complaints(path)


def test_integers_stored_as_floats_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.array([0.0, 32_767.0]), subtype="FLOAT")
    assert "above +60 dBFS" in complaints(path)


@pytest.mark.parametrize(
    ("in_s", "out_s", "places"),
    [
        (-0.1, None, ["in_s"]),
        (0.1, None, ["in_s"]),
        (0.0, 0.2, ["out_s"]),
        (0.05, 0.05, ["out_s"]),
        (0.06, 0.05, ["out_s"]),
        (-1.0, 7.0, ["in_s", "out_s"]),
        (float("nan"), float("inf"), ["in_s", "out_s"]),
        (0.0, 1e308, ["out_s"]),
    ],
)
def test_points_outside_the_sound_are_named(
    tmp_path: Path, in_s: float, out_s: float | None, places: list[str]
) -> None:
    path = write(tmp_path / "a.wav")
    with pytest.raises(SoundError) as caught:
        load_sound(path, RATE_HZ, in_s, out_s)
    assert [problem.place for problem in caught.value.problems] == places


def test_the_recordings_are_read(shared_audio: Path) -> None:
    for path in sorted(shared_audio.glob("*.flac")):
        info = sound_info(path)
        assert load_sound(path, info.sample_rate_hz).shape == (info.n_channels, info.n_samples)
