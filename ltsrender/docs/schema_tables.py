"""Tables of the keys of our files, as their JSON Schemas say them: kind, range, unit, meaning.

The examples in the tables come from the whole file that each page shows; a key without one fails.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ltsrender.docs.cells import REFERENCE, in_cell, number_words, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = REFERENCE.parents[1] / "session" / "schema"

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
    "PluginDocument": "A plugin in a chain",
    "PresetDocument": "A preset in a chain",
    "ParallelDocument": "Chains side by side",
    "BranchDocument": "A branch",
    "SendDocument": "A send",
    "PhaseDocument": "The phase",
    "BusDocument": "A bus",
    "MasterDocument": "The master",
    "RegionDocument": "A region",
    "MetadataDocument": "What the files say",
    "RenderDocument": "What is written",
    "FormatDocument": "Another kind of file",
    "LoudnessDocument": "The loudness",
    "LimiterDocument": "The limiter",
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
                in_cell(field["description"]),
            )
            for key, field in fields.items()
        ]
        heading = f"## {HEADINGS[name]}\n\n{in_cell(objects[name]['description'])}\n\n"
        yield heading + table_of(("key", "takes", "left out", "example", "means"), rows)


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
        words += f", {number_words(field['minimum'])}..{number_words(field['maximum'])}"
    return f"{words} {unit}".rstrip()


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
