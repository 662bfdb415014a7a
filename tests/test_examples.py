"""The example renders to what its manifest says, and its sounds are what its script makes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from ltsrender.render import Report, open_plan, render_stems
from ltsrender.stems import Manifest, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

LEVEL_DB = 0.1
"""Peaks may differ by this between machines: their processors add in another order, and phases
that are sums of many terms move with it. On one machine the bytes are the same."""
FAINT_DIFFERENCE_DB = 1.0
"""Bowed metal is chaotic: the last bit of another processor makes another bow stroke, as loud."""


@pytest.fixture(scope="module")
def example(repository: Path) -> Path:
    return repository / "examples" / "first-light"


@pytest.fixture(scope="module")
def expected(example: Path) -> Manifest:
    return read_manifest(example / "expected" / "manifest.json")


@pytest.fixture(scope="module")
def rendered(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    with pytest.MonkeyPatch.context() as patch:
        work = tmp_path_factory.mktemp("first-light")
        patch.setenv("LTSRENDER_CACHE", str(work / "anchors"))
        plan = open_plan(example / "first-light.lts.json")
        return render_stems(plan, work / "stems", device="cpu")


def test_the_plan_is_the_one_that_was_rendered(rendered: Report, expected: Manifest) -> None:
    made = read_manifest(rendered.manifest)
    assert made.plan_sha256 == expected.plan_sha256
    assert made.track_seeds == expected.track_seeds
    assert made.documents == expected.documents


def test_the_stems_are_those_of_the_manifest(rendered: Report, expected: Manifest) -> None:
    made = {stem.name: stem for stem in rendered.stems}
    assert list(made) == [stem.name for stem in expected.stems]
    for stem in expected.stems:
        assert made[stem.name].n_samples == pytest.approx(stem.n_samples, rel=1e-3)
        assert made[stem.name].peak_db == pytest.approx(stem.peak_db, abs=LEVEL_DB)
        assert made[stem.name].n_clipped == 0


def test_the_stems_add_up_to_the_mix(rendered: Report) -> None:
    *parts, mix = (soundfile.read(stem.path)[0] for stem in rendered.stems)
    half_a_step_each = 1.5 * len(rendered.stems) / 2**23  # rounding and dither of every file
    assert np.abs(sum(parts) - mix).max() <= half_a_step_each


def test_the_script_makes_the_sounds(example: Path, tmp_path: Path) -> None:
    script = str(example / "make_sounds.py")
    subprocess.run([sys.executable, script, "--target", str(tmp_path)], check=True)
    for kept in sorted((example / "sounds").glob("*.flac")):
        true, rate = soundfile.read(kept, always_2d=True)
        made, made_rate = soundfile.read(tmp_path / kept.name, always_2d=True)
        assert (made.shape, made_rate) == (true.shape, rate)
        levels_db = [20 * np.log10(np.sqrt((x * x).mean())) for x in (true, made)]
        assert levels_db[0] == pytest.approx(levels_db[1], abs=FAINT_DIFFERENCE_DB), kept.name
