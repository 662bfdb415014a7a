"""Frames in a file are the frames in memory, and the file is gone whatever happens."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from ltsrender.errors import ModelError
from ltsrender.models.vae import separate
from ltsrender.train import collected
from ltsrender.train.ahead import Ahead
from ltsrender.train.collected import (
    ChosenFrames,
    FramesInMemory,
    FramesOnDisk,
    are_on_disk,
    spread_out,
)
from ltsrender.train.shapes import LogShapes, shapes_for

if TYPE_CHECKING:
    from collections.abc import Iterator

N_FRAMES, N_BANDS = 500, 7
FRAMES = np.random.default_rng(0).random((N_FRAMES, N_BANDS), dtype=np.float32)
KEPT_OPEN = """
import sys
from pathlib import Path
import numpy as np
from ltsrender.train.collected import FramesOnDisk
file = FramesOnDisk(Path(sys.argv[1]), 10, 7)
file.write(0, np.ones((10, 7), np.float32))
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[FramesOnDisk]:
    file = FramesOnDisk(tmp_path, N_FRAMES, N_BANDS)
    for first in range(0, N_FRAMES, 64):
        file.write(first, FRAMES[first : first + 64])
    yield file
    file.close()


@pytest.mark.parametrize(
    "rows",
    [
        slice(None),
        slice(3, 90),
        slice(490, 9_999),
        slice(8, 8),
        slice(0, 500, 7),
        np.array([], np.int64),
        np.array([499]),
        np.array([5, 3, 3, 499, 0, 4, 250]),
        np.arange(499, -1, -1),
        np.random.default_rng(1).integers(0, N_FRAMES, 300),
    ],
    ids=str,
)
def test_a_file_is_read_like_an_array(on_disk: FramesOnDisk, rows: slice) -> None:
    np.testing.assert_array_equal(on_disk[rows], FRAMES[rows])
    chosen = np.arange(1, N_FRAMES, 3, dtype=np.int32)
    some = ChosenFrames(on_disk, chosen)
    inside = rows if isinstance(rows, slice) else rows % len(chosen)
    np.testing.assert_array_equal(some[inside], FRAMES[chosen][inside])
    assert (len(on_disk), len(some)) == (N_FRAMES, len(chosen))


def test_numbers_that_are_not_there_are_an_error(on_disk: FramesOnDisk) -> None:
    for row in (-1, N_FRAMES):
        with pytest.raises(IndexError):
            on_disk[np.array([0, row])]


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_what_is_written_over_and_cut_is_gone(tmp_path: Path, kind: str) -> None:
    store = FramesInMemory(10, N_BANDS) if kind == "memory" else FramesOnDisk(tmp_path, 10, N_BANDS)
    store.write(0, FRAMES[:10])
    store.write(10, FRAMES[10:30])  # more than was expected
    store.write(5, FRAMES[100:102])
    store.cut(20)
    expected = np.concatenate([FRAMES[:5], FRAMES[100:102], FRAMES[7:20]])
    np.testing.assert_array_equal(store[:], expected)
    store.close()


def test_every_nth_frame_is_taken_of_many(on_disk: FramesOnDisk) -> None:
    assert spread_out(on_disk, N_FRAMES) is on_disk
    few = spread_out(on_disk, 99)
    np.testing.assert_array_equal(few[:], FRAMES[::6])
    assert are_on_disk(few)
    assert not are_on_disk(spread_out(FRAMES, 99))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the file has a name while it is open")
def test_the_file_has_no_name(on_disk: FramesOnDisk, tmp_path: Path) -> None:
    assert not list(tmp_path.iterdir())
    assert len(on_disk) == N_FRAMES


def test_what_a_power_cut_left_is_removed(tmp_path: Path) -> None:
    for name in ("ltsrender-abcd1234.frames", "ltsrender-mine.frames", "m.ltsmodel"):
        (tmp_path / name).write_bytes(b"0")
    FramesOnDisk(tmp_path, 10, N_BANDS).close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["ltsrender-mine.frames", "m.ltsmodel"]


