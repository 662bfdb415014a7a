from __future__ import annotations

import errno
import hashlib
import os
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.errors import RenderError
from ltsrender.stems import Loudness, Metadata, Quantiser, StemFormat, StemWriter, wav
from ltsrender.stems.dither import key_for

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE_HZ = 44_100
NOISE = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 30_001)).astype(np.float32)
KINDS = [
    ("wav", "16"),
    ("wav", "24"),
    ("wav", "32f"),
    ("flac", "16"),
    ("flac", "24"),
    ("aiff", "16"),
    ("aiff", "24"),
]
every_kind = pytest.mark.parametrize(("container", "bit_depth"), KINDS)


def writer(path: Path, bit_depth: str = "24", container: str = "wav", **more: Any) -> StemWriter:
    form = StemFormat(container, bit_depth, more.pop("rate_hz", RATE_HZ), **more.pop("form", {}))
    return StemWriter(path, RATE_HZ, more.pop("n_channels", 2), form, 7, **more)


@every_kind
@pytest.mark.parametrize("n_channels", [1, 2])
def test_what_was_quantised_is_read_back_bit_by_bit(
    tmp_path: Path, container: str, bit_depth: str, n_channels: int
) -> None:
    path, audio = tmp_path / f"a.{container}", NOISE[:n_channels]
    with writer(path, bit_depth, container, n_channels=n_channels) as target:
        target.write(audio)
    wanted: Any = audio
    if bit_depth != "32f":
        wanted = Quantiser(int(bit_depth), n_channels, key_for(7, "a")).quantise(audio)
    kind = "float32" if bit_depth == "32f" else "int32"
    found, rate_hz = soundfile.read(path, dtype=kind, always_2d=True)
    np.testing.assert_array_equal(found.T, wanted)
    info = soundfile.info(path)
    assert rate_hz == RATE_HZ
    assert info.format == container.upper()
    assert info.subtype == ("FLOAT" if bit_depth == "32f" else f"PCM_{bit_depth}")


def test_the_facts_of_a_stem_are_facts(tmp_path: Path) -> None:
    audio = NOISE.copy()
    audio[1, 100] = -1.5
    with writer(tmp_path / "a.wav", name="Glass to string") as target:
        target.write(audio)
    stem = target.stem
    assert stem.name == "Glass to string"
    assert stem.path == tmp_path / "a.wav"
    assert stem.sha256 == hashlib.sha256(stem.path.read_bytes()).hexdigest()
    assert stem.peak_db == pytest.approx(20 * np.log10(1.5))
    assert (stem.n_samples, stem.n_channels, stem.sample_rate_hz) == (30_001, 2, RATE_HZ)
    assert stem.length_s == pytest.approx(30_001 / RATE_HZ)
    assert (stem.bit_depth, stem.container, stem.n_clipped) == ("24", "wav", 1)


def test_floats_keep_what_is_beyond_full_scale(tmp_path: Path) -> None:
    with writer(tmp_path / "a.wav", "32f") as target:
        target.write(np.full((2, 10), 1.5, np.float32))
    assert soundfile.read(tmp_path / "a.wav")[0].max() == 1.5
    assert target.stem.n_clipped == 20


def test_only_silence_has_no_level(tmp_path: Path) -> None:
    with writer(tmp_path / "a.wav") as target:
        target.write(np.zeros((2, 1_000), np.float32))
    assert target.stem.peak_db == -200.0
    assert not soundfile.read(tmp_path / "a.wav")[0].any()


def test_one_sample_is_a_stem(tmp_path: Path) -> None:
    for container, bit_depth in KINDS:
        with writer(tmp_path / f"a.{container}", bit_depth, container, n_channels=1) as target:
            target.write(NOISE[:1, :1])
        assert soundfile.info(tmp_path / f"a.{container}").frames == 1


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_wav_says_its_true_size(tmp_path: Path, bit_depth: str, n_channels: int) -> None:
    path = tmp_path / "a.wav"
    with writer(path, bit_depth, n_channels=n_channels) as target:
        target.write(NOISE[:n_channels])
    data = path.read_bytes()
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    assert len(data) % 2 == 0
    with soundfile.SoundFile(path) as file:
        assert "(should be" not in file.extra_info


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_a_wav_beyond_32_bits_becomes_rf64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bit_depth: str
) -> None:
    monkeypatch.setattr(wav, "_LARGEST_RIFF", 60_000)
    for n_samples, container in ((100, "WAV"), (30_001, "RF64")):
        with writer(tmp_path / "a.wav", bit_depth) as target:
            target.write(NOISE[:, :n_samples])
        found, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
        np.testing.assert_allclose(found.T, NOISE[:, :n_samples], atol=1e-4)
        assert soundfile.info(tmp_path / "a.wav").format == container


