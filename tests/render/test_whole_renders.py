"""What belongs to a render as a whole: its tails, and all of its files or none."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import pytest

from ltsrender.errors import RenderError
from ltsrender.render import Plan, render_stems
from ltsrender.stems import wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[..., dict[str, Any]]
    Planner = Callable[..., Plan]

RATE_HZ = 44_100


def test_an_echo_after_seconds_of_silence_is_heard(
    track: Maker, plan_of: Planner, tmp_path: Path
) -> None:
    echo = {"effect": "delay", "parameters": {"delay_s": 3.0, "mix": 0.5}}
    report = render_stems(plan_of(track(end_s=0.5, chain=[echo])), tmp_path / "out", workers=1)
    # Its last milliseconds are fading out and may be too quiet to count.
    assert report.stems[0].n_samples == pytest.approx(3.5 * RATE_HZ, abs=0.01 * RATE_HZ)


def test_one_stem_that_cannot_be_finished_leaves_none(
    track: Maker, plan_of: Planner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[object] = []

    def fail_on_the_second(sink: wav.WavSink, _loudness: object) -> None:
        finished.append(sink)
        if len(finished) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(wav.WavSink, "finish", fail_on_the_second)
    with pytest.raises(RenderError, match="No space left on device"):
        render_stems(plan_of(track(end_s=0.2)), tmp_path / "out", workers=1)
    assert not list((tmp_path / "out").iterdir())