def test_a_kill_leaves_no_file(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KEPT_OPEN, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == b"there"
        process.kill()
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_is_told_with_what_is_needed(
    on_disk: FramesOnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(on_disk, "_n_expected", 10**9)
    monkeypatch.setattr(
        on_disk, "_file", SimpleNamespace(seek=lambda _: 0, write=write, close=on_disk._file.close)
    )
    with pytest.raises(
        ModelError,
        match=r"for 28\.0 GB of frames, 0\.0 GB of them there, cannot be written: No space left on "
        r"device; .* GB of that disk are free",
    ):
        on_disk.write(N_FRAMES, FRAMES)


def test_a_file_that_somebody_cut_is_told(on_disk: FramesOnDisk) -> None:
    on_disk._file.truncate(1_000)
    with pytest.raises(ModelError, match="cannot be read: it ends too early"):
        on_disk[:]


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"of frames, .* cannot be made"):
        FramesOnDisk(tmp_path / "none", 10, N_BANDS)


def test_room_is_kept_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, n_frames in ((0, 0), (2**30, 0), (2**30 + 28_000, 1_000), (2**60, 2**31 - 1)):
        usage = SimpleNamespace(free=free)
        monkeypatch.setattr(collected.shutil, "disk_usage", lambda _, usage=usage: usage)
        assert collected.frames_that_fit(tmp_path, N_BANDS) == n_frames
    assert Path(tempfile.gettempdir()).is_dir()
    assert collected.frames_that_fit(None, N_BANDS) == 2**31 - 1


def batches(seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    while True:
        yield rng.integers(0, N_FRAMES, 16)


def test_reading_ahead_gives_what_is_asked_for(
    on_disk: FramesOnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ltsrender.train.ahead.SWEEP_FRAMES", 64)
    ahead, asked = Ahead(on_disk, batches(0), 16), batches(0)
    for step in range(30):
        rows = next(asked)
        if step == 20:
            rows = rows[::-1]  # nobody foresaw that
        np.testing.assert_array_equal(ahead.take(rows), FRAMES[rows])
    ahead.close()
    assert not ahead._thread.is_alive()


def test_what_goes_wrong_ahead_is_told_where_it_is_needed(on_disk: FramesOnDisk) -> None:
    on_disk._file.truncate(1_000)
    ahead = Ahead(on_disk, batches(0), 16)
    for _ in range(2):
        with pytest.raises(ModelError, match="ends too early"):
            ahead.take(next(batches(0)))
    ahead.close()


def test_shapes_are_made_beforehand_where_there_is_room(
    on_disk: FramesOnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = torch.device("meta")  # stands for a graphics card that this machine may not have
    with shapes_for(FRAMES, 1e-3, elsewhere) as shapes:
        assert isinstance(shapes, torch.Tensor)
        assert (shapes.shape, shapes.device) == (FRAMES.shape, elsewhere)
    with shapes_for(on_disk, 1e-3, elsewhere) as shapes:
        assert isinstance(shapes, LogShapes)
        assert shapes[torch.tensor([3, 1])].device == elsewhere
    rows, here = torch.tensor([7, 400, 7]), torch.device("cpu")
    expected = separate(torch.from_numpy(FRAMES), 1e-3)[1][rows]
    for frames, few, kind in (
        (FRAMES, N_FRAMES, torch.Tensor),
        (FRAMES, N_FRAMES - 1, LogShapes),
        (on_disk, N_FRAMES, LogShapes),
    ):
        monkeypatch.setattr("ltsrender.train.shapes.FEW_FRAMES", few)
        with shapes_for(frames, 1e-3, here) as shapes:
            assert isinstance(shapes, kind)
            assert torch.equal(shapes[rows], expected)
