"""Deliveries that are right pass; anything that was done to one is found."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from ltsrender.stems import (
    Failure,
    Manifest,
    PlanFacts,
    Promised,
    Stem,
    StemFormat,
    StemPlace,
    StemWriter,
    document_copies,
    make_manifest,
    read_manifest,
    verify,
    write_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Sounds = dict[str, NDArray[np.float64]]

RATE = 44_100
N_SAMPLES = 3 * RATE
MIX = StemPlace("mix", "mix", adds_up=False)
FACTS = PlanFacts(
    session="a.lts.json",
    session_folder="..",
    documents=document_copies({"a.lts.json": b"{}"}),
    sounds={},
    models={},
    seed=1,
    track_seeds={},
    plan_sha256="0" * 64,
)


def sounds_of(seed: int = 1, n_samples: int = N_SAMPLES, n_tracks: int = 3) -> Sounds:
    """Coloured noise that comes and goes, one colour per track."""
    rng = np.random.default_rng(seed)
    made = {}
    for number in range(n_tracks):
        noise = rng.normal(0.0, 0.1, (2, n_samples))
        spectrum = np.fft.rfft(noise)
        spectrum *= 1.0 / (1.0 + np.arange(spectrum.shape[1]) / (300.0 * (1 + 4 * number)))
        sound = np.fft.irfft(spectrum, n_samples)
        swell = 0.6 + 0.4 * np.sin(np.arange(n_samples) / RATE * (1.0 + number))
        made[f"track {number}"] = 0.2 * swell * sound / np.abs(sound).max()
    return made


def written(path: Path, sound: NDArray[np.float64], bit_depth: str = "24") -> Stem:
    container = path.suffix[1:]
    form = StemFormat(container, bit_depth, RATE)
    with StemWriter(path, RATE, len(sound), form, 1) as writer:
        writer.write(sound.astype(np.float32))
    return writer.stem


def delivered(
    folder: Path,
    sounds: Sounds,
    mix: NDArray[np.float64] | None = None,
    bit_depth: str = "24",
    container: str = "wav",
    **more: Any,
) -> Manifest:
    """Write stems and their mix, and return the manifest."""
    if mix is None:
        mix = np.sum([*sounds.values()], axis=0)
    pairs = [
        (written(folder / f"{name}.{container}", sound, bit_depth), StemPlace())
        for name, sound in sounds.items()
    ]
    pairs.append((written(folder / f"mix.{container}", mix, bit_depth), MIX))
    return make_manifest(FACTS, pairs, **more)


def results(manifest: Manifest, folder: Path) -> dict[str, str]:
    return {check.name: check.result for check in verify(manifest, folder).checks}


def words(manifest: Manifest, folder: Path, name: str) -> str:
    return next(check.words for check in verify(manifest, folder).checks if check.name == name)


def shifted(sound: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
    """Return a sound so much later (or earlier) and as long as before."""
    return np.pad(sound, ((0, 0), (max(n_samples, 0), max(-n_samples, 0))))[
        :, max(-n_samples, 0) : max(-n_samples, 0) + sound.shape[1]
    ]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("kept")
    return folder, delivered(folder, sounds_of())


@pytest.fixture
def delivery(kept: tuple[Path, Manifest], tmp_path: Path) -> tuple[Path, Manifest]:
    """A delivery that a test may spoil."""
    shutil.copytree(kept[0], tmp_path / "out")
    return tmp_path / "out", kept[1]


@pytest.mark.parametrize(
    ("container", "bit_depth"), [("wav", "32f"), ("wav", "24"), ("flac", "24"), ("flac", "16")]
)
def test_what_is_right_passes(tmp_path: Path, container: str, bit_depth: str) -> None:
    manifest = delivered(tmp_path, sounds_of(), bit_depth=bit_depth, container=container)
    verdict = verify(manifest, tmp_path)
    assert verdict.passed
    assert {check.result for check in verdict.checks} == {"passed"}
    assert verdict.summary().endswith("all checks passed")
    coarse = "too coarse to show -100 dBFS" in words(manifest, tmp_path, "null")
    assert coarse == (bit_depth == "16")


def test_progress_goes_up_to_one(kept: tuple[Path, Manifest]) -> None:
    done: list[float] = []
    verify(kept[1], kept[0], done.append)
    assert done == sorted(done)
    assert done[-1] == 1.0


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-600])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def spoil_header(path: Path) -> None:
    path.write_bytes(b"no sound at all" + path.read_bytes())


def swap(path: Path) -> None:
    other = path.with_name("track 1.wav")
    ours = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(ours)


@pytest.mark.parametrize("spoil", [cut, flip, spoil_header, swap, lambda path: path.unlink()])
@pytest.mark.parametrize("name", ["track 0.wav", "mix.wav"])
def test_a_file_that_was_touched_is_found(
    delivery: tuple[Path, Manifest], spoil: Callable[[Path], None], name: str
) -> None:
    folder, manifest = delivery
    spoil(folder / name)
    assert results(manifest, folder)["files"] == "failed"
    assert name in words(manifest, folder, "files")


def test_a_folder_that_is_not_there_holds_no_files(kept: tuple[Path, Manifest]) -> None:
    folder = kept[0] / "elsewhere"
    assert results(kept[1], folder)["files"] == "failed"
    assert "is missing" in words(kept[1], folder, "files")


def test_files_that_are_not_ours_are_told(delivery: tuple[Path, Manifest]) -> None:
    folder, manifest = delivery
    (folder / "old take.wav").write_bytes(b"")
    assert "not in the manifest: old take.wav" in words(manifest, folder, "files")
    assert verify(manifest, folder).passed


@pytest.mark.parametrize("bit_depth", ["32f", "24", "16"])
def test_a_mix_that_is_not_the_sum_is_found(tmp_path: Path, bit_depth: str) -> None:
    sounds = sounds_of()
    mix = np.sum([*sounds.values()], axis=0)
    mix[1, 1_000] += 12.0 / 2**15
    manifest = delivered(tmp_path, sounds, mix, bit_depth)
    assert results(manifest, tmp_path)["null"] == "failed"
    assert f"at {1_000 / RATE:.3f} s" in words(manifest, tmp_path, "null")


@pytest.mark.parametrize("gain", [0.9886, 0.0])
def test_a_stem_at_another_level_is_found(tmp_path: Path, gain: float) -> None:
    sounds = sounds_of()
    mix = np.sum([*sounds.values()], axis=0)
    changed = sounds | {"track 1": gain * sounds["track 1"]}
    assert results(delivered(tmp_path, changed, mix), tmp_path)["null"] == "failed"


def test_what_breaks_the_null_is_told(tmp_path: Path) -> None:
    sounds = sounds_of()
    mix = np.tanh(2.0 * np.sum([*sounds.values()], axis=0))
    manifest = delivered(tmp_path, sounds, mix, mix_differs=("the master has a clipper",))
    assert results(manifest, tmp_path)["null"] == "not_checked"
    assert "the master has a clipper" in words(manifest, tmp_path, "null")
    assert verify(manifest, tmp_path).passed
    assert "could not be made" in verify(manifest, tmp_path).summary()


def test_taps_that_do_not_add_up_are_left_out(tmp_path: Path) -> None:
    sounds = sounds_of(n_tracks=2)
    manifest = delivered(tmp_path, sounds)
    dry = written(tmp_path / "dry.wav", sounds["track 0"])
    place = StemPlace("track", "dry", adds_up=False)
    whole = make_manifest(FACTS, [(dry, place)])
    both = manifest.model_copy(update={"stems": (*whole.stems, *manifest.stems)})
    assert results(both, tmp_path)["null"] == "passed"
    assert "2 stems" in words(both, tmp_path, "null")


def master_of(mix: NDArray[np.float64]) -> NDArray[np.float64]:
    """A master that saturates and takes the low end away, one pole."""
    low = np.zeros(2)
    out = np.empty_like(mix)
    for index in range(mix.shape[1]):
        low += 0.02 * (mix[:, index] - low)
        out[:, index] = mix[:, index] - low
    return np.tanh(3.0 * out)


@pytest.fixture(scope="module")
def mastered() -> tuple[Sounds, NDArray[np.float64]]:
    sounds = sounds_of()
    return sounds, master_of(np.sum([*sounds.values()], axis=0))


def test_behind_a_master_stems_in_their_place_pass(
    tmp_path: Path, mastered: tuple[Sounds, NDArray[np.float64]]
) -> None:
    sounds, mix = mastered
    manifest = delivered(tmp_path, sounds, mix, mix_differs=("a master",))
    assert results(manifest, tmp_path)["latency"] == "passed"
    assert "3 of 3 by correlation" in words(manifest, tmp_path, "latency")


@pytest.mark.parametrize("late", [1, 64, 2048, -1, -300])
@pytest.mark.parametrize("track", ["track 0", "track 2"])
def test_behind_a_master_a_stem_out_of_place_is_found(
    tmp_path: Path, mastered: tuple[Sounds, NDArray[np.float64]], late: int, track: str
) -> None:
    sounds, mix = mastered
    moved = sounds | {track: shifted(sounds[track], late)}
    manifest = delivered(tmp_path, moved, mix, mix_differs=("a master",))
    side = "after" if late > 0 else "before"
    told = words(manifest, tmp_path, "latency")
    assert results(manifest, tmp_path)["latency"] == "failed"
    samples = "1 sample" if abs(late) == 1 else f"{abs(late)} samples"
    assert f"{track}.wav lies {samples} {side} the others" in told


@pytest.mark.parametrize("late", [1, 64, 2048, -300])
def test_a_stem_out_of_place_breaks_the_null_and_is_named(tmp_path: Path, late: int) -> None:
    sounds = sounds_of()
    mix = np.sum([*sounds.values()], axis=0)
    moved = sounds | {"track 1": shifted(sounds["track 1"], late)}
    manifest = delivered(tmp_path, moved, mix)
    found = results(manifest, tmp_path)
    assert (found["null"], found["latency"]) == ("failed", "failed")
    told = words(manifest, tmp_path, "latency")
    assert f"track 1.wav lies {abs(late)} sample" in told
    assert "track 0" not in told


@pytest.mark.parametrize(("late", "result"), [(0, "passed"), (8, "passed"), (512, "failed")])
def test_a_mix_behind_its_only_stem_is_found(tmp_path: Path, late: int, result: str) -> None:
    sounds = sounds_of(n_tracks=1)
    mix = shifted(np.tanh(3.0 * sounds["track 0"]), late)
    manifest = delivered(tmp_path, sounds, mix, mix_differs=("a limiter",))
    assert results(manifest, tmp_path)["latency"] == result


def test_a_steady_tone_does_not_tell_where_it_lies(tmp_path: Path) -> None:
    seconds = np.arange(N_SAMPLES) / RATE
    tones = {
        f"tone {hz}": 0.1 * np.stack([np.sin(2.0 * np.pi * hz * seconds)] * 2) for hz in (200, 300)
    }
    mix = np.tanh(np.sum([*tones.values()], axis=0))
    manifest = delivered(tmp_path, tones, mix, mix_differs=("a limiter",))
    assert results(manifest, tmp_path)["latency"] == "not_checked"


def test_a_bus_of_echoes_louder_than_its_track_is_no_latency(tmp_path: Path) -> None:
    dry = 0.05 * sounds_of(n_tracks=1)["track 0"]
    sounds = {"dry": dry, "echo": 10.0 * shifted(dry, 4_000) + 5.0 * shifted(dry, 8_000)}
    sounds["other"] = sounds_of(9)["track 1"]
    mix = np.tanh(2.0 * np.sum([*sounds.values()], axis=0))
    manifest = delivered(tmp_path, sounds, mix, mix_differs=("a limiter",))
    assert results(manifest, tmp_path)["latency"] in ("passed", "not_checked")


def test_lengths_and_starts_that_differ_are_found(tmp_path: Path) -> None:
    sounds = sounds_of(n_tracks=2)
    manifest = delivered(tmp_path, sounds)
    late = manifest.stems[1].model_copy(update={"start_s": 0.5})
    moved = manifest.model_copy(update={"stems": (manifest.stems[0], late, manifest.stems[2])})
    assert results(moved, tmp_path)["length"] == "failed"
    short = sounds | {"track 1": sounds["track 1"][:, :-1]}
    mix = np.sum([*sounds.values()], axis=0)
    assert results(delivered(tmp_path, short, mix), tmp_path)["length"] == "failed"
    with_region = late.model_copy(update={"region": "coda"})
    apart = manifest.model_copy(update={"stems": (*manifest.stems, with_region)})
    assert results(apart, tmp_path)["length"] == "passed"


@pytest.mark.parametrize("bit_depth", ["16", "24"])
def test_clipping_is_found(tmp_path: Path, bit_depth: str) -> None:
    sounds = {"track 0": 8.0 * sounds_of(n_tracks=1)["track 0"]}
    manifest = delivered(tmp_path, sounds, bit_depth=bit_depth)
    assert results(manifest, tmp_path)["clipping"] == "failed"
    clipped = np.clip(sounds["track 0"], -1.0, 1.0)  # before it reached us: no counter saw it
    manifest = delivered(tmp_path, {"track 0": clipped}, bit_depth=bit_depth)
    assert all(facts.n_clipped == 0 for facts in manifest.stems)
    assert results(manifest, tmp_path)["clipping"] == "failed"


def test_what_32f_keeps_beyond_full_scale_is_told(tmp_path: Path) -> None:
    sounds = {"track 0": 8.0 * sounds_of(n_tracks=1)["track 0"]}
    manifest = delivered(tmp_path, sounds, bit_depth="32f")
    assert results(manifest, tmp_path)["clipping"] == "passed"
    assert "kept by 32f" in words(manifest, tmp_path, "clipping")


def test_samples_that_are_not_numbers_are_found(tmp_path: Path) -> None:
    sounds = sounds_of(n_tracks=1)
    manifest = delivered(tmp_path, sounds, bit_depth="32f")
    broken = sounds["track 0"].T.copy()
    broken[500, 0] = np.nan
    soundfile.write(tmp_path / "track 0.wav", broken, RATE, subtype="FLOAT")
    found = results(manifest, tmp_path)
    assert (found["numbers"], found["null"], found["files"]) == ("failed",) * 3
    assert "track 0.wav: 1 samples" in words(manifest, tmp_path, "numbers")


@pytest.mark.parametrize(("dc", "result"), [(0.0, "passed"), (0.008, "passed"), (0.03, "failed")])
def test_dc_is_found(tmp_path: Path, dc: float, result: str) -> None:
    sounds = {"track 0": sounds_of(n_tracks=1)["track 0"] + dc}
    assert results(delivered(tmp_path, sounds), tmp_path)["dc"] == result


def test_promises_are_held_against_the_file(tmp_path: Path) -> None:
    manifest = delivered(tmp_path, sounds_of())
    loud = manifest.stems[-1].loudness
    assert loud.integrated_lufs is not None
    assert loud.true_peak_db is not None

    def promise(**kept: float) -> str:
        changed = manifest.model_copy(update={"promised": Promised(**kept)})
        return results(changed, tmp_path)["loudness"]

    assert promise(integrated_lufs=loud.integrated_lufs + 0.05) == "passed"
    assert promise(integrated_lufs=loud.integrated_lufs + 0.2) == "failed"
    assert promise(true_peak_db=loud.true_peak_db + 1.0) == "passed"
    assert promise(true_peak_db=loud.true_peak_db - 0.2) == "failed"


def test_a_stem_that_failed_is_told(tmp_path: Path) -> None:
    lost = Failure(track="Glass", insert="hall", reason="the plugin crashed")
    manifest = delivered(tmp_path, sounds_of(n_tracks=1), failures=(lost,))
    verdict = verify(manifest, tmp_path)
    assert not verdict.passed
    assert "Glass, insert hall: the plugin crashed" in verdict.summary()


def test_an_old_manifest_says_what_it_cannot_tell(tmp_path: Path) -> None:
    manifest = delivered(tmp_path, sounds_of(n_tracks=1))
    new = {"what", "tap", "region", "start_s", "adds_up", "dither", "mono", "loudness", "dc"}
    tree = manifest.model_dump()
    tree["stems"] = [{k: v for k, v in s.items() if k not in new} for s in tree["stems"]]
    old = Manifest.model_validate(tree)
    found = results(old, tmp_path)
    assert (found["files"], found["null"]) == ("passed", "not_checked")


@pytest.mark.parametrize(("written_as", "container"), [("RF64", "wav"), ("AIFF", "aiff")])
def test_other_containers_are_read(tmp_path: Path, written_as: str, container: str) -> None:
    manifest = delivered(tmp_path, sounds_of())
    stems = []
    for facts in manifest.stems:
        samples, rate = soundfile.read(tmp_path / facts.file, dtype="int32")
        path = (tmp_path / facts.file).with_suffix(f".{container}")
        soundfile.write(path, samples, rate, "PCM_24", format=written_as)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        changes = {"file": path.name, "container": container, "sha256": sha256}
        stems.append(facts.model_copy(update=changes))
    assert verify(manifest.model_copy(update={"stems": tuple(stems)}), tmp_path).passed


def test_two_formats_at_once_have_a_null_each(tmp_path: Path) -> None:
    sounds = sounds_of()
    fine, coarse = delivered(tmp_path, sounds), delivered(tmp_path, sounds, None, "16", "flac")
    both = fine.model_copy(update={"stems": (*fine.stems, *coarse.stems)})
    told = words(both, tmp_path, "null")
    assert verify(both, tmp_path).passed
    assert "mix.wav without its 3 stems" in told
    assert "rounding to 24 bits can" in told
    assert "mix.flac without its 3 stems" in told
    assert "rounding to 16 bits can" in told


def test_a_mix_of_other_channels_is_not_compared(tmp_path: Path) -> None:
    sounds = sounds_of(n_tracks=2)
    mono = np.sum([*sounds.values()], axis=0).mean(axis=0, keepdims=True)
    manifest = delivered(tmp_path, sounds, mono)
    assert results(manifest, tmp_path)["null"] == "not_checked"
    assert "no file with the mix's rate and channels" in words(manifest, tmp_path, "null")


def test_the_verdict_lies_in_the_manifest(kept: tuple[Path, Manifest], tmp_path: Path) -> None:
    folder, manifest = kept
    verdict = verify(manifest, folder)
    path = write_manifest(tmp_path, manifest.judged(verdict))
    assert read_manifest(path).verdict == verdict
    assert verify(read_manifest(path), folder) == verdict
