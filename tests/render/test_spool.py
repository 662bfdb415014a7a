"""Sound put aside on the disk comes back as it was, whoever reads it at the same time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ltsrender.render.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path


class Slow:
    """A file on which others have time to move the place between finding it and reading."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def seek(self, place: int) -> None:
        self._file.seek(place)
        time.sleep(1e-4)

    def read(self, n_bytes: int) -> Any:
        return self._file.read(n_bytes)


def test_parts_of_one_stream_can_be_read_side_by_side(tmp_path: Path) -> None:
    sounds = np.random.default_rng(3).uniform(-1, 1, (3, 2, 40_000)).astype(np.float32)
    with Spool(tmp_path / "new", 3, 2) as spool:
        for start in range(0, 40_000, 7_001):
            spool.write(tuple(sounds[:, :, start : start + 7_001]))

        def part(number: int) -> bool:
            start, stop = 37 * number, 37 * number + 20_000
            blocks = [each[0] for each in spool.read([number % 3], start, stop, 1_000)]
            wanted = sounds[number % 3, :, start:stop]
            return bool(np.array_equal(np.concatenate(blocks, axis=1), wanted))

        spool._files = [Slow(file) for file in spool._files]
        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(part, range(40)))
        (late,) = next(iter(spool.read([1], 39_990, 40_010, 100)))
        np.testing.assert_array_equal(late[:, :10], sounds[1, :, 39_990:])
        assert not late[:, 10:].any()
    assert not list((tmp_path / "new").iterdir())
