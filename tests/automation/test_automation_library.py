"""The movements that come with ltsrender; the MIDI file beside its maker."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import mido
import numpy as np
import pytest

from ltsrender.automation import MusicalTime, read_lanes
from ltsrender.session import (
    AutomationDocument,
    ControllerDocument,
    Documents,
    MidiDocument,
    read_automation,
)

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    "swell.json",
    "slow-crossing.json",
    "beyond-both.json",
    "freeze-and-release.json",
    "two-breaths.mid",
)


def two_breaths() -> bytes:
    """Return two breaths on the breath controller: in for a bar, out for a bar, twice, softer."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="Two breaths, the second softer")])
    now = 0
    for beat in np.arange(0.0, 16.0 + 1e-9, 0.125):
        height = 110 if beat < 8.0 else 70
        value = round(height * float(np.sin(np.pi * (beat % 8.0) / 8.0)) ** 2)
        tick = round(beat * 480)
        message = {"control": 2, "value": value, "time": tick - now}
        track.append(mido.Message("control_change", **message))
        now = tick
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=480, tracks=[track]).save(file=file)
    return file.getvalue()


def test_the_midi_file_is_what_its_maker_makes(repository: Path) -> None:
    assert (repository / "automation/two-breaths.mid").read_bytes() == two_breaths()


def test_no_movement_is_untested(repository: Path) -> None:
    assert sorted(path.name for path in (repository / "automation").iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_movement_can_be_used_by_name(repository: Path, name: str) -> None:
    content = read_automation(name, Documents(repository / "tests"))
    if isinstance(content, AutomationDocument):
        assert content.name
        assert content.note.endswith("."), "a movement says in a sentence what it is for"
    else:
        assert isinstance(content, MidiDocument)
        assert list(content.controllers) == [(1, 2)]


def test_slow_crossing_crosses(repository: Path) -> None:
    (mix,) = read_lanes("slow-crossing", Documents(repository), MusicalTime())
    moments = np.linspace(0.0, 60.0, 601)
    crossing = mix.at(moments)
    assert (crossing[0], crossing[320], crossing[-1]) == (1.0, 0.5, 0.0)
    assert np.all(np.diff(crossing) <= 0.0)


def test_two_breaths_breathe(repository: Path) -> None:
    breath = {"controller": 2, "target": "noise", "minimum": 0, "maximum": 1.27}
    entry = ControllerDocument.model_validate(breath)
    documents, tempo = Documents(repository), MusicalTime()
    (noise,) = read_lanes("two-breaths.mid", documents, tempo, cc_map=[entry])
    assert noise.at(np.array([0.0, 4.0, 8.0, 12.0, 16.0])) == pytest.approx([0, 1.1, 0, 0.7, 0])