def test_the_counts_of_a_long_file_are_64_bits(tmp_path: Path) -> None:
    """Five gigabytes without writing them: the sink is told that it has."""
    with (tmp_path / "a.wav").open("w+b") as file:
        sink = wav.WavSink(file, StemFormat("wav", "24", RATE_HZ), 2, Metadata())
        sink._n_data_bytes = n_data_bytes = 6 * 900_000_000
        sink.finish(Loudness())
    head = (tmp_path / "a.wav").read_bytes()
    assert head[:4] == b"RF64"
    assert head[12:16] == b"ds64"
    n_riff, n_data, n_samples = struct.unpack("<QQQ", head[20:44])
    assert (n_data, n_samples) == (n_data_bytes, 900_000_000)
    assert n_riff == n_data + len(head) - 8


def test_the_file_is_not_there_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "a.wav"
    with writer(path) as target:
        target.write(NOISE)
        assert not path.exists()
    assert [entry.name for entry in path.parent.iterdir()] == ["a.wav"]


@every_kind
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_stem_leaves_what_was_there(
    tmp_path: Path, container: str, bit_depth: str, error: type[BaseException]
) -> None:
    path = tmp_path / f"a.{container}"
    path.write_bytes(b"older")
    with pytest.raises(error), writer(path, bit_depth, container) as target:  # noqa: PT012 - the error comes in the middle
        target.write(NOISE)
        raise error
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@contextmanager
def small_disk(n_bytes: int) -> Iterator[None]:
    """Let the system itself refuse to write files longer than ``n_bytes``."""
    resource = pytest.importorskip("resource", reason="this system has no file size limit")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@every_kind
@pytest.mark.parametrize("n_bytes", [0, 20_000])
def test_a_disk_that_refuses_leaves_no_file(
    tmp_path: Path, container: str, bit_depth: str, n_bytes: int
) -> None:
    path = tmp_path / f"a.{container}"
    with small_disk(n_bytes), pytest.raises(RenderError) as caught:  # noqa: SIM117, PT012 - the limit ends after the writer
        with writer(path, bit_depth, container) as target:
            for _ in range(4):
                target.write(NOISE)
    assert str(path) in str(caught.value)
    assert "File too large" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@every_kind
def test_a_full_disk_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str, bit_depth: str
) -> None:
    real_open = Path.open

    class Full:
        def __init__(self, file: Any) -> None:
            self._file = file

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

        def write(self, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def full_open(path: Path, *args: Any, **options: Any) -> Any:
        return Full(real_open(path, *args, **options))

    monkeypatch.setattr(Path, "open", full_open)
    path = tmp_path / f"a.{container}"
    with pytest.raises(RenderError, match="No space left on device"):  # noqa: SIM117 - opening writes the header already
        with writer(path, bit_depth, container) as target:
            target.write(NOISE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(RenderError, match="cannot be written"), writer(tmp_path / "out" / "a.wav"):
        pass


def test_a_target_that_is_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").mkdir()
    with (
        pytest.raises(RenderError, match="cannot be written"),
        writer(tmp_path / "a.wav") as target,
    ):
        target.write(NOISE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_sound_that_is_no_number_is_never_written(tmp_path: Path, value: float) -> None:
    audio = NOISE.copy()
    audio[0, 4_410] = value
    with (
        pytest.raises(RenderError, match=r"at 0\.780 s is not a number"),
        writer(tmp_path / "a.wav") as target,
    ):
        target.write(np.concatenate([NOISE, audio], axis=1))
    assert list(tmp_path.iterdir()) == []


def test_a_stem_without_samples_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(RenderError, match="no samples"),
        writer(tmp_path / "a.wav") as target,
    ):
        target.write(NOISE[:, :0])
    assert list(tmp_path.iterdir()) == []


def test_what_a_container_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="flac holds"):
        writer(tmp_path / "a.flac", "32f", "flac")
    with (
        pytest.raises(ValueError, match=r"\[2, sample\]"),
        writer(tmp_path / "a.wav") as target,
    ):
        target.write(NOISE[:1])


def test_a_full_disk_names_the_stem_that_did_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_samples: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(first: StemWriter, second: StemWriter) -> None:
        with first, second:
            second.write(NOISE)
            monkeypatch.setattr(first._sink, "write", full)
            first.write(NOISE)

    with pytest.raises(RenderError, match=r"first\.wav: cannot be written: No space left"):
        fill(writer(tmp_path / "first.wav"), writer(tmp_path / "second.wav"))
    assert list(tmp_path.iterdir()) == []
