"""What is wrong in a file, told in the order in which a reader meets it.

`validate` turns what pydantic found into sentences for composers; `told` sorts faults by
their place in the file and gives them the file's name.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from ltsrender.errors import Problem, nearest
from ltsrender.session.fields import TAKES
from ltsrender.session.jsontext import Place, place_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Model = TypeVar("Model", bound=BaseModel)

MOST_PROBLEMS = 200  # of one file: whoever has mended these will run the check again
_MOST_FAULTS = 5000  # that are gathered, so that a broken machine's file cannot keep us for hours
_MOST_NAMES = 500
_LONGEST_WORD = 100

_TAKES = {
    "float_type": "takes a number",
    "int_type": "takes a whole number",
    "finite_number": "takes a finite number",
    "bool_type": "takes true or false",
    "string_type": "takes text in double quotes",
    "tuple_type": "takes a list",
    "dict_type": "takes an object",
    "model_type": "takes an object",
    "string_too_short": "takes text, not empty",
}


class Fault(NamedTuple):
    """A problem before it has a file: a place in the tree, what is wrong, what would be right."""

    place: Place
    message: str
    suggestion: str = ""


def found_words(value: Any) -> str:
    """Return a value as a message shows it: as it stands in the file, but never long.

    >>> found_words([1, 2]), found_words("a" * 99), found_words(None)
    ('a list', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"', 'null')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str) and len(value) > 40:
        value = f"{value[:39]}…"
    return json.dumps(value, ensure_ascii=False)


def validate(model: type[Model], tree: Any) -> tuple[Model | None, list[Fault]]:
    """Return the document that a tree describes, or everything that is wrong with its shape."""
    try:
        return model.model_validate(tree), []
    except ValidationError as error:
        details = error.errors(include_url=False)[:_MOST_FAULTS]
        faults = [_fault(model, detail) for detail in details if not _is_echo(detail)]
        return None, _without_echoes(faults)


def version_problems(tree: Any, versions: Mapping[int, object], file: str) -> list[Problem]:
    """Return why a file's top cannot be read by any of the versions of its format we know."""
    if not isinstance(tree, dict):
        return [Problem(f"is {found_words(tree)}; takes an object, in curly brackets", file)]
    version = tree.get("schema_version", 1)
    if isinstance(version, int) and not isinstance(version, bool) and version not in versions:
        known = ", ".join(map(str, versions))
        why = " (a newer ltsrender wrote this file)" if version > max(versions) else ""
        message = f"is {version}; this ltsrender reads version {known}{why}"
        return [Problem(message, file, "schema_version")]
    return []


def told(tree: Any, faults: Iterable[Fault], file: str) -> list[Problem]:
    """Return faults as problems of ``file``, once each, in the order of the file."""
    unique = list(dict.fromkeys(islice(faults, _MOST_FAULTS)))
    order = _Order()
    unique.sort(key=lambda fault: order.of(tree, fault.place))
    problems = [Problem(f.message, file, place_text(f.place), f.suggestion) for f in unique]
    if len(problems) > MOST_PROBLEMS:
        problems[MOST_PROBLEMS:] = [Problem("has more problems like these", file)]
    return problems


class _Order:
    """Knows where a place stands in a file; keys are numbered once per object."""

    def __init__(self) -> None:
        self._numbered: dict[int, dict[str, int]] = {}

    def of(self, tree: Any, place: Place) -> tuple[int, ...]:
        """Return the position at every level; a place inside follows the place around it."""
        positions: list[int] = []
        for step in place:
            if isinstance(tree, dict) and step in tree:
                keys = self._numbered.setdefault(id(tree), {})
                if not keys:
                    keys.update((key, index) for index, key in enumerate(tree))
                positions.append(keys[str(step)])
            elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
                positions.append(step)
            else:
                break
            tree = tree[step]
        return tuple(positions)


def near(word: str, allowed: Iterable[str]) -> str:
    """Return the nearest right answer, without reading through a hundred thousand of them."""
    return nearest(word[:_LONGEST_WORD], islice(allowed, _MOST_NAMES))


def _fault(model: type[BaseModel], detail: Any) -> Fault:
    kind, loc, value = detail["type"], detail["loc"], detail["input"]
    context = detail.get("ctx", {})
    place = tuple(step for step in loc if not str(step).startswith("<") and step != "[key]")
    if kind == "missing":
        is_entry = isinstance(place[-1], int)
        needs = f"{int(place[-1]) + 1} entries" if is_entry else f'"{place[-1]}"'
        return Fault(place[:-1], f"needs {needs}")
    if kind == "extra_forbidden":
        return Fault(place, "is an unknown key", near(str(place[-1]), _keys_at(model, loc)))
    found = found_words(value)
    if kind == "literal_error":
        allowed = context["expected"].replace("'", '"')
        close = near(str(value), re.findall(r'"(.*?)"', allowed))
        return Fault(place, f"is {found}; takes {allowed}", close)
    if kind == "too_short":
        return Fault(place, "is empty; needs at least 1 entry")
    if kind == "too_long":
        return Fault(place, f"has too many entries; takes at most {context['max_length']}")
    takes = detail["msg"] if kind == TAKES else _TAKES.get(kind, detail["msg"])
    return Fault(place, f"is {found}; {takes}")


def _is_echo(detail: Any) -> bool:
    """Return whether a list is called too short only because its entries are wrong."""
    return bool(detail["type"] == "too_short" and detail["input"])


def _without_echoes(faults: list[Fault]) -> list[Fault]:
    """Leave out ``needs "target"`` where ``targt`` stands in the same object: one mistake."""
    meant = {(*f.place[:-1], f.suggestion) for f in faults if f.suggestion}
    return [
        fault
        for fault in faults
        if not (
            fault.message.startswith('needs "') and (*fault.place, fault.message[7:-1]) in meant
        )
    ]


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the object around ``loc`` may have.

    Steps that begin with ``<`` are the class names by which a union was told apart.
    """
    models: list[type[BaseModel]] = [model]
    in_table = False  # the next step is a name the composer chose, not a field
    for step in loc[:-1]:
        if in_table or isinstance(step, int):
            in_table = False
        elif step.startswith("<"):
            models = [m for m in models if m.__name__ == step[1:-1]] or models
        else:
            annotation = next(
                f.annotation for m in models for name, f in m.model_fields.items() if name == step
            )
            in_table = getattr(annotation, "__origin__", None) is dict
            models = list(_models_in(annotation))
    return [field.alias or name for m in models for name, field in m.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
