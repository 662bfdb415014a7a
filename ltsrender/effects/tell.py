"""Effects, presets and plugins in words, for a terminal: made of the trees that `shown` returns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Tree = dict[str, Any]

_EVERY_INSERT = "Every insert also moves by insert/<id>/dry_wet and insert/<id>/bypass, both 0..1."
_FEW_CHOICES = 12  # more are only told by --json


def list_in_words(tree: Tree) -> str:
    """Return the words of `shown.list_all`."""
    lines = []
    for family in dict.fromkeys(effect["family"] for effect in tree["effects"]):
        rows = [(e["id"], e["sentence"]) for e in tree["effects"] if e["family"] == family]
        lines += [f"{family}:", *_columns(rows), ""]
    lines += ["presets:", *_columns([(p["name"], _preset_words(p)) for p in tree["presets"]])]
    if "plugins" in tree:
        folders = ", ".join(tree["plugin_folders"])
        lines += ["", f"plugins (in {folders}):"]
        lines += _columns([(p["name"], p["file"]) for p in tree["plugins"]]) or ["  none"]
    return "\n".join(lines)


def one_in_words(tree: Tree) -> str:
    """Return the words of `shown.show_one`."""
    return _WORDS[tree["kind"]](tree)


def scanned_in_words(tree: Tree) -> str:
    """Return the line of `shown.scanned_tree`."""
    if not tree["works"]:
        return f"{tree['name']}: does not work: {tree['trouble']}  ({tree['file']})"
    words = f"{tree['name']}: works; {_about(tree)}, {_count(tree['n_parameters'], 'parameter')}"
    return f"{words}, {_channels(tree)}, {_latency(tree)}  ({tree['file']})"


def _effect_words(tree: Tree) -> str:
    lines = [f"{tree['id']}, an effect ({tree['family']})", tree["sentence"]]
    lines += [tree["note"]] if tree["note"] else []
    if tree["runs"] == "whole":
        lines.append("It hears the whole sound before the first sample comes out, and keeps it.")
    if tree["sidechain"]:
        lines.append('It can listen to another track or bus: "sidechain" in the insert names it.')
    if not tree["parameters"]:
        return "\n".join([*lines, "It has no parameters."])
    return "\n".join([*lines, "", *_parameter_lines(tree, "left out")])


def _plugin_words(tree: Tree) -> str:
    lines = [f"{tree['name']}, a plugin, {_about(tree)}", tree["file"]]
    if tree["trouble"]:
        lines.append(f"It cannot be used: {tree['trouble']}")
    else:
        lines.append(f"It takes {_channels(tree)} and comes {_latency(tree)}.")
    if not tree["parameters"]:
        return "\n".join([*lines, "It has no parameters."])
    return "\n".join([*lines, "", *_parameter_lines(tree, "as loaded")])


def _preset_shown(tree: Tree) -> str:
    lines = [f"{tree['title']}, the preset {tree['name']}", tree["intent"]]
    lines += [tree["note"]] if tree["note"] else []
    lines += ["", "chain:", *_chain_lines(tree["chain"], "  ")]
    if tree["macros"]:
        knobs = [
            (each["name"], f"{each.get('default', 0.5):g}", each.get("note", ""))
            for each in tree["macros"]
        ]
        lines += [
            "",
            'macros, 0..1 (set by "macros" beside "preset" in a chain):',
            *_columns(knobs),
        ]
    rows = [(each["target"], _span(each)) for each in tree["lanes"]]
    lines += ["", "lanes may move:", *_columns(rows)]
    return "\n".join(lines)


_WORDS = {"effect": _effect_words, "plugin": _plugin_words, "preset": _preset_shown}


def _parameter_lines(tree: Tree, heading: str) -> list[str]:
    rows = [("parameter", "takes", heading, "knob", "lane")]
    rows += [
        (
            each["name"],
            _takes(each),
            _value(each["default"], each["unit"]),
            each["taper"],
            each["lane"] or "stands still",
        )
        for each in tree["parameters"]
    ]
    return [*_columns(rows), "", _EVERY_INSERT]


def _chain_lines(items: Sequence[Tree], indent: str) -> Iterator[str]:
    """Yield a line for every item of a chain as it is written, branches further in."""
    for item in items:
        kind = next((k for k in ("effect", "plugin", "preset", "parallel") if k in item), "?")
        what = "side by side" if kind == "parallel" else str(item[kind])
        what = what if kind in ("effect", "parallel") else f"{kind} {what}"
        name = item.get("id", "")
        values = {**item.get("parameters", {}), **item.get("macros", {})}
        values |= {key: item[key] for key in ("bypass", "dry_wet") if key in item}
        told = ", ".join(f"{key} {_value(value)}" for key, value in values.items())
        head = f"{name}: {what}" if name and name != what else what
        yield f"{indent}{head}  {told}".rstrip()
        for branch in item.get("parallel", []):
            gain = f"  {branch['gain_db']:g} dB" if branch.get("gain_db") else ""
            yield f"{indent}  {branch.get('name', 'branch')}{gain}"
            inner = branch.get("chain") or []
            inner = [{"preset": inner}] if isinstance(inner, str) else inner
            yield from _chain_lines(inner, f"{indent}    ")


def _preset_words(tree: Tree) -> str:
    return f"cannot be read: {tree['trouble']}" if tree["trouble"] else str(tree["intent"])


def _about(tree: Tree) -> str:
    version = f"version {tree['version']}" if tree["version"] else "no version"
    return f"{version}, by {tree['maker']}" if tree["maker"] else version


def _channels(tree: Tree) -> str:
    return _count(tree["channels"], "channel")


def _latency(tree: Tree) -> str:
    declared, measured = tree["latency_declared"], tree["latency_measured"]
    if measured is None:
        return f"{_count(declared, 'sample')} late, as it says"
    if measured == declared:
        return f"{_count(declared, 'sample')} late, as was measured"
    return (
        f"{_count(measured, 'sample')} late, though it says {declared}:"
        f' write "latency_samples": {measured}'
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _takes(parameter: Tree) -> str:
    if parameter["kind"] == "switch":
        return "true or false"
    if parameter["kind"] == "choice":
        choices = parameter["choices"]
        more = f", and {len(choices) - _FEW_CHOICES} more" if len(choices) > _FEW_CHOICES else ""
        return ", ".join(json.dumps(each) for each in choices[:_FEW_CHOICES]) + more
    span = _span(parameter)
    return f"{span}, or 1/4, 1/8d, 1/8t" if parameter["note_lengths"] else span


def _span(parameter: Tree) -> str:
    return f"{parameter['minimum']:g}..{parameter['maximum']:g} {parameter['unit']}".rstrip()


def _value(value: Any, unit: str = "") -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return json.dumps(value, ensure_ascii=False)
    return f"{value:g} {unit}".rstrip()


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows of text as lines with aligned columns."""
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
