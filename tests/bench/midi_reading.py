"""How long 300,000 MIDI events take: ours and mido's.

``python tests/bench/midi_reading.py`` prints a table. mido reads the messages; ours goes on to
lanes. Each figure is the best of three.
"""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING

import mido
import numpy as np

from ltsrender.automation import MusicalTime, read_lanes
from ltsrender.session import ControllerDocument, Documents
from ltsrender.session.midi import read_midi

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = 300_000
TARGETS = ("mix", "noise", "detail")


def song() -> bytes:
    """Return a file of three slow controllers."""
    track = mido.MidiTrack(
        mido.Message(
            "control_change",
            control=1 + step % 3,
            value=round(63 + 60 * np.sin(step / 3e3)),
            time=3,
        )
        for step in range(EVENTS)
    )
    file = io.BytesIO()
    mido.MidiFile(type=0, tracks=[track]).save(file=file)
    return file.getvalue()


def best_of_three(work: Callable[[], object]) -> float:
    """Return the shortest time in seconds."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def lanes(data: bytes, shape: str) -> None:
    entries = [
        ControllerDocument.model_validate(
            {"controller": n, "target": target, "minimum": 0, "maximum": 1, "shape": shape}
        )
        for n, target in enumerate(TARGETS, 1)
    ]
    read_lanes("a", Documents(Path(), {"a": data}), MusicalTime(), cc_map=entries)


def main() -> None:
    data = song()
    rows = [
        ("ours, messages", lambda: read_midi(data, "a")),
        *((f"ours, lanes, {shape}", lambda shape=shape: lanes(data, shape)) for shape in SHAPES),
        ("mido, messages", lambda: mido.MidiFile(file=io.BytesIO(data))),
        ("mido, messages in seconds", lambda: list(mido.MidiFile(file=io.BytesIO(data)))),
    ]
    print(f"{EVENTS} events, {len(data)} bytes")
    for name, work in rows:
        print(f"{name:28} {best_of_three(work):6.2f} s")


SHAPES = ("hold", "linear", "smooth")

if __name__ == "__main__":
    main()
