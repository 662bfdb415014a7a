"""Renew what tables of the program decide in the reference pages; ``poe reference`` runs it.

The pages are written by hand, except between ``<!-- made: ... -->`` and ``<!-- end of made -->``.
What stands there comes from the one place that also decides what ltsrender accepts: the JSON
Schemas of the two files, the table of effects, the commands. A test compares, so that a page which
lags behind fails.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ltsrender.cli import cli
from ltsrender.effects.catalog import EFFECTS, LEFT_OUT
from ltsrender.session.targets import RANGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ltsrender.effects.catalog import EffectInfo, Parameter

REFERENCE = Path(__file__).resolve().parent / "reference"
SCHEMAS = REFERENCE.parents[1] / "session" / "schema"
PRESETS = REFERENCE.parents[2] / "presets" / "effects"
TRAINING = REFERENCE.parents[2] / "presets" / "training"
MOVEMENTS = REFERENCE.parents[2] / "automation"

_MADE = re.compile(r"(<!-- made: ([a-z ]+) -->\n).*?(<!-- end of made -->)", re.DOTALL)
_JSON = re.compile(r"<!-- file: \S+ -->\n```json\n(.*?)```", re.DOTALL)

HEADINGS = {
    "SessionDocument": "The session",
    "TempoChange": "A tempo change",
    "SignatureChange": "A time signature",
    "Marker": "A marker",
    "SoundDocument": "A sound",
    "ModelDocument": "A model",
    "TrackDocument": "A track",
    "AnchorDocument": "An anchor",
    "LaneDocument": "A lane",
    "PointDocument": "A point",
    "SourceDocument": "A source",
    "LfoDocument": "An LFO",
    "RandomWalkDocument": "A random walk",
    "EnvelopeFollowerDocument": "An envelope follower",
    "StepsDocument": "A step sequence",
    "SignalDocument": "A control signal",
    "ScaleDocument": "A range",
    "LagDocument": "A lag",
    "QuantiseDocument": "Quantised values",
    "AutomationReference": "A reference to automation",
    "ControllerMapDocument": "The map",
    "ControllerDocument": "An entry",
    "DeadZoneDocument": "A dead zone",
    "InsertDocument": "An insert",
    "PresetDocument": "A preset in a chain",
    "SendDocument": "A send",
    "PhaseDocument": "The phase",
    "BusDocument": "A bus",
    "MasterDocument": "The master",
    "RenderDocument": "What is written",
    "AutomationDocument": "The file",
    "LatentPresetDocument": "The point",
    "PresetModelDocument": "Its model",
}
SOURCE = "SourceDocument"
MOVEMENT_PAGE = "automation.md"
CONTROLLER_PAGE = "controller-map.md"
POINT_PAGE = "latent-preset.md"
PARTS = {  # what a session and an automation file hold, and the page that explains it
    MOVEMENT_PAGE: ("automation-v1.json", "AutomationDocument"),
    CONTROLLER_PAGE: ("controller-map-v1.json", "ControllerMapDocument"),
}
UNITS = {"_s": "s", "_beats": "beats", "_db": "dB", "_hz": "Hz", "bpm": "beats per minute"}
KINDS = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "parameters and their values",
    "array": "list",
}
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
    "send": ("`send/<bus>`", "tracks", "the level of the copy that goes to a bus"),
}


def session_keys() -> str:
    """Return a table for every object of a session."""
    return "\n".join(_schema_tables("session-v1.json", "SessionDocument", "session.md"))


def automation_keys() -> str:
    """Return a table for every object of an automation file."""
    return "\n".join(_schema_tables("automation-v1.json", "AutomationDocument", "automation.md"))


def controller_map_keys() -> str:
    """Return a table for every object of a controller map."""
    tables = _schema_tables("controller-map-v1.json", "ControllerMapDocument", CONTROLLER_PAGE)
    return "\n".join(tables)


def latent_preset_keys() -> str:
    """Return a table for every object of a point in latent space."""
    return "\n".join(_schema_tables("latents-v1.json", "LatentPresetDocument", POINT_PAGE))


def _schema_tables(file: str, root_name: str, page: str) -> Iterator[str]:
    """Yield a heading and a table for every object of a schema, with examples from the page."""
    objects = _objects(file, root_name)
    whole = _JSON.findall((REFERENCE / page).read_text("utf-8"))[0]
    examples = _examples(objects, root_name, json.loads(whole))
    for name in _in_order(objects, root_name):
        if any(name in _objects(*schema) for other, schema in PARTS.items() if other != page):
            continue  # it has a page of its own
        fields = {key: f for key, f in _own(objects, name).items() if key != "note"}
        missing = set(fields) - set(examples[name])
        if missing:
            raise ValueError(f"{page}: the example needs {sorted(missing)} in {HEADINGS[name]}")
        rows = [
            (
                f"**`{key}`**" if key in objects[name].get("required", []) else f"`{key}`",
                _takes(key, field).replace("](#", f"]({_page_of(key, page)}#"),
                _default(field),
                _example(examples[name][key]),
                _plain(field["description"]),
            )
            for key, field in fields.items()
        ]
        heading = f"## {HEADINGS[name]}\n\n{_plain(objects[name]['description'])}\n\n"
        yield heading + _table(("key", "takes", "left out", "example", "means"), rows)


def _own(objects: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the fields that an object's table explains; most of a lane's are a source's."""
    fields: dict[str, Any] = objects[name]["properties"]
    shared = objects[SOURCE]["properties"] if name == "LaneDocument" else {}
    return {key: field for key, field in fields.items() if key not in shared}


