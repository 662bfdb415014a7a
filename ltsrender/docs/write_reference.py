"""Renew what tables of the program decide in the reference pages; ``poe reference`` runs it.

The pages are written by hand, except between ``<!-- made: ... -->`` and ``<!-- end of made -->``.
What stands there comes from the one place that also decides what ltsrender accepts: the JSON
Schemas of our files, the table of effects, the commands. A test compares, so that a page which
lags behind fails.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

from ltsrender.cli import cli
from ltsrender.docs.cells import REFERENCE, in_cell, number_words, table_of
from ltsrender.docs.preset_sections import preset_sections, presets
from ltsrender.docs.schema_tables import (
    automation_keys,
    controller_map_keys,
    latent_preset_keys,
    session_keys,
)
from ltsrender.effects.catalog import EFFECTS, LEFT_OUT
from ltsrender.session.targets import RANGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ltsrender.effects.catalog import EffectInfo, Parameter

TRAINING = REFERENCE.parents[2] / "presets" / "training"
MOVEMENTS = REFERENCE.parents[2] / "automation"

_MADE = re.compile(r"(<!-- made: ([a-z ]+) -->\n).*?(<!-- end of made -->)", re.DOTALL)

GESTURES = {
    "gain_db": "The level",
    "mix": "Between two sounds",
    "weight": "Between several sounds",
    "macro": "Inside the timbre",
    "position": "A place in a sound",
    "pan": "A place in the room",
}
TARGETS = {
    "mix": ("`mix`", "tracks with two anchors", "1 all first sound, 0 all second, on beyond both"),
    "weight": ("`weight/<sound>`", "tracks", "the share of one anchor; only proportions count"),
    "level_mix": ("`level_mix`", "tracks with two anchors", "the same of the level alone"),
    "level_weight": ("`level_weight/<sound>`", "tracks", "the same of the level alone"),
    "position": ("`position/<sound>`", "tracks", "which moment of an anchor's sound is heard"),
    "noise": ("`noise`", "tracks", "standard deviations by which chance leaves the path"),
    "detail": ("`detail`", "tracks", "how much of a sound the model lost is given back near it"),
    "macro/brightness": ("`macro/brightness`", "tracks", "the spectral centroid, from where it is"),
    "macro/noisiness": ("`macro/noisiness`", "tracks", "the spectral flatness, from where it is"),
    "macro/pitch": ("`macro/pitch`", "tracks", "the spectrum along its bands, from where it is"),
    "macro/loudness": ("`macro/loudness`", "tracks", "the path's level, before detail and fader"),
    "latent": ("`latent/<name>`", "tracks", "one latent of the model, by name or number; added"),
    "replace": ("`replace/<name>`", "tracks", "one latent of the model; this is its value"),
    "pca": ("`pca/<n>`", "tracks", "one principal axis of the model's sounds, from 1 on; added"),
    "scale": ("`scale`", "tracks", "how far the path is from the model's mean; 1 leaves it"),
    "smoothing": ("`smoothing`", "tracks", "over how long the path is averaged"),
    "gain_db": ("`gain_db`", "tracks, buses, the master", "the fader"),
    "pan": ("`pan`", "tracks, buses", "-1 left, 0 centre, 1 right"),
    "width": ("`width`", "tracks, buses, the master", "0 mono, 1 as it is, 2 twice as wide"),
    "send": ("`send/<bus>`", "tracks, buses", "the level of the copy that goes to a bus"),
}


def targets() -> str:
    """Return the table of everything that a lane can move."""
    rows = [
        (name, RANGES[family].words(), where, what)
        for family, (name, where, what) in TARGETS.items()
    ]
    rows.append(
        (
            "`insert/<id>/<parameter>`",
            "see [the effects](effects.md)",
            "tracks, buses, the master",
            "a parameter of an insert; the macro of a preset, 0..1; the level of a branch in dB",
        )
    )
    rows += [
        ("`insert/<id>/dry_wet`", "0..1", "tracks, buses, the master", "the blend of a part"),
        ("`insert/<id>/bypass`", "0..1", "tracks, buses, the master", "bypassed from 0.5 on"),
    ]
    if set(TARGETS) != set(RANGES):
        raise ValueError("TARGETS must explain every target of ltsrender.session.targets")
    return table_of(("target", "takes", "on", "moves"), rows)


def movements() -> str:
    """Return the table of the automation files that come with ltsrender."""
    rows = []
    for file in sorted(MOVEMENTS.glob("*.json")):
        movement = json.loads(file.read_text("utf-8"))
        moved = " ".join(f"`{target}`" for target in _moved(movement))
        rows.append((f"`{file.name}`", moved, _until(movement), movement["note"]))
    return table_of(("file", "moves", "how long", "intent"), rows)


def gestures() -> str:
    """Return a section with intent and picture for every automation file that comes along."""
    found: dict[str, list[str]] = {heading: [] for heading in GESTURES.values()}
    for file in sorted(MOVEMENTS.glob("*.json")):
        movement = json.loads(file.read_text("utf-8"))
        moved = _moved(movement)
        words = f"Moves {', '.join(f'`{target}`' for target in moved)}; {_until(movement)}."
        picture = f"![{movement['name']}, drawn over time](../images/gestures/{file.stem}.png)"
        heading = f"### {movement['name']}"
        section = "\n\n".join((heading, f"`{file.name}`. {movement['note']}", words, picture))
        found[GESTURES[moved[0].split("/")[0]]].append(section)
    parts = ["\n\n".join((f"## {heading}", *inside)) for heading, inside in found.items()]
    return "\n\n".join(parts) + "\n"


def _moved(movement: dict[str, Any]) -> list[str]:
    return [lane["target"] for lane in movement["lanes"] if "target" in lane]


def _until(movement: dict[str, Any]) -> str:
    """Return when a movement has ended, in the words of its lanes."""
    ends: dict[str, None] = {}
    for source in _sources(movement["lanes"]):
        if "points" in source:
            at, time = source["points"][-1]["at"], source.get("time", "beats")
            bar = f"bar {at.partition('|')[0]}" if isinstance(at, str) else ""
            ends[bar or f"{number_words(at)} {time}"] = None
        elif source.get("steps", {}).get("loop", True) is False:
            steps = source["steps"]
            ends[f"{number_words(len(steps['values']) * steps['every_beats'])} beats"] = None
    return f"until {' and '.join(ends)}" if ends else "goes on for ever"


def _sources(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a part of a document, itself among them."""
    if isinstance(tree, dict):
        yield tree
    if isinstance(tree, dict | list):
        for inner in tree.values() if isinstance(tree, dict) else tree:
            yield from _sources(inner)


