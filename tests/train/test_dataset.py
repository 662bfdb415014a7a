from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ltsrender.errors import ModelError, Problem, SoundError
from ltsrender.signal import TransformSpec
from ltsrender.train import channels, dataset, find_sounds
from ltsrender.train.collected import FramesOnDisk

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

SPEC = TransformSpec(sample_rate_hz=8_000)


def read(
    sounds: list[Path],
    notes: list[str] | None = None,
    seed: int = 0,
    folder: Path | None = None,
) -> dataset.Dataset:
    told = [] if notes is None else notes
    if folder:
        folder.mkdir()
    return dataset.read_dataset(
        sounds, SPEC, seed, "cpu", lambda _, note: told.append(note), folder
    )


@pytest.fixture
def tone(workshop: SimpleNamespace, tmp_path: Path) -> Path:
    return workshop.write(tmp_path / "tone.wav", workshop.plucked(220.0))


def test_folders_are_searched_deep_and_in_order(workshop: SimpleNamespace, tmp_path: Path) -> None:
    for name in ("b/deep/two.wav", "a/one.wav", "zero.wav", ".hidden/no.wav", "a/.no.wav"):
        workshop.write(tmp_path / name, workshop.plucked(220.0, 0.05))
    (tmp_path / "a" / "notes.txt").write_text("not a sound")
    names = [str(path.relative_to(tmp_path)) for path in find_sounds(tmp_path)]
    assert names == ["zero.wav", "a/one.wav", "b/deep/two.wav"]


def original_dataset(workshop: SimpleNamespace, folder: Path) -> Path:
    """A data set as the original lays it out, with a run that made sounds of its own."""
    workshop.write(folder / "audio" / "bell.wav", workshop.plucked(220.0))
    workshop.write(folder / "test_audio" / "kept-apart.wav", workshop.plucked(330.0))
    (folder / "npy").mkdir()
    np.save(folder / "npy" / "bell.npy", np.zeros((63, 384)))
    (folder / "npy" / "config.ini").write_text("[audio]\nsample_rate = 44100\n")
    run = folder / "timbre-vae" / "run-000"
    workshop.write(run / "audio_examples" / "bell" / "VAE-output+gL.wav", workshop.breath(1))
    (run / "config.ini").write_text("[audio]\n")
    return folder


def test_a_data_set_of_the_original_is_its_audio(workshop: SimpleNamespace, tmp_path: Path) -> None:
    data = original_dataset(workshop, tmp_path / "my-dataset")
    for folder in (data, tmp_path):
        (found,) = find_sounds(folder)
        assert found == data / "audio" / "bell.wav"
    notes: list[str] = []
    assert not read(find_sounds(data), notes).skipped
    assert not any(notes)


def test_real_data_sets_of_the_original(shared_runs: Path) -> None:
    for name in ("miniA", "miniTF20"):
        data = shared_runs / "datasets" / name
        found = [path.relative_to(data).as_posix() for path in find_sounds(data)]
        assert found == ["audio/ambi_glass_hum.wav", "audio/guit_em9.wav"]


def test_a_folder_called_audio_is_no_data_set_yet(
    workshop: SimpleNamespace, tmp_path: Path
) -> None:
    for name in ("audio/one.wav", "more/two.wav"):
        workshop.write(tmp_path / name, workshop.plucked(220.0, 0.05))
    (tmp_path / "more" / "config.ini").write_text("")
    assert [path.name for path in find_sounds(tmp_path)] == ["one.wav", "two.wav"]


def test_sounds_are_known_by_content_and_broken_ones_by_name(tmp_path: Path, tone: Path) -> None:
    shutil.copy(tone, tmp_path / "without_suffix")
    (tmp_path / "broken.flac").write_bytes(b"fLaC, honestly")
    names = {path.name for path in find_sounds(tmp_path)}
    assert names == {"tone.wav", "without_suffix", "broken.flac"}


def test_a_folder_without_sounds_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no sound file"):
        find_sounds(tmp_path)
    with pytest.raises(ModelError, match="there is no such folder"):
        find_sounds(tmp_path / "none")