def _objects(file: str, root_name: str) -> dict[str, Any]:
    """Return the objects of a schema by their names."""
    root = json.loads((SCHEMAS / file).read_text("utf-8"))
    found: dict[str, Any] = {root_name: root} | root.get("$defs", {})
    return found


def _page_of(key: str, page: str) -> str:
    """Return the page that explains what a key holds, if it is another one."""
    other = {"lanes": MOVEMENT_PAGE, "cc_map": CONTROLLER_PAGE}.get(key, page)
    return "" if other == page else other


def _in_order(objects: dict[str, Any], root: str) -> list[str]:
    order = [root]
    for name in order:  # grows while it is walked: an object stands after the one that holds it
        used = _references(objects[name]["properties"])
        order += [each for each in dict.fromkeys(used) if each not in order]
    return order


def _references(schema: Any) -> Iterator[str]:
    """Yield the names of the objects that a part of a schema refers to."""
    if isinstance(schema, dict) and "$ref" in schema:
        yield schema["$ref"].rsplit("/", 1)[1]
    elif isinstance(schema, dict | list):
        for inner in schema.values() if isinstance(schema, dict) else schema:
            yield from _references(inner)


def _examples(objects: dict[str, Any], root: str, example: Any) -> dict[str, dict[str, Any]]:
    """Return, for every object of a schema, the first value that the example gives each key."""
    found: dict[str, dict[str, Any]] = {name: {} for name in objects}
    waiting = [(root, example)]
    for name, value in waiting:  # grows while it is walked
        for key, inner in value.items():
            found[name].setdefault(key, inner)
            field = objects[name]["properties"][key]
            entries = _entries(field, inner)
            waiting += [(_fitting(objects, field, entry), entry) for entry in entries]
    if SOURCE in found:  # what stands in a lane is an example of a source
        found[SOURCE] = found["LaneDocument"] | found[SOURCE]
    return found


def _entries(field: dict[str, Any], value: Any) -> list[Any]:
    """Return the objects that a value holds, if its field refers to any."""
    if not isinstance(value, dict | list) or not any(_references(field)):
        return []
    if isinstance(value, dict):
        return list(value.values()) if _is_table(field) else [value]
    return [entry for entry in value if isinstance(entry, dict)]


def _is_table(field: dict[str, Any]) -> bool:
    """Return whether a field holds objects under names that the composer chose."""
    return field.get("type") == "object" and any(_references(field))


def _fitting(objects: dict[str, Any], field: dict[str, Any], entry: dict[str, Any]) -> str:
    names = _references(field)
    return next(name for name in names if set(entry) <= set(objects[name]["properties"]))


def _takes(key: str, field: dict[str, Any]) -> str:
    """Return in words what a key takes: kind, range and unit, or a link to the object it holds."""
    kinds = [_takes_one(key, each) for each in _choices(field) if each.get("type") != "null"]
    return ", or ".join(dict.fromkeys(kinds))


