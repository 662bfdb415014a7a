"""What the reference says about the chains that come along: a table, and a section for each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ltsrender.docs.cells import REFERENCE, number_words, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRESETS = REFERENCE.parents[2] / "presets" / "effects"

FAMILIES = {
    "Rooms": (
        "small-room",
        "concert-hall",
        "cathedral",
        "plate",
        "gated-hall",
        "endless",
        "glass-cloud",
        "shimmer",
    ),
    "Distance": ("close-up", "far-away", "next-door", "undertow", "wide"),
    "Echoes and doubles": ("canyon", "tape-echo", "twins"),
    "Colour": ("bright-tilt", "dark-tilt", "open-air", "warmth"),
    "Old machines": ("worn-tape", "dust", "early-sampler", "telephone", "short-wave"),
    "Broken surfaces": ("granite", "ember", "torn-paper"),
    "Resonance": ("bedrock", "bottles", "bronze"),
    "Movement": ("aurora", "comet", "tremor"),
    "Level": ("glue", "steady-hand", "firm-ceiling", "safety"),
}


def presets() -> str:
    """Return the table of the chains that come with ltsrender."""
    rows = []
    for file in sorted(PRESETS.glob("*.json")):
        preset = _read(file)
        macros = " ".join(f"`{macro['name']}`" for macro in preset["macros"])
        link = f"[`{file.stem}`](effect-presets.md#{_anchor(preset['name'])})"
        rows.append((link, preset["intent"], macros))
    return table_of(("preset", "intent", "macros"), rows)


def preset_sections() -> str:
    """Return a section with intent, picture, macros and inserts for every chain."""
    there = {file.stem for file in PRESETS.glob("*.json")}
    told = {name for names in FAMILIES.values() for name in names}
    if there != told:
        raise ValueError(f"FAMILIES must name every preset, and no other: {there ^ told}")
    parts = []
    for heading, names in FAMILIES.items():
        parts += [f"## {heading}", *(_section(PRESETS / f"{name}.json") for name in names)]
    return "\n\n".join(parts) + "\n"


def _section(file: Path) -> str:
    preset = _read(file)
    rows = [
        (f"`{macro['name']}`", number_words(macro["default"]), macro["note"], _moves(macro))
        for macro in preset["macros"]
    ]
    inserts = " ".join(f"`{name}`" for name in _ids(preset["inserts"]))
    picture = (
        f"![{preset['name']}: what it does to the spectrum, and to a click and a burst of noise]"
        f"(../images/effects/{file.stem}.png)"
    )
    table = table_of(("macro", "default", "from 0 to 1", "moves"), rows)
    return (
        f"### {preset['name']}\n\n`{file.stem}`. {preset['intent']}\n\n{picture}\n\n{table}\n"
        f"Inserts: {inserts}"
    )


def _moves(macro: dict[str, Any]) -> str:
    return ", ".join(
        f"`{move['target']}` {number_words(move['from'])}..{number_words(move['to'])}"
        for move in macro["moves"]
    )


def _ids(items: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the names of all inserts, those of branches after the group that they stand in."""
    for item in items:
        yield item.get("id") or item.get("effect") or item["preset"]
        for branch in item.get("parallel", ()):
            yield from _ids(branch["chain"])


def _read(file: Path) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return tree


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