def test_frames_have_no_silence(workshop: SimpleNamespace, tmp_path: Path) -> None:
    audio = np.concatenate([np.zeros(16_000, np.float32), workshop.plucked(880.0, 1.0)])
    read_back = read([workshop.write(tmp_path / "late.wav", audio)])
    n_all_frames = -(-len(audio) // SPEC.hop_samples)
    assert 0 < len(read_back.frames) < 0.6 * n_all_frames
    assert read_back.frames.any(axis=1).all()


def test_stereo_brings_its_channels_and_its_mixdown(
    workshop: SimpleNamespace, tmp_path: Path
) -> None:
    left, right = workshop.plucked(220.0), workshop.plucked(330.0)
    mono = read([workshop.write(tmp_path / "mono.wav", left)])
    twice = read([workshop.write(tmp_path / "twice.wav", np.stack([left, left], axis=1))])
    stereo = read([workshop.write(tmp_path / "stereo.wav", np.stack([left, right], axis=1))])
    np.testing.assert_array_equal(mono.frames, twice.frames)
    assert len(stereo.frames) == 3 * len(mono.frames)


def test_bad_sounds_among_good_ones_are_skipped_and_told(
    workshop: SimpleNamespace, tmp_path: Path, tone: Path
) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    shutil.copy(tone, tmp_path / "twin.wav")
    workshop.write(tmp_path / "silent.wav", np.zeros(800, np.float32))
    workshop.write(tmp_path / "nan.wav", np.full(800, np.nan, np.float32))
    notes: list[str] = []
    found = read(find_sounds(tmp_path), notes)
    assert [sound.name for sound in found.sounds] == ["tone.wav"]
    assert {problem.file.name for problem in found.skipped} == {
        "broken.wav",
        "twin.wav",
        "silent.wav",
        "nan.wav",
    }
    told = "\n".join(notes)
    for words in ("broken.wav", "same file as tone.wav", "silent from end to end", "NaN"):
        assert words in told


def test_nothing_usable_gives_every_reason(workshop: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    workshop.write(tmp_path / "silent.wav", np.zeros(800, np.float32))
    with pytest.raises(ModelError) as caught:
        read(find_sounds(tmp_path))
    told = str(caught.value)
    assert "no sound to train on" in told
    assert "broken.wav" in told
    assert "silent.wav: is silent" in told


def test_one_sample_is_a_sound_too(workshop: SimpleNamespace, tmp_path: Path) -> None:
    found = read([workshop.write(tmp_path / "click.wav", np.full(1, 0.5, np.float32))])
    assert found.frames.shape == (1, SPEC.n_bands)


@pytest.fixture
def long_and_short(workshop: SimpleNamespace, tmp_path: Path) -> list[Path]:
    return [
        workshop.write(tmp_path / "long.wav", workshop.breath(0, 20.0)),
        workshop.write(tmp_path / "short.wav", workshop.breath(1, 0.5)),
    ]


def test_a_large_collection_goes_to_a_file_whole(
    monkeypatch: pytest.MonkeyPatch, long_and_short: list[Path], tmp_path: Path
) -> None:
    in_memory = read(long_and_short)
    assert isinstance(in_memory.frames, np.ndarray)
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 200)
    notes: list[str] = []
    with closing(read(long_and_short, notes, folder=tmp_path / "models")) as on_disk:
        assert isinstance(on_disk.frames, FramesOnDisk)
        np.testing.assert_array_equal(on_disk.frames[:], in_memory.frames)
        np.testing.assert_array_equal(on_disk.sound_index, in_memory.sound_index)
        for chosen in ([True, False], [False, True]):
            some, same = on_disk.only(chosen), in_memory.only(chosen)
            np.testing.assert_array_equal(some.frames[:], same.frames[:])
            np.testing.assert_array_equal(some.frame_weights(), same.frame_weights())
            assert some.files == same.files
    (told,) = [note for note in notes if note]
    assert "0.0 GB of frames go to a temporary file on the disk of " in told
    assert not list((tmp_path / "models").iterdir())


def test_silence_and_broken_files_leave_no_gap_in_the_file(
    monkeypatch: pytest.MonkeyPatch, workshop: SimpleNamespace, tmp_path: Path
) -> None:
    fading = workshop.breath(3, 6.0) * np.repeat([1.0, 1e-6, 0.5, 1e-5], 12_000).astype(np.float32)
    sounds = [
        workshop.write(tmp_path / "a.wav", fading),
        workshop.write(tmp_path / "b.wav", np.zeros(80_000, np.float32)),
        workshop.write(tmp_path / "c.wav", workshop.breath(4, 1.0)),
    ]
    in_memory = read(sounds)
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 20)
    monkeypatch.setattr(dataset, "PIECE_FRAMES", 16)
    with closing(read(sounds)) as on_disk:
        np.testing.assert_array_equal(on_disk.frames[:], in_memory.frames)
        assert [sound.name for sound in on_disk.sounds] == ["a.wav", "c.wav"]
        assert np.bincount(on_disk.sound_index)[0] < 0.9 * len(fading) / SPEC.hop_samples