def _choices(field: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the kinds of values that a field takes, those inside its kinds too."""
    choices = field.get("anyOf") or field.get("oneOf")
    if choices is None:
        yield field
    for choice in choices or ():
        yield from _choices(choice)


def _takes_one(key: str, field: dict[str, Any]) -> str:
    links = " or ".join(_link(name) for name in _references(field))
    if links:
        many = "names, each for " if _is_table(field) else "list, each "
        return many + links if field.get("type") in ("array", "object") else links
    choices = [field["const"]] if "const" in field else field.get("enum")
    if choices:
        return " ".join(f"`{json.dumps(choice)}`" for choice in choices)
    words = KINDS[field["type"]]
    if field["type"] == "string":
        return words
    unit = next((unit for end, unit in UNITS.items() if key.endswith(end)), "")
    if "minimum" in field:
        words += f", {_number(field['minimum'])}..{_number(field['maximum'])}"
    return f"{words} {unit}".rstrip()


def _number(value: float) -> str:
    return "2^53" if value == 2**53 else f"{value:.7g}"


def _link(name: str) -> str:
    words = HEADINGS[name][0].lower() + HEADINGS[name][1:]
    return f"[{words}](#{words.lower().replace(' ', '-')})"


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    return "" if value in (None, "") or isinstance(value, dict | list) else f"`{json.dumps(value)}`"


def _example(value: Any) -> str:
    if isinstance(value, list):
        return ""
    inside = value.values() if isinstance(value, dict) else ()
    has_objects = any(isinstance(inner, dict | list) for inner in inside)
    return "" if has_objects else f"`{json.dumps(value)}`".replace("|", "\\|")


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "\\|")


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
            "a parameter of an insert",
        )
    )
    if set(TARGETS) != set(RANGES):
        raise ValueError("TARGETS must explain every target of ltsrender.session.targets")
    return _table(("target", "takes", "on", "moves"), rows)


def movements() -> str:
    """Return the table of the automation files that come with ltsrender."""
    rows = []
    for file in sorted(MOVEMENTS.glob("*.json")):
        movement = json.loads(file.read_text("utf-8"))
        moved = " ".join(f"`{target}`" for target in _moved(movement))
        rows.append((f"`{file.name}`", moved, _until(movement), movement["note"]))
    return _table(("file", "moves", "how long", "intent"), rows)


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
            ends[bar or f"{_number(at)} {time}"] = None
        elif source.get("steps", {}).get("loop", True) is False:
            steps = source["steps"]
            ends[f"{_number(len(steps['values']) * steps['every_beats'])} beats"] = None
    return f"until {' and '.join(ends)}" if ends else "goes on for ever"


def _sources(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a part of a document, itself among them."""
    if isinstance(tree, dict):
        yield tree
    if isinstance(tree, dict | list):
        for inner in tree.values() if isinstance(tree, dict) else tree:
            yield from _sources(inner)


def presets() -> str:
    """Return the table of the chains that come with ltsrender."""
    rows = []
    for file in sorted(PRESETS.glob("*.json")):
        preset = json.loads(file.read_text("utf-8"))
        names = (
            each.get("id") or each.get("effect", each.get("preset")) for each in preset["inserts"]
        )
        rows.append((f"`{file.stem}`", preset["intent"], " ".join(f"`{name}`" for name in names)))
    return _table(("preset", "intent", "inserts"), rows)


def training_presets() -> str:
    """Return the table of the options of training that come with ltsrender."""
    rows = []
    for file in sorted(TRAINING.glob("*.json")):
        preset = json.loads(file.read_text("utf-8"))
        options = (f"`{name}` {value}" for name, value in preset["options"].items())
        rows.append((f"`{file.stem}`", preset["intent"], ", ".join(options)))
    return _table(("preset", "intent", "options"), rows)


def effects() -> str:
    """Return a section for every effect."""
    return "\n".join(_effect(effect) for effect in EFFECTS.values())


def _effect(effect: EffectInfo) -> str:
    rows = [
        (f"`{name}`", _range(knob), _knob_default(knob), "yes" if knob.automatable else "no")
        for name, knob in effect.parameters.items()
    ]
    heads = ("parameter", "takes", "left out", "moves")
    table = _table(heads, rows) if rows else "It has no parameters.\n"
    return f"## {effect.id}\n\n{_plain(effect.sentence)}\n\n{table}"


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
    return _table(("effect", "because"), [(f"`{name}`", why) for name, why in LEFT_OUT.items()])


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
    table = "\n" + _table(("option", "takes", "left out", "means"), rows) if rows else ""
    return f"## {name}\n\n```text\n{usage.rstrip()}\n```\n\n{_plain(command.help or '')}\n{table}"


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


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


MAKERS: dict[str, Callable[[], str]] = {
    "session keys": session_keys,
    "automation keys": automation_keys,
    "controller map keys": controller_map_keys,
    "latent preset keys": latent_preset_keys,
    "targets": targets,
    "movements": movements,
    "gestures": gestures,
    "presets": presets,
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
