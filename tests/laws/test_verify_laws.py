"""Laws of delivery: what was written passes, and no single thing can be done to it unseen."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ltsrender.stems import (
    Manifest,
    PlanFacts,
    StemFormat,
    StemPlace,
    StemWriter,
    document_copies,
    make_manifest,
    verify,
)
from ltsrender.stems.manifest import StemFacts
from ltsrender.stems.verify_sums import largest_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8_000
KINDS = [
    ("wav", "16"),
    ("wav", "24"),
    ("wav", "32f"),
    ("flac", "16"),
    ("flac", "24"),
    ("aiff", "16"),
]
FACTS = PlanFacts(
    session="a",
    session_folder="..",
    documents=document_copies({"a": b"{}"}),
    sounds={},
    models={},
    seed=1,
    track_seeds={},
    plan_sha256="0" * 64,
)

kinds = st.sampled_from(KINDS)
seeds = st.integers(0, 2**32)
some_tracks = st.integers(1, 6)
n_channels = st.integers(1, 2)


def tracks_of(seed: int, n_tracks: int, n_channels: int) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    n_samples = int(rng.integers(1, 3_000))
    return [
        (0.9 / n_tracks * rng.uniform(-1.0, 1.0, (n_channels, n_samples))).astype(np.float32)
        for _ in range(n_tracks)
    ]


def delivered(
    folder: Path,
    tracks: list[NDArray[np.float32]],
    mix: NDArray[np.float32],
    kind: tuple[str, str],
) -> Manifest:
    container, bit_depth = kind
    pairs = []
    for name, sound in [*((str(i), track) for i, track in enumerate(tracks)), ("mix", mix)]:
        file = folder / f"{name}.{container}"
        form = StemFormat(container, bit_depth, RATE)
        with StemWriter(file, RATE, len(sound), form, 3, name=name) as writer:
            writer.write(sound)
        place = StemPlace("mix", "mix", adds_up=False) if name == "mix" else StemPlace()
        pairs.append((writer.stem, place))
    return make_manifest(FACTS, pairs)


def failed(manifest: Manifest, folder: Path) -> set[str]:
    return {check.name for check in verify(manifest, folder).checks if check.result == "failed"}


@settings(max_examples=40)
@given(seed=seeds, n_tracks=some_tracks, channels=n_channels, kind=kinds)
def test_stems_and_their_sum_pass(
    seed: int, n_tracks: int, channels: int, kind: tuple[str, str]
) -> None:
    tracks = tracks_of(seed, n_tracks, channels)
    with tempfile.TemporaryDirectory() as folder:
        manifest = delivered(Path(folder), tracks, np.sum(tracks, axis=0), kind)
        assert not failed(manifest, Path(folder))


@settings(max_examples=40)
@given(seed=seeds, n_tracks=some_tracks, kind=kinds, data=st.data())
def test_no_byte_can_be_changed_or_cut_off_unseen(
    seed: int, n_tracks: int, kind: tuple[str, str], data: st.DataObject
) -> None:
    tracks = tracks_of(seed, n_tracks, 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = delivered(folder, tracks, np.sum(tracks, axis=0), kind)
        file = folder / data.draw(st.sampled_from([facts.file for facts in manifest.stems]))
        content = bytearray(file.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            del content[place:]
        else:
            content[place] ^= 1 << data.draw(st.integers(0, 7))
        file.write_bytes(content)
        assert "files" in failed(manifest, folder)


@settings(max_examples=40)
@given(seed=seeds, n_tracks=some_tracks, kind=kinds, data=st.data())
def test_no_sample_leaves_the_sum_by_more_than_the_bound_unseen(
    seed: int, n_tracks: int, kind: tuple[str, str], data: st.DataObject
) -> None:
    tracks = tracks_of(seed, n_tracks, 2)
    mix = np.sum(tracks, axis=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = delivered(folder, tracks, mix, kind)
        bound = largest_error(manifest.stems, 1.0)
        track = data.draw(st.sampled_from(tracks))
        channel = data.draw(st.integers(0, 1))
        place = data.draw(st.integers(0, mix.shape[1] - 1))
        sign = -1.0 if track[channel, place] > 0 else 1.0
        track[channel, place] += sign * 2.01 * bound  # its own rounding may hide as much again
        assert "null" in failed(delivered(folder, tracks, mix, kind), folder)


def test_the_bound_is_reached_but_never_passed() -> None:
    rng = np.random.default_rng(8)
    steps = []
    for seed in range(8):
        track = (0.4 * rng.uniform(-1.0, 1.0, (2, 20_000))).astype(np.float32)
        with tempfile.TemporaryDirectory() as folder:
            manifest = delivered(Path(folder), [track], track, ("wav", "16"))
            words = next(c.words for c in verify(manifest, Path(folder)).checks if c.name == "null")
            left_db = float(words.split("leaves ")[1].split(" dBFS")[0])
            steps.append(10.0 ** (left_db / 20.0) * 2.0**15)
            assert steps[-1] <= 3.0 + 0.01, seed
    assert max(steps) >= 1.9


def facts_of(bit_depth: str) -> StemFacts:
    return StemFacts(
        name="a",
        file="a",
        sha256="0" * 64,
        peak_db=0.0,
        n_clipped=0,
        n_samples=1,
        length_s=1.0,
        n_channels=1,
        sample_rate_hz=1,
        bit_depth=bit_depth,
        container="wav",
    )


def test_bounds_of_24_bits_lie_below_100_db_up_to_fifty_files() -> None:
    assert largest_error([facts_of("24")] * 33, 1.0) < 1e-5
    assert largest_error([facts_of("24")] * 34, 1.0) > 1e-5
    assert largest_error([facts_of("32f")] * 80, 1.0) == 1e-5
    assert largest_error([facts_of("16")] * 2, 1.0) > 9e-5