def test_no_room_on_the_disk_thins_the_long_ones_and_says_so(
    monkeypatch: pytest.MonkeyPatch, long_and_short: list[Path]
) -> None:
    everything = read(long_and_short)
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 200)
    for room in (0, 400):
        monkeypatch.setattr(dataset, "frames_that_fit", lambda *_, room=room: room)
        notes: list[str] = []
        thinned = read(long_and_short, notes)
        n_long, n_short = np.bincount(thinned.sound_index)
        assert n_short == np.bincount(everything.sound_index)[1]
        most = max(200, room)
        assert 0.75 * most < n_long + n_short < 1.25 * most < len(everything.frames)
        assert isinstance(thinned.frames, FramesOnDisk) == bool(room)
        again, other = read(long_and_short), read(long_and_short, seed=1)
        np.testing.assert_array_equal(thinned.frames[:], again.frames[:])
        assert not np.array_equal(thinned.frames[:], other.frames[:])
        (told,) = [note for note in notes if note]
        assert "make 0.0 GB of frames and the disk" in told
        assert "the longest are thinned: about" in told
        for one in (thinned, again, other):
            one.close()


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, OSError])
def test_what_stops_the_reading_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch,
    long_and_short: list[Path],
    tmp_path: Path,
    stopped: type[BaseException],
) -> None:
    opened: list[FramesOnDisk] = []

    def on_disk(*arguments: Any) -> FramesOnDisk:
        opened.append(FramesOnDisk(*arguments))
        return opened[-1]

    def told(fraction: float, _: str) -> None:
        if fraction:
            raise stopped

    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 200)
    monkeypatch.setattr(dataset, "FramesOnDisk", on_disk)
    (tmp_path / "models").mkdir()
    with pytest.raises(stopped):
        dataset.read_dataset(long_and_short, SPEC, 0, "cpu", told, tmp_path / "models")
    assert opened[0]._file.closed
    assert not list((tmp_path / "models").iterdir())


def test_a_long_recording_tells_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, workshop: SimpleNamespace, tmp_path: Path
) -> None:
    monkeypatch.setattr(channels, "LONGEST_WHOLE_S", 1.0)
    long = workshop.write(tmp_path / "long.wav", workshop.breath(0, 100.0))
    told: list[float] = []
    dataset.read_dataset([long], SPEC, 0, "cpu", lambda fraction, _: told.append(fraction))
    assert told == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.slow
def test_five_thousand_short_sounds_are_one_collection(
    monkeypatch: pytest.MonkeyPatch, workshop: SimpleNamespace, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    for number in range(5_000):
        audio = rng.uniform(-0.1, 0.1, rng.integers(300, 900)).astype(np.float32)
        workshop.write(tmp_path / "sounds" / f"{number:04d}.wav", audio)
    spec = TransformSpec(8_000, bins_per_octave=4, slice_samples=2**14, padding_samples=2**12)

    def collected(sounds: list[Path]) -> dataset.Dataset:
        return dataset.read_dataset(sounds, spec, 0, "cpu", lambda _fraction, _note: None)

    sounds = find_sounds(tmp_path / "sounds")
    in_memory = collected(sounds[-50:])
    monkeypatch.setattr(dataset, "MOST_IN_MEMORY", 1_000)
    with closing(collected(sounds)) as on_disk:
        assert isinstance(on_disk.frames, FramesOnDisk)
        assert len(on_disk.sounds) == 5_000
        assert np.bincount(on_disk.sound_index).all()
        last = len(on_disk.frames) - len(in_memory.frames)
        np.testing.assert_array_equal(on_disk.frames[last:], in_memory.frames)


def test_shares_add_up() -> None:
    counts = [3.0, 50.0, 7.0, 1_000.0, 20.0]
    shares = dataset.fair_shares(counts, 100.0)
    assert sum(share * n for share, n in zip(shares, counts, strict=True)) == pytest.approx(100.0)
    assert shares[0] == shares[2] == shares[4] == 1.0
    assert dataset.fair_shares(counts, 2_000.0) == [1.0] * 5


def test_short_sounds_count_beside_long_ones(sounds: list[Path]) -> None:
    long, short = read(sounds).sounds[:2]
    index = np.array([0] * 100 + [1])
    frames = np.ones((101, SPEC.n_bands), np.float32)
    weights = dataset.Dataset(frames, index, (long, short), ()).frame_weights()
    assert weights.mean() == pytest.approx(1.0)
    assert weights[100] / weights[0] == pytest.approx(10.0)


def test_a_sound_that_cannot_be_read_again_is_skipped_like_any_other(
    workshop: SimpleNamespace, tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = workshop.write(tmp_path / "gone.wav", workshop.plucked(330.0))

    def words(path: Path) -> str:
        if path == gone:
            raise SoundError(Problem("cannot be read", file=path))
        return ""

    monkeypatch.setattr(dataset, "clipping_words", words)
    notes: list[str] = []
    found = read([gone, tone], notes)
    assert [sound.name for sound in found.sounds] == ["tone.wav"]
    assert found.sound_index.max() == 0
    assert len(found.frames) == len(found.sound_index)
    assert any("skipped: " in note and "gone.wav" in note for note in notes)