def training_presets() -> str:
    """Return the table of the options of training that come with ltsrender."""
    rows = []
    for file in sorted(TRAINING.glob("*.json")):
        preset = json.loads(file.read_text("utf-8"))
        options = (f"`{name}` {value}" for name, value in preset["options"].items())
        rows.append((f"`{file.stem}`", preset["intent"], ", ".join(options)))
    return table_of(("preset", "intent", "options"), rows)


def effects() -> str:
    """Return a section for every effect."""
    return "\n".join(_effect(effect) for effect in EFFECTS.values())


def _effect(effect: EffectInfo) -> str:
    rows = [
        (f"`{name}`", _range(knob), _knob_default(knob), "yes" if knob.automatable else "no")
        for name, knob in effect.parameters.items()
    ]
    heads = ("parameter", "takes", "left out", "moves")
    table = table_of(heads, rows) if rows else "It has no parameters.\n"
    whole = "It hears the whole sound before its first sample comes out." * (effect.runs == "whole")
    words = "\n\n".join(text for text in (effect.sentence, whole, effect.note) if text)
    return f"## {effect.id}\n\n{words}\n\n{table}"


def _range(knob: Parameter) -> str:
    if knob.kind == "choice":
        return " ".join(f"`{json.dumps(choice)}`" for choice in knob.choices)
    if knob.kind == "switch":
        return "true or false"
    return f"{knob.minimum:g}..{knob.maximum:g} {knob.unit}".rstrip()


def _knob_default(knob: Parameter) -> str:
    if isinstance(knob.default, bool | str):
        return f"`{json.dumps(knob.default)}`"
    return f"{knob.default:g} {knob.unit}".rstrip()


def left_out() -> str:
    """Return the table of effects that people will look for."""
    return table_of(("effect", "because"), [(f"`{name}`", why) for name, why in LEFT_OUT.items()])


def commands() -> str:
    """Return a section for every command."""
    context = click.Context(cli, info_name="ltsrender")
    return "\n".join(_command(name, command) for name, command in _commands_of(cli, context))


def _commands_of(
    group: click.Group, context: click.Context, before: str = ""
) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by the words that call it; a group is its commands."""
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if isinstance(command, click.Group):
            yield from _commands_of(command, context, f"{before}{word} ")
        elif command is not None:
            yield f"{before}{word}", command


def _command(name: str, command: click.Command) -> str:
    arguments = [p.human_readable_name for p in command.params if isinstance(p, click.Argument)]
    rows = [_option(option) for option in command.params if isinstance(option, click.Option)]
    usage = " ".join(["ltsrender", name, *map(str.upper, arguments), "[OPTIONS]" if rows else ""])
    table = "\n" + table_of(("option", "takes", "left out", "means"), rows) if rows else ""
    return f"## {name}\n\n```text\n{usage.rstrip()}\n```\n\n{in_cell(command.help or '')}\n{table}"


def _option(option: click.Option) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in option.opts)
    words, _, said = (option.help or "").partition("  [default: ")
    shown = f"`{option.default}`" if option.show_default and not option.is_flag else said[:-1]
    needed = "must be given" if option.required else shown
    return names, "" if option.is_flag else _option_takes(option.type), needed, words


def _option_takes(kind: click.ParamType[Any]) -> str:
    if isinstance(kind, click.Choice):
        return " ".join(f"`{choice}`" for choice in kind.choices)
    if isinstance(kind, click.IntRange | click.FloatRange):
        return f"{kind.min:g} or more" if kind.max is None else f"{kind.min:g}..{kind.max:g}"
    words = {"path": "path", "float": "number", "integer": "whole number", "text": "text"}
    return words.get(kind.name, kind.name)


MAKERS: dict[str, Callable[[], str]] = {
    "session keys": session_keys,
    "automation keys": automation_keys,
    "controller map keys": controller_map_keys,
    "latent preset keys": latent_preset_keys,
    "targets": targets,
    "movements": movements,
    "gestures": gestures,
    "presets": presets,
    "preset sections": preset_sections,
    "training presets": training_presets,
    "effects": effects,
    "left out": left_out,
    "commands": commands,
}


def renewed(page: str) -> str:
    """Return the text of a page with everything made in it made anew."""
    return _MADE.sub(lambda found: f"{found[1]}\n{MAKERS[found[2]]()}\n{found[3]}", page)


if __name__ == "__main__":
    for path in sorted(REFERENCE.glob("*.md")):
        page = path.read_text("utf-8")
        path.write_text(renewed(page), encoding="utf-8", newline="\n")
