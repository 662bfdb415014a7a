"""Sound put aside on the disk comes back as it was, whoever reads it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from ltsrender.render.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path


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

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(part, range(300)))
        (late,) = next(iter(spool.read([1], 39_990, 40_010, 100)))
        np.testing.assert_array_equal(late[:, :10], sounds[1, :, 39_990:])
        assert not late[:, 10:].any()
    assert not list((tmp_path / "new").iterdir())
