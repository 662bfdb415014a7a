"""The rate of a modulator has a unit of its own, whatever it moves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ltsrender.automation import MusicalTime, read_lanes
from ltsrender.session import Documents

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("target", ["gain_db", "mix", "position/a"])
@pytest.mark.parametrize("named", [False, True])
def test_a_rate_moves_by_ratios_in_every_target(tmp_path: Path, target: str, named: bool) -> None:
    """From 1 to 4 cycles a second in 4 s: 3 * 4 / ln 4 cycles, not the 10 of a straight line."""
    points = [{"at": 0, "value": 1, "shape": "exponential"}, {"at": 4, "value": 4}]
    rate = "rate" if named else {"points": points}
    wave = {"shape": "square", "rate_hz": rate, "depth": 0.5, "centre": 0.5}
    lanes = [{"name": "rate", "points": points}, {"target": target, "lfo": wave}]
    document = {"format": "ltsrender automation", "schema_version": 1, "lanes": lanes}
    (tmp_path / "x.json").write_text(json.dumps(document))
    (lane,) = read_lanes("x.json", Documents(tmp_path), MusicalTime())
    up = lane.at(np.linspace(0.0, 4.0, 40_001)) > 0.5
    cycles = np.count_nonzero(up[1:] & ~up[:-1])
    assert cycles == int(3 * 4 / np.log(4))
