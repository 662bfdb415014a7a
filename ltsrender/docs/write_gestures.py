"""Draw the pictures of the movements that come with ltsrender; ``poe gestures`` runs it.

Each lies in ``images/gestures`` and remembers the text that it was drawn from, so that a test
finds the picture of a movement that was changed since. Two versions of matplotlib draw letters a
little differently; a picture also remembers which drew it, and is compared dot by dot only with
what that one draws.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from PIL import Image, PngImagePlugin

from ltsrender.automation import MusicalTime, Recording, read_lanes
from ltsrender.automation.view import View
from ltsrender.render.lane_picture import draw_lanes
from ltsrender.render.view import shown_lanes
from ltsrender.session import Documents, range_of

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
MOVEMENTS = REPOSITORY / "automation"
PICTURES = Path(__file__).resolve().parent / "images" / "gestures"
SOUNDS = REPOSITORY / "examples" / "first-light" / "sounds"
COLOURS = 48
WIDTH_INCHES = 6.4
STRETCHES = {
    "breathing": 24.0,
    "drift": 64.0,
    "gate": 8.0,
    "glitch": 12.0,
    "heartbeat": 6.0,
    "make-room": 18.0,
    "orbit-through-four": 64.0,
    "ping-pong": 8.0,
    "stutter": 4.0,
}
"""Seconds that are drawn, where the usual stretch shows too much or too little."""


def movements() -> Iterator[Path]:
    """Yield the automation files with lanes."""
    yield from sorted(MOVEMENTS.glob("*.json"))


def view_of(movement: Path) -> View:
    """Return the lanes of a movement that move a target, at 60 beats per minute in 4/4."""
    sounds = {file.stem: Recording(file) for file in SOUNDS.glob("*.flac")}
    documents = Documents(MOVEMENTS)
    lanes = read_lanes(movement.name, documents, MusicalTime(), sounds=sounds)
    return View(movement.name, shown_lanes(lanes, range_of))


def facts_of(movement: Path) -> dict[str, str]:
    """Return what a picture remembers."""
    text = movement.read_text("utf-8").encode()  # line ends as everywhere
    return {"Source": hashlib.sha256(text).hexdigest(), "Drawn-by": f"matplotlib {mpl.__version__}"}


def draw(movement: Path, folder: Path = PICTURES) -> Path:
    """Draw one movement, and return its picture."""
    view, picture = view_of(movement), folder / f"{movement.stem}.png"
    end_s = STRETCHES.get(movement.stem)
    draw_lanes(view, picture, end_s=end_s, title=movement.name, width_inches=WIDTH_INCHES)
    facts = PngImagePlugin.PngInfo()
    for key, value in facts_of(movement).items():
        facts.add_text(key, value)
    with Image.open(picture) as whole:
        few = whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True, pnginfo=facts)
    return picture


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = {draw(movement) for movement in movements()}
    for left in set(PICTURES.glob("*.png")) - wanted:
        left.unlink()
